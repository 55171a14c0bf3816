"""What a write touches, together: database, spent log, numbers, and the space kept back."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TypeVar

from kiosk.clock import Clock
from kiosk.errors import LedgerFullError
from kiosk.ledger.database import Database
from kiosk.ledger.dating import Dating
from kiosk.ledger.moment import Moment
from kiosk.ledger.numbers import Numbers
from kiosk.ledger.reserve import Reserve
from kiosk.ledger.spent import SpentLog
from kiosk.ledger.spent_lines import Spent
from kiosk.ledger.store import last_seq

T = TypeVar("T")


class Writer:
    """Runs transactions: those that may be refused for want of space, and those that may not."""

    def __init__(
        self,
        database: Database,
        spent: SpentLog,
        numbers: Numbers,
        reserve: Reserve,
        clock: Clock,
    ) -> None:
        self.database = database
        self.spent = spent
        self.numbers = numbers
        self._reserve = reserve
        with database.reading() as connection:
            self.dating = Dating(clock, connection)

    def now(self) -> Moment:
        """Tell the time, as far as it can be believed."""
        return self.dating.now()

    def fill_walls(self) -> None:
        """Date rows by the clock as it is now, a few at a time, where it can be believed.

        On a full disk they stay as they are: whatever comes after this matters more.
        """
        if not self.dating.is_due():
            return
        with suppress(LedgerFullError), self.database.writing() as connection:
            self.dating.date_rows(connection)

    @contextmanager
    def beginning(self, *, lasting: bool = True) -> Iterator[tuple[sqlite3.Connection, Moment]]:
        """Begin something new, in one transaction: refused (LedgerFullError) without a reserve.

        A number that was taken is marked before the COMMIT. Raises StorageError where the database
        or the numbers were lost to a failed sync; the spent log is only needed to send.
        """
        with self.database.lock:
            self._reserve.ensure()
            with self.transaction(lasting=lasting) as (connection, now):
                yield connection, now
                last = last_seq(connection)
                self.numbers.mark(last)
            self.numbers.confirm(last)

    @contextmanager
    def transaction(self, *, lasting: bool = True) -> Iterator[tuple[sqlite3.Connection, Moment]]:
        """Run one transaction; what is not ``lasting`` a power cut may undo: `Database.writing`."""
        with self.database.lock:
            self.fill_walls()
            with self.database.writing(lasting=lasting) as connection:
                yield connection, self.now()

    def at_any_price(self, write: Callable[[sqlite3.Connection, Moment], T]) -> T:
        """Run ``write`` in one transaction; on a full disk again, with the reserve given up."""
        with self.database.lock:
            try:
                with self.transaction() as (connection, now):
                    return write(connection, now)
            except LedgerFullError:
                self._reserve.release()
            with self.database.writing() as connection:  # nothing else may take that room
                return write(connection, self.now())

    def release(self, sha256: str, *, who: str, why: str) -> None:
        """Write a ``released`` line, at any price too. Raises LedgerError."""
        with self.database.lock:
            try:
                self.spent.release(sha256, who=who, why=why, at=self.now())
            except LedgerFullError:
                self._reserve.release()
                self.spent.release(sha256, who=who, why=why, at=self.now())

    def note_drop(self, sha256: str, *, who: str, why: str) -> None:
        """Write a ``dropped`` line, at any price too. Raises LedgerError."""
        with self.database.lock:
            try:
                self.spent.drop(sha256, who=who, why=why, at=self.now())
            except LedgerFullError:
                self._reserve.release()
                self.spent.drop(sha256, who=who, why=why, at=self.now())

    def spend(self, entry: Spent) -> None:
        """Write the ``spent`` line of what has been charged already, at any price.

        Raises LedgerError. A crop that the log has as spent needs no second line.
        """
        with self.database.lock:
            self.spent.trust.check()  # what the log has learned of a line that failed is a guess
            if self.spent.is_spent(entry.sha256):
                return
            try:
                self.spent.spend(entry)
            except LedgerFullError:
                self._reserve.release()
                if not self.spent.is_spent(entry.sha256):
                    self.spent.spend(entry)
