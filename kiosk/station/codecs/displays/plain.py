"""Plain text for terminals, displays that scroll, and PLCs: a message is two rows of 20 columns."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from kiosk.station.codecs.displays.display import Brightness
from kiosk.station.codecs.text import Lines, row


class Framing(StrEnum):
    """What stands around each row, by the name in the configuration."""

    CR_LF = "plain"
    CR = "plain_cr"
    STX_ETX = "plain_stx_etx"


_AROUND: Mapping[Framing, tuple[bytes, bytes]] = MappingProxyType(
    {
        Framing.CR_LF: (b"", b"\r\n"),
        Framing.CR: (b"", b"\r"),
        Framing.STX_ETX: (b"\x02", b"\x03"),
    }
)


class Plain:
    """Writes each message as two framed rows."""

    restarts_for_s = 0.0

    def __init__(self, framing: Framing = Framing.CR_LF) -> None:
        self.name = framing.value
        self._before, self._after = _AROUND[framing]

    def initialise(self) -> bytes:
        """End a row that a lost connection cut short; where rows have a beginning, that does."""
        return b"" if self._before else self._after

    def show(self, lines: Lines) -> bytes:
        """Write two rows of exactly 20 columns."""
        return b"".join(self._before + row(line) + self._after for line in lines)

    def clear(self) -> bytes:
        """Scroll the last message away."""
        return self.show(("", ""))

    def brightness(self, level: Brightness) -> bytes:
        """Do nothing: text has none."""
        return b""

    def blink(self, *, on: bool) -> bytes:
        """Do nothing: text cannot."""
        return b""
