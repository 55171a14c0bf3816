"""Any scanner that sends text and listens to nothing: most hand scanners on RS-232 or USB-COM."""

from kiosk.station.codecs.scanners.framing import Suffix, TextReader
from kiosk.station.codecs.scanners.scanner import ScannerReader


class PlainScanner:
    """Has no commands at all; the base of those that have some."""

    name = "plain"
    answer_within_s: float | None = None

    def reader(self, suffix: Suffix = Suffix.LINE) -> ScannerReader:
        """Make a reader for a freshly opened line."""
        return TextReader(suffix)

    def trigger_on(self) -> bytes:
        """Do nothing."""
        return b""

    def trigger_off(self) -> bytes:
        """Do nothing."""
        return b""

    def good(self) -> bytes:
        """Do nothing."""
        return b""

    def bad(self) -> bytes:
        """Do nothing."""
        return b""

    def enable(self) -> bytes:
        """Do nothing: it always scans."""
        return b""

    def beep(self) -> bytes:
        """Do nothing."""
        return b""
