"""The ledger: every scan, every submission and every credit, durable before it is said.

Each method is one transaction and returns after its COMMIT. Two things outlive the database: the
spent log, asked before every attempt and at every new scan, and the sequence's highest number.
"""

from contextlib import ExitStack, suppress
from dataclasses import replace
from pathlib import Path
from typing import Self

from kiosk.clock import Clock
from kiosk.errors import LedgerError
from kiosk.ledger import pauses, people, retention
from kiosk.ledger.admission import Admission
from kiosk.ledger.ageing import aged
from kiosk.ledger.files import make_state_directory
from kiosk.ledger.lock import StateLock
from kiosk.ledger.opening import open_writer
from kiosk.ledger.picture_files import PictureFiles
from kiosk.ledger.retention import Pruned
from kiosk.ledger.rows import scan_row
from kiosk.ledger.sending import Sending
from kiosk.ledger.sightings import Sightings, write_coming
from kiosk.ledger.start import start
from kiosk.ledger.store import append
from kiosk.ledger.writer import Writer
from kiosk.model import (
    Enqueued,
    NewScan,
    NewSubmission,
    Pause,
    PauseReason,
    Submission,
)


class Ledger(Sending):
    """The one writer of a state directory. A context manager; usable from several threads.

    ``start_report`` tells what opening it found and did; ``files`` is the book of picture files,
    ``sightings`` that of the VINs in view in presentation mode.
    """

    def __init__(
        self, writer: Writer, clock: Clock, *, rescan_window_s: float, daily_credit_limit: int
    ) -> None:
        super().__init__(writer, clock, daily_credit_limit=daily_credit_limit)
        self._rescan_window_s = rescan_window_s
        self.files = PictureFiles(writer)
        self.sightings = Sightings(writer)
        self._closing = ExitStack()
        self.start_report, self._notices = start(writer)

    @classmethod
    def open(
        cls,
        state_dir: Path,
        clock: Clock,
        *,
        rescan_window_s: float = 600,
        daily_credit_limit: int = 500,
    ) -> Self:
        """Lock the state directory, open what is there, and apply the start rules.

        Raises StateLockedError where another process has it, LedgerError where it cannot be used.
        """
        make_state_directory(state_dir)
        with ExitStack() as stack:
            stack.callback(StateLock.acquire(state_dir).release)
            writer, opened = open_writer(state_dir, clock, stack)
            ledger = cls(
                writer,
                clock,
                rescan_window_s=rescan_window_s,
                daily_credit_limit=daily_credit_limit,
            )
            ledger.start_report = replace(
                ledger.start_report, damaged=opened.damaged, salvaged=opened.salvaged
            )
            ledger._closing = stack.pop_all()
        return ledger

    # ---- scans ----------------------------------------------------------------------------

    def record_scan(self, scan: NewScan) -> int:
        """Record a trigger that led to no submission; return the scan's id."""
        with self._writer.beginning() as (connection, now):
            return append(connection, "scans", scan_row(scan, scan.outcome, None, now))

    def enqueue(
        self, scan: NewScan, new: NewSubmission, *, consent: bool = False, in_view: bool = False
    ) -> Enqueued:
        """Record a scan with its submission, in one transaction, unless it would pay twice.

        ``consent``: a person pressed again and wants to pay; no rule applies, and where this very
        picture is spent the spent log gets its ``released`` line. Only what is still waiting is
        referred to even then: it was not paid for once. ``in_view``: the VIN stays in view until
        ``sightings`` hears that it left; in the same transaction, for a car whose scan is saved and
        whose sighting is not would be paid for again after a power cut. Raises LedgerFullError, and
        then nothing was recorded.
        """
        with self._writer.beginning() as (connection, now):
            admission = Admission(connection, self._writer.spent, self._rescan_window_s, now)
            enqueued = admission.admit(scan, new, consent=consent)
            if in_view and new.vin is not None:
                write_coming(connection, new.vin, now)
            return enqueued

    def knows_file(self, sha256: str) -> bool:
        """Tell whether a picture file was looked at, or a crop of it spent, before."""
        with self._database.lock:
            return super().knows_file(sha256) or self._writer.spent.knows_file(sha256)

    # ---- people and time ------------------------------------------------------------------

    def resend(self, submission_id: int, who: str) -> Submission:
        """Queue again what is in doubt or rejected: ``who`` accepts a possible second payment.

        Raises TransitionError in another state, LedgerError where the picture is gone.
        """
        return people.resend(self._writer, submission_id, who)

    def drop(self, submission_id: int, who: str) -> Submission:
        """Give up what is queued, in doubt or rejected; what may have been paid stays spent."""
        return people.drop(self._writer, submission_id, who)

    def pause(self, reason: PauseReason, detail: str, who: str = pauses.BY_ITSELF) -> None:
        """Stop the queue until a person resumes it; a restart does not end the pause.

        An attempt under way goes on to its end. Pauses for other reasons stay beside this one.
        """
        self._writer.at_any_price(lambda c, now: pauses.set_pause(c, reason, detail, now, who))

    def resume(self, who: str) -> tuple[Pause, ...]:
        """End all pauses, by ``who``; return them, the weightiest first."""
        return self._writer.at_any_price(lambda c, now: pauses.lift_pauses(c, who, now))

    def prune(self, pictures_days: float, results_days: float) -> Pruned:
        """Forget some of what is older than so many days; nothing while nobody knows the time.

        One short transaction: to be called until the result ``is_last``. Raises LedgerError; the
        space that is kept for paid answers is not touched.
        """
        dating = self._writer.dating
        with self._writer.transaction() as (connection, now):
            if not now.clock_set or dating.is_due():
                return Pruned(0, 0)
            self._credits.forget()  # numbers of attempts may be given again
            age = aged(connection, now, dating.last_elsewhere)
            return retention.prune(connection, pictures_days, results_days, age)

    def close(self) -> None:
        """Close everything and let go of the lock; a second call does nothing."""
        with suppress(LedgerError), self._database.lock:
            self._owed.settle_up(self._notices)
        self._closing.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
