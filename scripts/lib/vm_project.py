"""The working tree as the virtual machine gets it: a tar, which it sees as a disk."""

import subprocess
import tarfile
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def pack_project(tar: Path, beside: Sequence[Path] = ()) -> None:
    """Pack the working tree, ignored files left out, and the files ``beside`` it by their names."""
    listed = ("git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others")
    names = subprocess.run(
        [*listed, "--exclude-standard"], check=True, capture_output=True, text=True
    ).stdout.split("\0")
    with tarfile.open(tar, "w") as archive:
        for name in sorted({name for name in names if (ROOT / name).is_file()}):
            archive.add(ROOT / name, name)
        for path in beside:
            archive.add(path, path.name)
