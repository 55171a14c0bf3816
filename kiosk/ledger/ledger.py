"""The ledger: every scan, every submission and every credit, durable before it is said.

Each method is one transaction and returns after its COMMIT. Two things outlive the database: the
spent log, asked before every attempt and at every new scan, and the sequence's highest number.
"""

from contextlib import ExitStack, suppress
from dataclasses import replace
from pathlib import Path
from sqlite3 import Connection
from typing import Self

from kiosk.clock import Clock
from kiosk.errors import LedgerError, TransitionError
from kiosk.ledger import attempts, pauses, people, retention
from kiosk.ledger.admission import Admission
from kiosk.ledger.files import make_state_directory
from kiosk.ledger.lock import StateLock
from kiosk.ledger.moment import Moment
from kiosk.ledger.opening import open_writer
from kiosk.ledger.owed import Owed
from kiosk.ledger.picture_files import PictureFiles
from kiosk.ledger.reads import LedgerReads
from kiosk.ledger.retention import Pruned
from kiosk.ledger.rows import scan_row, to_submission
from kiosk.ledger.sightings import Sightings, write_coming
from kiosk.ledger.start import spent_entry, start
from kiosk.ledger.store import advance, append
from kiosk.ledger.writer import Writer
from kiosk.model import (
    Claim,
    Enqueued,
    Held,
    NewScan,
    NewSubmission,
    Pause,
    PauseReason,
    QueueStatus,
    Settlement,
    State,
    Submission,
)


class Ledger(LedgerReads):
    """The one writer of a state directory. A context manager; usable from several threads.

    ``start_report`` tells what opening it found and did; ``files`` is the book of picture files,
    ``sightings`` that of the VINs in view in presentation mode.
    """

    def __init__(
        self, writer: Writer, clock: Clock, *, rescan_window_s: float, daily_credit_limit: int
    ) -> None:
        super().__init__(writer.database, clock)
        self._writer = writer
        self._rescan_window_s = rescan_window_s
        self._daily_credit_limit = daily_credit_limit
        self._owed = Owed()
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

    def status(self) -> QueueStatus:
        """Sum the queue up. A day is the local calendar day; doubts count as spent."""
        self._writer.fill_walls()
        status = super().status()
        return replace(status, limit_reached=status.credits_today >= self._daily_credit_limit)

    # ---- attempts -------------------------------------------------------------------------

    def claim(self) -> Claim | Held:
        """Take the next submission for one attempt, or say why none can be taken.

        What must not be sent (spent before, or damaged) becomes a doubt instead, told by
        ``take_notices``. What an earlier attempt could not write is written first. Raises
        LedgerFullError where that is still not possible, or an answer could not be kept.
        """
        doubts: list[Submission] = []
        with self._database.lock:
            self._owed.settle_up(self._notices)
            with self._writer.beginning() as (connection, now):
                claimed = self._claim_in(connection, now, doubts)
            self._notices += doubts
        return claimed

    def _claim_in(
        self, connection: Connection, now: Moment, doubts: list[Submission]
    ) -> Claim | Held:
        if pauses.current_pause(connection) is not None:
            return Held("paused")
        while (row := attempts.next_queued(connection)) is not None:
            reason = attempts.why_not_sendable(row, self._writer.spent)
            if reason is None:
                if self._credits_today(now) >= self._daily_credit_limit:
                    return Held("daily_limit")
                return attempts.begin(connection, row, now)
            fresh = advance(connection, row["id"], {State.QUEUED}, State.IN_DOUBT, reason=reason)
            doubts.append(to_submission(fresh))
        return Held("empty")

    def commit_tail(self, claim: Claim) -> None:
        """Write the point of no return, in the database and then in the spent log.

        Raises LedgerError: then the tail must not be sent, and the submission is queued again: now,
        or before the next claim if the ledger cannot write (and if the process ends before that,
        it becomes a doubt at the next start).
        """
        with self._database.lock:
            try:
                with self._writer.transaction() as (connection, now):
                    attempts.commit(connection, claim)
                self._writer.spent.spend(spent_entry(claim.submission, now))
            except TransitionError:
                raise
            except LedgerError as error:
                self._take_back(claim, f"not sent: {error}")
                raise

    def _take_back(self, claim: Claim, why: str) -> None:
        def write() -> None:
            self._writer.at_any_price(lambda c, now: attempts.take_back(c, claim, why, now))

        # If this fails too it is owed; the first error is on its way to the caller all the same.
        with suppress(LedgerError):
            self._owed.now_or_later(write)

    def settle(self, claim: Claim, settlement: Settlement) -> Submission:
        """Write what the attempt ended in, and the pause it calls for, in one transaction.

        A release goes into the spent log first: a crash between the two leaves a doubt, not a
        second payment. Raises TransitionError for an end the state machine does not have, and
        LedgerFullError where not even the reserve is enough: the end is then kept here, written
        before the next claim and told by ``take_notices``.
        """
        with self._database.lock:
            with self._database.reading() as connection:
                state = attempts.state_of(connection, claim)
            attempts.check_settlement(state, settlement)
            if settlement.released and state is State.COMMITTED:
                settlement = self._release_first(claim, settlement)
            return self._owed.now_or_later(
                lambda: self._writer.at_any_price(
                    lambda c, now: attempts.settle(c, claim, settlement, now)
                )
            )

    def settle_charged(self, claim: Claim, settlement: Settlement) -> Submission:
        """Write an answer that has cost a credit though ``commit_tail`` was never called.

        Unlike that, nothing here is ever taken back. The row comes first, in one transaction; a
        spent line that cannot be written is owed, and the row stands for it. Where the row cannot
        be written, the line alone makes a doubt of it at the next start. Raises as ``settle``.
        """
        with self._database.lock:
            try:
                done = self._owed.now_or_later(
                    lambda: self._writer.at_any_price(
                        lambda c, now: attempts.settle_charged(c, claim, settlement, now)
                    )
                )
            except TransitionError:
                raise
            except LedgerError:
                self._note_charge(claim)
                raise
            self._note_charge(claim)
        return done

    def _note_charge(self, claim: Claim) -> None:
        entry = spent_entry(claim.submission, self._writer.now())
        with suppress(LedgerError):
            self._owed.now_or_later(lambda: self._writer.spend(entry))

    def _release_first(self, claim: Claim, settlement: Settlement) -> Settlement:
        sha256 = claim.submission.sha256
        try:
            self._writer.release(sha256, who="service", why=settlement.reason)
        except LedgerError as error:
            # Unreleased it could never be claimed again: say so now.
            reason = f"{settlement.reason}; the release could not be written: {error}"
            return replace(settlement, state=State.IN_DOUBT, released=False, reason=reason)
        return settlement

    # ---- people and time ------------------------------------------------------------------

    def resend(self, submission_id: int, who: str) -> Submission:
        """Queue again what is in doubt or rejected: ``who`` accepts a possible second payment.

        Raises TransitionError in another state, LedgerError where the picture is gone.
        """
        return people.resend(self._writer, submission_id, who)

    def drop(self, submission_id: int, who: str) -> Submission:
        """Give up what is queued, in doubt or rejected; what may have been paid stays spent."""
        return people.drop(self._writer, submission_id, who)

    def pause(self, reason: PauseReason, detail: str) -> None:
        """Stop the queue until a person resumes it; a restart does not end the pause."""
        self._writer.at_any_price(lambda c, now: pauses.set_pause(c, reason, detail, now))

    def resume(self, who: str) -> Pause | None:
        """End the pause, by ``who``; return it, or None where there was none."""
        return self._writer.at_any_price(lambda c, now: pauses.lift_pause(c, who, now))

    def take_notices(self) -> list[Submission]:
        """Return what the ledger itself moved to ``in_doubt`` since the last call, and forget."""
        with self._database.lock:
            notices, self._notices = self._notices, []
        return notices

    def prune(self, pictures_days: float, results_days: float) -> Pruned:
        """Forget some of what is older than so many days; nothing while the clock is not set.

        One short transaction: to be called until the result ``is_last``. Raises LedgerError; the
        space that is kept for paid answers is not touched.
        """
        if not self._clock.is_set():
            return Pruned(0, 0)
        with self._writer.transaction() as (connection, now):
            return retention.prune(connection, pictures_days, results_days, now)

    def close(self) -> None:
        """Close everything and let go of the lock; a second call does nothing."""
        with suppress(LedgerError), self._database.lock:
            self._owed.settle_up(self._notices)
        self._closing.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
