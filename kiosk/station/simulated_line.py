"""The far end of a serial line on a real pty, with a plug to pull."""

import errno
import os
import select
import tempfile
import threading
import tty
from abc import ABC, abstractmethod
from collections.abc import Callable
from pathlib import Path
from typing import Self

_CHUNK = 4096


class SimulatedLine(ABC):
    """The other end of a serial line; ``port`` is a path that a Port can open.

    The path is a symbolic link, since every replug gives a new pty: it is what
    /dev/serial/by-path is to a real adapter. A context manager; ``close`` pulls the plug for good.
    A device on it defines ``_feed`` and ``_power_cycle``, which are called under the lock.
    """

    def __init__(self, device: str) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix=f"vin-kiosk-{device}-")
        self._link = Path(self._folder.name) / device
        self._name = device
        self._seen = threading.Condition()  # guards the device; notified at every change
        self._master: int | None = None
        self._slave: int | None = None
        self._reader: threading.Thread | None = None
        self._wake = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self.replug()

    @property
    def port(self) -> str:
        """The device path; nothing is there while the plug is pulled."""
        return str(self._link)

    def type(self, data: bytes) -> None:
        """Send bytes up the line, as a device or a disturbance does; raises OSError unplugged."""
        if self._master is None:
            raise OSError(errno.EIO, f"the simulated {self._name} is unplugged")
        os.write(self._master, data)

    def unplug(self) -> None:
        """Hang up: the line is lost, the path is gone and the device has no supply."""
        self.stall()
        self._link.unlink(missing_ok=True)
        for fd in (self._master, self._slave):
            if fd is not None:
                os.close(fd)
        self._master = self._slave = None
        self.power_cycle()

    def power_cycle(self) -> None:
        """Take the device's own supply away for a moment; the line itself stays as it is."""
        with self._seen:
            self._power_cycle()
            self._seen.notify_all()

    def replug(self) -> None:
        """Come back at the same path."""
        if self._master is not None:
            return
        self._master, self._slave = os.openpty()
        # Our own hold on the slave keeps the line up while nobody has opened it.
        tty.setraw(self._slave)
        fresh = self._link.with_suffix(".new")
        fresh.symlink_to(os.ttyname(self._slave))
        fresh.replace(self._link)
        self.resume()

    def stall(self) -> None:
        """Stop taking bytes, as a display that hangs; the line itself stays up."""
        if self._reader is not None:
            os.eventfd_write(self._wake, 1)
            self._reader.join()
            self._reader = None

    def resume(self) -> None:
        """Take bytes again."""
        if self._reader is None and self._master is not None:
            self._reader = threading.Thread(
                target=self._read, args=(self._master,), name=f"simulated-{self._name}", daemon=True
            )
            self._reader.start()

    def close(self) -> None:
        """Pull the plug and clear away the path."""
        self.unplug()
        os.close(self._wake)
        self._folder.cleanup()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @abstractmethod
    def _feed(self, data: bytes) -> None:
        """Take what the host wrote."""

    @abstractmethod
    def _power_cycle(self) -> None:
        """Be as when freshly powered on."""

    def _wait_until(self, is_so: Callable[[], bool], timeout_s: float) -> bool:
        with self._seen:
            return self._seen.wait_for(is_so, timeout_s)

    def _read(self, master: int) -> None:
        poll = select.poll()
        poll.register(master, select.POLLIN)
        poll.register(self._wake, select.POLLIN)
        while True:
            ready = {fd for fd, _ in poll.poll()}
            if self._wake in ready:
                os.eventfd_read(self._wake)
                return
            data = os.read(master, _CHUNK)
            with self._seen:
                self._feed(data)
                self._seen.notify_all()
