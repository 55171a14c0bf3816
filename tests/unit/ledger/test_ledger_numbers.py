"""The witness of the highest number: outlives the database, a crash at any byte, and one bit."""

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ledger_makers import VIN_A, accept, lose_database, open_ledger, put

from kiosk.errors import LedgerError, LedgerFullError, StorageError
from kiosk.ledger.numbers import Numbers


@pytest.fixture
def path(state_dir):
    state_dir.mkdir()
    return state_dir / "numbers"


@pytest.fixture
def numbers(path):
    opened = Numbers.open(path)
    yield opened
    opened.close()


def told(path):
    again = Numbers.open(path)
    again.close()
    return again.highest, again.told, again.damage


def test_what_was_marked_is_told_once_it_is_confirmed(numbers, path):
    assert told(path) == (0, 0, None)
    for seq in (1, 2, 7):
        before = numbers.told
        numbers.mark(seq)
        assert told(path) == (seq, max(seq - 1, before), None)
        numbers.confirm(seq)
        assert told(path) == (seq, seq, None)
    numbers.mark(3)
    assert told(path) == (7, 7, None)


def test_what_was_marked_and_never_committed_stays_untold(numbers, path):
    numbers.mark(7)
    numbers.confirm(7)
    numbers.mark(8)  # and the process dies before its COMMIT
    again = Numbers.open(path)
    again.confirm(7)  # a later transaction that takes no number
    again.close()
    assert told(path) == (8, 7, None)


@given(st.lists(st.integers(1, 4), min_size=1, max_size=6), st.data())
def test_a_torn_or_damaged_write_leaves_the_one_before(steps, data):
    descriptor = os.memfd_create("numbers")
    path = f"/proc/self/fd/{descriptor}"
    try:
        numbers = Numbers(path, descriptor)
        seq = 0
        for step in steps:
            seq += step
            before = os.pread(descriptor, 9000, 0)
            numbers.mark(seq)
        after = os.pread(descriptor, 9000, 0)
        before = before.ljust(len(after), b"\0")
        changed = [at for at, byte in enumerate(after) if before[at] != byte]
        at = data.draw(st.sampled_from(changed))
        os.pwrite(descriptor, bytes([after[at] ^ 1 << data.draw(st.integers(0, 7))]), at)
        again = Numbers(path, os.dup(descriptor))
        again._read()
        again.close()
        assert again.highest == seq - steps[-1]
    finally:
        os.close(descriptor)


def test_both_records_damaged_are_told(ledger, state_dir, clock):
    accept(ledger, "one", VIN_A)
    ledger.close()
    (state_dir / "numbers").write_bytes(b"x" * 5000)
    with open_ledger(state_dir, clock) as again:
        assert "highest number" in again.start_report.damaged
        assert again.start_report.missing_sequences == ()
        assert accept(again, "two").seq == 2
    with open_ledger(state_dir, clock) as mended:
        assert mended.start_report.damaged is None


def test_an_earlier_versions_ledger_gets_its_witness(ledger, state_dir, clock):
    accept(ledger, "one", VIN_A)
    ledger.close()
    (state_dir / "numbers").unlink()
    with open_ledger(state_dir, clock) as again:
        assert again.start_report.damaged is None
        again.claim()
    lose_database(state_dir)
    with open_ledger(state_dir, clock) as without:
        assert without.start_report.missing_sequences == (1,)


def test_a_number_that_was_marked_and_never_told_is_no_loss(ledger, state_dir, clock, monkeypatch):
    """The process dies, or the disk fills up, between the mark and the COMMIT."""
    accept(ledger, "one", VIN_A)

    def full(*_):
        raise LedgerFullError("the disk is full")

    with monkeypatch.context() as at_commit:
        at_commit.setattr(Numbers, "mark", marking_and(full))
        with pytest.raises(LedgerFullError):
            put(ledger, "two")
    ledger.close()
    with open_ledger(state_dir, clock) as again:
        assert again.start_report.damaged is None
        assert again.start_report.missing_sequences == ()
        assert accept(again, "two").seq == 2
    lose_database(state_dir)
    with open_ledger(state_dir, clock) as without:
        assert without.start_report.missing_sequences == (1, 2)


def marking_and(fail):
    mark = Numbers.mark

    def both(numbers, seq):
        mark(numbers, seq)
        fail()

    return both


def test_a_scan_is_marked_before_its_commit_and_confirmed_after(ledger, monkeypatch):
    order = []
    for name in ("mark", "confirm"):
        monkeypatch.setattr(Numbers, name, lambda *_, name=name: order.append(name))
    connection = ledger._database._connection
    connection.set_trace_callback(lambda sql: order.append(sql) if sql == "COMMIT" else None)
    accept(ledger, "one", VIN_A)
    connection.set_trace_callback(None)
    assert order == ["mark", "COMMIT", "confirm"]


def test_a_sync_that_fails_ends_the_giving_of_numbers(ledger, state_dir, clock, monkeypatch):
    one = accept(ledger, "one", VIN_A)
    calls = []

    def failing(descriptor):
        calls.append(descriptor)
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as broken:
        broken.setattr(os, "fdatasync", failing)
        with pytest.raises(StorageError, match="numbers could not be synced"):
            put(ledger, "two")
    with pytest.raises(StorageError):
        put(ledger, "two")
    assert len(calls) == 1
    assert ledger.submissions() == [one]


def test_a_confirmation_that_fails_saves_the_scan_and_ends_the_rest(ledger, monkeypatch):
    pwrite, calls = os.pwrite, []

    def second_fails(*args):
        calls.append(args)
        if len(calls) == 2:
            raise OSError(5, "Input/output error")
        return pwrite(*args)

    monkeypatch.setattr(os, "pwrite", second_fails)
    accept(ledger, "one", VIN_A)
    with pytest.raises(StorageError):
        put(ledger, "two")


def test_an_unusable_place_is_a_clear_error(path):
    path.mkdir()
    with pytest.raises(LedgerError, match="numbers"):
        Numbers.open(path)
