"""A new scan's way into the ledger: accepted, already scanned, or asked about first."""

import sqlite3
from dataclasses import dataclass

from kiosk.errors import LedgerError
from kiosk.ledger.arrows import By, check
from kiosk.ledger.duplicates import Duplicate, Rules
from kiosk.ledger.moment import Moment
from kiosk.ledger.pictures import insert_submission
from kiosk.ledger.rows import Row, digest_of, scan_row, submission_row, to_submission
from kiosk.ledger.spent import SpentLog
from kiosk.ledger.store import append, next_seq, submission_row_of
from kiosk.model import (
    Accepted,
    AlreadyScanned,
    AskFirst,
    DuplicateRule,
    Enqueued,
    NewScan,
    NewSubmission,
    ScanOutcome,
    State,
    Submission,
)

CONSENT_BY = "button"
SCANNER = "scanner"  # the trigger of a code that a hand scanner read


@dataclass(frozen=True, slots=True)
class Admission:
    """What one new scan is judged by, inside one transaction."""

    connection: sqlite3.Connection
    spent: SpentLog
    window_s: float
    now: Moment

    def admit(self, scan: NewScan, new: NewSubmission, *, consent: bool) -> Enqueued:
        """Record a scan and what it leads to; with ``consent`` a person has said: pay again."""
        if new.crop is None and not new.local:
            raise LedgerError("a scan without a picture can only be recorded, not uploaded")
        rules = Rules(self.connection, self.spent, self.window_s, self.now)
        if consent:
            # What still waits has not been paid once: there is nothing to pay again.
            waiting = None if new.local else rules.still_waiting(new)
            if waiting is not None:
                return self._refer(scan, new, waiting)
            self._release(new)
            return self._accept(scan, new)
        duplicate = rules.duplicate(new)
        if duplicate is None and scan.trigger == SCANNER:
            duplicate = rules.noted(new)
        if duplicate is not None:
            return self._refer(scan, new, duplicate)
        same_label = None if new.local else rules.same_label(new)
        if same_label is not None:
            return self._refer(scan, new, same_label)
        if new.vin is None and not new.local:
            earlier_id = rules.recent_unread()
            if earlier_id is not None:
                scan_id = self._record(scan, ScanOutcome.ASKED, None)
                return AskFirst(scan_id, self._submission(earlier_id))
        return self._accept(scan, new)

    def _release(self, new: NewSubmission) -> None:
        """Free exactly this picture: another one of the same VIN or file keeps its protection."""
        sha256 = digest_of(new)
        if self.spent.is_spent(sha256):
            self.spent.release(sha256, who=CONSENT_BY, why="pressed again", at=self.now)

    def _accept(self, scan: NewScan, new: NewSubmission) -> Accepted:
        state = State.LOCAL if new.local else State.QUEUED
        scan_id, submission = self._write(scan, scan.outcome, new, state)
        return Accepted(scan_id, submission)

    def _refer(self, scan: NewScan, new: NewSubmission, duplicate: Duplicate) -> AlreadyScanned:
        pointer: Row = {"duplicate_of": duplicate.earlier_id, "reason": duplicate.words}
        outcome, state = ScanOutcome.DUPLICATE, State.DUPLICATE
        if duplicate.rule is DuplicateRule.LABEL:  # what it says is new: nobody read this label yet
            outcome, state = scan.outcome, State.LOCAL
        scan_id, submission = self._write(scan, outcome, new, state, pointer)
        earlier_id = duplicate.earlier_id
        earlier = None if earlier_id is None else self._submission(earlier_id)
        return AlreadyScanned(scan_id, submission, earlier, duplicate.rule)

    def _write(
        self,
        scan: NewScan,
        outcome: ScanOutcome,
        new: NewSubmission,
        state: State,
        more: Row | None = None,
    ) -> tuple[int, Submission]:
        check(None, state, By.SCAN)
        seq = next_seq(self.connection)
        scan_id = self._record(scan, outcome, seq)
        row = submission_row(new, state, seq, scan_id, self.now) | (more or {})
        insert_submission(self.connection, row)
        return scan_id, self._submission(seq)

    def _record(self, scan: NewScan, outcome: ScanOutcome, submission_id: int | None) -> int:
        return append(self.connection, "scans", scan_row(scan, outcome, submission_id, self.now))

    def _submission(self, submission_id: int) -> Submission:
        return to_submission(submission_row_of(self.connection, submission_id))
