"""Where the pictures of submissions lie: in a table of their own, or in rows of older versions.

A submission is rewritten at each of its steps, its pictures are written once (decision 18). They
are known by the SHA-256s in their submission's row, which its seal covers.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing

from kiosk.ledger.rows import Row, SqlValue, picture_is_sound
from kiosk.ledger.store import insert
from kiosk.model import State

NEEDS_ITS_PICTURE = (State.QUEUED, State.SENDING, State.COMMITTED)
"""Without it these are damaged; a doubt may have lost its picture to an earlier damage."""

_IS_APART = "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE name = 'pictures')"
_OWN = "SELECT state, sha256, strip_sha256, crop, strip FROM submissions"
_APART = (
    "SELECT state, sha256, strip_sha256, COALESCE(pictures.crop, submissions.crop) AS crop,"
    " COALESCE(pictures.strip, submissions.strip) AS strip"
    " FROM submissions LEFT JOIN pictures ON pictures.id = submissions.id"
)
_WAITING = ", ".join(f"'{state.value}'" for state in (*NEEDS_ITS_PICTURE, State.IN_DOUBT))


def insert_submission(connection: sqlite3.Connection, row: Row) -> None:
    """Insert a submission's row and, beside it, the pictures in it; those may be None."""
    kept = {name: value for name, value in row.items() if name not in {"crop", "strip"}}
    insert(connection, "submissions", kept)
    if row["crop"] is not None:
        pictures: Row = {"id": row["id"], "crop": row["crop"], "strip": row["strip"]}
        insert(connection, "pictures", pictures)


def pictures_of(connection: sqlite3.Connection, submission_id: object) -> dict[str, SqlValue]:
    """Read ``crop`` and ``strip`` of a submission; both None where there are none (any more).

    What damage has made of them is for `rows.picture_is_sound` to tell.
    """
    sql = f"{_select(connection)} WHERE submissions.id = ?"
    row = connection.execute(sql, (submission_id,)).fetchone()
    return {name: None if row is None else row[name] for name in ("crop", "strip")}


def unsound_waiting(connection: sqlite3.Connection) -> Iterator[str]:
    """Say of each waiting submission, in words, that its pictures are damaged or gone."""
    sql = f"{_select(connection)} WHERE state IN ({_WAITING})"
    with closing(connection.execute(sql)) as rows:
        for row in rows:
            if not picture_is_sound(row):
                yield "a waiting picture is damaged"
            elif row["crop"] is None and row["state"] in NEEDS_ITS_PICTURE:
                yield "a waiting picture is gone"


def forget_pictures(
    connection: sqlite3.Connection, condition: str, values: tuple[object, ...], most: int
) -> int:
    """Forget the pictures of some submissions that meet a condition; return of how many.

    No seal is touched: pictures enter it by their SHA-256, which stays.
    """
    own = "(crop IS NOT NULL OR strip IS NOT NULL)"
    apart = "EXISTS (SELECT 1 FROM pictures WHERE pictures.id = submissions.id)"
    sql = f"SELECT id FROM submissions WHERE {condition} AND ({apart} OR {own}) LIMIT ?"  # noqa: S608 - our own conditions
    found = [(row["id"],) for row in connection.execute(sql, (*values, most)).fetchall()]
    connection.executemany("DELETE FROM pictures WHERE id = ?", found)
    sql = f"UPDATE submissions SET crop = NULL, strip = NULL WHERE id = ? AND {own}"  # noqa: S608 - a constant
    connection.executemany(sql, found)
    return len(found)


def _select(connection: sqlite3.Connection) -> str:
    """Return how pictures are selected; of a ledger of an older version, too.

    Not by its version: a salvage cannot believe that.
    """
    return _APART if connection.execute(_IS_APART).fetchone()[0] else _OWN
