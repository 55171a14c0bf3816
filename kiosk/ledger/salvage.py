"""Reading what is still sound out of a damaged database, row by row, by the seals."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

from kiosk.ledger.damage import lenient
from kiosk.ledger.database import DATABASE_ERRORS, connect
from kiosk.ledger.pictures import NEEDS_ITS_PICTURE, insert_submission, pictures_of
from kiosk.ledger.rows import SUBMISSION_COLUMNS, TABLES, Row, is_sound, picture_is_sound
from kiosk.ledger.store import insert
from kiosk.model import State


def salvage(damaged: Path, fresh: sqlite3.Connection) -> int:
    """Copy the sound rows of ``damaged`` into the empty tables of ``fresh``; count submissions.

    What cannot be read is left in the file that was set aside. That is opened read-only, so that
    the evidence stays as it is (its WAL is not even checkpointed). Raises sqlite3.Error only for
    ``fresh``: a full disk must end the salvage, not shorten it.
    """
    try:
        source = connect(damaged, mode="ro")
    except DATABASE_ERRORS:
        return 0
    salvaged = 0
    with closing(source):
        lenient(source)
        for row in _rows(source, "meta", "key", _columns(fresh, "meta")):
            insert(fresh, "meta", row)
        for row in _rows(source, "submissions", "id", SUBMISSION_COLUMNS):
            with suppress(sqlite3.IntegrityError):  # it breaks a rule, and stays behind
                insert_submission(fresh, _with_pictures(source, row))
                salvaged += 1
        for table in TABLES:
            if table in {"submissions", "pictures"}:
                continue
            for row in _rows(source, table, "id", _columns(fresh, table)):
                with suppress(sqlite3.IntegrityError):  # so does one whose submission is gone
                    insert(fresh, table, row)
    return salvaged


def _columns(fresh: sqlite3.Connection, table: str) -> str:
    names = fresh.execute("SELECT name FROM pragma_table_info(?)", (table,)).fetchall()
    return ", ".join(name[0] for name in names)


def _rows(source: sqlite3.Connection, table: str, key: str, columns: str) -> Iterator[Row]:
    for row_id in _keys(source, table, key):
        sql = f"SELECT {columns} FROM {table} WHERE {key} = ?"  # noqa: S608 - our own names
        row = _row(source, sql, row_id)
        if row is not None:
            del row["crc"]
            yield row


def _keys(source: sqlite3.Connection, table: str, key: str) -> list[int | str]:
    """Collect a table's keys from both ends, as far as each end can be read."""
    keys: dict[int | str, None] = {}
    for order in ("ASC", "DESC"):
        sql = f"SELECT {key} FROM {table} ORDER BY {key} {order}"  # noqa: S608 - our own names
        with suppress(*DATABASE_ERRORS), closing(source.execute(sql)) as cursor:
            for found in cursor:
                keys[found[0]] = None
    return sorted(keys, key=lambda value: (str(type(value)), value))


def _row(source: sqlite3.Connection, sql: str, row_id: int | str) -> Row | None:
    """Read one row; None where it cannot be read or its seal is broken."""
    try:
        row = source.execute(sql, (row_id,)).fetchone()
    except DATABASE_ERRORS:
        return None
    return dict(row) if row is not None and is_sound(row) else None


def _with_pictures(source: sqlite3.Connection, row: Row) -> Row:
    """Add a submission's pictures if they are sound; a waiting one that lost them is a doubt."""
    with suppress(*DATABASE_ERRORS):
        whole = row | pictures_of(source, row["id"])
        is_whole = whole["crop"] is not None or row["state"] not in NEEDS_ITS_PICTURE
        if is_whole and picture_is_sound(whole):
            return whole
    without: Row = {"crop": None, "strip": None}
    if row["state"] in (*NEEDS_ITS_PICTURE, State.IN_DOUBT):
        without |= {
            "state": State.IN_DOUBT.value,
            "reason": "its picture was damaged in the ledger and cannot be sent",
        }
    return row | without
