"""Forgetting in time: pictures first, then rows. What waits or is in doubt stays."""

import sqlite3
from dataclasses import dataclass

from kiosk.ledger.moment import Moment
from kiosk.ledger.store import get_meta, set_meta
from kiosk.model import State

_PRUNED_TO = "pruned_to"
_DAY_S = 86_400.0
_KEPT = (State.QUEUED, State.SENDING, State.COMMITTED, State.IN_DOUBT)
# No CRC is touched: pictures enter it by their SHA-256, which stays.
_FORGET_PICTURES = (
    "UPDATE submissions SET crop = NULL, strip = NULL WHERE clock_set = 1 AND wall < ?"
    " AND state NOT IN (?, ?, ?, ?) AND (crop IS NOT NULL OR strip IS NOT NULL)"
)
_OLD_ROWS = "FROM submissions WHERE clock_set = 1 AND wall < ? AND state NOT IN (?, ?, ?, ?)"


@dataclass(frozen=True, slots=True)
class Pruned:
    """How much was forgotten."""

    pictures: int
    results: int


def prune(
    connection: sqlite3.Connection, pictures_days: float, results_days: float, now: Moment
) -> Pruned:
    """Forget pictures and rows by their age; rows of unknown age stay.

    The highest number that was pruned is kept, so that its absence is never taken for damage.
    """
    pictures = connection.execute(
        _FORGET_PICTURES, (now.wall - pictures_days * _DAY_S, *_KEPT)
    ).rowcount
    before = now.wall - results_days * _DAY_S
    values = (before, *_KEPT)
    sql = f"SELECT MAX(seq) {_OLD_ROWS}"
    highest = connection.execute(sql, values).fetchone()[0]
    results = 0
    if highest is not None:
        set_meta(connection, _PRUNED_TO, str(max(int(highest), pruned_to(connection))))
        sql = f"DELETE {_OLD_ROWS}"
        results = connection.execute(sql, values).rowcount
    for table in ("scans", "acts"):
        sql = f"DELETE FROM {table} WHERE clock_set = 1 AND wall < ?"  # noqa: S608 - our own names
        connection.execute(sql, (before,))
    return Pruned(pictures, results)


def pruned_to(connection: sqlite3.Connection) -> int:
    """Return the highest number of the sequence that was ever pruned."""
    return int(get_meta(connection, _PRUNED_TO) or 0)
