"""Forgetting in time: pictures first, then rows. What waits or is in doubt stays."""

import sqlite3
from dataclasses import dataclass

from kiosk.ledger.ageing import Aged
from kiosk.ledger.pictures import forget_pictures
from kiosk.ledger.store import get_meta, set_meta
from kiosk.model import State

BATCH = 50  # rows of each kind in one transaction: short for the lane, and small in the WAL
_PRUNED_TO = "pruned_to"
_DAY_S = 86_400.0
_KEPT = (State.QUEUED, State.SENDING, State.COMMITTED, State.IN_DOUBT)
_UNSETTLED = ", ".join("?" * len(_KEPT))


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
    connection: sqlite3.Connection, pictures_days: float, results_days: float, aged: Aged
) -> Pruned:
    """Forget some pictures and rows by their age; rows of unknown age stay.

    The highest number that was pruned is kept, so that its absence is never taken for damage.
    """
    condition, values = aged.old(pictures_days * _DAY_S)
    settled = f"{condition} AND state NOT IN ({_UNSETTLED})"
    pictures = forget_pictures(connection, settled, (*values, *_KEPT), BATCH)
    results = _prune_results(connection, *aged.old(results_days * _DAY_S))
    condition, values = aged.old_note(results_days * _DAY_S)
    notes = 0
    for table in ("scans", "acts"):
        sql = f"DELETE FROM {table} WHERE id IN (SELECT id FROM {table} WHERE {condition} LIMIT ?)"  # noqa: S608 - our own names
        notes += connection.execute(sql, (*values, BATCH)).rowcount
    return Pruned(pictures, results, notes)


def pruned_to(connection: sqlite3.Connection) -> int:
    """Return the highest number of the sequence that was ever pruned."""
    return int(get_meta(connection, _PRUNED_TO) or 0)


def _prune_results(
    connection: sqlite3.Connection, condition: str, values: tuple[float, ...]
) -> int:
    sql = (
        f"SELECT id, seq FROM submissions WHERE {condition}"  # noqa: S608 - our own conditions
        f" AND state NOT IN ({_UNSETTLED}) ORDER BY seq LIMIT ?"
    )
    rows = connection.execute(sql, (*values, *_KEPT, BATCH)).fetchall()
    if rows:
        set_meta(connection, _PRUNED_TO, str(max(rows[-1]["seq"], pruned_to(connection))))
    connection.executemany("DELETE FROM submissions WHERE id = ?", [(row["id"],) for row in rows])
    return len(rows)
