"""What the station needs of a family of displays."""

from enum import IntEnum
from typing import Protocol

from kiosk.station.codecs.text import Lines


class Brightness(IntEnum):
    """How bright, in percent: the four steps that the makers of pole displays agree upon."""

    DIMMEST = 20
    DIM = 40
    MEDIUM = 60
    FULL = 100


class DisplayCodec(Protocol):
    """Turns messages into a display's bytes; pure, without a port and without state."""

    @property
    def name(self) -> str:
        """The name in the configuration (``station.display``)."""

    @property
    def restarts_for_s(self) -> float:
        """How long it may hear nothing once its line is opened: what it was told is said again."""

    def initialise(self) -> bytes:
        """Bring a display in any state, even amid a command, to a known one: blank, steady."""

    def show(self, lines: Lines) -> bytes:
        """Show two rows of up to 20 columns; whatever is not printable ASCII becomes ``?``.

        Safe to repeat without end: it writes no memory of the display that wears out.
        """

    def clear(self) -> bytes:
        """Show nothing; some displays are at full brightness after it."""

    def brightness(self, level: Brightness) -> bytes:
        """Set it, for good; nothing where the display has none.

        It may blank the rows (show them again), and it may wear out the display's memory: send it
        when the level changes, not with every message.
        """

    def blink(self, *, on: bool) -> bytes:
        """Let the display blink by itself, or stop it; nothing where it cannot."""
