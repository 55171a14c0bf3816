"""The lock against a second daemon: flock on a file that names its holder."""

import fcntl
import os
from contextlib import suppress
from pathlib import Path
from typing import Self

from kiosk.errors import StateLockedError
from kiosk.ledger.files import file_error, open_private


class StateLock:
    """Holds ``STATE_DIR/lock``; the kernel lets go when the process dies, however it dies."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    @classmethod
    def acquire(cls, state_dir: Path) -> Self:
        """Take the lock, or raise StateLockedError naming the process that holds it.

        Raises LedgerError where the disk does not let anybody have it.
        """
        path = state_dir / "lock"
        try:
            descriptor = open_private(path, os.O_RDWR)
        except OSError as error:
            raise file_error(f"cannot open the lock {path}", error) from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            holder = os.pread(descriptor, 32, 0).decode("ascii", "replace").strip()
            os.close(descriptor)
            raise StateLockedError(
                f"{state_dir} is in use by process {holder or 'unknown'}: stop it first"
            ) from error
        except OSError as error:
            os.close(descriptor)
            raise file_error(f"cannot lock {path}", error) from error
        # Only a courtesy to whoever is refused, so a full disk may lose it.
        try:
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, f"{os.getpid()}\n".encode("ascii"), 0)
        except OSError:
            with suppress(OSError):
                os.ftruncate(descriptor, 0)
        return cls(descriptor)

    def release(self) -> None:
        """Let go; the file stays, so that nobody locks a name that is about to vanish."""
        os.close(self._descriptor)
