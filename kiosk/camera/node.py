"""An open V4L2 device node, and the one door to the kernel behind it."""

import errno
import fcntl
import mmap
import os
import select
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

from kiosk.camera.videodev2 import CAP_DEVICE_CAPS, QUERYCAP, VIDEO_MAJOR, Request, text_of


class Memory(Protocol):
    """A driver's buffer, mapped into this process."""

    def __getitem__(self, part: slice, /) -> bytes:
        """Copy a part of it."""

    def close(self) -> None:
        """Unmap it."""


class Kernel(Protocol):
    """The system calls a camera needs. Each raises OSError."""

    def open(self, path: str) -> int:
        """Open a video device node without blocking; ENOTTY for a path that is none."""

    def ioctl(self, fd: int, request: int, argument: bytearray) -> None:
        """Ask the driver; it writes its answer into ``argument``."""

    def map(self, fd: int, length: int, offset: int) -> Memory:
        """Map a buffer of the driver."""

    def wait(self, fd: int, seconds: float) -> int:
        """Wait for a filled buffer; returns the events of poll(2), 0 after ``seconds``."""

    def close(self, fd: int) -> None:
        """Close the node."""


class SystemKernel:
    """The machine's own kernel."""

    def open(self, path: str) -> int:
        """Open the node; the device is looked at first, since opening has effects of its own."""
        status = os.stat(path)  # noqa: PTH116 - the door speaks of descriptors and paths
        if not stat.S_ISCHR(status.st_mode) or os.major(status.st_rdev) != VIDEO_MAJOR:
            raise OSError(errno.ENOTTY, os.strerror(errno.ENOTTY), path)
        return os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)

    def ioctl(self, fd: int, request: int, argument: bytearray) -> None:
        """Ask the driver; this may block as long as a USB request does, which is 5 s at most."""
        fcntl.ioctl(fd, request, argument, True)

    def map(self, fd: int, length: int, offset: int) -> Memory:
        """Map it through mmap(2), which keeps a descriptor of its own."""
        return mmap.mmap(fd, length, flags=mmap.MAP_SHARED, prot=mmap.PROT_READ, offset=offset)

    def wait(self, fd: int, seconds: float) -> int:
        """Wait in poll(2); an unplugged device ends it with POLLERR."""
        waiting = select.poll()
        waiting.register(fd, select.POLLIN)
        ready = waiting.poll(max(0.0, seconds) * 1000)
        return ready[0][1] if ready else 0

    def close(self, fd: int) -> None:
        """Close the descriptor."""
        os.close(fd)


KERNEL = SystemKernel()


@dataclass(frozen=True, slots=True)
class Capability:
    """Who a device is, and what this node of it can do (V4L2_CAP_* bits)."""

    driver: str
    card: str
    bus_info: str
    can: int


class VideoNode:
    """A node that is open. Every method raises OSError."""

    def __init__(self, path: str, kernel: Kernel = KERNEL) -> None:
        """Open ``path``, a link or the node itself."""
        self.path = path
        self._kernel = kernel
        self._fd: int | None = kernel.open(path)
        self.silent: set[int] = set()  # controls that timed out since it is open

    def ask(self, request: Request, *values: int) -> tuple[Any, ...]:
        """Fill the first fields of the request, ask the driver, and return all of its fields."""
        argument = request.pack(*values)
        self._kernel.ioctl(self._descriptor(), request.number, argument)
        return request.layout.unpack(argument)

    def capability(self) -> Capability:
        """Ask who it is."""
        driver, card, bus_info, _, whole, node = self.ask(QUERYCAP)
        can = node if whole & CAP_DEVICE_CAPS else whole
        return Capability(text_of(driver), text_of(card), text_of(bus_info), can)

    def map(self, length: int, offset: int) -> Memory:
        """Map one of the driver's buffers."""
        return self._kernel.map(self._descriptor(), length, offset)

    def wait(self, seconds: float) -> int:
        """Wait for a filled buffer; returns the events of poll(2), 0 after ``seconds``."""
        return self._kernel.wait(self._descriptor(), seconds)

    def close(self) -> None:
        """Close the node; harmless when it is closed."""
        fd, self._fd = self._fd, None
        if fd is not None:
            self._kernel.close(fd)

    def _descriptor(self) -> int:
        if self._fd is None:
            raise OSError(errno.EBADF, os.strerror(errno.EBADF), self.path)
        return self._fd


@contextmanager
def opened(path: str, kernel: Kernel = KERNEL) -> Iterator[VideoNode]:
    """Open a node for a few questions."""
    node = VideoNode(path, kernel)
    try:
        yield node
    finally:
        node.close()
