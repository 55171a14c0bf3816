"""Looking at a ledger from beside: read-only, without the lock, daemon running or not."""

import sqlite3
from pathlib import Path
from typing import Self

from kiosk.clock import Clock, SystemClock
from kiosk.errors import LedgerError, LedgerFullError, UsageError
from kiosk.ledger.database import DATABASE_ERRORS, Database, check_version, connect, ledger_error
from kiosk.ledger.dating import Dating
from kiosk.ledger.moment import Moment
from kiosk.ledger.reads import LedgerReads

_NOT_WRITABLE = frozenset({sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY})


class LedgerView(LedgerReads):
    """A read-only ledger. A context manager; usable from several threads."""

    @classmethod
    def open(cls, state_dir: Path, clock: Clock | None = None) -> Self:
        """Open the ledger in ``state_dir`` for reading.

        Raises UsageError where there is none yet, LedgerError where it cannot be read.
        """
        path = state_dir / "ledger.sqlite"
        try:
            if not path.exists():
                raise UsageError(f"there is no ledger in {state_dir} yet: has the lane ever run?")
            connection = _open(path)
        except PermissionError as error:
            raise LedgerError(f"no permission to read {path}") from error
        return cls(Database(connection), clock or SystemClock())

    def believed_time(self) -> Moment:
        """Tell the time as a lane that starts now would believe it (decision 15)."""
        with self._database.reading() as connection:
            return Dating(self._clock, connection).now()

    def close(self) -> None:
        """Close the ledger; a second call does nothing."""
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _open(path: Path) -> sqlite3.Connection:
    try:
        return _checked(connect(path, mode="ro"))
    except sqlite3.OperationalError as error:
        _check_at_rest(path, error)
    except DATABASE_ERRORS as error:
        raise ledger_error(error, path) from error
    try:
        return _checked(connect(path, mode="ro", immutable=True))
    except DATABASE_ERRORS as error:
        raise ledger_error(error, path) from error


def _check_at_rest(path: Path, error: sqlite3.OperationalError) -> None:
    """Raise what ``error`` means, unless the ledger can be read all the same.

    To read a WAL database SQLite must write its -shm file. Who may not write there, or finds no
    room, can still read a ledger that nobody has open: then there is no WAL, and nothing changes.
    """
    meant = ledger_error(error, path)
    wal = path.with_name(f"{path.name}-wal")
    if isinstance(meant, LedgerFullError):
        if wal.exists() and wal.stat().st_size:
            raise meant from error
        return
    if error.sqlite_errorcode & 0xFF not in _NOT_WRITABLE:
        raise meant from error
    if wal.exists():
        raise LedgerError(
            f"no permission to read {path} beside the running lane: use the lane's user"
        ) from error


def _checked(connection: sqlite3.Connection) -> sqlite3.Connection:
    """Give the connection back if our tables are in it."""
    try:
        check_version(connection)
        connection.execute("SELECT COUNT(*) FROM meta").fetchone()
    except (*DATABASE_ERRORS, LedgerError):
        connection.close()
        raise
    return connection
