"""Keyence's fixed readers (SR-750, SR-1000, SR-2000 …) on RS-232C.

Source: Keyence, "SR-750 Series User's Manual", 8-1, details of command communication: no header and
CR, or STX and ETX. Unless set to be "SR-600 compatible" it answers each command, in a line like a
code's: ``OK,LON``, ``ER,LON,`` and a number. What it says when it read nothing is set in it; as it
is sold, ``ERROR``.
"""

from collections.abc import Iterator

from kiosk.station.codecs.scanners.framing import Suffix, TextReader
from kiosk.station.codecs.scanners.heard import Heard, NoRead, Scanned
from kiosk.station.codecs.scanners.plain import PlainScanner
from kiosk.station.codecs.scanners.scanner import ScannerReader

_COMMANDS = ("LON", "LOFF")
_NOTHING_READ = "ERROR"


class Keyence(PlainScanner):
    """Its lamps and its buzzer follow its own reading: the host cannot answer."""

    name = "keyence"

    def reader(self, suffix: Suffix = Suffix.LINE) -> ScannerReader:
        """Make a reader for a freshly opened line."""
        return _KeyenceReader(suffix)

    def trigger_on(self) -> bytes:
        """Begin to look for a code."""
        return b"LON\r"

    def trigger_off(self) -> bytes:
        """Stop looking; refused by one that has read already, which does no harm."""
        return b"LOFF\r"


class _KeyenceReader(TextReader):
    """Tells the answers to commands from codes."""

    def feed(self, chunk: bytes) -> Iterator[Heard]:
        """Take the next bytes, in chunks of any size; yield what they complete."""
        for heard in super().feed(chunk):
            match heard:
                case Scanned(text) if text == _NOTHING_READ:
                    yield NoRead()
                case Scanned(text) if _is_answer(text):
                    pass
                case _:
                    yield heard


def _is_answer(text: str) -> bool:
    result, _, command = text.partition(",")
    return result in {"OK", "ER"} and command.partition(",")[0] in _COMMANDS
