"""A button on a modem line of a serial port: DSR or CTS, read by ioctl (tty_ioctl(4))."""

import errno
import fcntl
import os
import struct
import termios
import tty
from collections.abc import Callable, Mapping
from contextlib import suppress
from enum import IntEnum
from types import MappingProxyType

from kiosk.clock import Clock
from kiosk.errors import ButtonError
from kiosk.triggers.contact import Level

_OUTPUTS = termios.TIOCM_DTR | termios.TIOCM_RTS  # what a passive button gets its current from
_ABSENT = "{path} is not there: check the adapter's plug, or correct {key}"
_FORBIDDEN = "no permission for {path}: add the user to group dialout, then start again"
_NO_LINES = (
    "{path} has no modem lines: take a serial port with {line}, or another trigger.button.source"
)
_IN_USE = "{path} is in use by another program, or by another lane: stop that one, or correct {key}"
_LOST = "{path} was lost: check the adapter's plug"
_WORDS: Mapping[int | None, str] = MappingProxyType(
    {
        errno.ENOENT: _ABSENT,
        errno.ENXIO: _ABSENT,
        errno.ENODEV: _ABSENT,
        errno.EACCES: _FORBIDDEN,
        errno.EPERM: _FORBIDDEN,
        errno.EAGAIN: _IN_USE,  # flock(2) found another's lock
        errno.EBUSY: _IN_USE,
        errno.ENOTTY: _NO_LINES,  # a pty, among others
        errno.EINVAL: _NO_LINES,
    }
)


class Line(IntEnum):
    """An input of the port, by its bit in TIOCMGET."""

    DSR = termios.TIOCM_DSR
    CTS = termios.TIOCM_CTS


def modem_bits(descriptor: int) -> int:
    """Read the state of all modem lines; raises OSError."""
    (bits,) = struct.unpack("i", fcntl.ioctl(descriptor, termios.TIOCMGET, struct.pack("i", 0)))
    return int(bits)


class ModemLine:
    """Looks at one modem line; opening and looking raise ButtonError.

    ``shared``: another of the lane's workers owns the port, and sets it; we only look on, through a
    descriptor of our own. Else it is locked by flock(2), as every other line of a lane is, and made
    raw, so that it echoes nothing, and DTR and RTS are on for the button's current. ``key`` names
    the port in the lane's file.
    """

    def __init__(
        self,
        path: str,
        line: Line,
        clock: Clock,
        *,
        active_high: bool = True,
        shared: bool = False,
        key: str = "trigger.button.port",
        bits: Callable[[int], int] = modem_bits,
    ) -> None:
        self._path = path
        self._line = line
        self._key = key
        self._clock = clock
        self._active_high = active_high
        self._bits = bits
        try:
            # Without O_NONBLOCK the opening would wait for a carrier that no button gives.
            self._fd = os.open(path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError as error:
            raise self._words(error) from error
        try:
            self._bits(self._fd)
            if not shared:
                fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
                tty.setraw(self._fd)
                fcntl.ioctl(self._fd, termios.TIOCMBIS, struct.pack("i", _OUTPUTS))
        except (OSError, termios.error) as error:
            self.close()
            raise self._words(error) from error

    def fileno(self) -> int | None:
        """Return None: no descriptor tells of a modem line (see docs/decisions/0019-buttons.md)."""
        return None

    def read(self) -> list[Level]:
        """Look at the line."""
        now = self._clock.monotonic()
        try:
            is_on = bool(self._bits(self._fd) & self._line)
        except OSError as error:
            raise self._words(error) from error
        return [Level(is_on is self._active_high, now)]

    def close(self) -> None:
        """Let go of the port."""
        with suppress(OSError):
            os.close(self._fd)

    def _words(self, error: Exception) -> ButtonError:
        # termios.error is no OSError, and holds the number as its first argument.
        number = error.errno if isinstance(error, OSError) else error.args[0]
        words = _WORDS.get(number, _LOST)
        return ButtonError(words.format(path=self._path, key=self._key, line=self._line.name))
