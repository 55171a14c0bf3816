"""The file of the highest number, step by step; and that a ledger lets go of all its files."""

import errno
import os
import sqlite3
import struct
import zlib
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from ledger_makers import VIN_A, accept, open_ledger, send, success

from kiosk.errors import LedgerError, LedgerFullError
from kiosk.ledger.moment import Moment, within
from kiosk.ledger.numbers import Numbers
from kiosk.model import Crop, NewScan, NewSubmission, ScanOutcome

BLOCK = 4096


@pytest.fixture
def path(tmp_path):
    return tmp_path / "numbers"


def opened_by_us(folder):
    """List what we hold open in a folder."""
    links = [one for one in Path("/proc/self/fd").iterdir() if one.exists()]
    return [link.readlink().name for link in links if link.readlink().parent == folder]


def fails(words="Input/output error", number=errno.EIO):
    def fail(*_):
        raise OSError(number, words) if number else OSError(words)

    return fail


def test_a_number_counts_as_told_once_it_is_confirmed(path):
    with closing(Numbers.open(path)) as numbers:
        numbers.mark(1)
        assert numbers.told == 0
        numbers.confirm(1)
        assert numbers.told == 1
        after = path.read_bytes()
        numbers.confirm(1)
        numbers.mark(1)
        assert (numbers.told, path.read_bytes()) == (1, after), "nothing more to write"
        numbers.mark(2)
        assert numbers.told == 1
    with closing(Numbers.open(path)) as again:
        assert (again.highest, again.told) == (2, 1)


def record(turn, number, *, confirmed):
    content = struct.pack("<4sQQ?", b"num1", turn, number, confirmed)
    return content + zlib.crc32(content).to_bytes(4, "little")


def test_a_file_of_an_earlier_lane_is_read_as_it_was_written(path):
    newer = record(8, 42, confirmed=False)
    path.write_bytes(newer.ljust(BLOCK, b"\0") + record(7, 41, confirmed=True))
    with closing(Numbers.open(path)) as numbers:
        assert (numbers.highest, numbers.told, numbers.damage) == (42, 41, None)
        numbers.confirm(42)
    assert path.read_bytes()[BLOCK:] == record(9, 42, confirmed=True)


def test_how_well_a_time_is_known_is_kept_as_earlier_lanes_kept_it():
    when = Moment("boot-1", 5.0, 1_790_000_000.0, clock_set=True)
    kinds = [{"clock_set": False}, {}, {"at_latest": True}, {"unproven": True}]
    assert [replace(when, **kind).columns()["clock_set"] for kind in kinds] == [0, 1, 2, 3]


def test_two_records_in_a_row_lie_in_different_blocks(path):
    with closing(Numbers.open(path)) as numbers:
        numbers.mark(1)
        first = path.read_bytes()
        numbers.confirm(1)
        second = path.read_bytes()
        numbers.mark(2)
        third = path.read_bytes()

    def changed(before, after):
        pairs = zip(before.ljust(len(after), b"\0"), after, strict=True)
        return {at // BLOCK for at, (old, new) in enumerate(pairs) if old != new}

    blocks = [changed(b"", first), changed(first, second), changed(second, third)]
    assert blocks in ([{0}, {1}, {0}], [{1}, {0}, {1}])


def test_a_number_that_cannot_be_written_is_told_with_its_file(path, monkeypatch):
    with closing(Numbers.open(path)) as numbers, monkeypatch.context() as failing:
        failing.setattr(os, "pwrite", fails())
        with pytest.raises(LedgerError, match=f"cannot write {path}: Input/output error"):
            numbers.mark(1)
        failing.setattr(os, "pwrite", lambda *_: 3)
        with pytest.raises(LedgerFullError, match=f"the disk is full: cannot write {path}"):
            numbers.mark(1)
        assert numbers.highest == 0


@pytest.mark.parametrize(
    ("failure", "words"), [(fails(), "(Input/output error)"), (fails("odd", 0), "(odd)")]
)
def test_a_number_that_cannot_be_confirmed_is_the_files_last(path, monkeypatch, failure, words):
    with closing(Numbers.open(path)) as numbers:
        numbers.mark(1)
        with monkeypatch.context() as failing:
            failing.setattr(os, "pwrite", failure)
            numbers.confirm(1)
        assert words in numbers.trust.lost
        assert numbers.told == 0


def test_a_file_that_cannot_be_read_is_told_and_not_held_open(path, monkeypatch):
    Numbers.open(path).close()
    monkeypatch.setattr(os, "pread", fails())
    with pytest.raises(LedgerError, match=f"cannot read {path}: Input/output error") as told:
        Numbers.open(path)
    assert told.traceback, "its frames keep what they did not close"
    assert opened_by_us(path.parent) == []


def test_a_closed_ledger_holds_none_of_its_files(state_dir, clock):
    with open_ledger(state_dir, clock) as ledger:
        accept(ledger, "one", VIN_A)
        send(ledger, success())
        assert {"lock", "spent.log", "numbers", "ledger.sqlite"} <= set(opened_by_us(state_dir))
    assert opened_by_us(state_dir) == []


class Failing:
    """A connection that hears of checkpoints; where the disk ``fails`` they do."""

    def __init__(self, connection, *, fails):
        self._connection = connection
        self._fails = fails
        self.checkpoints = 0

    def __getattr__(self, name):
        return getattr(self._connection, name)

    def execute(self, sql, *values):
        if sql.startswith("PRAGMA wal_checkpoint"):
            self.checkpoints += 1
            if self._fails:
                error = sqlite3.OperationalError("disk I/O error")
                error.sqlite_errorcode = sqlite3.SQLITE_IOERR_FSYNC
                raise error
        return self._connection.execute(sql, *values)


def closed_with(ledger, monkeypatch, *, fails):
    heard = Failing(ledger._database._connection, fails=fails)
    monkeypatch.setattr(ledger._database, "_connection", heard)
    ledger.close()
    return heard.checkpoints


def test_a_ledger_that_was_given_up_is_closed_without_touching_it(ledger, state_dir, monkeypatch):
    accept(ledger, "one", VIN_A)
    ledger._database.trust.lose("a sync failed")
    assert closed_with(ledger, monkeypatch, fails=True) == 0
    assert opened_by_us(state_dir) == []
    assert (state_dir / "ledger.sqlite-wal").stat().st_size > 0


def test_a_sync_that_fails_as_the_ledger_is_closed_is_told_to_the_next_start(
    ledger, state_dir, clock, monkeypatch
):
    """SQLite, which would make the checkpoint by itself, keeps that to itself."""
    accept(ledger, "one", VIN_A)
    assert closed_with(ledger, monkeypatch, fails=True) == 1
    assert (state_dir / "ledger.sqlite-wal").stat().st_size > 0
    with open_ledger(state_dir, clock) as again:
        assert "could not be synced" in again.start_report.damaged
        assert len(again.submissions()) == 1


def test_a_sound_ledger_is_left_without_a_log(ledger, state_dir, monkeypatch):
    accept(ledger, "one", VIN_A)
    assert closed_with(ledger, monkeypatch, fails=False) == 1
    assert not (state_dir / "ledger.sqlite-wal").exists()


def test_large_pictures_make_the_log_no_larger(ledger, state_dir):
    """The more a scan writes, the sooner it is brought into the database."""
    size = 0
    for number in range(60):
        crop = Crop(bytes([number]) * 60_000, 300, 40, "png")
        new = NewSubmission(crop, vin=f"1M8GDM9AXKP{number:06d}", live=False)
        ledger.enqueue(NewScan("button", ScanOutcome.VIN), new)
        size = max(size, (state_dir / "ledger.sqlite-wal").stat().st_size)
    assert 1 << 19 < size < 5 << 19


@pytest.mark.parametrize(("seconds", "is_within"), [(599, True), (600, False)])
def test_a_window_ends_with_its_last_second_over_a_restart_too(seconds, is_within):
    then = Moment("boot-1", 5000.0, 1_790_000_000.0, clock_set=True)
    now = Moment("boot-2", 10.0, then.wall + seconds, clock_set=True)
    assert within(600, then, now) is is_within
