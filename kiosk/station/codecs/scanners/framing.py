"""Texts out of a stream of bytes: each ended by the suffix that the scanner is set to."""

import re
from collections.abc import Iterator, Mapping
from enum import StrEnum
from types import MappingProxyType

from kiosk.station.codecs.scanners.heard import Heard, Refusal, Refused, Scanned

LONGEST = 80
"""Characters of one code: a VIN has 17, a Code 39 on a door hardly ever more than 40."""

_IDENTIFIER = re.compile(r"\A\][A-Za-z][0-9A-Za-z](?=.)")
_KEPT = LONGEST + 2  # with CR, and one that shows that more came
_STX, _ETX, _TAB, _LF, _CR = b"\x02\x03\t\n\r"


class Suffix(StrEnum):
    """What ends a code, by the name in the configuration."""

    LINE = "line"  # CR, LF or both: what most scanners are sold with
    CR = "cr"
    LF = "lf"
    CRLF = "crlf"
    TAB = "tab"
    STX_ETX = "stx_etx"  # and STX before it


_ENDS: Mapping[Suffix, frozenset[int]] = MappingProxyType(
    {
        Suffix.LINE: frozenset({_CR, _LF}),
        Suffix.CR: frozenset({_CR}),
        Suffix.LF: frozenset({_LF}),
        Suffix.CRLF: frozenset({_LF}),
        Suffix.TAB: frozenset({_TAB}),
        Suffix.STX_ETX: frozenset({_ETX}),
    }
)


def verdict(text: bytes) -> Scanned | Refused:
    """Return what a whole code of at least one byte is: refused unless all of it is printable.

    A code identifier (ISO/IEC 15424: ``]A0`` before a Code 39) is the scanner's word, not the
    label's, and no VIN begins like it: it is taken off.
    """
    if len(text) > LONGEST:
        return Refused(Refusal.TOO_LONG)
    if any(not ord(" ") <= byte <= ord("~") for byte in text):
        return Refused(Refusal.CONTROL)
    return Scanned(_IDENTIFIER.sub("", text.decode("ascii")))


class TextReader:
    """A ScannerReader for scanners that send a text and a suffix.

    With any suffix but LINE another line end, or a TAB, is a control character like all others:
    the code that holds it is refused whole, so no barcode can smuggle in a second one.
    """

    def __init__(self, suffix: Suffix = Suffix.LINE) -> None:
        self._suffix = suffix
        self._ends = _ENDS[suffix]
        self._text = bytearray()  # of at most _KEPT
        self._inside = suffix is not Suffix.STX_ETX

    def feed(self, chunk: bytes) -> Iterator[Heard]:
        """Take the next bytes, in chunks of any size; yield what they complete."""
        for byte in chunk:
            if self._suffix is Suffix.STX_ETX and byte == _STX:
                self.forget()
                self._inside = True
            elif self._inside and byte in self._ends:
                yield from self._end()
            elif self._inside and len(self._text) < _KEPT:
                self._text.append(byte)

    def forget(self) -> None:
        """Drop what was begun."""
        self._text.clear()
        self._inside = self._suffix is not Suffix.STX_ETX

    def _end(self) -> Iterator[Heard]:
        text = bytes(self._text)
        self.forget()
        if self._suffix is Suffix.CRLF:
            text = text[:-1] if text.endswith(b"\r") else text + b"\n"
        if text:
            yield verdict(text)
