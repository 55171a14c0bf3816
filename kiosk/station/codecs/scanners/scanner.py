"""What the station needs of a family of scanners."""

from collections.abc import Iterator
from typing import Protocol

from kiosk.station.codecs.scanners.framing import Suffix
from kiosk.station.codecs.scanners.heard import Heard


class ScannerReader(Protocol):
    """Understands one line from its opening on; holds a bounded number of bytes."""

    def feed(self, chunk: bytes) -> Iterator[Heard]:
        """Take the next bytes, in chunks of any size; yield what they complete."""

    def forget(self) -> None:
        """Drop what was begun: the line fell silent amid a code, so its end will not come."""


class ScannerCodec(Protocol):
    """A family's commands, as bytes to write; empty where the family has no such command."""

    @property
    def name(self) -> str:
        """The name in the configuration."""

    @property
    def answer_within_s(self) -> float | None:
        """How long the scanner waits for ``good`` or ``bad``; None: it does not wait."""

    def reader(self, suffix: Suffix = Suffix.LINE) -> ScannerReader:
        """Make a reader for a freshly opened line; ``suffix`` is what ends each code."""

    def trigger_on(self) -> bytes:
        """Begin to look for a code."""

    def trigger_off(self) -> bytes:
        """Stop looking."""

    def good(self) -> bytes:
        """Acknowledge: the code was taken."""

    def bad(self) -> bytes:
        """Acknowledge: the code was not taken; the scanner may wait for ``enable`` after it."""

    def enable(self) -> bytes:
        """Let it scan again."""

    def beep(self) -> bytes:
        """Sound for attention, unlike good and bad where the family can."""
