"""Mistakes of a station: in what it shows, and in how it keeps its line."""

import termios
from typing import Any

from kiosk.station.board import Board
from kiosk.station.port import Port
from kiosk.station.station import Station
from mutants.put import Put

_LFLAG = 3  # in what tcgetattr(3) gives


def hoarding(put: Put) -> None:
    """Keep the descriptor of each line that was lost."""
    kept: list[Port] = []
    for way in ("close", "abandon"):
        put(Port, way, lambda port: kept.append(port))  # noqa: PLW0108 - a built-in is no method


def forgetful(put: Put) -> None:
    """Show whatever is told last, of whichever scan."""
    put(Board, "_is_about_the_scan_here", lambda _board, _event: True)


def unpainted(put: Put) -> None:
    """Believe that a display that comes back shows what it showed before."""
    begin = Station.begin

    def believe(station: Any) -> bytes:
        painted = station._painted
        words = begin(station)
        station._painted = painted
        return words

    put(Station, "begin", believe)


def halved(put: Put) -> None:
    """Put a press together of bytes from before and after a loss."""
    begin = Station.begin

    def remember(station: Any) -> bytes:
        listened = station._echo._listened
        words = begin(station)
        station._echo._listened = listened
        return words

    put(Station, "begin", remember)


def echoing(put: Put) -> None:
    """Leave the line as a terminal has it: what comes in goes out again."""
    build = Port.__init__

    def cooked(port: Port, *args: object) -> None:
        build(port, *args)
        settings = termios.tcgetattr(port.fileno())
        settings[_LFLAG] |= termios.ECHO
        termios.tcsetattr(port.fileno(), termios.TCSANOW, settings)

    put(Port, "__init__", cooked)
