"""Whether a file may still be written: after a failed sync never again, by this process.

Where an fsync fails Linux marks the pages clean that it could not write: a second fsync succeeds,
and proves nothing. So there is no second one. Whoever writes next gets StorageError, the process
ends, and the next start drops the page cache and believes only what the disk itself gives back.
"""

import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from kiosk.errors import StorageError
from kiosk.ledger.files import FILE_MODE, file_error

_MARK = "storage-failed"
_WORDS = "utf-8"


class Trust:
    """One file's standing with us. Not thread-safe: the ledger's lock guards it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.lost: str | None = None  # what went wrong, once it has

    def sync(self, descriptor: int) -> None:
        """Bring the file's content to the disk. Raises StorageError, then and ever after."""
        self.check()
        try:
            os.fdatasync(descriptor)
        except OSError as error:
            raise self.lose(error.strerror or str(error)) from error

    def check(self) -> None:
        """Raise StorageError where the file may not be written any more."""
        if self.lost is not None:
            raise StorageError(self.lost)

    def lose(self, why: str) -> StorageError:
        """Give the file up, and leave a mark for the next start; return the error to raise."""
        self.lost = f"{self._path.name} could not be synced to the disk ({why}): it may be failing"
        leave_mark(self._path.parent, self.lost)
        return StorageError(self.lost)


def leave_mark(state_dir: Path, why: str) -> None:
    """Note for the next start that a sync failed here.

    Never synced, and on a disk that takes nothing there is none: the page cache, of which the mark
    warns, does not outlive a power cut either.
    """
    with suppress(OSError):
        descriptor = os.open(
            state_dir / _MARK, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, FILE_MODE
        )
        try:
            os.write(descriptor, why.encode(_WORDS))
        finally:
            os.close(descriptor)


def marked(state_dir: Path) -> str | None:
    """Return why an earlier process gave a file up, or None."""
    try:
        return (state_dir / _MARK).read_text(_WORDS, "replace") or "a file could not be synced"
    except FileNotFoundError:
        return None
    except OSError:  # root's, or unreadable as the rest of the disk: it is there
        return "a file could not be synced"


def clear_mark(state_dir: Path) -> None:
    """Take the mark away: its news is in the ledger now. Raises LedgerError."""
    mark = state_dir / _MARK
    try:
        mark.unlink(missing_ok=True)
    except OSError as error:
        raise file_error(f"cannot remove {mark}", error) from error


def forget_cached(paths: Iterable[Path]) -> None:
    """Let the kernel drop what it holds of files, so that they are read from the disk itself."""
    for path in paths:
        with suppress(OSError):
            descriptor = os.open(path, os.O_RDONLY)
            try:
                os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
            finally:
                os.close(descriptor)
