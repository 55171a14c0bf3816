"""The edges of the ledger's small rules: where one more or one less makes the difference."""

import datetime as dt
import errno
import io
import os
import sqlite3
import stat
import threading
import time
from contextlib import closing
from pathlib import Path

import pytest
from ledger_makers import (
    DOUBT,
    NEVER_SENT,
    VIN_A,
    a_scan,
    a_submission,
    accept,
    claim,
    open_ledger,
    put,
    send,
    success,
)
from spent_reader import parse_log

from kiosk.clock import ManualClock
from kiosk.errors import LedgerError, LedgerFullError, StorageError
from kiosk.ledger import files, spent_lines
from kiosk.ledger.ageing import Aged
from kiosk.ledger.arrows import ARROWS, By
from kiosk.ledger.database import connect, is_failed_sync, ledger_error
from kiosk.ledger.moment import start_of_day
from kiosk.ledger.numbers import Numbers
from kiosk.ledger.retention import Pruned, prune
from kiosk.ledger.spent_lines import Released, format_line, lines_of
from kiosk.ledger.trust import leave_mark, marked
from kiosk.model import Accepted, AlreadyScanned, State


def opened_by_us(path):
    """List our descriptors of a file."""
    links = Path("/proc/self/fd").iterdir()
    return [link for link in links if link.exists() and link.samefile(path)]


# ---- a full disk ------------------------------------------------------------------------------


def file_system(*, room=1 << 30, names=1000, names_left=10):
    """What a file system says of itself; ``room`` in bytes, in blocks of one."""
    return os.statvfs_result((4096, 1, room, room, room, names, names_left, names_left, 0, 255))


@pytest.mark.parametrize(
    ("says", "is_full"),
    [
        (file_system(), False),
        (file_system(room=(64 << 10) - 1), True),
        (file_system(room=64 << 10), False),
        (file_system(names_left=0), True),
        (file_system(names_left=1), False),
        (file_system(names=1, names_left=0), True),
        (file_system(names=0, names_left=0), False),  # btrfs counts none
    ],
)
def test_a_disk_is_full_without_room_or_without_names(monkeypatch, tmp_path, says, is_full):
    monkeypatch.setattr(os, "statvfs", lambda _: says)
    assert files.is_full(tmp_path) is is_full


def test_a_disk_that_says_nothing_is_not_called_full(tmp_path):
    assert files.is_full(tmp_path / "gone") is False


# ---- SQLite's words ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (sqlite3.SQLITE_IOERR_FSYNC, StorageError),
        (sqlite3.SQLITE_IOERR_DIR_FSYNC, StorageError),
        (sqlite3.SQLITE_FULL, LedgerFullError),
        (sqlite3.SQLITE_IOERR_WRITE, LedgerError),
        (None, LedgerError),
    ],
)
def test_a_failed_sync_is_told_from_other_errors(tmp_path, code, kind):
    error = sqlite3.OperationalError("disk I/O error")
    if code is not None:
        error.sqlite_errorcode = code
    assert type(ledger_error(error, tmp_path / "ledger.sqlite")) is kind
    assert is_failed_sync(error) is (kind is StorageError)


def test_a_file_that_is_no_database_is_not_held_open(tmp_path):
    path = tmp_path / "ledger.sqlite"
    path.write_bytes(b"nothing that SQLite knows" * 100)
    with pytest.raises(sqlite3.DatabaseError) as caught:
        connect(path)
    assert caught.traceback, "its frames keep what they did not close"
    assert opened_by_us(path) == []


def test_a_ledger_that_was_vacuumed_is_not_taken_for_damaged(ledger, state_dir, clock, tmp_path):
    """As a backup by VACUUM INTO is: the tables stand in another order then."""
    accept(ledger, "one", VIN_A)
    ledger.close()
    path = state_dir / "ledger.sqlite"
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("VACUUM INTO ?", (str(tmp_path / "backup"),))
        order = connection.execute("SELECT name FROM sqlite_schema").fetchall()
    path.write_bytes((tmp_path / "backup").read_bytes())
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT name FROM sqlite_schema").fetchall() != order
    with open_ledger(state_dir, clock) as again:
        assert again.start_report.damaged is None
        assert len(again.submissions()) == 1


# ---- what is on the disk ------------------------------------------------------------------------


def test_what_cannot_be_opened_is_told_as_the_ledgers_error(state_dir, clock):
    (state_dir / "ledger.sqlite").mkdir(parents=True)
    with pytest.raises(LedgerError, match="cannot open the ledger"):
        open_ledger(state_dir, clock)


def test_names_that_cannot_be_made_durable_stop_the_start(ledger, state_dir, clock, monkeypatch):
    ledger.close()
    sync = os.fsync

    def refuses_folders(descriptor):
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            raise OSError(errno.EIO, "Input/output error")
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", refuses_folders)
    with pytest.raises(StorageError, match="cannot sync"):
        open_ledger(state_dir, clock)


def test_a_mark_takes_the_place_of_an_older_one_and_is_closed(tmp_path):
    leave_mark(tmp_path, "the long story of a disk that failed a long time ago")
    leave_mark(tmp_path, "again")
    assert marked(tmp_path) == "again"
    assert opened_by_us(tmp_path / "storage-failed") == []


def test_a_file_of_numbers_that_was_given_up_is_not_written_again(tmp_path):
    path = tmp_path / "numbers"
    with closing(Numbers.open(path)) as numbers:
        numbers.mark(1)
        numbers.trust.lose("it may be failing")
        before = path.read_bytes()
        for number in (1, 2):
            with pytest.raises(StorageError):
                numbers.mark(number)
        assert path.read_bytes() == before


# ---- the spent log's lines --------------------------------------------------------------------


def test_a_torn_end_begins_behind_the_last_whole_line():
    entry = Released("a" * 64, "maria", "why", spent_lines._UNKNOWN)
    line = format_line(entry)
    parsed = parse_log(line + b"damaged\n" + line[:20])
    assert (parsed.entries, parsed.damaged) == ((entry,), 1)
    assert parsed.good_bytes == len(line) + len(b"damaged\n")


def test_a_line_longer_than_any_is_read_in_pieces_that_end(monkeypatch):
    monkeypatch.setattr(spent_lines, "_LONGEST_LINE", 8)
    read = list(lines_of(io.BytesIO(b"1234567\n" + b"abcdefghijk\n" + b"torn")))
    assert read == [b"1234567\n", b"abcdefg\n", b"ijk\n", b"torn"]


# ---- time ---------------------------------------------------------------------------------------


@pytest.fixture(params=["UTC", "America/New_York", "Asia/Kathmandu", "America/Havana"])
def zone(request, monkeypatch):
    monkeypatch.setenv("TZ", request.param)
    time.tzset()
    yield request.param
    monkeypatch.undo()
    time.tzset()


def test_a_day_begins_at_midnight_to_the_second(zone):
    for month in range(1, 13):
        noon = dt.datetime(2026, month, 9, 12, 34, 56, 789).astimezone()
        begun = dt.datetime.fromtimestamp(start_of_day(noon.timestamp())).astimezone()
        assert (begun.date(), begun.time()) == (noon.date(), dt.time())
        assert start_of_day(begun.timestamp()) == begun.timestamp()
        assert start_of_day(begun.timestamp() - 1) < begun.timestamp() - 80_000


def test_how_long_an_attempt_took_is_told(ledger, clock):
    accept(ledger, "one", VIN_A)
    claimed = claim(ledger)
    clock.advance(3)
    ledger.settle(claimed, NEVER_SENT)
    assert ledger.attempts_of(1)[0].took_s == 3.0


def test_the_time_is_told_to_one_at_a_time(state_dir):
    """What tells it keeps what it knows: two threads there would spoil that."""

    class Watched(ManualClock):
        lock = None
        alone = True

        def monotonic(self):
            if self.lock is not None:
                asked = threading.Thread(target=self._try_the_lock)
                asked.start()
                asked.join()
            return super().monotonic()

        def _try_the_lock(self):
            if self.lock.acquire(blocking=False):
                self.lock.release()
                self.alone = False

    clock = Watched()
    with open_ledger(state_dir, clock) as ledger:
        clock.lock = ledger._database.lock
        ledger.prune(30, 400)
        ledger.sightings.leave(VIN_A)
        assert clock.alone
        clock.lock = None


# ---- who answers for whom -----------------------------------------------------------------------


def seen_and_scanned_again(ledger, clock, *, after_s):
    """Scan a VIN that stays in view, and once more, as another picture."""
    first = a_submission("one", VIN_A)
    ledger.enqueue(a_scan(first), first, in_view=True)
    clock.advance(after_s)
    return put(ledger, "two", VIN_A)


def test_without_a_window_even_what_is_in_view_is_scanned_again(state_dir, clock):
    with open_ledger(state_dir, clock, rescan_window_s=0) as ledger:
        assert isinstance(seen_and_scanned_again(ledger, clock, after_s=5), Accepted)


def test_in_a_short_window_what_is_in_view_is_not_scanned_again(state_dir, clock):
    with open_ledger(state_dir, clock, rescan_window_s=1) as ledger:
        assert isinstance(seen_and_scanned_again(ledger, clock, after_s=5), AlreadyScanned)


@pytest.mark.parametrize("lost", ["spent.log", None])
def test_what_was_given_up_after_a_doubt_still_answers_for_its_picture(
    ledger, state_dir, clock, lost
):
    """By its own row where the spent log is gone."""
    accept(ledger, "one")
    send(ledger, DOUBT)
    ledger.drop(1, "maria")
    ledger.close()
    if lost:
        (state_dir / lost).unlink()
    clock.advance(3600)
    with open_ledger(state_dir, clock) as again:
        assert isinstance(put(again, "one"), AlreadyScanned)


def test_what_was_given_up_by_a_restored_database_is_told_by_the_spent_log(
    ledger, state_dir, clock
):
    accept(ledger, "one")
    ledger.close()
    before = (state_dir / "ledger.sqlite").read_bytes()
    with open_ledger(state_dir, clock) as later:
        send(later, DOUBT)
    (state_dir / "ledger.sqlite").write_bytes(before)
    clock.advance(3600)
    with open_ledger(state_dir, clock) as restored:
        restored.drop(1, "maria")
        again = put(restored, "one")
        assert isinstance(again, AlreadyScanned)
        assert again.earlier.id == 1


def test_what_may_have_cost_a_credit_is_said_of_exactly_those_steps():
    """All that follow the point of no return but a person's, and a key 29 before it."""
    after_the_tail = {
        (arrow.start, arrow.end, arrow.by) for arrow in ARROWS if arrow.start is State.COMMITTED
    }
    early = {(State.SENDING, State.QUEUED, By.ATTEMPT)}
    told = {(arrow.start, arrow.end, arrow.by) for arrow in ARROWS if arrow.may_cost}
    assert told == after_the_tail | early


# ---- forgetting ---------------------------------------------------------------------------------

DAY = 86_400.0


@pytest.mark.parametrize("proven", [True, False])
def test_what_has_no_date_never_grows_old(ledger, state_dir, clock, proven):
    accept(ledger, "one", VIN_A)
    send(ledger, success())
    ledger.close()
    now = clock.wall() + 1000 * DAY
    age = Aged("b", 10.0, now, ((now, 99),), proven=proven)
    with closing(connect(state_dir / "ledger.sqlite")) as connection:
        connection.execute("UPDATE submissions SET clock_set = 0, wall = 0")
        connection.execute("UPDATE scans SET clock_set = 0, wall = 0")
        assert prune(connection, 30, 400, age) == Pruned(0, 0)


def test_a_crop_without_its_strip_is_forgotten_and_once_only(ledger, clock):
    new = a_submission("one", VIN_A)
    bare = a_submission("one", VIN_A, crop=type(new.crop)(new.crop.data, 300, 40, "png"))
    ledger.enqueue(a_scan(bare), bare)
    send(ledger, success())
    accept(ledger, "young", consent=True)
    clock.advance(31 * DAY)
    accept(ledger, "younger", consent=True)
    send(ledger, success())
    assert ledger.prune(30, 400) == Pruned(1, 0)
    assert ledger.prune(30, 400).is_last
    assert [bool(ledger.crop_of(number)) for number in (1, 2, 3)] == [False, True, True]
