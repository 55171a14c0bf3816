"""What the uploader tells: one event for each thing that a person or a listener should hear.

Nothing is said before the ledger holds it, and nothing that the ledger no longer holds: who resumed
the queue in the same moment must not be told that it is paused.
"""

import logging
from collections.abc import Callable

from kiosk.clock import Clock
from kiosk.errors import LedgerFullError
from kiosk.ledger.ledger import Ledger
from kiosk.model import Event, EventKind, Settlement, State, Submission

_log = logging.getLogger(__name__)
_SETTLED = {
    State.RECOGNIZED: EventKind.RECOGNIZED,
    State.UNRECOGNIZED: EventKind.UNRECOGNIZED,
    State.IN_DOUBT: EventKind.IN_DOUBT,
    State.REJECTED: EventKind.REJECTED,
}


class News:
    """Says what happened to submissions and to the way to the service, each change once."""

    def __init__(self, ledger: Ledger, clock: Clock, publish: Callable[[Event], None]) -> None:
        self._ledger = ledger
        self._clock = clock
        self._publish = publish
        self._reachable = True
        self._limit_said = False
        self._disk_is_full = False
        self._expected: Submission | None = None

    def expect(self, submission: Submission) -> None:
        """Remember for which submission a person waits at the display."""
        self._expected = submission

    def settled(self, settlement: Settlement, submission: Submission, *, live: bool) -> None:
        """Tell how an attempt ended; ``live``: somebody waited for it, the backlog is not news."""
        kind = _SETTLED.get(submission.state)
        if kind is not None:
            self._say(kind, submission, settlement.reason or None)
        stops = settlement.pause is not None or submission.state is State.REJECTED
        paused = stops and self.paused(submission if kind is None else None)
        if kind is None and live and not paused:
            self._say(EventKind.WAITING, submission, settlement.reason)
        if kind is not None or live:
            self._forget(submission)

    def settled_late(self, submission: Submission) -> None:
        """Tell of what the ledger itself moved, or could write only now."""
        kind = _SETTLED.get(submission.state)
        if kind is None:
            self.paused(submission)
        else:
            self._say(kind, submission, submission.reason or None)
            self._forget(submission)

    def paused(self, submission: Submission | None = None) -> bool:
        """Tell that the queue is paused; False where it no longer is."""
        return self._say(EventKind.PAUSED, submission)

    def waiting(self, why: str) -> None:
        """Tell who waits at the display that the scan is saved, but is not being sent now."""
        if self._expected is None:
            return
        expected, self._expected = self._expected, None
        submission = self._ledger.submission(expected.id)
        if submission is not None and submission.state is State.QUEUED:
            self._say(EventKind.WAITING, submission, why)

    def daily_limit(self, *, reached: bool) -> None:
        """Tell that the day's credits are used up, once."""
        if reached:
            self.waiting("the day's credits are used up")
            if not self._limit_said:
                self._say(EventKind.DAILY_LIMIT, None)
        self._limit_said = reached

    def reachable(self, detail: str | None = None) -> None:
        """Tell that the service answers (``detail`` is None), or why it cannot be reached."""
        reachable = detail is None
        if reachable != self._reachable:
            self._reachable = reachable
            kind = EventKind.SERVICE_BACK if reachable else EventKind.SERVICE_LOST
            self._say(kind, None, detail)

    def no_room(self, error: LedgerFullError) -> None:
        """Tell that the ledger has no room: who waits at the display, and once in the log."""
        if not self._disk_is_full:
            _log.error("nothing is sent: %s", error)
        self._disk_is_full = True
        self.waiting("the disk is full")

    def room(self) -> None:
        """Tell that the ledger has room again, where it had none."""
        if self._disk_is_full:
            _log.info("the ledger has room again: the queue goes on")
        self._disk_is_full = False

    def _forget(self, submission: Submission) -> None:
        if self._expected is not None and self._expected.id == submission.id:
            self._expected = None

    def _say(
        self, kind: EventKind, submission: Submission | None, detail: str | None = None
    ) -> bool:
        status = self._ledger.status()
        if kind is EventKind.PAUSED and status.pause is None:
            return False
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
        return True
