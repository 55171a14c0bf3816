"""The CD5220 command set: 2×20 vacuum fluorescent pole displays, usually 9600 baud, 8N1.

Source: the command table "CD5220 standard mode" of the CD5220 customer display's user manual (6.1;
in Partner's edition "PTC standard mode"), which many makers' displays offer under a DIP switch.
"""

from collections.abc import Mapping
from types import MappingProxyType

from kiosk.station.codecs.displays.display import Brightness
from kiosk.station.codecs.text import Lines, row

_CLEAR = b"\x0c"  # CLR: blank, and leave the string mode
_INITIALISE = b"\x1b@"
_BRIGHTNESS = b"\x1b*"
_UPPER = b"\x1bQA"  # string mode: 20 characters and CR
_LOWER = b"\x1bQB"
_END = b"\r"
_LEVELS: Mapping[Brightness, bytes] = MappingProxyType(
    {
        Brightness.DIMMEST: b"\x01",
        Brightness.DIM: b"\x02",
        Brightness.MEDIUM: b"\x03",
        Brightness.FULL: b"\x04",
    }
)


class Cd5220:
    """Shows messages in the string mode, which needs no cursor."""

    name = "cd5220"
    restarts_for_s = 0.0

    def initialise(self) -> bytes:
        """Bring a display in any state to blank and bright.

        CR ends a string that a lost line cut short. In the string mode every command but the
        strings themselves is ignored until CLR, so CLR comes before the rest.
        """
        return _END + _CLEAR + _INITIALISE + _BRIGHTNESS + _LEVELS[Brightness.FULL]

    def show(self, lines: Lines) -> bytes:
        """Show two rows; a line cut at any byte leaves no new row beside an old one.

        The lower row is blanked first: a new VIN over the old car's OK would be a false promise,
        and a display with its own supply keeps what it has when its adapter is pulled.
        """
        upper, lower = lines
        return b"".join(
            command + row(text) + _END
            for command, text in ((_LOWER, ""), (_UPPER, upper), (_LOWER, lower))
        )

    def clear(self) -> bytes:
        """Show nothing."""
        return _CLEAR

    def brightness(self, level: Brightness) -> bytes:
        """Set it; blanks the rows, since the string mode takes no such command."""
        return _CLEAR + _BRIGHTNESS + _LEVELS[level]

    def blink(self, *, on: bool) -> bytes:
        """Do nothing: only some makers' displays can, and none in the string mode."""
        return b""
