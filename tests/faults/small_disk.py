"""A real file system of a few MiB, in a child process that alone sees it."""

import ctypes
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from ledger_life import in_child

_CLONE_NEWNS = 0x0002_0000
_CLONE_NEWUSER = 0x1000_0000
_MS_REC_PRIVATE = 0x4000 | 1 << 18
_NOT_PERMITTED = 77


def on_a_small_disk(folder: Path, act: Callable[[Path], None], *, mib: int = 4) -> None:
    """Run ``act`` as ``act_on_a_small_disk`` does; skip the test where no disk may be."""
    try:
        act_on_a_small_disk(folder, act, mib=mib)
    except PermissionError as error:
        pytest.skip(str(error))


def act_on_a_small_disk(folder: Path, act: Callable[[Path], None], *, mib: int) -> None:
    """Run ``act`` in a child with a tmpfs of ``mib`` MiB on ``folder``.

    Raises PermissionError where no file system may be mounted.
    """

    def child() -> None:
        try:
            _mount(folder, mib)
        except PermissionError:
            os._exit(_NOT_PERMITTED)
        act(folder)

    code = in_child(child)
    if code == _NOT_PERMITTED:
        raise PermissionError("no file system may be mounted here")
    assert code == 0


def fill(folder: Path, name: str = "filler") -> Path:
    """Take all the room there is, to the last page; return the file that holds it."""
    path = folder / name
    with path.open("wb", buffering=0) as file:
        for size in (1 << 16, 1 << 12):
            try:
                while file.write(bytes(size)) == size:
                    pass
            except OSError:
                continue
    return path


def _mount(folder: Path, mib: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    ids = os.getuid(), os.getgid()
    if libc.unshare(_CLONE_NEWNS) and libc.unshare(_CLONE_NEWNS | _CLONE_NEWUSER) == 0:
        Path("/proc/self/setgroups").write_text("deny")
        for name, own in zip(("uid_map", "gid_map"), ids, strict=True):
            Path(f"/proc/self/{name}").write_text(f"0 {own} 1")
    for source, target, kind, flags, options in (
        (b"none", b"/", None, _MS_REC_PRIVATE, None),
        (b"none", os.fsencode(folder), b"tmpfs", 0, f"size={mib}m".encode()),
    ):
        if libc.mount(source, target, kind, flags, options):
            raise PermissionError(ctypes.get_errno(), "mount")
