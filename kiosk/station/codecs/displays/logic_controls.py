"""The Logic Controls command set (PD3000, PDX3, LD9000, LDX9 …): 2×20, 9600 baud, 8N1.

Source: Logic Controls, "LD9000 series user manual", software commands, and "LDX9 series user
manual", 8.1.1. "UTC standard" of other makers is its near relation. The manuals of the LDX9 give
the vertical scroll mode as what the display wakes up in, so the mode is set with every message.
"""

from collections.abc import Mapping
from types import MappingProxyType

from kiosk.station.codecs.displays.display import Brightness
from kiosk.station.codecs.text import Lines, row

_RESET = b"\x1f"  # blank, and all settings as at power-on
_NORMAL_MODE = b"\x11"  # a full row goes on in the other one; nothing scrolls
_NO_CURSOR = b"\x14"
_UPPER = b"\x10\x00"  # digit select, 00 to 27 hex
_LOWER = b"\x10\x14"
_BRIGHTNESS = b"\x04"
_LEVELS: Mapping[Brightness, bytes] = MappingProxyType(
    {
        Brightness.DIMMEST: b"\x20",
        Brightness.DIM: b"\x40",
        Brightness.MEDIUM: b"\x60",
        Brightness.FULL: b"\xff",
    }
)


class LogicControls:
    """Selects the digit and overwrites."""

    name = "logic_controls"
    restarts_for_s = 0.0

    def initialise(self) -> bytes:
        """Bring a display in any state to blank and bright.

        The first reset may fill a command that was cut short: then the second one resets.
        """
        return _RESET + _RESET + _NORMAL_MODE + _NO_CURSOR + self.brightness(Brightness.FULL)

    def show(self, lines: Lines) -> bytes:
        """Show two rows; the lower one is blanked first, so no new row stands beside an old one."""
        upper, lower = lines
        mode = _NORMAL_MODE + _NO_CURSOR
        return mode + _LOWER + row("") + _UPPER + row(upper) + _LOWER + row(lower)

    def clear(self) -> bytes:
        """Show nothing: a reset, so the brightness is full again."""
        return _RESET

    def brightness(self, level: Brightness) -> bytes:
        """Set it; the rows stay."""
        return _BRIGHTNESS + _LEVELS[level]

    def blink(self, *, on: bool) -> bytes:
        """Do nothing: it cannot."""
        return b""
