"""How long a step of an attempt may take, and what may cut it short."""

import threading
from collections.abc import Callable

from kiosk.clock import Clock

_SLICE_S = 0.1  # the longest single wait: a stop is noticed at most this much later


class StoppedError(Exception):
    """The lane is stopping, or has better to do, and the picture has not left: it ends here."""


class Patience:
    """A deadline, and what ends it early, for every wait of one step."""

    def __init__(
        self,
        clock: Clock,
        seconds: float,
        stopping: threading.Event | None = None,
        in_the_way: Callable[[], bool] | None = None,
    ) -> None:
        """Start the deadline now. Without ``stopping`` the step is seen through to its end.

        ``in_the_way`` tells, asked at every wait, whether the step holds up something better.
        """
        self._clock = clock
        self._deadline = clock.monotonic() + seconds
        self._stopping = stopping or threading.Event()
        self._in_the_way = in_the_way

    def left_s(self) -> float:
        """Return the seconds left; raise StoppedError or TimeoutError where there are none."""
        if self._stopping.is_set() or (self._in_the_way is not None and self._in_the_way()):
            raise StoppedError
        left = self._deadline - self._clock.monotonic()
        if left <= 0:
            raise TimeoutError
        return left

    def slice_s(self) -> float:
        """Return how long the next wait may last; raise as ``left_s`` does."""
        return min(self.left_s(), _SLICE_S)

    def pause(self, seconds: float) -> None:
        """Wait ``seconds``, or less when the stop event is set; raise as ``left_s`` does."""
        self._stopping.wait(min(self.slice_s(), seconds))

    def share(self, parts: int) -> "Patience":
        """Return the patience for one of ``parts`` tries that must share what is left."""
        return Patience(self._clock, self.left_s() / parts, self._stopping, self._in_the_way)
