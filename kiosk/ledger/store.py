"""Writing rows: sealed inserts, the guarded transition, the sequence, and what people did.

All functions expect to run inside a transaction of ``Database.writing``.
"""

import sqlite3
from collections.abc import Iterable, Mapping
from typing import Any

from kiosk.errors import LedgerError, TransitionError
from kiosk.ledger.arrows import By, check
from kiosk.ledger.moment import Moment
from kiosk.ledger.rows import SUBMISSION_COLUMNS, Row, SqlValue, check_sound, plain, seal
from kiosk.model import State

_LAST_SEQ = "last_seq"


def insert(connection: sqlite3.Connection, table: str, row: Mapping[str, SqlValue]) -> None:
    """Insert a complete row with its seal."""
    sealed = {**row, "crc": seal(row)}
    names = ", ".join(sealed)
    marks = ", ".join("?" * len(sealed))
    sql = f"INSERT INTO {table} ({names}) VALUES ({marks})"  # noqa: S608 - our own column names
    connection.execute(sql, tuple(sealed.values()))


def append(connection: sqlite3.Connection, table: str, row: Mapping[str, SqlValue]) -> int:
    """Insert a row under the next id and return that."""
    sql = f"SELECT COALESCE(MAX(id), 0) + 1 FROM {table}"  # noqa: S608 - our own table names
    row_id = int(connection.execute(sql).fetchone()[0])
    insert(connection, table, {"id": row_id, **row})
    return row_id


def change(
    connection: sqlite3.Connection,
    table: str,
    row: Mapping[str, Any],
    changes: Mapping[str, object],
    guard: str = "1",
    guard_values: Iterable[SqlValue] = (),
) -> Row:
    """Rewrite ``row`` (read in this transaction) with ``changes`` and a new seal; return it.

    One UPDATE that must meet exactly one row, else TransitionError and the transaction ends.
    """
    check_sound(row, table.removesuffix("s"))  # no new seal over what was not written
    fresh = {name: plain(value) for name, value in changes.items()}
    result: Row = {**row, **fresh}
    result["crc"] = seal(result)
    values = {**fresh, "crc": result["crc"]}
    assignments = ", ".join(f"{name} = ?" for name in values)
    sql = f"UPDATE {table} SET {assignments} WHERE id = ? AND {guard}"  # noqa: S608 - our own names
    cursor = connection.execute(sql, (*values.values(), row["id"], *guard_values))
    if cursor.rowcount != 1:
        raise TransitionError(f"{table} {row['id']} changed under the step")
    return result


def submission_row_of(connection: sqlite3.Connection, submission_id: int) -> Row:
    """Read one submission without its pictures; LedgerError where there is none."""
    sql = f"SELECT {SUBMISSION_COLUMNS} FROM submissions WHERE id = ?"  # noqa: S608 - a constant
    row = connection.execute(sql, (submission_id,)).fetchone()
    if row is None:
        raise LedgerError(f"there is no submission {submission_id}")
    return dict(row)


def advance(
    connection: sqlite3.Connection, submission_id: int, to: State, by: By, **changes: object
) -> Row:
    """Move a submission along an arrow of `arrows.ARROWS`; return its new row.

    Raises TransitionError where it stands elsewhere.
    """
    row = submission_row_of(connection, submission_id)
    state = State(str(row["state"]))
    check(state, to, by, f"submission {submission_id}")
    return change(
        connection, "submissions", row, {"state": to, **changes}, "state = ?", (state.value,)
    )


def next_seq(connection: sqlite3.Connection) -> int:
    """Take the next number of the sequence; a number is never given twice, even after pruning."""
    seq = last_seq(connection) + 1
    set_meta(connection, _LAST_SEQ, str(seq))
    return seq


def last_seq(connection: sqlite3.Connection) -> int:
    """Return the highest number given so far."""
    stored = int(get_meta(connection, _LAST_SEQ) or 0)
    present = connection.execute("SELECT COALESCE(MAX(seq), 0) FROM submissions").fetchone()[0]
    return max(stored, int(present))


def raise_last_seq(connection: sqlite3.Connection, seq: int) -> None:
    """Never give out numbers up to ``seq``: something that outlived the database knows them."""
    if seq > last_seq(connection):
        set_meta(connection, _LAST_SEQ, str(seq))


def last_attempt(connection: sqlite3.Connection) -> int:
    """Return the id of the newest attempt; 0 where there is none."""
    return int(connection.execute("SELECT COALESCE(MAX(id), 0) FROM attempts").fetchone()[0])


def get_meta(connection: sqlite3.Connection, key: str) -> str | None:
    """Read one of the ledger's few values about itself."""
    row = connection.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
    return None if row is None else str(row["value"])


def set_meta(connection: sqlite3.Connection, key: str, value: str | None) -> None:
    """Write one of the ledger's values about itself; None removes it."""
    connection.execute("DELETE FROM meta WHERE key = ?", (key,))
    if value is not None:
        insert(connection, "meta", {"key": key, "value": value})


def record_act(
    connection: sqlite3.Connection,
    what: str,
    who: str,
    now: Moment,
    *,
    submission_id: int | None = None,
    detail: str | None = None,
) -> int:
    """Write down who did what, in the transaction that does it; return the act's id."""
    act = {
        "submission_id": submission_id,
        "what": what,
        "who": plain(who),
        "detail": plain(detail),
        **now.columns(),
    }
    return append(connection, "acts", act)
