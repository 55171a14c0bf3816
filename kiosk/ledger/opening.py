"""Opening what a state directory holds, also on a full disk."""

from contextlib import ExitStack
from pathlib import Path

from kiosk.clock import Clock
from kiosk.errors import LedgerFullError
from kiosk.ledger.database import Database
from kiosk.ledger.recover import Opened, open_database
from kiosk.ledger.reserve import Reserve
from kiosk.ledger.spent import SpentLog
from kiosk.ledger.writer import Writer


def open_writer(state_dir: Path, clock: Clock, closing: ExitStack) -> tuple[Writer, Opened]:
    """Open the spent log and the database; ``closing`` gets what closes them.

    The caller holds the lock. SQLite needs some room only to open a database that was closed
    cleanly (its -shm file). On a full disk the reserve gives it: a lane that runs, refuses scans
    and says why, helps more than one that does not start. Raises LedgerError.
    """
    reserve = Reserve(state_dir / "reserve")
    spent = SpentLog.open(state_dir / "spent.log")
    closing.callback(spent.close)
    path = state_dir / "ledger.sqlite"
    try:
        opened = open_database(path)
    except LedgerFullError:
        reserve.release()
        opened = open_database(path)
    database = Database(opened.connection)
    closing.callback(database.close)
    return Writer(database, spent, reserve, clock), opened
