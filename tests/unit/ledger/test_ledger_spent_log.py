"""The spent log: lines that survive anything but are never believed without their CRC."""

import os
import re
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ledger_makers import FILE_A, VIN_A, accept, open_ledger, send, spent_kinds, success
from spent_reader import parse_log

from kiosk.errors import LedgerError
from kiosk.ledger import spent_memory
from kiosk.ledger.moment import Moment
from kiosk.ledger.spent import SpentLog
from kiosk.ledger.spent_lines import (
    Dropped,
    Released,
    Spent,
    format_line,
    glance_at,
    glance_of,
    parse_line,
)

IN_MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
NOW = Moment("boot-1", 5.0, 1_790_000_000.0, clock_set=True)
_HASHES = st.text("0123456789abcdef", min_size=64, max_size=64)
_MOMENTS = st.builds(
    Moment,
    st.text(max_size=9),
    st.floats(allow_nan=False),
    st.floats(allow_nan=False),
    st.booleans(),
)
_ENTRIES = st.one_of(
    st.builds(
        Spent,
        _HASHES,
        st.none() | _HASHES,
        st.none() | st.text(max_size=17),
        st.integers(0, 2**40),
        _MOMENTS,
    ),
    st.builds(Released, _HASHES, st.text(max_size=30), st.text(max_size=30), _MOMENTS),
    st.builds(Dropped, _HASHES, st.text(max_size=30), st.text(max_size=30), _MOMENTS),
)


def sha(number: int) -> str:
    return f"{number:064x}"


def spent(number: int, vin: str | None = None, file: str | None = None) -> Spent:
    return Spent(sha(number), file, vin, number, NOW)


@pytest.fixture
def log(tmp_path):
    opened = SpentLog.open(tmp_path / "spent.log")
    yield opened
    opened.close()


def reopened(path):
    again = SpentLog.open(path)
    again.close()
    return again


@given(_ENTRIES)
def test_a_line_comes_back(entry):
    line = format_line(entry)
    assert line.count(b"\n") == 1
    assert parse_line(line[:-1]) == entry


@given(_ENTRIES, st.data())
def test_no_damaged_line_is_believed(entry, data):
    line = bytearray(format_line(entry)[:-1])
    position = data.draw(st.integers(0, len(line) - 1))
    line[position] ^= 1 << data.draw(st.integers(0, 7))
    assert parse_line(bytes(line)) is None


@given(st.binary(max_size=300))
def test_any_bytes_can_be_read(data):
    with tempfile.TemporaryDirectory(dir=IN_MEMORY) as folder:
        path = Path(folder) / "spent.log"
        path.write_bytes(data)
        opened = reopened(path)
        assert (opened.damage is None) == (not data)
        assert path.read_bytes() == data[: data.rfind(b"\n") + 1]


@given(st.lists(_ENTRIES, max_size=5), st.data())
def test_a_torn_end_loses_only_the_torn_line(entries, data):
    lines = [format_line(entry) for entry in entries]
    whole = b"".join(lines)
    torn = whole[: data.draw(st.integers(0, len(whole)))]
    parsed = parse_log(torn)
    assert list(parsed.entries) == entries[: torn.count(b"\n")]
    assert (parsed.damaged, parsed.good_bytes) == (0, torn.rfind(b"\n") + 1)


def test_the_last_line_decides(log, tmp_path):
    log.spend(spent(1, VIN_A, FILE_A))
    log.spend(spent(2, VIN_A))
    with pytest.raises(LedgerError, match="already"):
        log.spend(spent(1))
    log.release(sha(1), who="maria", why="resend", at=NOW)
    for state in (log, reopened(tmp_path / "spent.log")):
        assert not state.is_spent(sha(1))
        assert state.is_spent(sha(2))
        assert not state.is_spent(sha(3))
        assert [state.knows(sha(number)) for number in (1, 2, 3)] == [True, True, False]
        assert not state.knows_file(FILE_A)
        assert state.spent_for_vin(VIN_A) == [spent(2, VIN_A)]
        assert state.highest_seq == 2
    log.spend(spent(1, VIN_A, FILE_A))
    again = reopened(tmp_path / "spent.log")
    assert again.knows_file(FILE_A)
    assert again.spent_for_vin(VIN_A) == [spent(2, VIN_A), spent(1, VIN_A, FILE_A)]


def test_a_torn_last_line_is_reported_and_cut_off(log, tmp_path):
    path = tmp_path / "spent.log"
    log.spend(spent(1))
    good = path.read_bytes()
    with path.open("ab") as file:
        file.write(format_line(spent(2))[:-9])
    again = SpentLog.open(path)
    assert "torn" in again.damage
    assert (again.is_spent(sha(1)), again.is_spent(sha(2))) == (True, False)
    assert path.read_bytes() == good
    again.spend(spent(2))
    again.close()
    assert reopened(path).damage is None


def test_a_damaged_line_leaves_its_crop_the_vin_it_had(log, tmp_path):
    path = tmp_path / "spent.log"
    log.spend(spent(1, VIN_A))
    log.release(sha(1), who="maria", why="resend", at=NOW)
    log.spend(spent(1, VIN_A))
    kept, cut = path.read_bytes().rsplit(b'"boot_id"', 1)
    path.write_bytes(kept + b'"boot_ib"' + cut)
    (entry,) = reopened(path).spent_for_vin(VIN_A)
    assert (entry.sha256, entry.vin, entry.at.clock_set) == (sha(1), VIN_A, False)


def test_a_damaged_line_still_protects_the_crop_it_names(log, tmp_path):
    path = tmp_path / "spent.log"
    log.spend(spent(1))
    log.spend(spent(2))
    damaged = path.read_bytes().replace(b'"vin":null', b'"vin":nuly', 1)
    path.write_bytes(damaged)
    again = reopened(path)
    assert again.damage == "1 damaged line(s) in the spent log"
    assert again.is_spent(sha(1))
    assert again.is_spent(sha(2))


def test_the_ledger_tells_what_was_wrong_with_the_log(ledger, state_dir, clock):
    accept(ledger, "one")
    send(ledger, success())
    ledger.close()
    with (state_dir / "spent.log").open("ab") as file:
        file.write(b"torn")
    with open_ledger(state_dir, clock) as again:
        assert "torn" in again.start_report.spent_log


def test_a_log_removed_under_the_lane_stops_the_tail(ledger, state_dir):
    accept(ledger, "one")
    claimed = ledger.claim()
    (state_dir / "spent.log").unlink()
    with pytest.raises(LedgerError, match="removed"):
        ledger.commit_tail(claimed)
    assert ledger.submission(claimed.submission.id).state == "queued"


def test_a_line_holds_what_the_design_says(ledger, state_dir, clock):
    one = accept(ledger, "one", VIN_A, file_sha256=FILE_A)
    send(ledger, success("11111111111111111"))
    line = (state_dir / "spent.log").read_text("ascii")
    assert re.fullmatch(r"[0-9a-f]{8} \{.*\}\n", line)
    for fact in (one.sha256, FILE_A, VIN_A, "boot-1", str(clock.wall()), '"clock_set":1'):
        assert fact in line
    assert "11111111111111111" not in line  # the VIN read here, not the service's
    assert spent_kinds(state_dir) == ["spent"]


def test_leftovers_of_a_failure_are_cut_before_the_next_line(log, tmp_path, monkeypatch):
    log.spend(spent(1))
    write = os.write
    with monkeypatch.context() as patch:
        patch.setattr(os, "write", lambda descriptor, line: write(descriptor, line[:50]))
        patch.setattr(os, "ftruncate", failing)
        with pytest.raises(LedgerError):
            log.spend(spent(2))
    assert not log.is_spent(sha(2))
    log.spend(spent(3))
    again = reopened(tmp_path / "spent.log")
    assert (again.damage, again.is_spent(sha(3))) == (None, True)


def failing(*_):
    raise OSError(5, "Input/output error")


@given(st.lists(_ENTRIES, min_size=1))
def test_a_glance_at_a_line_tells_what_all_of_it_says(entries):
    for entry in entries:
        line = format_line(entry)[:-1]
        assert glance_at(line) == glance_of(parse_line(line))


def test_only_the_newest_payments_are_known_by_vin_and_all_by_their_crop(tmp_path, monkeypatch):
    monkeypatch.setattr(spent_memory, "NEWEST", 3)
    log = SpentLog.open(tmp_path / "spent.log")
    for number in range(1, 6):
        log.spend(spent(number, VIN_A if number % 2 else None, FILE_A))
    log.spend(spent(7, VIN_A))
    log.spend(spent(9, VIN_A))
    for state in (log, reopened(tmp_path / "spent.log")):
        assert [one.seq for one in state.spent_for_vin(VIN_A)] == [5, 7, 9]
        assert all(state.is_spent(sha(number)) for number in (1, 2, 3, 4, 5, 7, 9))
        assert state.knows_file(FILE_A)
    log.close()


def test_a_drop_leaves_a_line_and_changes_nothing(log, tmp_path):
    log.spend(spent(1, VIN_A))
    for number in (1, 2):
        log.drop(sha(number), who="maria", why="no such car", at=NOW)
    for state in (log, reopened(tmp_path / "spent.log")):
        assert [state.is_spent(sha(number)) for number in (1, 2)] == [True, False]
        assert not state.knows(sha(2))
        assert state.damage is None
    assert "maria" in (tmp_path / "spent.log").read_text("ascii")


def test_a_log_without_line_ends_is_read_in_pieces(tmp_path):
    path = tmp_path / "spent.log"
    path.write_bytes(b"x" * 3_000_000 + b"\n" + format_line(spent(1)))
    again = reopened(path)
    assert again.is_spent(sha(1))
    assert again.damaged_lines == 46


def test_an_unreadable_place_is_a_clear_error(tmp_path):
    (tmp_path / "spent.log").mkdir()
    with pytest.raises(LedgerError, match=r"spent\.log"):
        SpentLog.open(tmp_path / "spent.log")
    with pytest.raises(LedgerError, match="missing"):
        SpentLog.open(tmp_path / "missing" / "spent.log")
