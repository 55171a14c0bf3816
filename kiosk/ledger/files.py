"""The state directory's files: private, and durable by name as well as by content."""

import errno
import os
from pathlib import Path

from kiosk.errors import LedgerError, LedgerFullError, StorageError

DIRECTORY_MODE = 0o750
FILE_MODE = 0o640
_SMALL_FILE = 64 << 10  # bytes; SQLite's -shm file has half of it

_AS_THE_LANE = "do it as the lane's user: sudo -u vin-kiosk vin-kiosk and the rest of the command"

# EFBIG and EDQUOT are a full disk too, as far as a person at the lane can act on it.
_NO_SPACE = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


class FailedSyncError(OSError):
    """A directory's names could not be made durable, whatever the reason: not to be tried again."""


def file_error(doing: str, error: OSError) -> LedgerError:
    """Turn an operating system's error into ours; ``doing`` says what failed."""
    if isinstance(error, FailedSyncError):
        return StorageError(f"{doing}: {error.strerror or error}: the disk may be failing")
    if error.errno in _NO_SPACE:
        return LedgerFullError(f"the disk is full: {doing}. Free some space")
    if isinstance(error, PermissionError):
        return LedgerError(f"{doing}: {error.strerror}; {_AS_THE_LANE}")
    return LedgerError(f"{doing}: {error.strerror or error}")


def is_full(path: Path) -> bool:
    """Tell whether the file system of ``path`` has no room left, not even for a small file."""
    try:
        room = os.statvfs(path)
    except OSError:
        return False
    no_names = room.f_files > 0 and room.f_favail == 0
    return no_names or room.f_bavail * room.f_frsize < _SMALL_FILE


def make_state_directory(path: Path) -> None:
    """Create the state directory (0750), durably, if it is not there yet; those above it, too."""
    try:
        if path.is_dir():
            return
        missing = [one for one in (path, *path.parents) if not one.exists()]
        path.mkdir(mode=DIRECTORY_MODE, parents=True, exist_ok=True)
        for one in missing:
            sync_directory(one.parent)
    except OSError as error:
        raise file_error(f"cannot create the state directory {path}", error) from error


def open_private(path: Path, flags: int) -> int:
    """Open ``path``, creating it with mode 0640 whatever the umask; its name is then durable.

    What root makes (a command while the lane is stopped) is the directory's owner's: the lane's
    daemon must be able to write it afterwards.
    """
    fresh = not path.exists()
    descriptor = os.open(path, flags | os.O_CREAT | os.O_CLOEXEC, FILE_MODE)
    if fresh:
        os.fchmod(descriptor, FILE_MODE)
        if os.geteuid() == 0:
            owner = path.parent.stat()
            os.fchown(descriptor, owner.st_uid, owner.st_gid)
        sync_directory(path.parent)
    return descriptor


def sync_directory(path: Path) -> None:
    """Make the names in ``path`` durable: a rename or a new file needs it.

    Raises OSError; of the sync itself it is a FailedSyncError.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    except OSError as error:
        raise FailedSyncError(error.errno, error.strerror) from error
    finally:
        os.close(descriptor)
