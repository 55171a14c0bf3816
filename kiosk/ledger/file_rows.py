"""Rows of the table of picture files ↔ values. All functions run inside a transaction."""

import os
import sqlite3
from collections.abc import Iterable
from dataclasses import asdict

from kiosk.ledger.moment import AnyRow
from kiosk.ledger.rows import Row, seal
from kiosk.ledger.store import get_meta, insert, set_meta
from kiosk.model.files import FileFate, FileStamp, FolderIdentity, KnownFile

_IN_DOUBT = "files_in_doubt"
_FOLDER = "folder "  # and its path: its identities, known from a take-in
_IDENTITIES = 8  # a folder that is mounted by turns has two or three


def file_row(
    stamp: FileStamp,
    sha256: str | None,
    fate: FileFate,
    *,
    tries: int = 0,
    pending: bool = False,
) -> Row:
    """Lay out a file's row without its id and seal."""
    return {
        "name": os.fsencode(stamp.name),
        "inode": stamp.inode,
        "size": stamp.size,
        "mtime_ns": stamp.mtime_ns,
        "sha256": sha256,
        "fate": fate.value,
        "tries": tries,
        "pending": int(pending),
    }


def to_known_file(row: AnyRow) -> KnownFile:
    """Turn a file's row into the value that other rooms see."""
    stamp = FileStamp(os.fsdecode(row["name"]), row["inode"], row["size"], row["mtime_ns"])
    return KnownFile(
        row["id"], stamp, FileFate(row["fate"]), row["sha256"], pending=bool(row["pending"])
    )


def add_files(connection: sqlite3.Connection, rows: Iterable[Row]) -> None:
    """Insert rows under the next ids, as many as there are."""
    sql = "SELECT COALESCE(MAX(id), 0) + 1 FROM files"
    first = int(connection.execute(sql).fetchone()[0])
    sealed = []
    for number, row in enumerate(rows, start=first):
        numbered: Row = {"id": number, **row}
        sealed.append(tuple((numbered | {"crc": seal(numbered)}).values()))
    connection.executemany(
        "INSERT INTO files (id, name, inode, size, mtime_ns, sha256, fate, tries, pending, crc)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        sealed,
    )


def replace_file(connection: sqlite3.Connection, row: Row) -> int:
    """Write what is now known of a file, in place of what stood under its name or for its look.

    What was skipped stays: its row alone knows its content, wherever that turns up again.
    """
    connection.execute(
        "DELETE FROM files WHERE fate <> 'skipped' AND name = ? OR fate = 'looking' AND sha256 = ?",
        (row["name"], row["sha256"]),
    )
    sql = "SELECT COALESCE(MAX(id), 0) + 1 FROM files"
    file_id = int(connection.execute(sql).fetchone()[0])
    insert(connection, "files", {"id": file_id, **row})
    return file_id


def mark_in_doubt(connection: sqlite3.Connection) -> None:
    """Note that rows of files may be lost: what is unknown need not be new."""
    set_meta(connection, _IN_DOUBT, "1")


def are_in_doubt(connection: sqlite3.Connection) -> bool:
    """Tell whether `mark_in_doubt` stands."""
    return get_meta(connection, _IN_DOUBT) is not None


def clear_doubt(connection: sqlite3.Connection) -> None:
    """Take the mark away, in the transaction that records what lies there."""
    set_meta(connection, _IN_DOUBT, None)


def identities_of(connection: sqlite3.Connection, folder: str) -> tuple[FolderIdentity, ...] | None:
    """Return what the folder was when it was taken in; None where that never happened."""
    text = get_meta(connection, _key(folder))
    if text is None:
        return None
    return tuple(FolderIdentity(*map(int, part.split("/"))) for part in text.split())


def add_identity(connection: sqlite3.Connection, folder: str, identity: FolderIdentity) -> None:
    """Note that the folder was taken in as ``identity``."""
    kept = [one for one in identities_of(connection, folder) or () if one != identity]
    parts = [*kept, identity][-_IDENTITIES:]
    text = " ".join("/".join(map(str, asdict(one).values())) for one in parts)
    set_meta(connection, _key(folder), text)


def _key(folder: str) -> str:
    return _FOLDER + os.fsencode(folder).decode("utf-8", "backslashreplace")
