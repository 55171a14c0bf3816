"""One SQLite connection behind one lock: every pragma with its reason, errors in our words."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import quote

from kiosk.errors import LedgerError, LedgerFullError
from kiosk.ledger.files import is_full

# One script for each version, each adding to what those before it made: a ledger from the field is
# brought up to date by the rest of them. A script that a release has shipped is never changed.
_SCRIPTS = ("schema.sql", "schema-2.sql", "schema-3.sql")
SCHEMA_VERSION = len(_SCRIPTS)

_PRAGMAS = (
    # Readers (queue list, the web page) never block the lane, and a commit is one fsync.
    "PRAGMA journal_mode = WAL",
    # Every COMMIT is fsynced before it returns: what the station called saved survives a power
    # cut. NORMAL would lose the last commits with the power, and with them a point of no return.
    "PRAGMA synchronous = FULL",
    # Off by default in SQLite; an attempt without its submission is a bug.
    "PRAGMA foreign_keys = ON",
    # A transition rewrites its row with the picture, some 10 pages. 256 pages (1 MiB) keep the WAL
    # about as large as the reserve, and make a checkpoint every dozen scans: rare enough for an SD
    # card, short enough not to be felt.
    "PRAGMA wal_autocheckpoint = 256",
    # A burst (pruning, a salvage) must not leave a huge WAL on a small card for ever.
    "PRAGMA journal_size_limit = 4194304",
    # Sorting needs no files on the SD card.
    "PRAGMA temp_store = MEMORY",
    # Find a damaged page when it is read, not after it was written back.
    "PRAGMA cell_size_check = ON",
)
# A reader in another process may hold the database for the moment of a recovery.
_BUSY_S = 5.0

# What SQLite says where a file beside the database (-wal, -shm) cannot be made or grow; whether
# that was for want of room, only the file system knows.
_FOR_WANT_OF_ROOM = frozenset({sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN})

# The sqlite3 module stumbles over its own messages where damage got into a table's name.
DATABASE_ERRORS = (sqlite3.Error, UnicodeDecodeError)


def connect(path: Path, *, mode: str = "rwc", immutable: bool = False) -> sqlite3.Connection:
    """Open ``path`` in autocommit: transactions are begun by hand, where a reader can see them.

    ``mode`` is SQLite's (``ro``, ``rw``, ``rwc``). Raises sqlite3.Error.
    """
    uri = f"file:{quote(str(path.absolute()))}?mode={mode}" + ("&immutable=1" if immutable else "")
    connection = sqlite3.connect(
        uri, uri=True, timeout=_BUSY_S, isolation_level=None, check_same_thread=False
    )
    connection.row_factory = sqlite3.Row
    try:
        if mode != "ro":
            for pragma in _PRAGMAS:
                connection.execute(pragma)
    except DATABASE_ERRORS:
        connection.close()
        raise
    return connection


def create_schema(connection: sqlite3.Connection, version: int = SCHEMA_VERSION) -> None:
    """Bring the tables from the version they have (0: none) to ``version``, all or nothing."""
    scripts = _SCRIPTS[schema_version(connection) : version]
    if not scripts:
        return
    folder = Path(__file__).parent
    statements = "\n".join((folder / name).read_text("utf-8") for name in scripts)
    try:
        connection.executescript(
            f"BEGIN IMMEDIATE;\n{statements}\nPRAGMA user_version = {version};\nCOMMIT;"
        )
    except DATABASE_ERRORS:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def schema_of(connection: sqlite3.Connection) -> list[str | None]:
    """Return the statements that made the tables and indexes."""
    rows = connection.execute("SELECT sql FROM sqlite_schema ORDER BY name").fetchall()
    return [row[0] for row in rows]


def schema_version(connection: sqlite3.Connection) -> int:
    """Return the version of the tables; 0 where there are none yet."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def check_version(connection: sqlite3.Connection) -> None:
    """Raise LedgerError where a newer program made the ledger.

    A version that is belied by tables which are exactly ours is damage: each version adds some.
    """
    version = schema_version(connection)
    if version > SCHEMA_VERSION and schema_of(connection) != our_schema():
        raise LedgerError(
            f"the ledger has version {version}, this program knows {SCHEMA_VERSION}: update it"
        )


def our_schema(version: int = SCHEMA_VERSION) -> list[str | None]:
    """Return what `schema_of` gives for a sound ledger of a version."""
    with closing(sqlite3.connect(":memory:")) as pattern:
        create_schema(pattern, version)
        return schema_of(pattern)


def ledger_error(error: Exception, path: Path) -> LedgerError:
    """Turn SQLite's error about the database at ``path`` into ours."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code == sqlite3.SQLITE_FULL or (code in _FOR_WANT_OF_ROOM and is_full(path.parent)):
        return LedgerFullError("the disk is full: the ledger wrote nothing. Free some space")
    return LedgerError(f"the ledger cannot be used: {error}")


@contextmanager
def ledger_errors(path: Path) -> Iterator[None]:
    """Raise SQLite's errors about ``path`` as LedgerError or LedgerFullError."""
    try:
        yield
    except DATABASE_ERRORS as error:
        raise ledger_error(error, path) from error


class Database:
    """A connection for all threads of the process, used by one at a time."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._path = Path(connection.execute("PRAGMA database_list").fetchone()["file"])
        self.lock = threading.RLock()

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Give the connection for reading."""
        with self.lock, ledger_errors(self._path):
            yield self._connection

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Give the connection inside one transaction: COMMIT at the end, ROLLBACK on any error."""
        with self.lock, ledger_errors(self._path):
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            except BaseException:
                # SQLite has rolled back by itself after some errors (full disk, input/output).
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise

    def is_on(self, device: int) -> bool:
        """Tell whether the database lies on the device of that number (st_dev)."""
        try:
            return self._path.stat().st_dev == device
        except OSError:
            return False

    def close(self) -> None:
        """Close the connection; a second call does nothing."""
        with self.lock, ledger_errors(self._path):
            self._connection.close()
