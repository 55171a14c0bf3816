"""The serial port: one boundary turns its library's many exceptions into SerialError."""

import errno
import select
import stat
import termios
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from types import MappingProxyType
from typing import cast

import serial

from kiosk.errors import SerialError

_READ_AT_ONCE = 4096
_WRITE_TIMEOUT_S = 1.0  # a message takes 75 ms at 9600 baud; a line that takes this long is dead

_ABSENT = "{path} is not there: check the display's plug, or correct station.port"
_FORBIDDEN = "no permission for {path}: add the user to group dialout, then start again"
_IN_USE = "{path} is in use by another program: stop that one first"
_NO_PORT = "{path} is no serial port: correct station.port"
_LOST = "{path} was lost: check the display's plug"
_WORDS: Mapping[int | None, str] = MappingProxyType(
    {
        errno.ENOENT: _ABSENT,
        errno.ENXIO: _ABSENT,
        errno.ENODEV: _ABSENT,
        errno.EACCES: _FORBIDDEN,
        errno.EPERM: _FORBIDDEN,
        errno.EAGAIN: _IN_USE,  # flock(2) found another's lock
        errno.EBUSY: _IN_USE,
        errno.ENOTTY: _NO_PORT,
        errno.EINVAL: _NO_PORT,
    }
)


class Port:
    """An open serial line, 8N1 and raw, that no other program may open beside us.

    Every method raises SerialError, in words for the person at the lane. Reading never blocks,
    writing at most two seconds.
    """

    def __init__(self, path: str, baud: int) -> None:
        """Open ``path`` at ``baud``; the lock is flock(2), which every pyserial program honours."""
        self._path = path
        with _boundary(path, baud):
            _refuse_what_is_no_device(path)
            self._line = serial.Serial(
                path, baud, timeout=0, write_timeout=_WRITE_TIMEOUT_S, exclusive=True
            )

    def fileno(self) -> int:
        """Return the descriptor to poll for incoming bytes."""
        return self._line.fileno()

    def read(self) -> bytes:
        """Return what has arrived; call it when poll reports the descriptor, hang-ups included."""
        with _boundary(self._path):
            return bytes(self._line.read(_READ_AT_ONCE))

    def write(self, data: bytes) -> None:
        """Hand ``data`` to the kernel; a line without room for a second counts as lost."""
        with _boundary(self._path):
            # pyserial itself would spin on a full line until its time-out.
            room = select.poll()
            room.register(self._line.fileno(), select.POLLOUT)
            if not room.poll(_WRITE_TIMEOUT_S * 1000):
                raise serial.SerialTimeoutException("no room")
            self._line.write(data)

    def close(self) -> None:
        """Let go of the line; what was written is still sent. Never raises."""
        with suppress(OSError):  # a device that went away has nothing left to close
            self._line.close()

    def abandon(self) -> None:
        """Let go of a line that was lost: without waiting for bytes that nobody takes."""
        with suppress(OSError, termios.error):  # a hung-up line cannot be flushed
            self._line.reset_output_buffer()
        self.close()


@contextmanager
def _boundary(path: str, baud: int | None = None) -> Iterator[None]:
    try:
        yield
    except SerialError:
        raise
    # termios.error is no OSError; pyserial says ValueError to a baud rate it cannot set.
    except (OSError, termios.error, ValueError, OverflowError) as error:
        raise SerialError(_words(error, path, baud)) from error


def _refuse_what_is_no_device(path: str) -> None:
    if not stat.S_ISCHR(Path(path).stat().st_mode):
        raise SerialError(_NO_PORT.format(path=path))


def _words(error: Exception, path: str, baud: int | None) -> str:
    if isinstance(error, serial.SerialTimeoutException):
        return f"{path} takes no more bytes: check that the display is on and its cable is in"
    if isinstance(error, (ValueError, OverflowError)):
        return f"{path} cannot work at {baud} baud: correct station.baud (often 9600)"
    return _WORDS.get(_errno_of(error), _LOST).format(path=path)


def _errno_of(error: BaseException) -> int | None:
    """Find the number of the system's error, which pyserial often keeps only in the context."""
    if isinstance(error, OSError) and error.errno is not None:
        return error.errno
    if isinstance(error, termios.error) and error.args:
        return cast("int", error.args[0])
    return _errno_of(error.__context__) if error.__context__ is not None else None
