"""Space kept back, a log that goes on in a fresh file, and marks of a disk that failed."""

import errno
import json
import os
import stat
import zlib
from pathlib import Path

import pytest
from ledger_makers import (
    DOUBT,
    FILE_A,
    VIN_A,
    VIN_B,
    accept,
    claim,
    open_ledger,
    send,
    spent_kinds,
    success,
)

from kiosk.errors import LedgerError, LedgerFullError, StorageError
from kiosk.ledger import reserve as reserve_room
from kiosk.ledger.files import FailedSyncError
from kiosk.ledger.moment import Moment
from kiosk.ledger.reserve import RESERVE_BYTES, Reserve
from kiosk.ledger.spent import SpentLog, go_on_in_a_fresh_file
from kiosk.ledger.spent_lines import Spent, guess_line, parse_line
from kiosk.ledger.start import spent_entry
from kiosk.ledger.trust import forget_cached, leave_mark, marked

NOW = Moment("boot-1", 5.0, 1_790_000_000.0, clock_set=True)


def opened_by_us(folder):
    links = [one for one in Path("/proc/self/fd").iterdir() if one.exists()]
    return [link.readlink().name for link in links if link.readlink().parent == folder]


def refuse(*_, **__):
    raise OSError(errno.ENOSPC, "No space left on device")


# ---- the reserve --------------------------------------------------------------------------------


def test_the_reserve_has_real_blocks_and_is_made_once(tmp_path, monkeypatch):
    path = tmp_path / "reserve"
    reserve = Reserve(path)
    reserve.ensure()
    kept = path.stat()
    assert kept.st_size == RESERVE_BYTES
    assert kept.st_blocks * 512 >= RESERVE_BYTES
    assert opened_by_us(tmp_path) == []
    monkeypatch.setattr(os, "posix_fallocate", refuse)
    reserve.ensure()


def test_a_reserve_whose_name_cannot_last_is_no_full_disk(tmp_path, monkeypatch):
    def unsynced(*_):
        raise FailedSyncError(errno.EIO, "Input/output error")

    monkeypatch.setattr(reserve_room, "open_private", unsynced)
    with pytest.raises(StorageError, match=r"cannot keep .*reserve"):
        Reserve(tmp_path / "reserve").ensure()


def test_a_reserve_that_cannot_be_given_up_or_is_gone_stops_nobody(tmp_path):
    Reserve(tmp_path / "gone").release()
    (tmp_path / "reserve").mkdir()
    Reserve(tmp_path / "reserve").release()


@pytest.fixture
def full_while_reserved(ledger, state_dir, monkeypatch):
    """A disk whose last room is the reserve: the spent log finds none while that is there."""
    real = os.write

    def write(descriptor, data):
        if (state_dir / "reserve").exists():
            refuse()
        return real(descriptor, data)

    accept(ledger, "one", VIN_A)
    accept(ledger, "two", VIN_B)
    send(ledger, DOUBT)
    claimed = claim(ledger)
    monkeypatch.setattr(os, "write", write)
    return claimed


def test_a_release_finds_the_reserve(ledger, state_dir, full_while_reserved):
    ledger.resend(2, "maria")
    assert spent_kinds(state_dir) == ["spent", "released"]


def test_a_drop_finds_the_reserve(ledger, state_dir, full_while_reserved):
    ledger.drop(2, "maria")
    assert b'"dropped"' in (state_dir / "spent.log").read_bytes()


def test_what_was_charged_before_its_tail_finds_the_reserve(ledger, state_dir, full_while_reserved):
    ledger.settle_charged(full_while_reserved, success())
    assert spent_kinds(state_dir) == ["spent", "spent"]


def test_on_a_full_disk_rows_stay_undated_and_people_are_heard(ledger, monkeypatch, clock):
    def full(_):
        raise LedgerFullError("the disk is full")

    accept(ledger, "one", VIN_A)
    dating = ledger._writer.dating
    monkeypatch.setattr(dating, "is_due", lambda: True)
    monkeypatch.setattr(dating, "date_rows", full)
    assert ledger.status().waiting == 1
    ledger.drop(1, "maria")


# ---- the spent log ------------------------------------------------------------------------------


def test_a_log_that_cannot_be_read_is_told_and_not_held_open(tmp_path, monkeypatch):
    path = tmp_path / "spent.log"
    SpentLog.open(path).close()

    real = Path.open

    def fail(asked, *values, **more):
        if asked == path:
            raise OSError(errno.EIO, "Input/output error")
        return real(asked, *values, **more)

    monkeypatch.setattr(Path, "open", fail)
    with pytest.raises(LedgerError, match=f"cannot read {path}: Input/output error") as told:
        SpentLog.open(path)
    assert told.traceback, "its frames keep what they did not close"
    assert opened_by_us(tmp_path) == []


def test_a_fresh_log_is_whole_on_the_disk_before_it_has_the_name(tmp_path, monkeypatch):
    log, aside, fresh = (tmp_path / name for name in ("spent.log", "aside", "spent.log.new"))
    log.write_bytes(b"a line\n")
    old = log.stat().st_ino
    fresh.write_bytes(b"left behind, and longer than the log")
    fresh.chmod(0o600)
    said = []
    datasync, sync = os.fdatasync, os.fsync

    def datasynced(descriptor):
        same = log.stat().st_ino == old
        said.append((os.fstat(descriptor).st_size, same))
        datasync(descriptor)

    def synced(descriptor):
        said.append(Path(f"/proc/self/fd/{descriptor}").readlink() == tmp_path)
        sync(descriptor)

    monkeypatch.setattr(os, "fdatasync", datasynced)
    monkeypatch.setattr(os, "fsync", synced)
    before = os.umask(0o077)
    try:
        go_on_in_a_fresh_file(log, aside)
    finally:
        os.umask(before)
    assert said == [True, (len(b"a line\n"), True), True], "name, content, and the name at its end"
    assert log.read_bytes() == aside.read_bytes() == b"a line\n"
    assert (aside.stat().st_ino, log.stat().st_ino == old) == (old, False)
    assert stat.S_IMODE(log.stat().st_mode) == 0o640


def test_a_file_system_without_hard_links_keeps_no_evidence_and_goes_on(tmp_path, monkeypatch):
    (tmp_path / "spent.log").write_bytes(b"a line\n")
    monkeypatch.setattr(os, "link", refuse)
    go_on_in_a_fresh_file(tmp_path / "spent.log", tmp_path / "aside")
    assert [one.name for one in tmp_path.iterdir()] == ["spent.log"]


def sealed(**changes):
    fields = {
        "sha256": "a" * 64,
        "kind": "spent",
        "vin": None,
        "file": None,
        "seq": 1,
        **NOW.columns(),
        **changes,
    }
    text = json.dumps(fields, separators=(",", ":")).encode("ascii")
    return b"%08x %s" % (zlib.crc32(text), text)


@pytest.mark.parametrize("changes", [{"sha256": "xy"}, {"file": "a"}, {"kind": "lent"}])
def test_a_line_that_is_sealed_and_says_nothing_sensible_is_damaged(changes):
    assert isinstance(parse_line(sealed()), Spent)
    assert parse_line(sealed(**changes)) is None


def test_a_guess_knows_a_picture_and_nothing_else():
    guess = guess_line(b"torn " + sealed(seq=7, vin=VIN_A))
    assert (guess.sha256, guess.vin, guess.file_sha256, guess.seq) == ("a" * 64, None, None, 0)
    assert not guess.at.clock_set


def test_half_a_line_that_could_not_be_removed_is_cut_before_the_next(tmp_path, monkeypatch):
    path = tmp_path / "spent.log"
    log = SpentLog.open(path)
    real = os.write
    with monkeypatch.context() as failing:

        def half(descriptor, line):
            failing.setattr(os, "ftruncate", refuse)
            return real(descriptor, line[:50])

        failing.setattr(os, "write", half)
        with pytest.raises(LedgerFullError):
            log.spend(Spent("b" * 64, None, None, 1, NOW))
    assert path.stat().st_size == 50
    log.spend(Spent("c" * 64, None, None, 2, NOW))
    log.close()
    again = SpentLog.open(path)
    again.close()
    assert (again.damage, again.is_spent("b" * 64), again.is_spent("c" * 64)) == (None, False, True)


def test_a_line_that_is_only_guessed_gives_no_number_away(tmp_path):
    path = tmp_path / "spent.log"
    path.write_bytes(b"torn " + sealed(seq=7) + b"\n")
    log = SpentLog.open(path)
    assert (log.is_spent("a" * 64), log.highest_seq, log.damaged_lines) == (True, 0, 1)
    log.close()


def test_a_file_is_known_while_any_of_its_pictures_is_spent(tmp_path):
    log = SpentLog.open(tmp_path / "spent.log")
    crops = [f"{number:064x}" for number in range(3)]
    for number, crop in enumerate(crops):
        log.spend(Spent(crop, FILE_A, None, number, NOW))
    for crop in reversed(crops):
        assert log.knows_file(FILE_A)
        log.release(crop, who="maria", why="resend", at=NOW)
    assert not log.knows_file(FILE_A)
    log.close()


def test_what_the_log_may_have_lost_is_not_taken_for_written(ledger, monkeypatch):
    """What it learned of a line that was not synced is a guess."""
    accept(ledger, "one", VIN_A)
    entry = spent_entry(claim(ledger).submission, NOW)

    def fail(_):
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(os, "fdatasync", fail)
    for _ in range(2):
        with pytest.raises(StorageError):
            ledger._writer.spend(entry)
    assert ledger._writer.spent.is_spent(entry.sha256)


# ---- marks --------------------------------------------------------------------------------------


def test_a_disk_that_takes_no_mark_is_no_further_trouble(tmp_path):
    (tmp_path / "storage-failed").mkdir()
    leave_mark(tmp_path, "a sync failed")
    assert marked(tmp_path) == "a file could not be synced"


def test_what_is_to_be_read_from_the_disk_is_not_held_open(tmp_path):
    (tmp_path / "file").write_bytes(b"content")
    forget_cached([tmp_path / "file", tmp_path / "gone"])
    assert opened_by_us(tmp_path) == []


def test_a_mark_that_cannot_be_taken_away_stops_the_start(ledger, state_dir, clock):
    ledger.close()
    (state_dir / "storage-failed").mkdir()
    with pytest.raises(LedgerError, match="cannot remove"):
        open_ledger(state_dir, clock)
