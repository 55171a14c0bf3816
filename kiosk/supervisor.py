"""Named worker threads: started in order, stopped in reverse; a dead worker ends the process."""

import threading
from typing import Protocol

from kiosk.clock import Clock

_STALE_AFTER_S = 20.0  # a worker that neither beats nor holds a lease this long is wedged


class Life:
    """A worker's side of the supervisor: when to stop, and how to show that it is alive."""

    def __init__(self, name: str, clock: Clock, stopping: threading.Event | None = None) -> None:
        self.name = name
        self.stopping = stopping or threading.Event()
        self._clock = clock
        self._alive_until = clock.monotonic() + _STALE_AFTER_S

    def beat(self) -> None:
        """Show life now."""
        self._alive_until = self._clock.monotonic() + _STALE_AFTER_S

    def lease(self, seconds: float) -> None:
        """Announce that the worker may block for ``seconds``, say for a paid answer."""
        self._alive_until = self._clock.monotonic() + seconds + _STALE_AFTER_S

    def wait(self, seconds: float) -> bool:
        """Wait, beating first; return True at once when the worker should stop."""
        self.beat()
        return self.stopping.wait(seconds)

    def is_alive(self) -> bool:
        """Tell whether the last beat or lease still holds."""
        return self._clock.monotonic() <= self._alive_until


class Worker(Protocol):
    """A part of the lane that runs on a thread of its own."""

    @property
    def name(self) -> str:
        """The thread's name, as logs and the watchdog know it."""

    def run(self, life: Life) -> None:
        """Work until ``life.stopping`` is set; every wait also waits on it, or is short."""
