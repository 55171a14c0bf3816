"""SparkFun's SerLCD (firmware OpenLCD, 20×4; also 16×2, whose rows are too short): 9600 baud, 8N1.

Source: SparkFun, "AVR-Based Serial Enabled LCDs Hookup Guide", configuration and command set, and
the published firmware OpenLCD 1.2. ``|`` (7C) begins a setting: what follows it may change the
speed, the width or the splash screen for good. Firmware 1.2 and later show a doubled one; before,
nothing helps. So none is ever sent as text.
"""

from collections.abc import Mapping
from types import MappingProxyType

from kiosk.station.codecs.displays.display import Brightness
from kiosk.station.codecs.text import HD44780, Lines, row

_CLEAR = b"|-"
_UPPER = b"\xfe\x80"  # the controller's own command: cursor to address 0
_LOWER = b"\xfe\xc0"  # … and 40 hex
_COLOUR = b"|+"  # red, green, blue; writes the EEPROM
# For what was cut short: after ``|`` a hyphen clears, after FE it sets the function that is set
# already, it is a shade of a colour, and a dot of a character begun by mistake (eight of them).
_FILL = b"-" * 8
_STANDINS: Mapping[int, str] = MappingProxyType({**HD44780, ord("|"): "!"})


class SerLcd:
    """Places the cursor and overwrites."""

    name = "serlcd"
    # A cable on its programming header resets it by DTR: the loader and the splash screen are deaf.
    restarts_for_s = 3.0

    def initialise(self) -> bytes:
        """Bring a display in any state to blank; its backlight is what it remembers."""
        return _FILL + _CLEAR

    def show(self, lines: Lines) -> bytes:
        """Show two rows; the lower one is blanked first, so no new row stands beside an old one."""
        upper, lower = (row(line, _STANDINS) for line in lines)
        return _LOWER + row("") + _UPPER + upper + _LOWER + lower

    def clear(self) -> bytes:
        """Show nothing."""
        return _CLEAR

    def brightness(self, level: Brightness) -> bytes:
        """Set the backlight to white of that level; the rows stay."""
        return _COLOUR + bytes([level * 0xFF // 100]) * 3

    def blink(self, *, on: bool) -> bytes:
        """Do nothing: only the backlight could, and that wears out its memory."""
        return b""
