"""The three things a write touches, together: database, spent log, and the space kept back."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from kiosk.clock import Clock
from kiosk.errors import LedgerFullError
from kiosk.ledger.database import Database
from kiosk.ledger.moment import Moment, moment_now
from kiosk.ledger.reserve import Reserve
from kiosk.ledger.spent import SpentLog
from kiosk.ledger.store import fill_in_wall_times

T = TypeVar("T")


class Writer:
    """Runs transactions: those that may be refused for want of space, and those that may not."""

    def __init__(self, database: Database, spent: SpentLog, reserve: Reserve, clock: Clock) -> None:
        self.database = database
        self.spent = spent
        self._reserve = reserve
        self._clock = clock
        self._walls_filled = False

    def now(self) -> Moment:
        """Tell the time."""
        return moment_now(self._clock)

    @property
    def must_fill_walls(self) -> bool:
        """Tell whether the clock can be believed now, and rows of this boot may not know yet."""
        return not self._walls_filled and self._clock.is_set()

    @contextmanager
    def beginning(self) -> Iterator[tuple[sqlite3.Connection, Moment]]:
        """Begin something new, in one transaction: refused (LedgerFullError) without a reserve."""
        with self.database.lock:
            self._reserve.ensure()
            with self.transaction() as (connection, now):
                yield connection, now

    @contextmanager
    def transaction(self) -> Iterator[tuple[sqlite3.Connection, Moment]]:
        """Run one transaction; the first after the clock was set also dates this boot's rows."""
        with self.database.writing() as connection:
            now = self.now()
            filling = now.clock_set and not self._walls_filled
            if filling:
                fill_in_wall_times(connection, now)
            yield connection, now
        self._walls_filled = self._walls_filled or filling

    def at_any_price(self, write: Callable[[sqlite3.Connection, Moment], T]) -> T:
        """Run ``write`` in one transaction; on a full disk again, with the reserve given up."""
        with self.database.lock:
            try:
                with self.transaction() as (connection, now):
                    return write(connection, now)
            except LedgerFullError:
                self._reserve.release()
            with self.transaction() as (connection, now):
                return write(connection, now)

    def release(self, sha256: str, *, who: str, why: str) -> None:
        """Write a ``released`` line, at any price too. Raises LedgerError."""
        with self.database.lock:
            try:
                self.spent.release(sha256, who=who, why=why, at=self.now())
            except LedgerFullError:
                self._reserve.release()
                self.spent.release(sha256, who=who, why=why, at=self.now())
