"""Waiting at a terminal for the service's answers."""

import sys

import click

from kiosk.clock import Clock
from kiosk.commands.printing import plain
from kiosk.control.protocol import LONGEST_WAIT_S, Facts, Sending
from kiosk.errors import NoDaemonError

_CLEAR_LINE = "\r\x1b[K"


class Patience:
    """How long a command still waits: ``timeout_s`` after the latest answer.

    Files are answered one after the other, so what counts is the silence, not the whole.
    """

    def __init__(self, timeout_s: float, clock: Clock) -> None:
        self._timeout_s = timeout_s
        self._clock = clock
        self._until = clock.monotonic() + timeout_s

    @property
    def left(self) -> float:
        """Seconds left, never negative."""
        return max(0.0, self._until - self._clock.monotonic())

    def renew(self) -> None:
        """Begin again: an answer came."""
        self._until = self._clock.monotonic() + self._timeout_s


def await_answer(lane: Sending, facts: Facts, patience: Patience) -> Facts:
    """Wait until the submission in ``facts`` has its answer, or patience ends."""
    submission_id = facts["id"]
    if not facts["pending"] or not isinstance(submission_id, int):
        return facts
    try:
        while facts["pending"] and (left := patience.left) > 0:
            facts = lane.wait(submission_id, min(left, LONGEST_WAIT_S))
    except NoDaemonError:
        return facts | {"reason": "saved; the daemon stopped before the answer came"}
    if not facts["pending"]:
        patience.renew()
    return facts


def show_progress(words: str) -> None:
    """Say on the terminal what is waited for, over what was said before; silent in a pipe."""
    if sys.stderr.isatty():
        click.echo(f"{_CLEAR_LINE}{plain(words)}", err=True, nl=False)


def end_progress() -> None:
    """Wipe the line of progress, before something is printed that stays."""
    if sys.stderr.isatty():
        click.echo(_CLEAR_LINE, err=True, nl=False)
