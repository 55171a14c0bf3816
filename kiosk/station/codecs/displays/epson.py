"""Epson's ESC/POS for customer displays (DM-D series and what is like it): 2×20, 9600 baud, 8N1.

Source: Epson, "DM-D110 Specification", chapter 5, and the "EPSON command mode" tables of
compatible displays (POS-X XP8200 user manual, 4.1.2), which agree.
"""

from collections.abc import Mapping
from types import MappingProxyType

from kiosk.station.codecs.displays.display import Brightness
from kiosk.station.codecs.text import Lines, row

_CLEAR = b"\x0c"
_INITIALISE = b"\x1b@"  # settings as at power-on; what waits in the display's buffer stays
_OVERWRITE = b"\x1f\x01"  # US MD1: a full row does not scroll
_NO_CURSOR = b"\x1fC\x00"
_UPPER = b"\x1f$\x01\x01"  # US $ column row, both from 1
_LOWER = b"\x1f$\x01\x02"
_BRIGHTNESS = b"\x1fX"
_BLINK = b"\x1fE"  # n x 50 ms on, as long off; 0: steady; 255: dark
_HALF_A_SECOND = b"\x0a"
_STEADY = b"\x00"
# A command of ours that was cut short lacks up to two bytes: two CLR fill it, or do what they say.
_FILL = _CLEAR + _CLEAR
_LEVELS: Mapping[Brightness, bytes] = MappingProxyType(
    {
        Brightness.DIMMEST: b"\x01",
        Brightness.DIM: b"\x02",
        Brightness.MEDIUM: b"\x03",
        Brightness.FULL: b"\x04",
    }
)


class Epson:
    """Places the cursor and overwrites."""

    name = "epson"
    restarts_for_s = 0.0

    def initialise(self) -> bytes:
        """Bring a display in any state to blank, bright and steady."""
        return _FILL + _INITIALISE + _OVERWRITE + _NO_CURSOR + self.brightness(Brightness.FULL)

    def show(self, lines: Lines) -> bytes:
        """Show two rows; the lower one is blanked first, so no new row stands beside an old one.

        The mode comes along: the display may have lost its supply since.
        """
        upper, lower = lines
        return _OVERWRITE + _LOWER + row("") + _UPPER + row(upper) + _LOWER + row(lower)

    def clear(self) -> bytes:
        """Show nothing."""
        return _CLEAR

    def brightness(self, level: Brightness) -> bytes:
        """Set it; the rows stay."""
        return _BRIGHTNESS + _LEVELS[level]

    def blink(self, *, on: bool) -> bytes:
        """Blink at one hertz, or stop."""
        return _BLINK + (_HALF_A_SECOND if on else _STEADY)
