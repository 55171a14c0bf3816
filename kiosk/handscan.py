"""The second way in: what a hand scanner read is checked and noted, for no credit.

There is no picture, so nothing can be uploaded: a VIN becomes a ``local`` submission, everything
else a scan without one. The judgement is that of kiosk.vision on a sure reading.
"""

from collections.abc import Callable
from dataclasses import dataclass

from kiosk.errors import LedgerFullError
from kiosk.ledger.admission import SCANNER
from kiosk.ledger.ledger import Ledger
from kiosk.model import NewScan, NewSubmission, Reading, ScanOutcome, Verdict
from kiosk.telling import TURNED_AWAY, Teller
from kiosk.vin import breaks_its_region, follows_standard, vin_of

BY_HAND = "hand"
"""The detail of an event about such a scan: its words are its own."""


@dataclass(frozen=True, slots=True)
class HandCode:
    """What a hand scanner sent; ``text`` is None where it was refused, and ``refusal`` says why.

    ``answer`` must be called once, with whether the code is a VIN that is on disk: it makes the
    scanner sound. From any thread; it returns at once.
    """

    text: str | None
    at: float  # monotonic seconds
    answer: Callable[[bool], object]
    refusal: str | None = None
    source: str = SCANNER

    def scan(self, outcome: ScanOutcome, vin: str | None = None) -> NewScan:
        """Describe the scan as the ledger records it."""
        return NewScan(self.source, outcome, text=self.text, vin=vin, detail=self.refusal)


def judged(text: str | None) -> Reading:
    """Say what a code's text is.

    A North American VIN whose check digit fails is ``unread``: a scanner does not verify Code 39,
    and a wrong VIN must not be noted as a right one.
    """
    vin = vin_of(text) if text is not None else None
    if vin is None or not follows_standard(vin):
        return Reading(Verdict.NOT_VIN, text)
    if breaks_its_region(vin):
        return Reading(Verdict.UNREAD, text)
    return Reading(Verdict.VIN, text, vin, vins=(vin,))


class HandScans:
    """Notes codes in the ledger; used by the lane's thread alone."""

    def __init__(self, ledger: Ledger, teller: Teller) -> None:
        self._ledger = ledger
        self._teller = teller

    def note(self, code: HandCode) -> bool:
        """Commit a code and say what became of it; tell whether it is a VIN that is on disk."""
        reading = judged(code.text)
        scan = code.scan(ScanOutcome(reading.verdict.value), reading.vin)
        if reading.vin is None:
            self._teller.record(scan, TURNED_AWAY[scan.outcome], reading)
            return False
        new = NewSubmission(None, code.text, reading.vin, local=True)
        try:
            enqueued = self._ledger.enqueue(scan, new)
        except LedgerFullError as error:
            self._teller.refuse(error, reading)
            return False
        self._teller.tell(enqueued, reading, local=True, asks=False, detail=BY_HAND)
        return True
