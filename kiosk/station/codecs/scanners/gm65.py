"""Hangzhou Grow's GM65 and its like (GM60, GM805, Waveshare's module): 9600 baud, 8N1, TTL level.

Source: "GM65 Bar Code Reader Module User Manual" V1.3, command triggered mode. A command is 7E 00,
its type, length, register and data, and AB CD, which stands for "no checksum". Each is acknowledged
by 02 00 00 01 00 33 31, which may arrive before the code, split, or amid it.
"""

from collections.abc import Iterator

from kiosk.station.codecs.scanners.framing import Suffix, TextReader
from kiosk.station.codecs.scanners.heard import Heard
from kiosk.station.codecs.scanners.plain import PlainScanner
from kiosk.station.codecs.scanners.scanner import ScannerReader

_ACKNOWLEDGED = b"\x02\x00\x00\x01\x00\x33\x31"


class Gm65(PlainScanner):
    """Set to the command triggered mode with a CR or CR LF tail; it beeps by itself only."""

    name = "gm65"

    def reader(self, suffix: Suffix = Suffix.LINE) -> ScannerReader:
        """Make a reader for a freshly opened line."""
        return _Gm65Reader(suffix)

    def trigger_on(self) -> bytes:
        """Begin to look for a code; it gives up by itself."""
        return b"\x7e\x00\x08\x01\x00\x02\x01\xab\xcd"

    def trigger_off(self) -> bytes:
        """Stop looking."""
        return b"\x7e\x00\x08\x01\x00\x02\x00\xab\xcd"


class _Gm65Reader:
    """Takes the acknowledgements out before the text is read."""

    def __init__(self, suffix: Suffix) -> None:
        self._texts = TextReader(suffix)
        self._held = b""  # may yet become an acknowledgement

    def feed(self, chunk: bytes) -> Iterator[Heard]:
        """Take the next bytes, in chunks of any size; yield what they complete."""
        *done, rest = (self._held + chunk).split(_ACKNOWLEDGED)
        keep = next(
            size
            for size in range(min(len(rest), len(_ACKNOWLEDGED) - 1), -1, -1)
            if _ACKNOWLEDGED.startswith(rest[len(rest) - size :])
        )
        self._held = rest[len(rest) - keep :]
        yield from self._texts.feed(b"".join(done) + rest[: len(rest) - keep])

    def forget(self) -> None:
        """Drop what was begun."""
        self._held = b""
        self._texts.forget()
