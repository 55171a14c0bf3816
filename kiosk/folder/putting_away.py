"""What ``camera.after`` asks for: a scanned picture goes to PATH/.done, or from there for good.

The picture is renamed first and looked at then: between the scan and the rename another picture
may have taken its name, and that one is put back for its own scan. What is deleted takes the same
way. All renames stay within one file system and are durable when the call returns, as far as the
file system says.
"""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path, PurePath

from kiosk.ledger.files import sync_directory
from kiosk.model.files import FileStamp

DONE = ".done"
_NAME_BYTES = 255  # the longest name that every file system takes
_SUFFIX_BYTES = 16  # what is longer is no suffix
_MODE = 0o775  # the umask decides; who may write in the folder may tidy this one, too
_OPEN = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


def put_away(folder: Path, stamp: FileStamp, *, delete: bool) -> bool:
    """Move a scanned picture to ``.done``, and delete it there if asked to.

    Returns False where it is not there any more, or not what was scanned. Raises OSError.
    """
    with _directories(folder) as (source, target):
        name = _reserve(target, stamp.name)
        try:
            os.rename(stamp.name, name, src_dir_fd=source, dst_dir_fd=target)
        except OSError as error:
            os.unlink(name, dir_fd=target)
            if isinstance(error, FileNotFoundError):
                return False
            raise
        if not _is_what_was_scanned(name, target, stamp):
            _put_back(name, target, stamp.name, source)
            return False
        if delete:
            os.unlink(name, dir_fd=target)
        # It is moved, whatever the disk says now; where that is lost its scan still knows it.
        with suppress(OSError):
            os.fsync(target)
            os.fsync(source)
    return True


@contextmanager
def _directories(folder: Path) -> Iterator[tuple[int, int]]:
    source = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        target = _open_done(folder, source)
        try:
            yield source, target
        finally:
            os.close(target)
    finally:
        os.close(source)


def _open_done(folder: Path, source: int) -> int:
    try:
        os.mkdir(DONE, _MODE, dir_fd=source)
        sync_directory(folder)
    except FileExistsError:
        pass
    return os.open(DONE, _OPEN, dir_fd=source)


def _reserve(directory: int, name: str) -> str:
    """Take a free name like ``name``, by an empty file that the rename will replace.

    A rename that refuses to replace is not to be had on every file system; this is.
    """
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    number = 1
    while True:
        tried = name if number == 1 else _numbered(name, number)
        try:
            os.close(os.open(tried, flags, 0o600, dir_fd=directory))
        except FileExistsError:
            number += 1
            continue
        return tried


def _numbered(name: str, number: int) -> str:
    """Give a name a number before its suffix, and take from its end what is too long then."""
    stem, suffix = PurePath(name).stem, PurePath(name).suffix
    if len(os.fsencode(suffix)) > _SUFFIX_BYTES:
        stem, suffix = name, ""
    while len(os.fsencode(tried := f"{stem}-{number}{suffix}")) > _NAME_BYTES:
        stem = stem[:-1]
    return tried


def _is_what_was_scanned(name: str, directory: int, stamp: FileStamp) -> bool:
    status = os.stat(name, dir_fd=directory, follow_symlinks=False)
    return stat.S_ISREG(status.st_mode) and (status.st_size, status.st_mtime_ns) == (
        stamp.size,
        stamp.mtime_ns,
    )


def _put_back(name: str, directory: int, wanted: str, source: int) -> None:
    back = _reserve(source, wanted)
    os.rename(name, back, src_dir_fd=directory, dst_dir_fd=source)
    os.fsync(source)
