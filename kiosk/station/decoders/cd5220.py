"""A CD5220: its string mode takes ``ESC Q A``/``ESC Q B`` only, until CLR."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from kiosk.station.decoders.decoder import BLANK, COLUMNS, FULL, Rows, ascii_of

_ARGUMENTS: Mapping[int, int] = MappingProxyType({ord("@"): 0, ord("*"): 1, ord("Q"): 1})
_PERCENT: Mapping[int, int] = MappingProxyType({1: 20, 2: 40, 3: 60, 4: FULL})


class Cd5220Decoder:
    """Shows what was written in the string mode."""

    def __init__(self) -> None:
        self._rows = [BLANK, BLANK]
        self._string_mode = False
        self._pending = b""  # a command that is not complete yet
        self._misunderstood = bytearray()
        self.brightness = FULL
        self.is_blinking = False

    @property
    def misunderstood(self) -> bytes:
        """Commands given in the string mode, text outside it, unknown commands, short strings."""
        return bytes(self._misunderstood)

    def feed(self, data: bytes) -> Iterator[Rows]:
        """Take bytes in chunks of any size; yield the rows after every change of them."""
        for byte in data:
            before = self._rows.copy()
            self._take(bytes([byte]))
            if self._rows != before:
                yield self._rows[0], self._rows[1]

    def _take(self, byte: bytes) -> None:
        self._pending += byte
        command = self._pending
        if command.startswith(b"\x1bQ"):
            complete = byte == b"\r"
        elif command.startswith(b"\x1b"):
            needed = 2 + _ARGUMENTS.get(command[1], 0) if len(command) > 1 else 2
            complete = len(command) == needed
        else:
            complete = True
        if complete:
            self._pending = b""
            self._obey(command)

    def _obey(self, command: bytes) -> None:
        if command == b"\x0c":
            self._rows = [BLANK, BLANK]
            self._string_mode = False
        elif command[:3] in {b"\x1bQA", b"\x1bQB"} and len(command) == 3 + COLUMNS + 1:
            self._string_mode = True
            self._rows[command[2] - ord("A")] = self._glyphs(command[3:-1])
        elif self._string_mode and command != b"\r":
            self._misunderstood += command
        elif command == b"\x1b@":
            self._rows = [BLANK, BLANK]
            self.brightness = FULL
        elif command.startswith(b"\x1b*") and command[2] in _PERCENT:
            self.brightness = _PERCENT[command[2]]
        elif command != b"\r":  # a CR alone only moves the cursor
            self._misunderstood += command

    def _glyphs(self, text: bytes) -> str:
        shown = ascii_of(text)
        if len(shown) < len(text):
            self._misunderstood += text
        return shown.ljust(COLUMNS)
