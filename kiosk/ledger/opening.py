"""Opening what a state directory holds, also on a full disk and after a failed sync."""

import sqlite3
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from kiosk.clock import Clock
from kiosk.errors import LedgerFullError
from kiosk.ledger.database import Database
from kiosk.ledger.file_rows import mark_in_doubt
from kiosk.ledger.files import file_error, sync_directory
from kiosk.ledger.moment import Moment
from kiosk.ledger.numbers import Numbers
from kiosk.ledger.pauses import set_pause
from kiosk.ledger.recover import Opened, name_aside, open_database
from kiosk.ledger.reserve import Reserve
from kiosk.ledger.retention import pruned_to
from kiosk.ledger.spent import SpentLog, go_on_in_a_fresh_file
from kiosk.ledger.store import get_meta, last_seq, raise_last_seq, set_meta
from kiosk.ledger.trust import clear_mark, forget_cached, marked
from kiosk.ledger.writer import Writer
from kiosk.model import PauseReason

T = TypeVar("T")

_DATABASE = "ledger.sqlite"
_SPENT = "spent.log"
_NUMBERS = "numbers"
_DAMAGED_LINES = "damaged_lines"  # of the spent log, that a person was told of


def open_writer(state_dir: Path, clock: Clock, closing: ExitStack) -> tuple[Writer, Opened]:
    """Open the spent log, the numbers and the database; ``closing`` gets what closes them.

    The caller holds the lock. SQLite needs some room only to open a database that was closed
    cleanly (its -shm file). On a full disk the reserve gives it: a lane that runs, refuses scans
    and says why, helps more than one that does not start. What gives reason to doubt the disk
    pauses the queue until a person resumes it. Raises LedgerError.
    """
    reserve = Reserve(state_dir / "reserve")
    distrust = marked(state_dir)
    if distrust is not None:
        _with_room(reserve, lambda: _read_from_the_disk(state_dir))
    spent = SpentLog.open(state_dir / _SPENT)
    closing.callback(spent.close)
    numbers = Numbers.open(state_dir / _NUMBERS)
    closing.callback(numbers.close)
    opened = _with_room(reserve, lambda: open_database(state_dir / _DATABASE))
    database = Database(opened.connection)
    closing.callback(database.close)
    _keep_names(state_dir)
    writer = Writer(database, spent, numbers, reserve, clock)
    opened = replace(opened, damaged=_compare(writer, opened, distrust))
    clear_mark(state_dir)
    return writer, opened


def _with_room(reserve: Reserve, act: Callable[[], T]) -> T:
    try:
        return act()
    except LedgerFullError:
        reserve.release()
        return act()


def _keep_names(state_dir: Path) -> None:
    """Make all names durable: an earlier start may have failed to, and SQLite says nothing then."""
    try:
        sync_directory(state_dir)
    except OSError as error:
        raise file_error(f"cannot sync {state_dir}", error) from error


def _read_from_the_disk(state_dir: Path) -> None:
    """Believe nothing that only the page cache says, and leave the file that could not be synced.

    The database goes on in its file: every page of it is read and checked, from the disk.
    """
    log = state_dir / _SPENT
    forget_cached(state_dir / name for name in (_SPENT, _NUMBERS, _DATABASE, f"{_DATABASE}-wal"))
    if log.exists():
        go_on_in_a_fresh_file(log, name_aside(log))


def _compare(writer: Writer, opened: Opened, distrust: str | None) -> str | None:
    """Hold what was opened against each other; return all that was found damaged, in words.

    Numbers that were told and are not in the database are never given out again: its newest rows
    went with their own count. Where scans or payments may be lost the queue pauses.
    """
    told = max(writer.numbers.told, writer.spent.highest_seq)
    with writer.database.reading() as connection:
        last = last_seq(connection)
        lost = _lost(connection, told) if opened.damaged or told > last else 0
        seen_lines = int(get_meta(connection, _DAMAGED_LINES) or 0)
    findings = [distrust, opened.damaged, writer.numbers.damage]
    if told > last:
        findings.append(f"the database ends at number {last}, {told} had been given out")
    lines = writer.spent.damaged_lines
    news = lines > seen_lines  # they stay in the log for ever, and are told once
    reasons = [distrust, f"{lost} scans are lost" if lost else None, news and writer.spent.damage]
    serious = "; ".join(reason for reason in reasons if reason)

    def write(connection: sqlite3.Connection, now: Moment) -> None:
        if told > last:
            mark_in_doubt(connection)
            raise_last_seq(connection, told)
        if serious:
            set_meta(connection, _DAMAGED_LINES, str(lines))
            set_pause(connection, PauseReason.STORAGE, serious, now)

    if told > last or serious:
        writer.at_any_price(write)
    return "; ".join(finding for finding in findings if finding) or None


def _lost(connection: sqlite3.Connection, told: int) -> int:
    """Count the numbers that were given out, never pruned, and have no row."""
    first = pruned_to(connection) + 1
    sql = "SELECT COUNT(*) FROM submissions WHERE seq >= ?"
    present = int(connection.execute(sql, (first,)).fetchone()[0])
    return max(told, last_seq(connection)) - first + 1 - present
