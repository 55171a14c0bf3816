"""Takes submissions from the ledger, one attempt each, and writes down what came of it."""

import logging
from collections.abc import Callable
from dataclasses import replace

from kiosk.clock import Clock
from kiosk.errors import LedgerFullError, PictureError
from kiosk.ledger.ledger import Ledger
from kiosk.model import (
    Answered,
    AttemptOutcome,
    Claim,
    Event,
    Held,
    NeverSent,
    PauseReason,
    Settlement,
    State,
    Submission,
    Unknown,
)
from kiosk.service.client import ServiceClient
from kiosk.service.codes import RecognitionKey
from kiosk.service.news import News
from kiosk.service.outcome import COSTLESS_KEYS, settle_with, unsendable
from kiosk.service.pacing import Pacing
from kiosk.supervisor import Life

_log = logging.getLogger(__name__)
_IDLE_S = 5.0  # the longest wait of one step: a worker must show life; a nudge ends it early
_SICK_KEYS = frozenset({RecognitionKey.DATABASE_ERRORS, RecognitionKey.UNKNOWN_ERROR})


class Uploader:
    """The worker that sends. The queue itself lives in the ledger; nothing is kept here."""

    name = "uploader"

    def __init__(
        self,
        ledger: Ledger,
        client: ServiceClient,
        pacing: Pacing,
        clock: Clock,
        publish: Callable[[Event], None],
        *,
        longest_attempt_s: float,
    ) -> None:
        self._ledger = ledger
        self._client = client
        self._pacing = pacing
        self._clock = clock
        self._news = News(ledger, clock, publish)
        self._longest_attempt_s = longest_attempt_s
        self._life: Life | None = None
        self._disk_is_full = False
        self._hurry_asked = False  # while an attempt was under way

    def notify(self, *, live: bool = False) -> None:
        """Say that there is something to send; a live scan does not wait for a back-off."""
        if live:
            self._hurry_asked = True
            self._pacing.hurry()
        if self._life is not None:
            self._life.nudge()

    def expect(self, submission: Submission) -> None:
        """Say that a person waits at the display for this one; it does not wait for a back-off."""
        self._news.expect(submission)
        self.notify(live=True)

    def resumed(self) -> None:
        """Say that a person resumed the queue."""
        self._pacing.resumed()
        self.notify()

    def run(self, life: Life) -> None:
        """Send until stopped; an attempt whose tail has left is waited for."""
        self._life = life
        while not life.stopping.is_set():
            life.wait(self._step(life))

    def _step(self, life: Life) -> float:
        """Do one thing; return the seconds until there may be something else to do."""
        wait = self._pacing.seconds_to_wait(self._clock.monotonic())
        if wait > 0:
            self._news.waiting(self._pacing.why_waiting)
            return min(wait, _IDLE_S)
        if self._pacing.must_probe and not self._probe(life):
            return 0.0
        try:
            wait = self._send_next(life)
        except LedgerFullError as error:
            # Nothing was begun, or nothing was sent, or the ledger keeps the end until it has room.
            self._tell_disk(error)
            return _IDLE_S
        self._tell_disk(None)
        return wait

    def _probe(self, life: Life) -> bool:
        status = self._ledger.status()
        if status.waiting == 0 or status.pause is not None:
            return True  # nothing may be sent: the claim will say so, and no probe is needed
        life.lease(self._longest_attempt_s)
        lost = self._client.probe(life.stopping)
        life.beat()
        if lost is not None:
            self._pacing.failed(self._clock.monotonic())
            self._news.reachable(lost.reason)
            self._news.waiting(lost.reason)
            return False
        self._pacing.probed()
        return True

    def _send_next(self, life: Life) -> float:
        self._hurry_asked = False  # from here on it is meant for another submission
        claim = self._claim()
        if isinstance(claim, Held):
            self._news.daily_limit(reached=claim.why == "daily_limit")
            return _IDLE_S
        self._news.daily_limit(reached=False)
        life.lease(self._longest_attempt_s)
        try:
            outcome = self._client.attempt(
                claim.crop,
                claim.format,
                cross=lambda: self._ledger.commit_tail(claim),
                stopping=life.stopping,
            )
        except PictureError as error:  # before anything was sent; it would be so for ever
            self._settle(claim, unsendable(str(error)), self._ledger.settle)
            return 0.0
        finally:
            life.beat()
        self._conclude(claim, outcome)
        return 0.0

    def _claim(self) -> Claim | Held:
        try:
            return self._ledger.claim()
        finally:
            for moved in self._ledger.take_notices():
                self._news.settled_late(moved)

    def _conclude(self, claim: Claim, outcome: AttemptOutcome) -> None:
        settlement = settle_with(outcome)
        write = self._ledger.settle
        if isinstance(outcome, Answered) and not outcome.crossed:
            # A result before the attempt was written down as committed. After one that cost
            # nothing the picture is unsent, and no release is needed; any other has been charged.
            if outcome.answer.key in COSTLESS_KEYS:
                settlement = replace(settlement, released=False)
            else:
                write = self._ledger.settle_charged
        if isinstance(outcome, NeverSent) and self._is_stopping():
            write(claim, settlement)
            return  # we hung up ourselves: no news of the service
        self._pace(outcome, settlement)
        self._settle(claim, settlement, write)
        if self._pacing.must_pause:
            detail = "the service keeps failing after taking pictures"
            self._ledger.pause(PauseReason.DOUBTS, detail)
            self._news.paused()

    def _settle(
        self,
        claim: Claim,
        settlement: Settlement,
        write: Callable[[Claim, Settlement], Submission],
    ) -> None:
        submission = write(claim, settlement)
        self._news.settled(settlement, submission, live=claim.submission.live)

    def _is_stopping(self) -> bool:
        return self._life is not None and self._life.stopping.is_set()

    def _pace(self, outcome: AttemptOutcome, settlement: Settlement) -> None:
        now = self._clock.monotonic()
        if isinstance(outcome, NeverSent) and settlement.state is State.QUEUED:
            self._pacing.failed(now, outcome.retry_after_s)
            if self._hurry_asked:  # who pressed meanwhile does not wait for this one's back-off
                self._pacing.hurry()
            self._news.reachable(outcome.reason if outcome.status is None else None)
            return
        self._news.reachable()
        sick = isinstance(outcome, Answered) and outcome.answer.key in _SICK_KEYS
        if isinstance(outcome, Unknown) or sick:
            self._pacing.doubted(now)
        else:
            self._pacing.answered()

    def _tell_disk(self, error: LedgerFullError | None) -> None:
        if error is not None:
            self._news.waiting("the disk is full")
            if not self._disk_is_full:
                _log.error("nothing is sent: %s", error)
        elif self._disk_is_full:
            _log.info("the ledger has room again: the queue goes on")
        self._disk_is_full = error is not None
