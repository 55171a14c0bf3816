"""Buttons without hardware, with what a hand does to them: on USB, a modem line, a GPIO line."""

import errno
import os
import tempfile
import termios
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Self

from kiosk.triggers.gpio import GpioEdge
from kiosk.triggers.input_events import (
    EV_KEY,
    EV_SYN,
    KEY_DOWN,
    KEY_REPEAT,
    KEY_UP,
    SYN_REPORT,
    InputEvent,
    packed,
)

_ENTER = 28


class SimulatedKeys:
    """A USB button on a named pipe; ``device`` is what ``trigger.button.device`` takes.

    A context manager; ``close`` pulls the plug for good.
    """

    def __init__(self, code: int = _ENTER) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="vin-kiosk-button-")
        self._path = Path(self._folder.name, "event-kbd")
        self._code = code
        self._fd: int | None = None
        self.replug()

    @property
    def device(self) -> str:
        """Where it is plugged in."""
        return f"simulated:{self._path}"

    def press(self) -> None:
        """Press and let go."""
        self.hold()
        self.release()

    def hold(self) -> None:
        """Press, and keep it down."""
        self._tell(KEY_DOWN)

    def repeat(self, times: int = 1) -> None:
        """Do what the kernel does while a key is held."""
        for _ in range(times):
            self._tell(KEY_REPEAT)

    def release(self) -> None:
        """Let go."""
        self._tell(KEY_UP)

    def send(self, event: InputEvent) -> None:
        """Send any event; raises OSError while it is unplugged."""
        if self._fd is None:
            raise OSError(errno.ENODEV, "the simulated button is unplugged")
        os.write(self._fd, packed(event))

    def unplug(self) -> None:
        """Pull the plug: who has it open is told, and nothing is there any more."""
        self._path.unlink(missing_ok=True)
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None

    def replug(self) -> None:
        """Come back at the same path."""
        if self._fd is None:
            os.mkfifo(self._path)
            # Open for both: a pipe that nobody reads yet must open, and keep what is written.
            self._fd = os.open(self._path, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)

    def close(self) -> None:
        """Pull the plug and clear away the path."""
        self.unplug()
        self._folder.cleanup()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _tell(self, value: int) -> None:
        now = time.monotonic()
        self.send(InputEvent(now, EV_KEY, self._code, value))
        self.send(InputEvent(now, EV_SYN, SYN_REPORT, 0))


class SimulatedModemLine:
    """The far end of a port's modem lines; ``bits`` stands in for `modem_bits`."""

    def __init__(self, line: int = termios.TIOCM_DSR) -> None:
        self._line = line
        self._lost = False
        self.level = 0
        self.looks = 0

    def bits(self, _descriptor: int) -> int:
        """Answer as the kernel does: EIO once the adapter is gone."""
        self.looks += 1
        if self._lost:
            raise OSError(errno.EIO, "the simulated adapter is unplugged")
        return self.level

    def hold(self) -> None:
        """Close the contact."""
        self.level |= self._line

    def release(self) -> None:
        """Open the contact."""
        self.level &= ~self._line

    def unplug(self) -> None:
        """Pull the adapter."""
        self._lost = True

    def replug(self) -> None:
        """Plug it in again."""
        self._lost = False


class SimulatedGpio:
    """A GPIO line in memory: a `LineDoor` with a finger on it."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._edges: list[GpioEdge] = []
        self._active = False
        self._lost = False
        self._event = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)

    def hold(self, at: float | None = None) -> None:
        """Close the contact."""
        self._turn(active=True, at=at)

    def release(self, at: float | None = None) -> None:
        """Open it."""
        self._turn(active=False, at=at)

    def swallow(self) -> None:
        """Forget the edges that wait, as a kernel does that has no room for them."""
        self.edges()

    def unplug(self) -> None:
        """Take the chip away."""
        self._lost = True
        os.eventfd_write(self._event, 1)

    def fileno(self) -> int:
        """Return a descriptor that is readable while edges wait."""
        return self._event

    def edges(self) -> list[GpioEdge]:
        """Give the edges away; raises OSError when unplugged."""
        self._refuse_if_lost()
        with self._lock:
            edges, self._edges = self._edges, []
            if edges:
                os.eventfd_read(self._event)
        return edges

    def is_active(self) -> bool:
        """Give the level; raises OSError when unplugged."""
        self._refuse_if_lost()
        return self._active

    def close(self) -> None:
        """Give the descriptor back."""
        os.close(self._event)

    def _turn(self, *, active: bool, at: float | None) -> None:
        with self._lock:
            self._active = active
            self._edges.append(GpioEdge(active, self._clock() if at is None else at))
        os.eventfd_write(self._event, 1)

    def _refuse_if_lost(self) -> None:
        if self._lost:
            raise OSError(errno.ENODEV, "the simulated chip is gone")
