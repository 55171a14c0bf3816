"""The ledger's part in sending: what may be claimed, and what each attempt ends in."""

from contextlib import suppress
from dataclasses import replace
from sqlite3 import Connection

from kiosk.clock import Clock
from kiosk.errors import LedgerError, LedgerFullError, TransitionError
from kiosk.ledger import attempts, pauses
from kiosk.ledger.credits import DayCredits
from kiosk.ledger.moment import Moment
from kiosk.ledger.owed import Owed
from kiosk.ledger.reads import LedgerReads
from kiosk.ledger.start import spent_entry
from kiosk.ledger.writer import Writer
from kiosk.model import Claim, Held, QueueStatus, Settlement, State, Submission


class Sending(LedgerReads):
    """Claims and their ends; each method is one transaction and returns after its COMMIT."""

    def __init__(self, writer: Writer, clock: Clock, *, daily_credit_limit: int) -> None:
        super().__init__(writer.database, clock)
        self._writer = writer
        self._daily_credit_limit = daily_credit_limit
        self._owed = Owed()
        self._credits = DayCredits()
        self._notices: list[Submission] = []

    def status(self) -> QueueStatus:
        """Sum the queue up. A day is the local calendar day; doubts count as spent."""
        with self._database.lock:  # the time, too, is told to one at a time
            self._writer.fill_walls()
            status = super().status()
        return replace(status, limit_reached=status.credits_today >= self._daily_credit_limit)

    def claim(self, beside: Claim | None = None) -> Claim | Held:
        """Take the next submission for one attempt, or say why none can be taken.

        A claim alone is synced with its next step only: a power cut makes of ``sending`` what the
        start makes of it, ``queued``; the tail has not left (decision 18).

        What must not be sent (spent before, or damaged) becomes a doubt instead, told by
        ``take_notices``. What an earlier attempt could not write is written first. ``beside`` is a
        claim whose tail has left: only the backlog is taken then (``live`` where somebody waits),
        and the day's limit counts both. Raises LedgerFullError where that is still not possible, or
        an answer could not be kept; TransitionError where ``beside`` has ended.
        """
        doubts: list[Submission] = []
        with self._database.lock:
            self._writer.spent.trust.check()  # nothing is sent that the spent log could not note
            self._owed.settle_up(self._notices)
            with self._database.reading() as connection:
                self._credits_today(connection, self._now())  # outside a transaction it is kept
                row = attempts.next_queued(connection)
                doubtful = row and attempts.why_not_sendable(row, self._writer.spent)
            with self._writer.beginning(lasting=bool(doubtful)) as (connection, now):
                claimed = self._claim_in(connection, now, doubts, beside)
            self._notices += doubts
            if isinstance(claimed, Held) and beside is None:
                self._database.rest()
        return claimed

    def _claim_in(
        self,
        connection: Connection,
        now: Moment,
        doubts: list[Submission],
        beside: Claim | None = None,
    ) -> Claim | Held:
        if pauses.is_paused(connection):
            return Held("paused")
        if beside is not None:
            attempts.check_open(connection, beside)
        while (row := attempts.next_queued(connection)) is not None:
            if beside is not None and row["live"]:
                return Held("live")
            reason = attempts.why_not_sendable(row, self._writer.spent)
            if reason is None:
                if self._credits_today(connection, now) >= self._daily_credit_limit:
                    return Held("daily_limit")
                return attempts.begin(connection, row, now)
            doubts.append(attempts.doubt(connection, row, reason))
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
                self._database.trust.check()  # a checkpoint failed: no answer could be kept
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
            return self._settle(claim, self._checked(claim, settlement))

    def settle_and_claim(
        self, claim: Claim, settlement: Settlement, beside: Claim | None = None
    ) -> tuple[Submission, Claim | Held]:
        """Do what ``settle`` and then ``claim`` do, in one transaction.

        Where there is room for the end, and none for a new attempt, the end alone is written and
        the claim is ``Held("disk_full")``. Raises as ``settle`` does.
        """
        doubts: list[Submission] = []
        with self._database.lock:
            settlement = self._checked(claim, settlement)
            try:
                self._owed.settle_up(self._notices)
                with self._writer.beginning() as (connection, now):
                    done = attempts.settle(connection, claim, settlement, now)
                    following = self._claim_in(connection, now, doubts, beside)
            except LedgerFullError:
                return self._settle(claim, settlement), Held("disk_full")
            self._notices += doubts
        return done, following

    def lets_a_tail_go(self) -> bool:
        """Tell whether a tail that waits may leave: no pause, and nobody at the display.

        Raises LedgerError, and StorageError where no answer could be kept.
        """
        with self._database.lock:
            self._database.trust.check()
            with self._database.reading() as connection:
                return not (pauses.is_paused(connection) or attempts.is_live_waiting(connection))

    def take_back(self, claim: Claim, why: str) -> Submission:
        """Queue again a claim whose tail has not left and never will.

        Raises LedgerError: then the release, and after it the row, are written before the next
        claim (and if the process ends before that, it becomes a doubt at the next start).
        """
        back = Settlement(State.QUEUED, why, released=True)
        with self._database.lock:
            with self._database.reading() as connection:
                state = attempts.state_of(connection, claim)
            to_release = [claim.submission.sha256] if state is State.COMMITTED else []

            def write() -> Submission:
                if to_release:
                    self._writer.release(to_release[0], who=pauses.BY_ITSELF, why=why)
                    to_release.clear()  # where the row finds no room, it alone is written later
                return self._settle_in_one(claim, back)

            return self._owed.now_or_later(write)

    def _checked(self, claim: Claim, settlement: Settlement) -> Settlement:
        with self._database.reading() as connection:
            state = attempts.state_of(connection, claim)
        attempts.check_settlement(state, settlement)
        if settlement.released and state is State.COMMITTED:
            return self._release_first(claim, settlement)
        return settlement

    def _settle(self, claim: Claim, settlement: Settlement) -> Submission:
        return self._owed.now_or_later(lambda: self._settle_in_one(claim, settlement))

    def _settle_in_one(self, claim: Claim, settlement: Settlement) -> Submission:
        return self._writer.at_any_price(lambda c, now: attempts.settle(c, claim, settlement, now))

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

    def take_notices(self) -> list[Submission]:
        """Return what the ledger itself moved to ``in_doubt`` since the last call, and forget."""
        with self._database.lock:
            notices, self._notices = self._notices, []
        return notices

    def _now(self) -> Moment:
        return self._writer.now()

    def _credits_today(self, connection: Connection, now: Moment) -> int:
        self._credits.follow(self._writer.dating.times_dated)
        return self._credits.today(connection, now)
