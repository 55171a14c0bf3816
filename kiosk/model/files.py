"""Picture files of a watched folder, as the ledger knows them."""

import os
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

    device: int  # st_dev; with the major number 0 it is no block device but, say, a share
    inode: int
    file_system: int  # f_fsid of statvfs(3); 0: unknown

    def is_same_folder(self, other: "FolderIdentity") -> bool:
        """Tell whether both are surely of one disk, so that what is unknown in it must be new.

        Device numbers are given in the order of plugging in: each stick is sda1 in its turn. Two
        disks' first folders have the same inode numbers. What tells disks apart is the file
        system's id, where it has one of its own (ext4 and Btrfs: from the UUID). A share without
        one (NFS) is told by the inode number, which its server gives; a root's is no sign.
        """
        if self.has_own_id and other.has_own_id:
            return self.file_system == other.file_system
        if self.file_system or other.file_system or self.is_on_block or other.is_on_block:
            return False
        return self.inode == other.inode and self.inode not in _ROOTS

    def may_be_same_folder(self, other: "FolderIdentity") -> bool:
        """Tell whether any sign speaks for one folder: enough where nothing can be lost by it."""
        return (
            self.device == other.device
            or (self.file_system != 0 and self.file_system == other.file_system)
            or (self.inode == other.inode and self.inode not in _ROOTS)
        )

    @property
    def has_own_id(self) -> bool:
        """Tell whether the id is the file system's: FAT, exFAT, XFS, F2FS give the device's."""
        return self.file_system not in {0, self.device}

    @property
    def is_on_block(self) -> bool:
        """Tell whether it lies on a block device: a disk or a stick that can be exchanged."""
        return os.major(self.device) != 0
