"""Datalogic's scanners (PowerScan, Magellan, Gryphon …) on RS-232 STD or USB-COM.

Source: Datalogic, "PowerScan product reference guide", appendix E, host commands characters, and
"Magellan 800i product reference guide", appendix F. Single letters, without an end.
"""

from kiosk.station.codecs.scanners.plain import PlainScanner


class Datalogic(PlainScanner):
    """``bad`` disables it, "not on file" is meant to make the operator look up: enable it again."""

    name = "datalogic"

    def trigger_on(self) -> bytes:
        """Pull the trigger."""
        return b"T"

    def trigger_off(self) -> bytes:
        """Let it go."""
        return b"X"

    def good(self) -> bytes:
        """Sound the good-read tone (where it is not switched off in the scanner)."""
        return b"B"

    def bad(self) -> bytes:
        """Sound "not on file" and be disabled until ``enable``."""
        return b"F"

    def enable(self) -> bytes:
        """Scan again."""
        return b"E"

    def beep(self) -> bytes:
        """Sound the good-read tone twice: it has no third sound that all models know."""
        return b"BB"
