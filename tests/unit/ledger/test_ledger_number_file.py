"""The file of the highest number, step by step; and that a ledger lets go of all its files."""

import errno
import os
from contextlib import closing
from pathlib import Path

import pytest
from ledger_makers import VIN_A, accept, open_ledger, send, success

from kiosk.errors import LedgerError, LedgerFullError
from kiosk.ledger.moment import Moment, within
from kiosk.ledger.numbers import Numbers

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


def test_a_ledger_that_was_given_up_is_closed_without_touching_it(state_dir, clock):
    with open_ledger(state_dir, clock) as ledger:
        accept(ledger, "one", VIN_A)
        ledger._database.trust.lose("a sync failed")
    assert opened_by_us(state_dir) == []
    assert (state_dir / "ledger.sqlite-wal").stat().st_size > 0


@pytest.mark.parametrize(("seconds", "is_within"), [(599, True), (600, False)])
def test_a_window_ends_with_its_last_second_over_a_restart_too(seconds, is_within):
    then = Moment("boot-1", 5000.0, 1_790_000_000.0, clock_set=True)
    now = Moment("boot-2", 10.0, then.wall + seconds, clock_set=True)
    assert within(600, then, now) is is_within
