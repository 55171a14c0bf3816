"""Honeywell's hand and hands-free scanners (Xenon, Granit, Voyager …) on RS-232 or USB-COM.

Source: Honeywell, "Xenon/Granit User Guide", trigger modes (serial trigger: SYN T CR, SYN U CR)
and host acknowledgment ("Host ACK responses": ESC, a character and a comma). With Host ACK on the
scanner neither beeps nor scans until an answer comes, for 10 s; then it sounds an error itself.
"""

from kiosk.station.codecs.scanners.plain import PlainScanner


class Honeywell(PlainScanner):
    """Set to "manual trigger/serial", "Host ACK on" and a CR or CR LF suffix."""

    name = "honeywell"
    answer_within_s = 10.0

    def trigger_on(self) -> bytes:
        """Begin to look for a code."""
        return b"\x16T\r"

    def trigger_off(self) -> bytes:
        """Stop looking."""
        return b"\x16U\r"

    def good(self) -> bytes:
        """Beep as for a successful read; it may scan again."""
        return b"\x1b7,"

    def bad(self) -> bytes:
        """Sound the error tone; it may scan again."""
        return b"\x1b8,"

    def beep(self) -> bytes:
        """Beep twice at low pitch; to a waiting scanner that is an answer, too."""
        return b"\x1b4,\x1b4,"
