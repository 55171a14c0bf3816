"""Carries claims through their attempts; of the backlog the next one is made ready meanwhile.

While an answer is awaited the disk and the line to the service are idle. So the next picture of the
backlog is claimed, its head sent, and its point of no return written down; its tail follows as soon
as the answer is sound, and only then that answer is written. Any other end, a stop, a pause or
somebody at the display takes the next one back before its tail: see decision 17.
"""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import TypeVar

from kiosk.clock import Clock
from kiosk.errors import LedgerFullError, PictureError
from kiosk.ledger.ledger import Ledger
from kiosk.model import (
    Answered,
    AttemptOutcome,
    Claim,
    Held,
    NeverSent,
    PauseReason,
    Settlement,
    State,
    Submission,
)
from kiosk.service.client import ServiceClient
from kiosk.service.held import HeldRequest
from kiosk.service.news import News
from kiosk.service.outcome import COSTLESS_KEYS, is_sound, is_wasted, settle_with, unsendable
from kiosk.service.pacing import Pacing
from kiosk.service.reasons import STOPPING
from kiosk.supervisor import Life

T = TypeVar("T")

_KEEPS_FAILING = "the service keeps failing after taking pictures"
_NOT_NOW = "not sent: what went before it, or a scan at the display, came first"
# An answer that has come is not left unread for longer than this by a request that gets ready.
_LONGEST_HOLD_UP_S = 1.0
# Servers hang up on requests that do not go on, some after ten seconds; what is sent into that
# moment would be a doubt.
_STALE_S = 5.0
_ALONE = 10  # attempts without a second request at hand, after one that came to nothing


@dataclass(slots=True)
class _Turn:
    """An attempt: its claim, what is under way of it, and what there is to be done beside it."""

    claim: Claim
    held: HeldRequest | None = None
    before: tuple[Claim, AttemptOutcome] | None = None  # ended soundly, and not yet written
    following: "_Turn | None" = None  # only its tail is missing
    ready_at: float = 0.0
    failed: tuple[Claim, AttemptOutcome] | None = None  # it should have become the following one
    trouble: Exception | None = None

    def close(self) -> None:
        """Hang up where a request is under way: a tail that was held back never leaves."""
        if self.held is not None:
            self.held.close()


class Deliveries:
    """Sends what the ledger gives out, and writes down what came of it. One thread uses it."""

    def __init__(
        self,
        ledger: Ledger,
        client: ServiceClient,
        pacing: Pacing,
        clock: Clock,
        news: News,
        *,
        longest_attempt_s: float,
    ) -> None:
        self._ledger = ledger
        self._client = client
        self._pacing = pacing
        self._clock = clock
        self._news = news
        self._longest_attempt_s = longest_attempt_s
        self._hurry_asked = False  # while an attempt was under way
        self._alone = 0

    def hurry(self) -> None:
        """Say, from any thread, that somebody waits at the display."""
        self._hurry_asked = True

    def send_next(self, life: Life) -> Held | None:
        """Send what is to be sent next, and the backlog behind it while all goes well.

        Returns why there is nothing to send. Raises LedgerError.
        """
        self._hurry_asked = False  # from here on it is meant for another submission
        claim = self._telling(self._ledger.claim)
        if isinstance(claim, Held):
            return claim
        self._news.daily_limit(reached=False)
        turn: _Turn | None = _Turn(claim)
        while turn is not None:
            turn = self._take(turn, life)
        return None

    def _take(self, turn: _Turn, life: Life) -> _Turn | None:
        """Carry one attempt to its end; return the next where that may go at once."""
        life.lease(self._longest_attempt_s)
        try:
            outcome = self._client.attempt(
                turn.claim.crop,
                turn.claim.format,
                cross=lambda: self._ledger.commit_tail(turn.claim),
                stopping=life.stopping,
                held=turn.held,
                meanwhile=lambda is_answered: self._meanwhile(turn, life, is_answered),
            )
        except PictureError as error:  # before anything was sent; it would be so for ever
            self._settle(turn.claim, unsendable(str(error)), self._ledger.settle)
            return None
        finally:
            life.beat()
            if turn.before is not None:
                self._conclude(*turn.before, life)
        if turn.held is not None and isinstance(outcome, NeverSent):
            self._alone = _ALONE  # the service hung up on a request that waited
        following = turn.following
        if following is not None and self._may_follow(following, outcome, life):
            following.before = (turn.claim, outcome)
            return following
        self._end(turn, outcome, life)
        return None

    def _end(self, turn: _Turn, outcome: AttemptOutcome, life: Life) -> None:
        """Write what the attempt ended in, whatever else there is; nothing follows it at once."""
        steps: list[Callable[[], object]] = [lambda: self._conclude(turn.claim, outcome, life)]
        following = turn.following
        if following is not None:
            following.close()  # its tail will not leave
            steps.append(lambda: self._ledger.take_back(following.claim, _NOT_NOW))
        if not settle_with(outcome).credits:
            # What was paid for is written first. A refusal comes last: who sees the queue paused
            # must find nothing under way any more.
            steps.reverse()
        with ExitStack() as ends:  # each of them, whatever becomes of the other
            for step in reversed(steps):
                ends.callback(step)
        if turn.failed is not None:
            self._alone = _ALONE
            self._conclude(*turn.failed, life)
        if turn.trouble is not None:
            raise turn.trouble

    # ---- while an answer is awaited -------------------------------------------------------

    def _meanwhile(self, turn: _Turn, life: Life, is_answered: Callable[[], bool]) -> None:
        try:
            claim = self._claim_beside(turn, life)
            if isinstance(claim, Claim):
                self._prepare(turn, claim, life, is_answered)
        except Exception as error:  # noqa: BLE001 - raised once the answer under way is written
            turn.trouble = error

    def _claim_beside(self, turn: _Turn, life: Life) -> Claim | Held | None:
        """Write how the attempt before ended, and claim the next one, in one transaction."""
        if turn.before is None:
            if not self._may_prepare(turn, life):
                return None
            return self._telling(lambda: self._ledger.claim(beside=turn.claim))
        claim, outcome = turn.before
        settlement = self._paced(outcome)
        if not self._may_prepare(turn, life):
            turn.before = None
            self._settle(claim, settlement, self._ledger.settle)
            return None
        try:
            submission, following = self._telling(
                lambda: self._ledger.settle_and_claim(claim, settlement, beside=turn.claim)
            )
        except LedgerFullError:
            turn.before = None  # the ledger keeps it, and writes it before the next claim
            raise
        turn.before = None
        self._news.settled(settlement, submission, live=claim.submission.live)
        return following

    def _may_prepare(self, turn: _Turn, life: Life) -> bool:
        if self._alone:
            self._alone -= 1
            return False
        held_up = turn.claim.submission.live or self._hurry_asked or life.stopping.is_set()
        return self._pacing.is_well and not held_up

    def _prepare(
        self, turn: _Turn, claim: Claim, life: Life, is_answered: Callable[[], bool]
    ) -> None:
        began = self._clock.monotonic()

        def in_the_way() -> bool:
            late = self._clock.monotonic() - began > _LONGEST_HOLD_UP_S
            return (late or self._hurry_asked) and is_answered()

        life.lease(2 * self._longest_attempt_s)
        try:
            held = self._client.prepare(
                claim.crop,
                claim.format,
                cross=lambda: self._ledger.commit_tail(claim),
                stopping=life.stopping,
                in_the_way=in_the_way,
            )
        except PictureError as error:
            self._settle(claim, unsendable(str(error)), self._ledger.settle)
            return
        if isinstance(held, HeldRequest) and held.is_waiting:
            turn.following = _Turn(claim, held, ready_at=self._clock.monotonic())
            return
        self._came_to_nothing(turn, claim, held, life)

    def _came_to_nothing(
        self, turn: _Turn, claim: Claim, held: HeldRequest | NeverSent, life: Life
    ) -> None:
        outcome = held if isinstance(held, NeverSent) else held.finish()
        if isinstance(outcome, NeverSent) and outcome.reason == STOPPING:
            self._ledger.take_back(claim, _NOT_NOW)
        elif isinstance(outcome, Answered):
            self._conclude(claim, outcome, life)  # it may have cost a credit: written at once
        else:
            turn.failed = (claim, outcome)  # its back-off must not end with the answer under way

    def _may_follow(self, following: _Turn, outcome: AttemptOutcome, life: Life) -> bool:
        if self._clock.monotonic() - following.ready_at > _STALE_S:
            self._alone = _ALONE
            return False
        if self._hurry_asked or life.stopping.is_set():
            return False
        return is_sound(outcome) and not self._ledger.is_paused()

    # ---- the end of an attempt ------------------------------------------------------------

    def _conclude(self, claim: Claim, outcome: AttemptOutcome, life: Life) -> None:
        write = self._ledger.settle
        if isinstance(outcome, NeverSent) and life.stopping.is_set():
            write(claim, settle_with(outcome))
            return  # we hung up ourselves: no news of the service
        settlement = self._paced(outcome)
        if isinstance(outcome, Answered) and not outcome.crossed:
            # A result before the attempt was written down as committed. After one that cost
            # nothing the picture is unsent, and no release is needed; any other has been charged.
            if outcome.answer.key in COSTLESS_KEYS:
                settlement = replace(settlement, released=False)
            else:
                write = self._ledger.settle_charged
        self._settle(claim, settlement, write)

    def _settle(
        self,
        claim: Claim,
        settlement: Settlement,
        write: Callable[[Claim, Settlement], Submission],
    ) -> None:
        submission = write(claim, settlement)
        self._news.settled(settlement, submission, live=claim.submission.live)

    def _paced(self, outcome: AttemptOutcome) -> Settlement:
        """Let the pacing hear of an outcome; return what it means, with the pause it calls for."""
        settlement = settle_with(outcome)
        now = self._clock.monotonic()
        if isinstance(outcome, NeverSent) and settlement.state is State.QUEUED:
            self._pacing.failed(now, outcome.retry_after_s)
            if self._hurry_asked:  # who pressed meanwhile does not wait for this one's back-off
                self._pacing.hurry()
            self._news.reachable(outcome.reason if outcome.status is None else None)
            return settlement
        self._news.reachable()
        if not is_wasted(outcome):
            self._pacing.answered()
            return settlement
        self._pacing.doubted(now)
        if self._pacing.must_pause:
            return replace(settlement, pause=PauseReason.DOUBTS, pause_detail=_KEEPS_FAILING)
        return settlement

    def _telling(self, claim: Callable[[], T]) -> T:
        """Claim, and tell of what the ledger moved by itself meanwhile."""
        try:
            return claim()
        finally:
            for moved in self._ledger.take_notices():
                self._news.settled_late(moved)
