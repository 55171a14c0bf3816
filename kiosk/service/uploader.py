"""Takes submissions from the ledger, one attempt each, and writes down what came of it."""

import logging
from collections.abc import Callable

from kiosk.clock import Clock
from kiosk.errors import LedgerFullError
from kiosk.ledger.ledger import Ledger
from kiosk.model import (
    Answered,
    AttemptOutcome,
    Claim,
    Event,
    EventKind,
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
from kiosk.service.outcome import COSTLESS_KEYS, settle_with
from kiosk.service.pacing import Pacing
from kiosk.supervisor import Life

_log = logging.getLogger(__name__)
_IDLE_S = 5.0  # nothing to do: a nudge ends this wait early
_DISK_FULL_RETRY_S = 30.0
_DISK_FULL = "disk_full"
_SICK_KEYS = frozenset({RecognitionKey.DATABASE_ERRORS, RecognitionKey.UNKNOWN_ERROR})
_SETTLED = {
    State.RECOGNIZED: EventKind.RECOGNIZED,
    State.UNRECOGNIZED: EventKind.UNRECOGNIZED,
    State.IN_DOUBT: EventKind.IN_DOUBT,
    State.REJECTED: EventKind.REJECTED,
}


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
        self._publish = publish
        self._longest_attempt_s = longest_attempt_s
        self._life: Life | None = None
        self._reachable = True
        self._rejected_in_a_row = 0
        self._limit_said = False
        self._expected: Submission | None = None

    def notify(self, *, live: bool = False) -> None:
        """Say that there is something to send; a live scan does not wait for a back-off."""
        if live:
            self._pacing.hurry()
        if self._life is not None:
            self._life.nudge()

    def expect(self, submission: Submission) -> None:
        """Say that a person waits at the display for this one; it does not wait for a back-off."""
        self._expected = submission
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
            self._tell_waiting("the service asked for a pause")
            return min(wait, _IDLE_S)
        if self._pacing.must_probe and not self._probe(life):
            return 0.0
        claim = self._claim()
        if isinstance(claim, Held):
            self._tell_daily_limit(claim)
            return _DISK_FULL_RETRY_S if claim.why == _DISK_FULL else _IDLE_S
        life.lease(self._longest_attempt_s)
        outcome = self._attempt(claim, life)
        life.beat()
        if outcome is None:
            return _DISK_FULL_RETRY_S
        self._settle(claim, outcome)
        return 0.0

    def _probe(self, life: Life) -> bool:
        status = self._ledger.status()
        if status.waiting == 0 or status.pause is not None:
            return True  # nothing may be sent: the claim will say so, and no probe is needed
        life.lease(self._longest_attempt_s)
        lost = self._client.probe(life.stopping)
        life.beat()
        if lost is not None:
            self._pacing.failed(self._clock.monotonic())
            self._tell_reachable(reachable=False, detail=lost.reason)
            self._tell_waiting(lost.reason)
            return False
        self._pacing.probed()
        return True

    def _claim(self) -> Claim | Held:
        try:
            claim = self._ledger.claim()
        except LedgerFullError as error:
            _log.error("%s", error)
            return Held(_DISK_FULL)
        for moved in self._ledger.take_notices():
            self._say(EventKind.IN_DOUBT, moved)
        return claim

    def _attempt(self, claim: Claim, life: Life) -> AttemptOutcome | None:
        """Make the attempt; None where a full disk stopped it before the tail."""
        try:
            return self._client.attempt(
                claim.crop,
                claim.format,
                cross=lambda: self._ledger.commit_tail(claim),
                stopping=life.stopping,
            )
        except LedgerFullError as error:  # raised by commit_tail: nothing was sent
            _log.error("%s", error)
            return None

    def _settle(self, claim: Claim, outcome: AttemptOutcome) -> None:
        settlement = settle_with(outcome)
        if isinstance(outcome, Answered) and not outcome.crossed:
            # A result before all was written down. After one that cost nothing the picture is
            # unsent; any other has been charged, and passes through `committed` like every answer.
            if outcome.answer.key in COSTLESS_KEYS:
                settlement = _without_release(settlement)
            else:
                self._ledger.commit_tail(claim)
        submission = self._ledger.settle(claim, settlement)
        if isinstance(outcome, NeverSent) and self._is_stopping():
            return  # we hung up ourselves: no news of the service
        self._pace(outcome, submission)
        self._tell(claim, settlement, submission)

    def _is_stopping(self) -> bool:
        return self._life is not None and self._life.stopping.is_set()

    def _pace(self, outcome: AttemptOutcome, submission: Submission) -> None:
        now = self._clock.monotonic()
        rejected = submission.state is State.REJECTED
        self._rejected_in_a_row = self._rejected_in_a_row + 1 if rejected else 0
        if self._rejected_in_a_row > 1:
            self._pause(PauseReason.CONFIGURATION, submission.reason or "refused twice")
        if isinstance(outcome, NeverSent):
            self._pacing.failed(now, outcome.retry_after_s)
            self._tell_reachable(reachable=outcome.status is not None, detail=outcome.reason)
            return
        self._tell_reachable(reachable=True, detail="")
        sick = isinstance(outcome, Answered) and outcome.answer.key in _SICK_KEYS
        if isinstance(outcome, Unknown) or sick:
            self._pacing.doubted(now)
            if self._pacing.must_pause:
                self._pause(PauseReason.DOUBTS, "the service keeps failing after taking pictures")
        else:
            self._pacing.answered()

    def _pause(self, reason: PauseReason, detail: str) -> None:
        self._ledger.pause(reason, detail)
        self._say(EventKind.PAUSED, None)

    def _tell(self, claim: Claim, settlement: Settlement, submission: Submission) -> None:
        if settlement.pause is not None:
            self._say(EventKind.PAUSED, submission)
        elif submission.state is State.QUEUED:
            if claim.submission.live:  # somebody waits at the display; the backlog is not news
                self._say(EventKind.WAITING, submission, settlement.reason)
                self._forget(submission)
        else:
            self._say(_SETTLED[submission.state], submission, settlement.reason or None)
            self._forget(submission)

    def _tell_waiting(self, why: str) -> None:
        """Tell who waits at the display that the scan is saved, but is not being sent now."""
        if self._expected is None:
            return
        expected, self._expected = self._expected, None
        submission = self._ledger.submission(expected.id)
        if submission is not None and submission.state is State.QUEUED:
            self._say(EventKind.WAITING, submission, why)

    def _forget(self, submission: Submission) -> None:
        if self._expected is not None and self._expected.id == submission.id:
            self._expected = None

    def _tell_daily_limit(self, held: Held) -> None:
        limited = held.why == "daily_limit"
        if limited:
            self._tell_waiting("the day's credits are used up")
            if not self._limit_said:
                self._say(EventKind.DAILY_LIMIT, None)
        self._limit_said = limited

    def _tell_reachable(self, *, reachable: bool, detail: str) -> None:
        if reachable == self._reachable:
            return
        self._reachable = reachable
        kind = EventKind.SERVICE_BACK if reachable else EventKind.SERVICE_LOST
        self._say(kind, None, detail or None)

    def _say(
        self, kind: EventKind, submission: Submission | None, detail: str | None = None
    ) -> None:
        status = self._ledger.status()
        self._publish(
            Event(
                kind,
                self._clock.monotonic(),
                scan_id=submission.scan_id if submission else None,
                submission=submission,
                queue=status,
                pause=status.pause,
                detail=detail,
            )
        )


def _without_release(settlement: Settlement) -> Settlement:
    return Settlement(
        settlement.state,
        settlement.reason,
        credits=settlement.credits,
        answer=settlement.answer,
        status=settlement.status,
        pause=settlement.pause,
    )
