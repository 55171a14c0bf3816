"""The CD5220 command set: 2×20 vacuum fluorescent pole displays, usually 9600 baud, 8N1.

Source: the command tables of the CD5220's user manual ("CD5220 standard mode"), which many makers'
displays offer under a DIP switch.
"""

from kiosk.station.codecs.text import Lines, row

_CLEAR = b"\x0c"  # CLR: blank, and leave the string mode
_INITIALISE = b"\x1b@"
_BRIGHTNESS = b"\x1b*"  # followed by 1 (20 %) to 4 (100 %)
_UPPER = b"\x1bQA"  # string mode: 20 characters and CR
_LOWER = b"\x1bQB"
_END = b"\r"
_DARKEST, _BRIGHTEST = 1, 4


class Cd5220:
    """Shows messages in the string mode, which needs no cursor."""

    name = "cd5220"

    def __init__(self, brightness: int = _BRIGHTEST) -> None:
        if not _DARKEST <= brightness <= _BRIGHTEST:
            raise ValueError(f"a CD5220's brightness is 1 to 4, not {brightness}")
        self._brightness = bytes([brightness])

    def initialise(self) -> bytes:
        """Bring a display in any state to blank and bright.

        CR ends a string that a lost line cut short. In the string mode every command but the
        strings themselves is ignored until CLR, so CLR comes before the rest.
        """
        return _END + _CLEAR + _INITIALISE + _BRIGHTNESS + self._brightness

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
