"""The serial port: one boundary turns its library's many exceptions into SerialError."""

import errno
import select
import stat
import termios
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import cast

import serial

from kiosk.errors import SerialError

_READ_AT_ONCE = 4096
_WRITE_TIMEOUT_S = 1.0  # a message takes 75 ms at 9600 baud; a line that takes this long is dead
_LOOK_AGAIN_MS, _LOOKS = 20, 50  # whether all is sent: as long as a write may take

_ABSENT = "{path} is not there: check the {device}'s plug, or correct {section}.port"
_FORBIDDEN = "no permission for {path}: add the user to group dialout, then start again"
_IN_USE = "{path} is in use by another program: stop that one first"
_NO_PORT = "{path} is no serial port: correct {section}.port"
_LOST = "{path} was lost: check the {device}'s plug"
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


@dataclass(frozen=True, slots=True)
class Device:
    """What is on a line, for the words that a person reads."""

    name: str
    section: str  # of the lane's file: its keys are ``port`` and ``baud``


DISPLAY = Device("display", "station")
SCANNER = Device("scanner", "station.scanner")
LIGHT = Device("light", "station.light")


class Port:
    """An open serial line, 8N1 and raw, that no other program may open beside us.

    Every method raises SerialError, in words for the person at the lane. Reading never blocks,
    writing at most two seconds.
    """

    def __init__(self, path: str, baud: int, device: Device = DISPLAY) -> None:
        """Open ``path`` at ``baud``; the lock is flock(2), which every pyserial program honours."""
        self._path = path
        self._device = device
        with _boundary(path, device, baud):
            _refuse_what_is_no_device(path, device)
            self._line = serial.Serial(
                path, baud, timeout=0, write_timeout=_WRITE_TIMEOUT_S, exclusive=True
            )

    def fileno(self) -> int:
        """Return the descriptor to poll for incoming bytes."""
        return self._line.fileno()

    def read(self) -> bytes:
        """Return what has arrived; call it when poll reports the descriptor, hang-ups included."""
        with _boundary(self._path, self._device):
            return bytes(self._line.read(_READ_AT_ONCE))

    def write(self, data: bytes) -> None:
        """Hand ``data`` to the kernel; a line without room for a second counts as lost."""
        with _boundary(self._path, self._device):
            # pyserial itself would spin on a full line until its time-out.
            room = select.poll()
            room.register(self._line.fileno(), select.POLLOUT)
            if not room.poll(_WRITE_TIMEOUT_S * 1000):
                raise serial.SerialTimeoutException("no room")
            self._line.write(data)

    def close(self) -> None:
        """Let go of the line; what was written is still sent, if it goes at all. Never raises."""
        with suppress(OSError, termios.error):  # a device that went away has nothing left to close
            self._let_it_drain()
        with suppress(OSError):
            self._line.close()

    def _let_it_drain(self) -> None:
        """Wait until all is sent, for a second: close(2) itself waits for half a minute."""
        if not self._line.is_open:
            return
        for _ in range(_LOOKS):
            if not self._line.out_waiting:
                return
            select.poll().poll(_LOOK_AGAIN_MS)  # no descriptor tells of this
        self._line.reset_output_buffer()

    def abandon(self) -> None:
        """Let go of a line that was lost: without waiting for bytes that nobody takes."""
        with suppress(OSError, termios.error):  # a hung-up line cannot be flushed
            self._line.reset_output_buffer()
        self.close()


def is_in_use(error: SerialError) -> bool:
    """Tell whether a line could not be opened because another program has it."""
    return _WORDS.get(_errno_of(error)) is _IN_USE


@contextmanager
def opened(path: str, baud: int, device: Device) -> Iterator[Port]:
    """Open a line for a while; one that was lost meanwhile is not waited for."""
    port = Port(path, baud, device)
    try:
        yield port
    except SerialError:
        port.abandon()
        raise
    finally:
        port.close()


@contextmanager
def _boundary(path: str, device: Device, baud: int | None = None) -> Iterator[None]:
    try:
        yield
    except SerialError:
        raise
    # termios.error is no OSError; pyserial says ValueError to a baud rate it cannot set.
    except (OSError, termios.error, ValueError, OverflowError) as error:
        raise SerialError(_words(error, path, device, baud)) from error


def _refuse_what_is_no_device(path: str, device: Device) -> None:
    if not stat.S_ISCHR(Path(path).stat().st_mode):
        raise SerialError(_NO_PORT.format(path=path, section=device.section))


def _words(error: Exception, path: str, device: Device, baud: int | None) -> str:
    name, section = device.name, device.section
    if isinstance(error, serial.SerialTimeoutException):
        return f"{path} takes no more bytes: check that the {name} is on and its cable is in"
    if isinstance(error, (ValueError, OverflowError)):
        return f"{path} cannot work at {baud} baud: correct {section}.baud (often 9600)"
    words = _WORDS.get(_errno_of(error), _LOST)
    return words.format(path=path, device=name, section=section)


def _errno_of(error: BaseException) -> int | None:
    """Find the number of the system's error, which pyserial often keeps only in the context."""
    if isinstance(error, OSError) and error.errno is not None:
        return error.errno
    if isinstance(error, termios.error) and error.args:
        return cast("int", error.args[0])
    return _errno_of(error.__context__) if error.__context__ is not None else None
