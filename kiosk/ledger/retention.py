"""Forgetting in time: pictures first, then rows. What waits or is in doubt stays."""

import sqlite3
from dataclasses import dataclass

from kiosk.ledger.moment import Moment
from kiosk.ledger.store import get_meta, set_meta
from kiosk.model import State

BATCH = 50  # rows of each kind in one transaction: short for the lane, and small in the WAL
_PRUNED_TO = "pruned_to"
_DAY_S = 86_400.0
_KEPT = (State.QUEUED, State.SENDING, State.COMMITTED, State.IN_DOUBT)
_OLD = "clock_set > 0 AND wall < ?"
_OLD_ROWS = f"FROM submissions WHERE {_OLD} AND state NOT IN (?, ?, ?, ?)"
# No CRC is touched: pictures enter it by their SHA-256, which stays.
_FORGET_PICTURES = (
    f"UPDATE submissions SET crop = NULL, strip = NULL WHERE id IN (SELECT id {_OLD_ROWS}"  # noqa: S608 - constants
    " AND (crop IS NOT NULL OR strip IS NOT NULL) LIMIT ?)"
)


@dataclass(frozen=True, slots=True)
class Pruned:
    """How much one step forgot; ``notes`` are scans and people's acts."""

    pictures: int
    results: int
    notes: int = 0

    @property
    def is_last(self) -> bool:
        """Tell that nothing was left to forget."""
        return not (self.pictures or self.results or self.notes)


def prune(
    connection: sqlite3.Connection, pictures_days: float, results_days: float, now: Moment
) -> Pruned:
    """Forget some pictures and rows by their age; rows of unknown age stay.

    The highest number that was pruned is kept, so that its absence is never taken for damage.
    """
    oldest_picture = now.wall - pictures_days * _DAY_S
    pictures = connection.execute(_FORGET_PICTURES, (oldest_picture, *_KEPT, BATCH)).rowcount
    before = now.wall - results_days * _DAY_S
    results = _prune_results(connection, before)
    notes = 0
    for table in ("scans", "acts"):
        sql = f"DELETE FROM {table} WHERE id IN (SELECT id FROM {table} WHERE {_OLD} LIMIT ?)"  # noqa: S608 - our own names
        notes += connection.execute(sql, (before, BATCH)).rowcount
    return Pruned(pictures, results, notes)


def pruned_to(connection: sqlite3.Connection) -> int:
    """Return the highest number of the sequence that was ever pruned."""
    return int(get_meta(connection, _PRUNED_TO) or 0)


def _prune_results(connection: sqlite3.Connection, before: float) -> int:
    sql = f"SELECT id, seq {_OLD_ROWS} ORDER BY seq LIMIT ?"
    rows = connection.execute(sql, (before, *_KEPT, BATCH)).fetchall()
    if rows:
        set_meta(connection, _PRUNED_TO, str(max(rows[-1]["seq"], pruned_to(connection))))
    connection.executemany("DELETE FROM submissions WHERE id = ?", [(row["id"],) for row in rows])
    return len(rows)
