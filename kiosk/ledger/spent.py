"""The spent log: what was or may have been paid for, outside the database and outliving it.

``STATE_DIR/spent.log`` holds one line for each event, ``CRC-32 in hex, space, JSON object``:

    spent     the point of no return of an attempt: crop, source file, VIN read here, number, time
    released  a refusal that cost nothing, or a person's wish to pay again: who, why, time

A crop is spent while its last line says so. Lines are appended and fdatasynced, never rewritten.
"""

import errno
import os
from pathlib import Path
from typing import Self

from kiosk.errors import LedgerError
from kiosk.ledger.files import file_error, open_private
from kiosk.ledger.moment import Moment
from kiosk.ledger.spent_lines import Entry, Released, Spent, format_line, parse_log


class SpentLog:
    """The log on disk, and what its lines amount to. Not thread-safe: the ledger's lock guards it.

    ``damage`` says in words what was wrong with the file when it was opened, else None.
    """

    def __init__(self, path: Path, descriptor: int) -> None:
        self._path = path
        self._descriptor = descriptor
        self._size = 0  # where the last good line ends
        self._last: dict[str, Spent | None] = {}  # by crop; None: released
        self._by_file: dict[str, set[str]] = {}
        self._by_vin: dict[str, list[str]] = {}
        self.highest_seq = 0
        self.damage: str | None = None

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open or create the log and replay it. Raises LedgerError."""
        try:
            log = cls(path, open_private(path, os.O_RDWR | os.O_APPEND))
        except OSError as error:
            raise file_error(f"cannot open {path}", error) from error
        try:
            log._replay(path.read_bytes())
        except OSError as error:
            log.close()
            raise file_error(f"cannot read {path}", error) from error
        return log

    def is_spent(self, sha256: str) -> bool:
        """Tell whether the crop was or may have been paid for, and nothing released it since."""
        return self._last.get(sha256) is not None

    def knows(self, sha256: str) -> bool:
        """Tell whether any line is about the crop."""
        return sha256 in self._last

    def knows_file(self, file_sha256: str) -> bool:
        """Tell whether a crop of this source file is spent."""
        return any(self.is_spent(crop) for crop in self._by_file.get(file_sha256, ()))

    def spent_for_vin(self, vin: str) -> list[Spent]:
        """List the spent crops in which ``vin`` was read here, oldest first."""
        entries = (self._last.get(crop) for crop in self._by_vin.get(vin, ()))
        return [entry for entry in entries if entry is not None]

    def spend(self, entry: Spent) -> None:
        """Write the point of no return. Raises LedgerError: then the tail must not be sent."""
        if self.is_spent(entry.sha256):
            raise LedgerError("this picture was already sent, and nobody released it since")
        try:
            self._append(entry)
        except OSError as error:
            if not self._take_back():
                self._learn(entry)  # the line may survive: what may be on disk counts
            raise file_error(f"cannot write {self._path}", error) from error
        self._learn(entry)

    def release(self, sha256: str, *, who: str, why: str, at: Moment) -> None:
        """Write that the crop may be sent (again). Raises LedgerError: then it may not."""
        entry = Released(sha256, who, why, at)
        try:
            self._append(entry)
        except OSError as error:
            self._take_back()
            raise file_error(f"cannot write {self._path}", error) from error
        self._learn(entry)

    def close(self) -> None:
        """Close the file."""
        os.close(self._descriptor)

    def _replay(self, data: bytes) -> None:
        parsed = parse_log(data)
        for entry in parsed.entries:
            self._learn(entry)
        self._size = parsed.good_bytes
        self.damage = parsed.damage
        if parsed.good_bytes < len(data):
            # A torn last line was never acknowledged, so its tail was never sent.
            self._take_back()

    def _learn(self, entry: Entry) -> None:
        if isinstance(entry, Released):
            self._last[entry.sha256] = None
            return
        self._last[entry.sha256] = entry
        self.highest_seq = max(self.highest_seq, entry.seq)
        if entry.file_sha256:
            self._by_file.setdefault(entry.file_sha256, set()).add(entry.sha256)
        if entry.vin:
            crops = self._by_vin.setdefault(entry.vin, [])
            if entry.sha256 in crops:
                crops.remove(entry.sha256)
            crops.append(entry.sha256)

    def _append(self, entry: Entry) -> None:
        status = os.fstat(self._descriptor)
        if not status.st_nlink:
            raise OSError(errno.ENOENT, "the log was removed under the running lane")
        if status.st_size != self._size:  # what an earlier failure left and could not remove
            os.ftruncate(self._descriptor, self._size)
        line = format_line(entry)
        if os.write(self._descriptor, line) != len(line):
            raise OSError(errno.ENOSPC, "the line did not fit")
        os.fdatasync(self._descriptor)
        self._size += len(line)

    def _take_back(self) -> bool:
        try:
            os.ftruncate(self._descriptor, self._size)
            os.fdatasync(self._descriptor)
        except OSError:
            return False
        return True
