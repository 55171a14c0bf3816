"""What lies in the folder, by its own word: one scan of the directory, or a look at one name."""

import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from kiosk.errors import CameraError
from kiosk.model.files import FileStamp, FolderIdentity

# Names that copying programs and browsers use until a file is whole; a rename ends it.
_PASSING_NAMES = (".part", ".tmp", "~", ".filepart", ".crdownload")
_SIGN = 1 << 63


class Entry(NamedTuple):
    """A name in the folder and what lstat(2) says of it; a link is the link itself."""

    name: str
    mode: int
    links: int
    inode: int  # as a signed 64-bit number, which is what the ledger keeps
    size: int
    mtime_ns: int

    @property
    def stamp(self) -> FileStamp:
        """What the ledger keeps of it."""
        return FileStamp(self.name, self.inode, self.size, self.mtime_ns)

    @property
    def is_plain(self) -> bool:
        """Tell whether it is a regular file that has no second name."""
        return stat.S_ISREG(self.mode) and self.links == 1


def is_picture_name(name: str) -> bool:
    """Tell whether a name may be a picture's: neither hidden nor a copying program's."""
    return not name.startswith(".") and not name.lower().endswith(_PASSING_NAMES)


def list_folder(
    path: Path, on_unseen: Callable[[str, OSError], None] = lambda _name, _error: None
) -> dict[str, Entry]:
    """List the folder by name: no subfolders, no hidden and no passing names.

    A name that the file system says nothing about is handed to ``on_unseen`` and left out: one
    damaged entry must not take the others away. Raises CameraError where the folder cannot be
    listed.
    """
    found = {}
    try:
        with os.scandir(path) as entries:
            for one in entries:
                name = one.name
                if not is_picture_name(name):
                    continue
                try:
                    status = one.stat(follow_symlinks=False)
                except FileNotFoundError:  # gone since
                    continue
                except OSError as error:
                    on_unseen(name, error)
                    continue
                if not stat.S_ISDIR(status.st_mode):
                    found[name] = _entry(name, status)
    except OSError as error:
        raise folder_error(path, error) from error
    return found


def is_empty(path: Path) -> bool:
    """Tell whether no picture's name is there, without a look at any. Raises CameraError."""
    try:
        with os.scandir(path) as entries:
            return not any(
                is_picture_name(one.name) and not one.is_dir(follow_symlinks=False)
                for one in entries
            )
    except OSError as error:
        raise folder_error(path, error) from error


def look_at(path: Path, name: str) -> Entry | None:
    """Look at one name; None where there is nothing of interest under it, or no telling.

    What is wrong with a name is said by the next listing, with the folder itself by `identity_of`.
    """
    if not is_picture_name(name):
        return None
    try:
        status = os.lstat(path / name)
    except OSError:
        return None
    return None if stat.S_ISDIR(status.st_mode) else _entry(name, status)


def entry_of(name: str, descriptor: int) -> Entry:
    """Say what an open file is, under the name by which it was opened."""
    return _entry(name, os.fstat(descriptor))


def identity_of(path: Path) -> tuple[FolderIdentity, int]:
    """Tell which folder lies at ``path``, and its own mtime_ns.

    Raises CameraError, also for one that may be listed but not entered.
    """
    inside = f"{path}/."  # what no pathlib path can say: it follows a link, and enters
    try:
        status = os.stat(inside)  # noqa: PTH116 - see above
        file_system = os.statvfs(inside).f_fsid
    except OSError as error:
        raise folder_error(path, error) from error
    identity = FolderIdentity(
        signed(status.st_dev), signed(status.st_ino), signed(file_system & (2 * _SIGN - 1))
    )
    return identity, status.st_mtime_ns


def folder_error(path: Path, error: OSError) -> CameraError:
    """Turn an error about the folder into ours, with what to do."""
    advice = {
        FileNotFoundError: "make it, or mount its disk",
        PermissionError: "let the lane's user read and enter it",
        NotADirectoryError: "folder: names a folder",
    }.get(type(error), "check its disk or its network share")
    return CameraError(f"the folder {path} cannot be read ({error.strerror or error}): {advice}")


def signed(number: int) -> int:
    """Fold an unsigned 64-bit number into a signed one, as SQLite keeps them."""
    return number - 2 * _SIGN if number >= _SIGN else number


def _entry(name: str, status: os.stat_result) -> Entry:
    return Entry(
        name,
        status.st_mode,
        status.st_nlink,
        signed(status.st_ino),
        status.st_size,
        status.st_mtime_ns,
    )
