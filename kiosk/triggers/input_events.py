"""The kernel's input events (linux/input.h, 64-bit): its numbers, and the doors to a device.

Written here because python-evdev has no wheels, and a button needs only this much of it.
"""

import errno
import fcntl
import os
import stat
import struct
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from time import CLOCK_MONOTONIC
from types import MappingProxyType
from typing import Protocol

from kiosk.errors import ButtonError

EVENT = struct.Struct("@qqHHi")
"""struct input_event: seconds, microseconds, type, code, value."""

EV_SYN, EV_KEY = 0, 1
SYN_REPORT, SYN_DROPPED = 0, 3
KEY_UP, KEY_DOWN, KEY_REPEAT = 0, 1, 2
LAST_CODE = 0x2FF
_KEY_BYTES = (LAST_CODE + 8) // 8
_EVIOCGVERSION = 0x80044501
_EVIOCGRAB = 0x40044590
_EVIOCSCLOCKID = 0x400445A0
_EVIOCGKEY = 0x80004518 | _KEY_BYTES << 16
_EVIOCGBIT_KEY = 0x80004521 | _KEY_BYTES << 16
_READ_AT_ONCE = EVENT.size * 64

_ABSENT = "{path} is not there: check the button's plug, or correct trigger.button.device"
_FORBIDDEN = "no permission for {path}: add the user to group input, then start again"
_TAKEN = "{path} is in use by another program, which keeps its keys to itself: stop that one first"
_NO_KEYS = (
    "{path} gives no input events: name one of /dev/input/by-id that ends in -event-kbd in "
    "trigger.button.device"
)
_LOST = "{path} was lost: check the button's plug"
_WORDS: Mapping[int | None, str] = MappingProxyType(
    {
        errno.ENOENT: _ABSENT,
        errno.ENXIO: _ABSENT,
        errno.EACCES: _FORBIDDEN,
        errno.EPERM: _FORBIDDEN,
        errno.EBUSY: _TAKEN,
        errno.ENOTTY: _NO_KEYS,
        errno.EINVAL: _NO_KEYS,
    }
)


@dataclass(frozen=True, slots=True)
class InputEvent:
    """One event; ``at`` is in monotonic seconds."""

    at: float
    type: int
    code: int
    value: int


class InputDoor(Protocol):
    """An open device that gives input events. All but ``close`` raise ButtonError."""

    def fileno(self) -> int:
        """Return the descriptor to poll."""

    def read(self) -> list[InputEvent]:
        """Return what has happened; never waits."""

    def keys(self) -> frozenset[int]:
        """Return the codes of the keys that it has."""

    def held(self) -> frozenset[int]:
        """Return the codes of the keys that are down now."""

    def close(self) -> None:
        """Let go of it. Never raises."""


class InputDevice:
    """A device of /dev/input, kept to ourselves so that its keys reach no console."""

    def __init__(self, path: str) -> None:
        """Open and grab it; raises ButtonError."""
        self._path = path
        self._fd = _open(path)
        try:
            fcntl.ioctl(self._fd, _EVIOCGVERSION, bytearray(4))
            fcntl.ioctl(self._fd, _EVIOCSCLOCKID, struct.pack("i", CLOCK_MONOTONIC))
            fcntl.ioctl(self._fd, _EVIOCGRAB, 1)
        except OSError as error:
            self.close()
            raise _refusal(error, path) from error

    def fileno(self) -> int:
        """Return the descriptor to poll."""
        return self._fd

    def read(self) -> list[InputEvent]:
        """Return what has happened; raises ButtonError once it is unplugged."""
        return _read(self._fd, self._path)

    def keys(self) -> frozenset[int]:
        """Ask the kernel which keys it can ever send."""
        return self._codes(_EVIOCGBIT_KEY)

    def held(self) -> frozenset[int]:
        """Ask the kernel which keys are down; it forgets what it had queued of keys."""
        return self._codes(_EVIOCGKEY)

    def close(self) -> None:
        """Let go of it; the grab ends with the descriptor."""
        with suppress(OSError):
            os.close(self._fd)

    def _codes(self, number: int) -> frozenset[int]:
        bits = bytearray(_KEY_BYTES)
        try:
            fcntl.ioctl(self._fd, number, bits)
        except OSError as error:
            raise _refusal(error, self._path) from error
        return frozenset(code for code in range(LAST_CODE + 1) if bits[code // 8] >> code % 8 & 1)


class InputPipe:
    """A named pipe that somebody writes input events into: a button without hardware."""

    def __init__(self, path: str) -> None:
        """Open it; raises ButtonError."""
        self._path = path
        self._fd = _open(path)
        if not stat.S_ISFIFO(os.fstat(self._fd).st_mode):
            self.close()
            raise ButtonError(f"{path} is no named pipe, as a simulated button is")

    def fileno(self) -> int:
        """Return the descriptor to poll."""
        return self._fd

    def read(self) -> list[InputEvent]:
        """Return what was written; raises ButtonError where nobody has it open to write."""
        return _read(self._fd, self._path)

    def keys(self) -> frozenset[int]:
        """Return all: who writes into it may send any."""
        return frozenset(range(LAST_CODE + 1))

    def held(self) -> frozenset[int]:
        """Return none: a pipe keeps no state."""
        return frozenset()

    def close(self) -> None:
        """Let go of it."""
        with suppress(OSError):
            os.close(self._fd)


def packed(event: InputEvent) -> bytes:
    """Write an event as the kernel does."""
    seconds, rest = divmod(round(event.at * 1_000_000), 1_000_000)
    return EVENT.pack(seconds, rest, event.type, event.code, event.value)


def unpacked(data: bytes) -> Iterator[InputEvent]:
    """Read whole events; a rest that is none is left out."""
    for seconds, microseconds, kind, code, value in EVENT.iter_unpack(
        data[: len(data) // EVENT.size * EVENT.size]
    ):
        yield InputEvent(seconds + microseconds / 1e6, kind, code, value)


def _open(path: str) -> int:
    try:
        return os.open(path, os.O_RDONLY | os.O_NOCTTY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise _refusal(error, path) from error


def _read(descriptor: int, path: str) -> list[InputEvent]:
    try:
        data = os.read(descriptor, _READ_AT_ONCE)
    except BlockingIOError:
        return []
    except OSError as error:
        raise ButtonError(_LOST.format(path=path)) from error
    if not data:
        raise ButtonError(_LOST.format(path=path))
    return list(unpacked(data))


def _refusal(error: OSError, path: str) -> ButtonError:
    return ButtonError(_WORDS.get(error.errno, _LOST).format(path=path))
