"""How displays understand bytes: for the modelled glass only, written from the manuals.

Nothing here is shared with the codecs, so that a codec's mistake is not mirrored.
"""

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Protocol

_COLUMNS = 20
_Rows = tuple[str, str]
_BLANK = " " * _COLUMNS


def _ascii_of(data: bytes) -> str:
    return "".join(chr(byte) for byte in data if ord(" ") <= byte <= ord("~"))


class DisplayDecoder(Protocol):
    """A display from the inside, freshly powered on."""

    @property
    def misunderstood(self) -> bytes:
        """What a real display would have ignored or garbled."""

    def feed(self, data: bytes) -> Iterator[_Rows]:
        """Take bytes in chunks of any size; yield the rows after every change of them."""


class Cd5220Decoder:
    """A CD5220: its string mode takes ``ESC Q A``/``ESC Q B`` only, until CLR."""

    _ARGUMENTS: Mapping[int, int] = MappingProxyType({ord("@"): 0, ord("*"): 1, ord("Q"): 1})

    def __init__(self) -> None:
        self._rows = [_BLANK, _BLANK]
        self._string_mode = False
        self._pending = b""  # a command that is not complete yet
        self._misunderstood = bytearray()
        self.brightness = 4

    @property
    def misunderstood(self) -> bytes:
        """Commands given in the string mode, text outside it, unknown commands, short strings."""
        return bytes(self._misunderstood)

    def feed(self, data: bytes) -> Iterator[_Rows]:
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
            needed = 2 + self._ARGUMENTS.get(command[1], 0) if len(command) > 1 else 2
            complete = len(command) == needed
        else:
            complete = True
        if complete:
            self._pending = b""
            self._obey(command)

    def _obey(self, command: bytes) -> None:
        if command == b"\x0c":
            self._rows = [_BLANK, _BLANK]
            self._string_mode = False
        elif command[:3] in {b"\x1bQA", b"\x1bQB"} and len(command) == 3 + _COLUMNS + 1:
            self._string_mode = True
            self._rows[command[2] - ord("A")] = self._glyphs(command[3:-1])
        elif self._string_mode and command != b"\r":
            self._misunderstood += command
        elif command == b"\x1b@":
            self._rows = [_BLANK, _BLANK]
            self.brightness = 4
        elif command.startswith(b"\x1b*") and 1 <= command[2] <= 4:  # noqa: PLR2004 - the manual's
            self.brightness = command[2]
        elif command != b"\r":  # a CR alone only moves the cursor
            self._misunderstood += command

    def _glyphs(self, text: bytes) -> str:
        shown = _ascii_of(text)
        if len(shown) < len(text):
            self._misunderstood += text
        return shown.ljust(_COLUMNS)


class PlainDecoder:
    """A display that scrolls: its two rows are the last two complete lines."""

    def __init__(self) -> None:
        self._rows: _Rows = (_BLANK, _BLANK)
        self._line = b""
        self._misunderstood = bytearray()

    @property
    def misunderstood(self) -> bytes:
        """Control characters other than the line's end, and columns beyond the twentieth."""
        return bytes(self._misunderstood)

    def feed(self, data: bytes) -> Iterator[_Rows]:
        """Take bytes in chunks of any size; yield the rows after every change of them."""
        for byte in data:
            self._line += bytes([byte])
            if self._line.endswith(b"\r\n"):
                yield self._scroll(self._line[:-2])
                self._line = b""

    def _scroll(self, line: bytes) -> _Rows:
        shown = _ascii_of(line)[:_COLUMNS]
        if len(shown) < len(line):
            self._misunderstood += line
        self._rows = (self._rows[1], shown.ljust(_COLUMNS))
        return self._rows


DECODERS: Mapping[str, Callable[[], DisplayDecoder]] = MappingProxyType(
    {"cd5220": Cd5220Decoder, "plain": PlainDecoder}
)
"""A decoder for each codec, by the same name."""
