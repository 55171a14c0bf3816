"""Whoever stands at the station while it is tried: asked at the terminal, or left to look."""

import sys
import termios
import threading
from dataclasses import dataclass

import click

from kiosk.commands.stopping import heard_while_reading
from kiosk.station.codecs.text import Lines


@dataclass(frozen=True, slots=True)
class Person:
    """Answers where ``is_asked``; else each thing is shown for ``pause_s``, for whoever looks."""

    is_asked: bool
    pause_s: float

    def notices(self, question: str, lines: Lines | None = None) -> bool | None:
        """Tell whether it was seen or heard; None where nobody is asked.

        ``lines`` are what the display should show. Raises click.Abort where the terminal is gone.
        """
        if not self.is_asked:
            self.looks()
            return None
        for row in lines or ():
            click.echo(f"    |{row:<20}|", err=True)
        return asked(question, default=True)

    def looks(self) -> None:
        """Leave time to look, before something else is shown."""
        threading.Event().wait(self.pause_s)


def asked(question: str, *, default: bool) -> bool:
    """Ask at the terminal; raises click.Abort where it is gone.

    What was typed before the question is thrown away: it answers for nothing that anybody saw.
    """
    if sys.stdin.isatty():
        termios.tcflush(sys.stdin, termios.TCIFLUSH)
    with heard_while_reading():
        return click.confirm(question, default=default, err=True)
