"""Opening the database at start: checked, and if damaged set aside and salvaged.

A damaged database is never deleted. The steps survive a crash between any two of them:

1. ``ledger.sqlite`` (then its WAL) is renamed to ``ledger.sqlite.salvaging``
2. the sound rows go into ``ledger.sqlite.new``, which is closed and synced
3. ``.new`` is renamed to ``ledger.sqlite``
4. ``.salvaging`` is renamed to ``ledger.sqlite.damaged-TIME``
"""

import os
import sqlite3
import time
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

from kiosk.errors import LedgerError
from kiosk.ledger.damage import open_if_sound
from kiosk.ledger.database import (
    DATABASE_ERRORS,
    check_version,
    connect,
    create_schema,
    ledger_errors,
)
from kiosk.ledger.file_rows import mark_in_doubt
from kiosk.ledger.files import file_error, open_private, sync_directory
from kiosk.ledger.salvage import salvage


@dataclass(frozen=True, slots=True)
class Opened:
    """An open, sound database, and what had to be done for it."""

    connection: sqlite3.Connection
    damaged: str | None = None  # what was wrong, and where the damaged file lies now
    salvaged: int = 0  # submissions taken over from it


def open_database(path: Path) -> Opened:
    """Open ``path``, creating or salvaging it as needed. Raises LedgerError."""
    try:
        return _open(path)
    except OSError as error:
        raise file_error(f"cannot open the ledger {path}", error) from error


def _open(path: Path) -> Opened:
    if _salvaging(path).exists():
        return _finish(path, "a salvage was interrupted")
    os.close(open_private(path, os.O_RDWR))
    connection, damage = open_if_sound(path)
    if connection is not None:
        return Opened(connection)
    _set_aside(path)
    return _finish(path, damage or "damaged")


def _salvaging(path: Path) -> Path:
    return path.with_name(f"{path.name}.salvaging")


def _set_aside(path: Path) -> None:
    if path.exists():
        path.rename(_salvaging(path))
    _rename_beside(path, _salvaging(path))
    sync_directory(path.parent)


def _finish(path: Path, damage: str) -> Opened:
    salvaged = 0
    if not path.exists():
        _set_aside(path)  # a crash may have left the WAL behind
        salvaged = _rebuild(path)
    name = _keep_aside(path)
    connection, damage_again = open_if_sound(path)
    if connection is None:
        raise LedgerError(
            f"the salvaged ledger {path} is damaged again ({damage_again}): "
            "the storage cannot be trusted, replace it"
        )
    return Opened(connection, f"{damage}; the damaged file is kept as {name}", salvaged)


def _rebuild(path: Path) -> int:
    _check_not_newer(_salvaging(path))
    fresh = path.with_name(f"{path.name}.new")
    for leftover in path.parent.glob(f"{fresh.name}*"):
        leftover.unlink()
    os.close(open_private(fresh, os.O_RDWR))
    with ledger_errors(fresh), closing(connect(fresh)) as connection:
        create_schema(connection)
        connection.execute("BEGIN IMMEDIATE")
        salvaged = salvage(_salvaging(path), connection)
        mark_in_doubt(connection)
        connection.execute("COMMIT")
        # Closing would do the same and keep its failure to itself. Now the one file holds
        # everything, synced, and closing removes an empty WAL.
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    fresh.rename(path)
    sync_directory(path.parent)
    return salvaged


def _check_not_newer(salvaging: Path) -> None:
    """Raise LedgerError where a newer program left a salvage unfinished: we know not all of it."""
    with suppress(*DATABASE_ERRORS), closing(connect(salvaging, mode="ro")) as connection:
        check_version(connection)


def name_aside(path: Path) -> Path:
    """Return a free name beside ``path`` for a file of that name that is kept as evidence."""
    stamp = time.strftime("%Y%m%dT%H%M%S", time.gmtime())
    names = [
        f"{path.name}.damaged-{stamp}{more}" for more in ("", *(f"-{n}" for n in range(2, 99)))
    ]
    return next(path.with_name(name) for name in names if not path.with_name(name).exists())


def _keep_aside(path: Path) -> str:
    target = name_aside(path)
    _rename_beside(_salvaging(path), target)
    _salvaging(path).rename(target)
    sync_directory(path.parent)
    return target.name


def _rename_beside(source: Path, target: Path) -> None:
    """Let a database's WAL follow it under its new name; its -shm is only a cache of that."""
    wal = source.with_name(f"{source.name}-wal")
    if wal.exists():
        wal.rename(target.with_name(f"{target.name}-wal"))
    source.with_name(f"{source.name}-shm").unlink(missing_ok=True)
