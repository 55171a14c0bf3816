"""The latest-only slot between the camera's thread and the lane: no queue, no stale frames."""

import threading

from kiosk.clock import Clock
from kiosk.model import Frame


class LatestFrame:
    """Holds the newest frame. The camera's thread puts, the lane waits for a fresh one."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._changed = threading.Condition()
        self._frame: Frame | None = None
        self._lost: str | None = "the camera is not open yet"

    @property
    def problem(self) -> str | None:
        """Why there is no camera, or None while it gives frames."""
        return self._lost

    def put(self, frame: Frame) -> None:
        """Offer a frame; an older one that nobody took is forgotten."""
        with self._changed:
            self._frame = frame
            self._lost = None
            self._changed.notify_all()

    def lose(self, problem: str) -> None:
        """Say that the camera is away, and why."""
        with self._changed:
            self._frame = None
            self._lost = problem
            self._changed.notify_all()

    def newer_than(self, taken_after: float, deadline: float) -> Frame | None:
        """Wait until ``deadline`` for a frame taken after ``taken_after`` (both monotonic s)."""
        with self._changed:
            while self._frame is None or self._frame.taken_at <= taken_after:
                left = deadline - self._clock.monotonic()
                if left <= 0 or not self._changed.wait(left):
                    return None
            return self._frame
