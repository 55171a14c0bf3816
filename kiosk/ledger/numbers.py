"""The highest number that was ever given out, outside the database and outliving it.

A truncated database has lost its newest rows together with its own count of them, and SQLite takes
a WAL with a damaged frame for one that ends there: without a witness nobody would miss the scans.

``STATE_DIR/numbers`` holds two records in blocks of their own, written by turns: whatever a crash
does to one, the other is whole. A number is marked and synced before the COMMIT of its scan, so
that none is ever given twice, and confirmed after it, without a sync of its own: a number that was
never confirmed was never told to anybody.
"""

import errno
import os
import struct
from pathlib import Path
from typing import Self
from zlib import crc32

from kiosk.ledger.files import file_error, open_private
from kiosk.ledger.trust import Trust

_CONTENT = struct.Struct("<4sQQ?")  # magic, turn, number, whether it was confirmed
_CRC_BYTES = 4
_SIZE = _CONTENT.size + _CRC_BYTES
_BLOCK = 4096  # bytes from one record to the other: no sector holds both
_MAGIC = b"num1"


class Numbers:
    """The file and what it says. Not thread-safe: the ledger's lock guards it.

    ``damage`` says in words what was wrong with the file when it was opened, else None.
    """

    def __init__(self, path: Path, descriptor: int) -> None:
        self._path = path
        self._descriptor = descriptor
        self._turn = 0
        self._confirmed = True
        self.highest = 0
        self.trust = Trust(path)
        self.damage: str | None = None

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open or create the file. Raises LedgerError."""
        try:
            numbers = cls(path, open_private(path, os.O_RDWR))
        except OSError as error:
            raise file_error(f"cannot open {path}", error) from error
        try:
            numbers._read()
        except OSError as error:
            numbers.close()
            raise file_error(f"cannot read {path}", error) from error
        return numbers

    @property
    def told(self) -> int:
        """Return the highest number that may ever have been told to anybody."""
        return self.highest if self._confirmed else self.highest - 1

    def mark(self, seq: int) -> None:
        """Have ``seq`` on the disk as given out, before it is. A lower one needs nothing.

        Raises LedgerFullError or StorageError: then it must not be given out.
        """
        self.trust.check()
        if seq <= self.highest:
            return
        try:
            self._write(seq, confirmed=False)
        except OSError as error:
            raise file_error(f"cannot write {self._path}", error) from error
        self.trust.sync(self._descriptor)
        self.highest = seq
        self._confirmed = False

    def confirm(self, seq: int) -> None:
        """Note that ``seq`` is committed. Never raises: the scan is saved.

        A higher one was marked by a transaction that never was: it stays unconfirmed.
        """
        if self._confirmed or seq < self.highest or self.trust.lost is not None:
            return
        try:
            self._write(self.highest, confirmed=True)
        except OSError as error:
            self.trust.lose(error.strerror or str(error))
            return
        self._confirmed = True

    def close(self) -> None:
        """Close the file."""
        os.close(self._descriptor)

    def _write(self, seq: int, *, confirmed: bool) -> None:
        turn = self._turn + 1
        content = _CONTENT.pack(_MAGIC, turn, seq, confirmed)
        record = content + crc32(content).to_bytes(_CRC_BYTES, "little")
        if os.pwrite(self._descriptor, record, turn % 2 * _BLOCK) != len(record):
            raise OSError(errno.ENOSPC, "the record did not fit")
        self._turn = turn

    def _read(self) -> None:
        blocks = [os.pread(self._descriptor, _SIZE, at * _BLOCK) for at in range(2)]
        sound = [found for block in blocks if (found := _opened(block)) is not None]
        if sound:
            self._turn, self.highest, self._confirmed = max(sound)
        elif any(any(block) for block in blocks):  # a cut may leave the size without the content
            self.damage = "the file of the highest number was damaged"


def _opened(block: bytes) -> tuple[int, int, bool] | None:
    """Read a record: its turn, the number, whether it was confirmed; None where it is unsound."""
    content, crc = block[: _CONTENT.size], block[_CONTENT.size :]
    if len(block) != _SIZE or crc32(content).to_bytes(_CRC_BYTES, "little") != crc:
        return None
    magic, turn, number, confirmed = _CONTENT.unpack(content)
    return (turn, number, confirmed) if magic == _MAGIC else None
