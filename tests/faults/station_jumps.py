"""A station in compressed time, on one thread: where it would wait, the world goes on instead."""

import os
import select
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from kiosk.clock import Clock
from kiosk.station import line
from kiosk.station.simulated import SimulatedStation
from kiosk.station.waker import HasFileno, Waker
from kiosk.supervisor import Life

GoOn = Callable[[float], bool]
"""Lets time pass until something happens, at most so long (s); tells whether it did."""


class SteppedDisplay(SimulatedStation):
    """Takes its bytes when it is asked to, on the caller's thread."""

    def resume(self) -> None:
        if self._master is not None:
            os.set_blocking(self._master, False)

    def drain(self) -> bytes:
        """Show what has come; return it."""
        came = b""
        while self._master is not None and select.select([self._master], [], [], 0)[0]:
            data = os.read(self._master, 4096)
            self._feed(data)
            came += data
        return came

    def type_some(self, data: bytes) -> int:
        """Send what the line has room for; return how many bytes that were."""
        try:
            return os.write(self._master, data) if self._master is not None else 0
        except BlockingIOError:
            return 0


class JumpingLife(Life):
    """Waits by letting the world go on."""

    def __init__(self, clock: Clock, go_on: GoOn) -> None:
        super().__init__("station", clock)
        self._hands = clock
        self._go_on = go_on

    def wait(self, seconds: float) -> bool:
        self.beat()
        until = self._hands.monotonic() + seconds
        while not self.stopping.is_set() and (left := until - self._hands.monotonic()) > 0:
            self._go_on(left)
        return self.stopping.is_set()


@contextmanager
def waiting_by(at_rest: Callable[[], None], go_on: GoOn) -> Iterator[None]:
    """Let the owners of lines wait by letting the world go on; before that all is ``at_rest``."""

    class JumpingWaker(Waker):
        def wait(self, device: HasFileno, seconds: float) -> bool:
            if super().wait(device, 0):
                return True
            at_rest()
            go_on(seconds)
            return super().wait(device, 0)

    line.Waker = JumpingWaker
    try:
        yield
    finally:
        line.Waker = Waker
