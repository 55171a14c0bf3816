"""What is heard of the lane's scans: which one a press led to, and what became of it."""

import threading
from dataclasses import dataclass

from kiosk.model import SCAN_ENDS, Event, EventKind

_REMEMBERED = 100


@dataclass(frozen=True, slots=True)
class ScanEnd:
    """A scan's end: its row in the ledger, or why nothing could be written."""

    scan_id: int | None
    refused: str | None = None


class HeardScans:
    """Numbers the scans in the order in which the lane begins them. Usable from several threads.

    The lane says SCANNING as each begins and one word at its end, and makes one scan at a time: a
    press that it takes leads to the first scan that begins afterwards, or to BUSY with a row of its
    own where it took the press up too late. In presentation mode it also says a word without
    SCANNING, never while a scan runs.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._begun = 0
        self._ends: dict[int, ScanEnd] = {}
        self._latest: ScanEnd | None = None

    def hear(self, event: Event) -> None:
        """Hear ``event``; called in the order in which events are published."""
        with self._lock:
            if event.kind is EventKind.SCANNING:
                self._begin()
            elif event.kind is EventKind.BUSY and event.scan_id is not None:
                self._begin()
                self._ends[self._begun] = _end_of(event)
            elif event.kind in SCAN_ENDS:
                self._latest = _end_of(event)
                # Of further ones nobody pressed: a label came into view.
                self._ends.setdefault(self._begun, self._latest)

    def _begin(self) -> None:
        self._begun += 1
        self._ends.pop(self._begun - _REMEMBERED, None)

    @property
    def next_number(self) -> int:
        """Number of the scan that begins next."""
        with self._lock:
            return self._begun + 1

    def end_of(self, number: int) -> ScanEnd | None:
        """Return how a scan ended; None while it runs, and where it was never heard of."""
        with self._lock:
            return self._ends.get(number)

    @property
    def refused(self) -> str | None:
        """Why the latest scan that ended could not be saved; None where it was."""
        with self._lock:
            return self._latest.refused if self._latest else None


def _end_of(event: Event) -> ScanEnd:
    if event.kind is EventKind.REFUSED:
        return ScanEnd(None, event.detail or "nothing could be saved")
    return ScanEnd(event.scan_id)
