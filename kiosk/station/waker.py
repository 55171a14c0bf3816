"""Wakes a thread that polls a device when another thread has something for it."""

import os
import select
from typing import Protocol


class HasFileno(Protocol):
    """Something that poll(2) can watch."""

    def fileno(self) -> int:
        """Return the descriptor."""


class Waker:
    """An eventfd beside a device's descriptor, so that one poll waits for both.

    Without it a message would wait for the end of the poll, or the poll would have to be short
    and an idle lane busy. ``wake`` may be called from any thread and never blocks.
    """

    def __init__(self) -> None:
        self._fd = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)

    def wake(self) -> None:
        """End the present or the next wait."""
        os.eventfd_write(self._fd, 1)

    def wait(self, device: HasFileno, seconds: float) -> bool:
        """Wait for a wake-up or for ``device``; return True when the device has to be read.

        A hang-up counts as readable: reading is what tells it apart.
        """
        poll = select.poll()
        poll.register(self._fd, select.POLLIN)
        poll.register(device.fileno(), select.POLLIN)
        ready = {fd for fd, _ in poll.poll(seconds * 1000)}
        if self._fd in ready:
            os.eventfd_read(self._fd)
        return device.fileno() in ready

    def close(self) -> None:
        """Give the descriptor back; nobody may wake any more."""
        os.close(self._fd)
