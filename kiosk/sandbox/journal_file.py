"""The sandbox's books on disk: one JSON line per booking, durable before an answer goes out."""

import contextlib
import errno
import fcntl
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from pydantic import TypeAdapter, ValidationError

from kiosk.errors import MachineError, StateLockedError, UsageError


@dataclass(frozen=True, slots=True)
class Entry:
    """One request to the paid address.

    ``sha256`` is of the file part's bytes as far as they came, None where none came.
    ``complete``: the whole picture arrived (without a picture: the whole request). ``status`` is
    the HTTP status of the answer, None where none was sent.
    """

    seq: int
    sha256: str | None
    complete: bool
    status: int | None
    key: int | None
    charged: bool


@dataclass(frozen=True, slots=True)
class Line:
    """What one line of the file says: a booking (None: credits were set), and the balance."""

    entry: Entry | None
    credits: int


_LINE = TypeAdapter(Line)


class JournalFile:
    """Append-only; held under a lock so that two sandboxes never keep the same books.

    ``lines`` holds what was there at the start. A last line that was torn by a crash is cut off:
    it was never durable, so no answer was given for it.
    """

    def __init__(self, fd: int, lines: list[Line]) -> None:
        self.lines = lines
        self._fd = fd

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open or create the file.

        Raises MachineError where it cannot be opened, StateLockedError where another sandbox
        keeps it, UsageError where it is no journal.
        """
        try:
            fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o644)
        except OSError as error:
            raise MachineError(f"cannot open the journal {path}: {error.strerror}") from error
        try:
            _lock(fd, path)
            lines = _read_back(fd, path)
            _make_entry_durable(path)
        except BaseException:
            os.close(fd)
            raise
        return cls(fd, lines)

    def append(self, line: Line) -> None:
        """Write one line and wait until the disk has it.

        Raises MachineError where it has not; the file then is as it was.
        """
        data = _LINE.dump_json(line) + b"\n"
        before = os.fstat(self._fd).st_size
        try:
            _write_whole(self._fd, data)
            os.fdatasync(self._fd)
        except OSError as error:
            with contextlib.suppress(OSError):
                os.ftruncate(self._fd, before)
            raise MachineError(f"cannot write the journal: {error}") from error

    def close(self) -> None:
        """Close the file; the lock goes with it."""
        os.close(self._fd)


def _write_whole(fd: int, data: bytes) -> None:
    if os.write(fd, data) != len(data):  # a full disk takes the beginning of a line first
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def _lock(fd: int, path: Path) -> None:
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise StateLockedError(f"another sandbox keeps the journal {path}") from None


def _read_back(fd: int, path: Path) -> list[Line]:
    with open(os.dup(fd), "rb") as file:  # noqa: PTH123 - a descriptor, not a path
        data = file.read()
    sound = data.rfind(b"\n") + 1
    lines = []
    for number, raw in enumerate(data[:sound].splitlines(), 1):
        try:
            lines.append(_LINE.validate_json(raw, strict=True))
        except ValidationError:
            raise UsageError(f"line {number} of {path} is no journal line") from None
    if sound < len(data):
        os.ftruncate(fd, sound)
    return lines


def _make_entry_durable(path: Path) -> None:
    folder = os.open(path.absolute().parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
