"""The spent log: what was or may have been paid for, outside the database and outliving it.

``STATE_DIR/spent.log`` holds one line for each event, ``CRC-32 in hex, space, JSON object``:

    spent     the point of no return of an attempt: crop, source file, VIN read here, number, time
    released  a refusal that cost nothing, or a person's wish to pay again: who, why, time
    dropped   a person gave the submission up: who, why, time; what was spent stays spent

A crop is spent while its last line of the first two kinds says so. Lines are appended and
fdatasynced, never rewritten.
"""

import errno
import os
import shutil
from contextlib import suppress
from pathlib import Path
from typing import Self

from kiosk.errors import LedgerError, StorageError
from kiosk.ledger.files import file_error, open_private, sync_directory
from kiosk.ledger.moment import Moment
from kiosk.ledger.spent_lines import (
    Dropped,
    Entry,
    Released,
    Spent,
    format_line,
    glance_at,
    glance_of,
    lines_of,
)
from kiosk.ledger.spent_memory import SpentMemory
from kiosk.ledger.trust import Trust


class SpentLog:
    """The log on disk, and what its lines amount to. Not thread-safe: the ledger's lock guards it.

    ``damage`` says in words what was wrong with the file when it was opened, else None;
    ``damaged_lines`` counts those that were more than a torn end.
    """

    def __init__(self, path: Path, descriptor: int) -> None:
        self._path = path
        self._descriptor = descriptor
        self._size = 0  # where the last good line ends
        self._memory = SpentMemory()
        self.trust = Trust(path)
        self.damage: str | None = None
        self.damaged_lines = 0

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open or create the log and replay it. Raises LedgerError."""
        try:
            log = cls(path, open_private(path, os.O_RDWR | os.O_APPEND))
        except OSError as error:
            raise file_error(f"cannot open {path}", error) from error
        try:
            log._replay()
        except OSError as error:
            log.close()
            raise file_error(f"cannot read {path}", error) from error
        return log

    @property
    def highest_seq(self) -> int:
        """Return the highest number of a submission that was ever spent."""
        return self._memory.highest_seq

    def is_spent(self, sha256: str) -> bool:
        """Tell whether the crop was or may have been paid for, and nothing released it since."""
        return self._memory.is_spent(sha256)

    def knows(self, sha256: str) -> bool:
        """Tell whether the crop was ever spent or released."""
        return self._memory.knows(sha256)

    def knows_file(self, file_sha256: str) -> bool:
        """Tell whether a crop of this source file is spent."""
        return self._memory.knows_file(file_sha256)

    def spent_for_vin(self, vin: str) -> list[Spent]:
        """List the spent crops in which ``vin`` was read here, oldest first.

        Of the newest payments only: far more than lie within any window.
        """
        return self._memory.spent_for_vin(vin)

    def spend(self, entry: Spent) -> None:
        """Write the point of no return. Raises LedgerError: then the tail must not be sent."""
        if self.is_spent(entry.sha256):
            raise LedgerError("this picture was already sent, and nobody released it since")
        try:
            self._append(entry)
        except StorageError:
            self._learn(entry)  # what may be on the disk counts
            raise

    def release(self, sha256: str, *, who: str, why: str, at: Moment) -> None:
        """Write that the crop may be sent (again). Raises LedgerError: then it may not."""
        self._append(Released(sha256, who, why, at))

    def drop(self, sha256: str, *, who: str, why: str, at: Moment) -> None:
        """Write that a person gave the crop's submission up. Raises LedgerError."""
        self._append(Dropped(sha256, who, why, at))

    def close(self) -> None:
        """Close the file."""
        os.close(self._descriptor)

    def _replay(self) -> None:
        torn = False
        with self._path.open("rb") as file:
            for whole in lines_of(file):
                if not whole.endswith(b"\n"):
                    torn = True  # never acknowledged, so its tail was never sent
                    break
                self._size += len(whole)
                line = whole[:-1]
                seen = glance_at(line)
                self.damaged_lines += seen is None or seen.damaged
                if seen is not None:
                    self._memory.learn(seen, line)
        self.damage = self._words(torn=torn)
        if torn:
            self._cut_back()

    def _learn(self, entry: Entry) -> None:
        self._memory.learn(glance_of(entry), format_line(entry)[:-1])

    def _words(self, *, torn: bool) -> str | None:
        words = []
        if self.damaged_lines:
            words.append(f"{self.damaged_lines} damaged line(s) in the spent log")
        if torn:
            words.append("the spent log's last line was torn and is gone")
        return "; ".join(words) or None

    def _append(self, entry: Entry) -> None:
        self.trust.check()
        line = format_line(entry)
        try:
            self._write(line)
        except OSError as error:
            with suppress(OSError):  # else it is cut before the next line, or read as torn
                self._cut_back()
            raise file_error(f"cannot write {self._path}", error) from error
        self.trust.sync(self._descriptor)
        self._size += len(line)
        self._learn(entry)

    def _write(self, line: bytes) -> None:
        status = os.fstat(self._descriptor)
        if not status.st_nlink:
            raise OSError(errno.ENOENT, "the log was removed under the running lane")
        if status.st_size != self._size:  # what an earlier failure left and could not remove
            self._cut_back()
        if os.write(self._descriptor, line) != len(line):
            raise OSError(errno.ENOSPC, "the line did not fit")

    def _cut_back(self) -> None:
        """Remove what lies behind the last good line; the next line's sync makes that durable."""
        os.ftruncate(self._descriptor, self._size)


def go_on_in_a_fresh_file(path: Path, aside: Path) -> None:
    """Copy the log as the disk gives it back; the file that could not be synced is kept ``aside``.

    Under its name there is at any time the old log or the whole new one. Raises LedgerError.
    """
    fresh = path.with_name(f"{path.name}.new")
    try:
        fresh.unlink(missing_ok=True)
        os.close(open_private(fresh, os.O_WRONLY))
        with path.open("rb") as proven, fresh.open("wb") as file:
            shutil.copyfileobj(proven, file)
            file.flush()
            os.fdatasync(file.fileno())
        with suppress(OSError):  # a file system without hard links keeps no evidence
            os.link(path, aside)
        fresh.rename(path)
        sync_directory(path.parent)
    except OSError as error:
        raise file_error(f"cannot copy {path}", error) from error
