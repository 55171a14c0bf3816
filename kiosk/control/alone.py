"""Sending where no daemon runs: a command's own uploader, which outlives no signal to stop."""

from collections.abc import Callable
from typing import Protocol

from kiosk.clock import Clock
from kiosk.control.protocol import Control, Facts
from kiosk.errors import OutcomeError

_SLICE_S = 0.5  # a wait looks this often whether it should end


class Workers(Protocol):
    """What runs the uploader: the supervisor."""

    def stop(self) -> None:
        """Stop it; an answer that was paid for is waited for."""

    def raise_if_dead(self) -> None:
        """Raise what it died of, if it died."""


class Alone:
    """Implements `Sending` in the command's own process.

    Once ``stop_asked`` says so nothing new is looked at, and a wait ends: the uploader is stopped
    first, so that what was paid for has its answer when the submission is told of.
    """

    def __init__(
        self, control: Control, workers: Workers, clock: Clock, stop_asked: Callable[[], bool]
    ) -> None:
        self._control = control
        self._workers = workers
        self._clock = clock
        self._stop_asked = stop_asked

    def submit(self, data: bytes, file_name: str, *, hurry: bool, pay_again: bool) -> Facts:
        """Examine a picture and queue its crop; raises OutcomeError after a signal to stop."""
        if self._stop_asked():
            raise OutcomeError("stopped: this picture and those after it were not looked at")
        return self._control.submit(data, file_name, hurry=hurry, pay_again=pay_again)

    def wait(self, submission_id: int, timeout_s: float) -> Facts:
        """Wait for a submission's answer; raises what the uploader died of, if it does."""
        deadline = self._clock.monotonic() + timeout_s
        while True:
            if self._stop_asked():
                self._workers.stop()
                return self._control.submission(submission_id) | {"pending": False}
            left = deadline - self._clock.monotonic()
            facts = self._control.wait(submission_id, max(0.0, min(left, _SLICE_S)))
            if not facts["pending"]:
                return facts
            self._workers.raise_if_dead()
            if left <= _SLICE_S:
                return facts
