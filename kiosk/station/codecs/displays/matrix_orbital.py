"""Matrix Orbital's command set, also spoken by Adafruit's USB + serial backpack: 2×20 or larger.

Matrix Orbital's displays start at 19200 baud, Adafruit's backpack at 9600 (over USB any); 8N1.

Sources: Matrix Orbital, "LK202-25" and "LK162A-4T" manuals, command summaries; Adafruit, "USB +
Serial RGB Backlight Character LCD Backpack", command reference, and its published firmware. They
differ where it hurts:

- Adafruit ignores "wrap off", and with "scroll on" (as it is sold) a full lower row scrolls at
  once. Its "scroll off" writes the EEPROM each time, even where nothing changes (100,000 times and
  it is worn out): it is sent at the start only, and survives a loss of supply.
- Matrix Orbital forgets both at a loss of supply; "wrap off", which Adafruit ignores, comes with
  every message, and keeps a full row from scrolling.
- Adafruit writes the brightness and the colour (FE D0) into its EEPROM where they change: neither
  is for blinking.
"""

from collections.abc import Mapping
from types import MappingProxyType

from kiosk.station.codecs.displays.display import Brightness
from kiosk.station.codecs.text import HD44780, Lines, row

_CLEAR = b"\xfeX"
_NO_WRAP = b"\xfeD"
_NO_SCROLL = b"\xfeR"
_UPPER = b"\xfeG\x01\x01"  # column, row, both from 1
_LOWER = b"\xfeG\x01\x02"
_BRIGHTNESS = b"\xfe\x99"
_LEVELS: Mapping[Brightness, bytes] = MappingProxyType(
    {level: bytes([level * 0xFF // 100]) for level in Brightness}
)


class MatrixOrbital:
    """Places the cursor and overwrites."""

    name = "matrix_orbital"
    restarts_for_s = 0.0

    def initialise(self) -> bytes:
        """Bring a display in any state to blank; its brightness is what it remembers.

        A command of ours that was cut short lacks up to two bytes and may take "wrap off" for
        them, so that comes first, and again with every message.
        """
        return _NO_WRAP + _NO_SCROLL + _CLEAR

    def show(self, lines: Lines) -> bytes:
        """Show two rows; the lower one is blanked first, so no new row stands beside an old one."""
        upper, lower = (row(line, HD44780) for line in lines)
        return _NO_WRAP + _LOWER + row("") + _UPPER + upper + _LOWER + lower

    def clear(self) -> bytes:
        """Show nothing."""
        return _CLEAR

    def brightness(self, level: Brightness) -> bytes:
        """Set it; the rows stay."""
        return _BRIGHTNESS + _LEVELS[level]

    def blink(self, *, on: bool) -> bytes:
        """Do nothing: it cannot by itself."""
        return b""
