"""The machine under the lane: its files, and the small programs that know more about it."""

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

_PATIENCE_S = 5.0


@dataclass(frozen=True, slots=True)
class Machine:
    """A machine whose files lie below ``root`` (a tree of its own for tests)."""

    root: Path = Path("/")

    def at(self, path: str | Path) -> Path:
        """Return where an absolute path of that machine lies."""
        return self.root / str(path).lstrip("/")

    def text(self, path: str | Path) -> str | None:
        """Read a small text file without its white space at the ends; None where that fails."""
        try:
            return self.at(path).read_text("utf-8", "replace").strip("\0 \n")
        except OSError:
            return None

    def number(self, path: str | Path, base: int = 10) -> int | None:
        """Read a file that holds one number; None where there is none."""
        try:
            return int(self.text(path) or "", base)
        except ValueError:
            return None

    def node_of(self, path: str) -> str:
        """Follow the links of a device's path to the node itself: /dev/video0.

        What cannot be followed is returned as it is.
        """
        real = os.path.realpath(self.at(path))
        root = os.path.realpath(self.root)
        return real if root == "/" else real.removeprefix(root)

    def said(self, program: str, *arguments: str) -> str | None:
        """Run a program of this machine; None where it is not there, hangs or has nothing to say.

        Its exit code does not count: ``systemctl is-active`` says no with one.
        """
        found = shutil.which(program)
        if found is None:
            return None
        try:
            done = subprocess.run(  # noqa: S603 - a program's name and words of our own
                [found, *arguments],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=_PATIENCE_S,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired):
            return None
        return done.stdout.decode("utf-8", "replace").strip() or None
