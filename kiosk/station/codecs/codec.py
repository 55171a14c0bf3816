"""What the station needs of a family of displays."""

from typing import Protocol

from kiosk.station.codecs.text import Lines


class DisplayCodec(Protocol):
    """Turns messages into a display's bytes; pure, without a port and without state."""

    @property
    def name(self) -> str:
        """The name in the configuration (``station.display``)."""

    def initialise(self) -> bytes:
        """Bring a display in any state, even amid a command, to a known one: blank."""

    def show(self, lines: Lines) -> bytes:
        """Show two rows of up to 20 columns; whatever is not printable ASCII becomes ``?``."""

    def clear(self) -> bytes:
        """Show nothing."""
