"""The sandbox's account: what came, what it cost, what is left."""

import dataclasses
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from kiosk.errors import UsageError
from kiosk.sandbox.journal_file import Entry, JournalFile, Line
from kiosk.sandbox.result import NO_BALANCE


@dataclass(frozen=True, slots=True)
class Journal:
    """All requests so far, in the order of their booking, and the credits left."""

    requests: tuple[Entry, ...]
    credits: int

    @property
    def charged(self) -> int:
        """How many credits were spent."""
        return sum(entry.charged for entry in self.requests)


class Books:
    """One account for all access codes. Used from several threads; check and charge are one step.

    Every booking is on disk, where there is a file, before the caller gets it back.
    """

    def __init__(self, file: JournalFile | None, balance: int) -> None:
        self._file = file
        self._changed = threading.Condition()
        self._entries: dict[int, Entry] = {}
        self._credits = balance
        for line in file.lines if file else []:
            self._credits = line.credits
            if line.entry:  # a later line of the same number amends the earlier one
                self._entries[line.entry.seq] = line.entry

    @classmethod
    def open(cls, path: Path | None, balance: int) -> Self:
        """Begin with ``balance`` credits, or where ``path`` already holds books, with those."""
        if path is None:
            return cls(None, balance)
        file = JournalFile.open(path)
        if not file.lines:
            file.append(Line(None, balance))
        return cls(file, balance)

    def book(
        self,
        *,
        sha256: str | None,
        complete: bool,
        status: int | None = None,
        key: int | None = None,
        charge: bool = False,
    ) -> Entry:
        """Enter a request. One that would be charged to an empty account is booked as key 23.

        Raises MachineError where the journal cannot be written: nothing is charged then.
        """
        with self._changed:
            empty = charge and self._credits == 0
            entry = Entry(
                seq=next(reversed(self._entries), 0) + 1,
                sha256=sha256,
                complete=complete,
                status=status,
                key=NO_BALANCE if empty else key,
                charged=charge and not empty,
            )
            self._write(Line(entry, self._credits - entry.charged))
        return entry

    def amend(self, entry: Entry, *, sha256: str | None, complete: bool) -> None:
        """Enter what else came of a request that was answered before its end."""
        with self._changed:
            later = dataclasses.replace(entry, sha256=sha256, complete=complete)
            if later != entry:
                self._write(Line(later, self._credits))

    def set_credits(self, balance: int) -> None:
        """Fill or empty the account. Raises UsageError for a negative balance."""
        if balance < 0:
            raise UsageError(f"an account cannot hold {balance} credits")
        with self._changed:
            self._write(Line(None, balance))

    def journal(self, at_least: int = 0, timeout_s: float = 5.0) -> Journal:
        """Return the books; waits up to ``timeout_s`` until ``at_least`` requests are in them."""
        with self._changed:
            self._changed.wait_for(lambda: len(self._entries) >= at_least, timeout_s)
            return Journal(tuple(self._entries.values()), self._credits)

    def close(self) -> None:
        """Close the file. Nothing may be booked after."""
        if self._file:
            self._file.close()

    def _write(self, line: Line) -> None:
        if self._file:
            self._file.append(line)
        self._credits = line.credits
        if line.entry:
            self._entries[line.entry.seq] = line.entry
        self._changed.notify_all()
