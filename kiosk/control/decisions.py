"""What a person can decide and wait for: needs the ledger, and neither camera nor OpenCV.

Nothing is said to anybody before the ledger holds it.
"""

import os
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from kiosk.clock import Clock
from kiosk.control.changes import Changes
from kiosk.control.facts import (
    pause_facts,
    pauses_facts,
    queue_facts,
    scan_facts,
    status_facts,
    submit_facts,
)
from kiosk.control.heard import HeardScans
from kiosk.control.protocol import Facts
from kiosk.errors import NoDaemonError, UsageError
from kiosk.ledger.ledger import Ledger
from kiosk.model import Event, EventKind, PauseReason, QueueStatus, Submission, Trigger

_RECENT_SCANS = 50
_WHY_LIMIT = 200  # characters of a person's reason


class Sender(Protocol):
    """What sends the queue: the uploader."""

    def notify(self, *, live: bool = False) -> None:
        """Say that there is something to send; ``live`` cuts a back-off short."""

    def resumed(self) -> None:
        """Say that a person resumed the queue."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a running lane adds; a command without a daemon has none of it."""

    press: Callable[[Trigger], bool] | None = None
    """Takes a press; False while a scan runs."""
    sender: Sender | None = None
    publish: Callable[[Event], None] | None = None
    live_facts: Callable[[], Facts] | None = None
    """What only the daemon knows: ``lane_state`` and DEVICES."""


class Decisions:
    """The part of `Control` that looks at no picture. Usable from several threads."""

    def __init__(
        self, ledger: Ledger, clock: Clock, surroundings: Surroundings = Surroundings()
    ) -> None:
        self._ledger = ledger
        self._clock = clock
        self._around = surroundings
        self._changes = Changes()
        self._scans = HeardScans()
        self._service_lost: str | None = None
        self._pressing = threading.Lock()
        self._started = clock.monotonic()

    def notice(self, event: Event) -> None:
        """Hear of everything that is published: who waits looks at the ledger again."""
        self._scans.hear(event)
        if event.kind is EventKind.SERVICE_LOST:
            self._service_lost = event.detail or "it does not answer"
        elif event.kind is EventKind.SERVICE_BACK:
            self._service_lost = None
        self._changes.tell()

    def status(self) -> Facts:
        """Tell how the lane is: the queue, and what only this process knows."""
        around = self._around.live_facts
        live = {
            **(around() if around is not None else {}),
            "refused": self._scans.refused,
            "service_lost": self._service_lost,
        }
        return {
            "pid": os.getpid(),
            "uptime_s": round(self._clock.monotonic() - self._started, 1),
            **live,
            **status_facts(self._ledger.status(), live),
        }

    def trigger(self, source: str) -> Facts:
        """Press the lane's button; raises NoDaemonError where there is no lane to press."""
        if self._around.press is None:
            raise NoDaemonError("no daemon runs: there is no camera to press the button of")
        with self._pressing:
            # While another scan runs a press is not taken: the next to begin is this press's own.
            number = self._scans.next_number
            taken = self._around.press(Trigger(source, self._clock.monotonic()))
        return {"outcome": "accepted" if taken else "busy", "press": number}

    def scan_of(self, press: int, timeout_s: float) -> Facts:
        """Wait for the scan that a press led to, or for why it could not be saved."""

        def look() -> Facts | None:
            end = self._scans.end_of(press)
            if end is None:
                return None
            return {"scan": self._scan_facts(end.scan_id), "refused": end.refused}

        return self._wait_for(look, timeout_s) or {"scan": None, "refused": None}

    def wait(self, submission_id: int, timeout_s: float) -> Facts:
        """Wait for a submission's answer; returns how it stands then, answered or not."""

        def look() -> Facts | None:
            facts = self.submission(submission_id)
            return None if facts["pending"] else facts

        return self._wait_for(look, timeout_s) or self.submission(submission_id)

    def submission(self, submission_id: int) -> Facts:
        """Tell how a submission stands; raises UsageError where there is none."""
        return self._submit_facts(self._existing(submission_id))

    def resend(self, submission_id: int, who: str) -> Facts:
        """Queue again what is in doubt or rejected; raises UsageError, TransitionError."""
        self._existing(submission_id)
        submission = self._ledger.resend(submission_id, who)
        self._tell(submission)
        self._wake(hurry=True)
        return queue_facts(submission)

    def drop(self, submission_id: int, who: str) -> Facts:
        """Give up what waits, is in doubt or was rejected; raises UsageError, TransitionError."""
        self._existing(submission_id)
        submission = self._ledger.drop(submission_id, who)
        self._tell(submission)
        return queue_facts(submission)

    def pause(self, why: str, who: str) -> Facts:
        """Stop the queue by a person's wish; ``pauses`` lists all that it then waits for."""
        words = " ".join(why.split())[:_WHY_LIMIT]
        detail = f"{words} ({who})" if words else f"stopped by {who}"
        self._ledger.pause(PauseReason.OPERATOR, detail, who)
        self._changes.tell()
        status = self._ledger.status()
        self._publish(EventKind.PAUSED, status=status)
        return {"pauses": pauses_facts(status)}

    def resume(self, who: str) -> Facts:
        """Let a paused queue go on; ``pauses`` lists why it was paused, ``pause`` is the first."""
        pauses = [pause_facts(pause) for pause in self._ledger.resume(who)]
        self._changes.tell()
        if pauses:
            self._tell_resumed()
        return {"pause": next(iter(pauses), None), "pauses": pauses}

    def _scan_facts(self, scan_id: int | None) -> Facts | None:
        recent = self._ledger.scans(_RECENT_SCANS) if scan_id is not None else []
        return next((scan_facts(scan) for scan in recent if scan.id == scan_id), None)

    def _submit_facts(self, submission: Submission) -> Facts:
        earlier_id = submission.duplicate_of
        earlier = self._ledger.submission(earlier_id) if earlier_id is not None else None
        return submit_facts(submission, earlier, self._ledger.status())

    def _existing(self, submission_id: int) -> Submission:
        submission = self._ledger.submission(submission_id)
        if submission is None:
            raise UsageError(f"there is no submission {submission_id}")
        return submission

    def _wait_for(self, look: Callable[[], Facts | None], timeout_s: float) -> Facts | None:
        deadline = self._clock.monotonic() + timeout_s
        while True:
            mark = self._changes.mark()
            facts = look()
            left = deadline - self._clock.monotonic()
            if facts is not None or left <= 0 or not self._changes.wait_beyond(mark, left):
                return facts

    def _wake(self, *, hurry: bool) -> None:
        if self._around.sender is not None:
            self._around.sender.notify(live=hurry)

    def _tell(self, submission: Submission) -> None:
        """Tell of a decision: the display counts what waits and what is in doubt."""
        self._changes.tell()
        self._publish(EventKind.QUEUE_CHANGED, submission)

    def _tell_resumed(self) -> None:
        if self._around.sender is not None:
            self._around.sender.resumed()
        self._publish(EventKind.RESUMED)

    def _publish(
        self,
        kind: EventKind,
        submission: Submission | None = None,
        status: QueueStatus | None = None,
    ) -> None:
        if self._around.publish is None:
            return
        now, status = self._clock.monotonic(), status or self._ledger.status()
        pause = status.pause if kind is EventKind.PAUSED else None
        self._around.publish(Event(kind, now, submission=submission, queue=status, pause=pause))
