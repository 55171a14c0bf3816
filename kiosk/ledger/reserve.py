"""Space kept back, so that an answer already paid for can be written on a full disk."""

import os
from contextlib import suppress
from pathlib import Path

from kiosk.errors import LedgerFullError
from kiosk.ledger.files import FailedSyncError, file_error, open_private

# A settlement writes a handful of pages; where version 3 put the picture into its row, some 100 kB.
# This is room for several.
RESERVE_BYTES = 1 << 20


class Reserve:
    """A file of real blocks that is given up when a paid answer needs the room."""

    def __init__(self, path: Path, size: int = RESERVE_BYTES) -> None:
        self._path = path
        self._size = size

    def ensure(self) -> None:
        """Have the reserve on disk, or raise LedgerFullError: then nothing new may begin.

        Raises StorageError where the disk could not even keep its name.
        """
        try:
            if self._path.exists() and self._path.stat().st_size >= self._size:
                return
            descriptor = open_private(self._path, os.O_WRONLY)
            try:
                os.posix_fallocate(descriptor, 0, self._size)
            finally:
                os.close(descriptor)
        except FailedSyncError as error:
            raise file_error(f"cannot keep {self._path}", error) from error
        except OSError as error:
            self.release()
            raise LedgerFullError(
                f"the disk is full: no room to keep answers in {self._path.parent}. Free some space"
            ) from error

    def release(self) -> None:
        """Give the space up; ``ensure`` takes it again when there is some.

        Where the disk does not even let go of it, whoever needs the room hears that there is none.
        """
        with suppress(OSError):
            self._path.unlink()
