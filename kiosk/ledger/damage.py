"""Is this database what we wrote? SQLite's own check, every row's seal, the pictures that wait."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from kiosk.errors import LedgerError
from kiosk.ledger.database import (
    DATABASE_ERRORS,
    SCHEMA_VERSION,
    check_version,
    close_untouched,
    connect,
    create_schema,
    is_failed_sync,
    ledger_error,
    our_schema,
    schema_of,
    schema_version,
)
from kiosk.ledger.pictures import unsound_waiting
from kiosk.ledger.rows import columns_of, is_sound, tables_of
from kiosk.ledger.trust import leave_mark

# What SQLite says of a file that is not as it was written; everything else (a full disk, no
# permission, a busy file) is no reason to set a database aside. Our statements are constants, so
# the general SQLITE_ERROR ("no such table", "unsupported file format") is the file's fault, too.
_DAMAGE = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR})
_DAMAGE_EXTENDED = frozenset({sqlite3.SQLITE_IOERR_READ, sqlite3.SQLITE_IOERR_SHORT_READ})

_MAGIC = b"SQLite format 3\x00"


def open_if_sound(path: Path) -> tuple[sqlite3.Connection | None, str | None]:
    """Open the ledger at ``path`` (an empty file becomes a new one) if all of it is sound.

    A sound ledger of an earlier version is brought up to date: checked first, as what it was.

    Returns the connection, or None and what is wrong. Raises LedgerError where the file cannot
    be used for a reason that is not damage.
    """
    # SQLite takes a file of a few bytes for an empty database, and would write over it.
    with path.open("rb") as file:
        magic = file.read(len(_MAGIC))
    # Where the very first page was being written there is a journal that takes it back.
    is_begun = path.with_name(f"{path.name}-journal").exists()
    if magic and magic != _MAGIC and not is_begun:
        return None, "the file is no SQLite database"
    try:
        connection = connect(path)
    except DATABASE_ERRORS as error:
        if is_failed_sync(error):
            leave_mark(path.parent, str(ledger_error(error, path)))
        return None, _damage_in(error, path)
    try:
        if _is_new(connection):
            create_schema(connection)
            return connection, None
        damage = _find_damage(connection)
        if damage is None:
            create_schema(connection)
            return connection, None
    except DATABASE_ERRORS as error:
        if is_failed_sync(error):
            leave_mark(path.parent, str(ledger_error(error, path)))
        _let_go(connection, path)
        return None, _damage_in(error, path)
    except LedgerError:
        _let_go(connection, path)
        raise
    _let_go(connection, path)
    return None, damage


def lenient(connection: sqlite3.Connection) -> None:
    """Let damaged text come out as something, for its seal to refuse."""
    connection.text_factory = lambda data: data.decode("utf-8", "replace")


def _let_go(connection: sqlite3.Connection, path: Path) -> None:
    """Close what is not to be used; its log stays beside it, as evidence and unsynced."""
    close_untouched(connection, path)
    connection.close()  # where the tables cannot even be looked at


def _is_new(connection: sqlite3.Connection) -> bool:
    if schema_version(connection):
        return False
    pages = connection.execute("PRAGMA page_count").fetchone()[0]
    tables = connection.execute("SELECT COUNT(*) FROM sqlite_schema").fetchone()[0]
    return bool(pages <= 1 and not tables)  # one page: a start that was cut short


def _find_damage(connection: sqlite3.Connection) -> str | None:
    check_version(connection)
    version = schema_version(connection)
    # Not quick_check: that believes the indexes, and a row that an index has lost is never sent.
    verdict = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
    if verdict != "ok":
        return str(verdict)
    if version > SCHEMA_VERSION or schema_of(connection) != our_schema(version):
        return "the tables are not those of the ledger"
    return next(_unsound_rows(connection, version), None)


def _unsound_rows(connection: sqlite3.Connection, version: int) -> Iterator[str]:
    for table in ("meta", *tables_of(version)):
        columns = columns_of(table)
        sql = f"SELECT {columns} FROM {table}"  # noqa: S608 - our own names
        with closing(connection.execute(sql)) as rows:
            yield from (f"a row of {table} fails its checksum" for row in rows if not is_sound(row))
    yield from unsound_waiting(connection)


def _damage_in(error: Exception, path: Path) -> str:
    if isinstance(error, UnicodeDecodeError):
        return "the names of the tables are damaged"
    code = getattr(error, "sqlite_errorcode", None)
    if code is None:  # the module's own: a text is not UTF-8
        return f"a text is damaged: {error}"
    if code & 0xFF in _DAMAGE or code in _DAMAGE_EXTENDED:
        return str(error)
    raise ledger_error(error, path) from error
