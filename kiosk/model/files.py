"""Picture files of a watched folder, as the ledger knows them."""

from dataclasses import dataclass
from enum import StrEnum

_ROOTS = frozenset({1, 2, 64, 96, 128, 256})  # of FAT, ext4, XFS and Btrfs: any disk has them


class FileFate(StrEnum):
    """What became of a picture file."""

    SKIPPED = "skipped"  # lay there before the very first start
    LOOKING = "looking"  # being looked at; after a start: the process died over it
    SCANNED = "scanned"  # a scan with a definite outcome
    ASKED = "asked"  # PRESS AGAIN TO PAY was asked, and nobody pressed
    SET_ASIDE = "set_aside"  # cannot be used; the scan's row holds the reason


@dataclass(frozen=True, slots=True)
class FileStamp:
    """What tells a file from another without reading it; ``name`` as `os.fsdecode` gives it."""

    name: str
    inode: int  # as a signed 64-bit number
    size: int  # bytes
    mtime_ns: int

    def is_same_file(self, other: "FileStamp") -> bool:
        """Tell whether both are the same content: moved, or put back, but not written."""
        unwritten = self.size == other.size and self.mtime_ns == other.mtime_ns
        return unwritten and (self.name == other.name or self.inode == other.inode)


@dataclass(frozen=True, slots=True)
class KnownFile:
    """A file that needs no look any more; ``pending``: ``camera.after`` is still to be done."""

    id: int
    stamp: FileStamp
    fate: FileFate
    sha256: str | None  # of its bytes, in hex; None where it was never read
    pending: bool = False


@dataclass(frozen=True, slots=True)
class FolderIdentity:
    """What tells a folder from another at the same path: another disk, or the bare mount point."""

    device: int
    inode: int
    file_system: int  # f_fsid of statvfs(3), stable over restarts on most disks; 0: unknown

    def is_same_folder(self, other: "FolderIdentity") -> bool:
        """Tell whether both may be one folder: it was made again, or its disk came back.

        Device numbers change with the order of mounting, inode numbers of a made-again folder do:
        one sign of three is enough. A root's inode number is no sign.
        """
        return (
            self.device == other.device
            or (self.file_system != 0 and self.file_system == other.file_system)
            or (self.inode == other.inode and self.inode not in _ROOTS)
        )
