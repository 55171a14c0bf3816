"""One SQLite connection behind one lock: every pragma with its reason, errors in our words."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from urllib.parse import quote

from kiosk.errors import LedgerError, LedgerFullError, StorageError
from kiosk.ledger.files import is_full
from kiosk.ledger.trust import Trust

# One script for each version, each adding to what those before it made: a ledger from the field is
# brought up to date by the rest of them. A script that a release has shipped is never changed.
_SCRIPTS = ("schema.sql", "schema-2.sql", "schema-3.sql", "schema-4.sql")
SCHEMA_VERSION = len(_SCRIPTS)

# Readers (queue list, the web page) never block the lane, and a commit is one fsync.
_WAL = "PRAGMA journal_mode = WAL"
_PRAGMAS = (
    # Every COMMIT is fsynced before it returns: what the station called saved survives a power
    # cut. NORMAL would lose the last commits with the power, and with them a point of no return.
    "PRAGMA synchronous = FULL",
    # Off by default in SQLite; an attempt without its submission is a bug.
    "PRAGMA foreign_keys = ON",
    # SQLite's own checkpoints keep a failed fsync to themselves and try again: see Database.
    "PRAGMA wal_autocheckpoint = 0",
    # A burst (pruning, a salvage) must not leave a huge WAL on a small card for ever.
    "PRAGMA journal_size_limit = 4194304",
    # Sorting needs no files on the SD card.
    "PRAGMA temp_store = MEMORY",
    # Find a damaged page when it is read, not after it was written back.
    "PRAGMA cell_size_check = ON",
)
# A scan writes its pictures once, some 10 pages, and each of its steps a handful of pages more. 256
# pages (1 MiB) keep the WAL about as large as the reserve, and make a checkpoint every few scans:
# rare enough for an SD card, short enough not to be felt, and few commits stand behind a damaged
# frame. What a commit writes is learned from each checkpoint.
_WAL_PAGES = 256
_FIRST_CHECKPOINT, _RAREST_CHECKPOINT = 8, 64  # commits
# A scan has four, and somebody waits for most of them: a checkpoint that would fall among the next
# ones is made before them, while nobody does.
_AHEAD = 8  # commits
# What a power cut may undo is not synced by its own COMMIT, but by the next one that must last: the
# WAL is in order, so nothing later is on the disk without it. SQLite's NORMAL, as a number.
_LATER = 1
# A reader in another process may hold the database for the moment of a recovery.
_BUSY_S = 5.0

# What SQLite says where a file beside the database (-wal, -shm) cannot be made or grow; whether
# that was for want of room, only the file system knows.
_FOR_WANT_OF_ROOM = frozenset({sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN})

# Also where it was for want of room: what the kernel could not write it does not try again.
_FAILED_SYNC = frozenset({sqlite3.SQLITE_IOERR_FSYNC, sqlite3.SQLITE_IOERR_DIR_FSYNC})

# The sqlite3 module stumbles over its own messages where damage got into a table's name.
DATABASE_ERRORS = (sqlite3.Error, UnicodeDecodeError)


def connect(path: Path, *, mode: str = "rwc", immutable: bool = False) -> sqlite3.Connection:
    """Open ``path`` in autocommit: transactions are begun by hand, where a reader can see them.

    ``mode`` is SQLite's (``ro``, ``rw``, ``rwc``). Raises sqlite3.Error, and LedgerError where the
    database cannot be had in WAL mode.
    """
    uri = f"file:{quote(str(path.absolute()))}?mode={mode}" + ("&immutable=1" if immutable else "")
    connection = sqlite3.connect(
        uri, uri=True, timeout=_BUSY_S, isolation_level=None, check_same_thread=False
    )
    connection.row_factory = sqlite3.Row
    try:
        if mode != "ro":
            _prepare(connection, path)
    except (*DATABASE_ERRORS, LedgerError):
        connection.close()
        raise
    return connection


def _prepare(connection: sqlite3.Connection, path: Path) -> None:
    # Where the switch fails SQLite says so in its answer alone, and stays as it was.
    if connection.execute(_WAL).fetchone()[0] != "wal":
        raise LedgerError(f"{path} cannot be switched to WAL mode: the disk may be failing")
    for pragma in _PRAGMAS:
        connection.execute(pragma)


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
    code = getattr(error, "sqlite_errorcode", 0)
    if is_failed_sync(error):
        return StorageError(f"{path.name} could not be synced to the disk: it may be failing")
    code &= 0xFF
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


def is_failed_sync(error: BaseException) -> bool:
    """Tell whether SQLite says that a sync failed: the file must not be written any more."""
    return getattr(error, "sqlite_errorcode", None) in _FAILED_SYNC


def close_untouched(connection: sqlite3.Connection, path: Path) -> None:
    """Close without the checkpoint that SQLite makes when a database's last connection closes.

    It would sync the WAL once more and, being told that all is well, remove it. While another
    connection is there this is not the last one, and one that only reads makes no checkpoint.
    """
    with suppress(*DATABASE_ERRORS), closing(connect(path, mode="ro")) as reader:
        reader.execute("SELECT COUNT(*) FROM sqlite_schema").fetchone()
        connection.close()


def _synchronous(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA synchronous").fetchone()[0])


class Database:
    """A connection for all threads of the process, used by one at a time.

    After a failed sync it is never written again (see trust.py): every further transaction raises
    StorageError.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._path = Path(connection.execute("PRAGMA database_list").fetchone()["file"])
        # As connect() has set it, and as it is now.
        self._lasting = self._synchronous = _synchronous(connection)
        self._commits = 0  # since the last checkpoint
        self._checkpoint_every = _FIRST_CHECKPOINT
        self.trust = Trust(self._path)
        self.lock = threading.RLock()

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Give the connection for reading."""
        with self.lock, ledger_errors(self._path):
            yield self._connection

    @contextmanager
    def writing(self, *, lasting: bool = True) -> Iterator[sqlite3.Connection]:
        """Give the connection inside one transaction: COMMIT at the end, ROLLBACK on any error.

        Unless it is ``lasting`` a power cut before the next one that is may undo it.
        """
        with self.lock, ledger_errors(self._path):
            self.trust.check()
            try:
                yield self._begun(lasting=lasting)
                self._connection.execute("COMMIT")
            except BaseException as error:
                self._judge(error)
                # SQLite has rolled back by itself after some errors (full disk, input/output).
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise
            self._commits += 1
            if self._commits >= self._checkpoint_every:
                self._checkpoint()

    def rest(self) -> None:
        """Make a checkpoint that is due soon: now nobody waits for a commit, or for the display.

        The caller holds the lock.
        """
        due = self._commits + _AHEAD >= self._checkpoint_every
        if self._commits and due and self.trust.lost is None:
            self._checkpoint()

    def is_on(self, device: int) -> bool:
        """Tell whether the database lies on the device of that number (st_dev)."""
        try:
            return self._path.stat().st_dev == device
        except OSError:
            return False

    def close(self) -> None:
        """Close the connection; a second call does nothing."""
        with self.lock, ledger_errors(self._path):
            if self._commits and self.trust.lost is None:
                self._checkpoint()
            if self.trust.lost is None:
                self._connection.close()
            else:
                close_untouched(self._connection, self._path)

    def _begun(self, *, lasting: bool) -> sqlite3.Connection:
        wanted = self._lasting if lasting else min(self._lasting, _LATER)
        if wanted != self._synchronous:
            self._connection.execute(f"PRAGMA synchronous = {wanted}")
            self._synchronous = wanted
        self._connection.execute("BEGIN IMMEDIATE")
        return self._connection

    def _judge(self, error: BaseException) -> None:
        if is_failed_sync(error):
            self.trust.lose(str(error))

    def _checkpoint(self) -> None:
        """Bring the WAL's pages into the database; what was committed is safe without it.

        On a full disk it can wait. A failed sync is found by whoever writes next.
        """
        commits, self._commits = self._commits, 0
        try:
            pages = self._connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()[1]
        except DATABASE_ERRORS as error:
            self._judge(error)
            return
        fitting = _WAL_PAGES * commits // max(pages, 1)
        self._checkpoint_every = min(max(fitting, 1), _RAREST_CHECKPOINT)
