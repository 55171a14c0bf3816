"""Looking at the ledger: from inside, beside a running lane, and when the lane is down."""

import os
import sqlite3
import stat
from contextlib import closing

import pytest
from ledger_makers import (
    DOUBT,
    FILE_A,
    VIN_A,
    VIN_B,
    a_crop,
    accept,
    open_ledger,
    put,
    send,
    success,
)

from kiosk.clock import SystemClock
from kiosk.errors import (
    DamagedRowError,
    KioskError,
    LedgerError,
    LedgerFullError,
    StateLockedError,
    UsageError,
)
from kiosk.ledger.view import LedgerView
from kiosk.model import AlreadyScanned, NewScan, PauseReason, QueueStatus, ScanOutcome, State

NOBODY = 65534


def filled(ledger):
    accept(ledger, "one", VIN_A, file_sha256=FILE_A, file_name="caf\udce9.jpg")
    send(ledger, success())
    accept(ledger, "two", VIN_B)
    put(ledger, "three", VIN_B)
    ledger.record_scan(NewScan("button", ScanOutcome.NOT_VIN, text="4711", file_sha256="b" * 64))
    ledger.pause(PauseReason.CONFIGURATION, "wrong access code")


def test_a_view_sees_what_the_ledger_sees(ledger, state_dir, clock):
    filled(ledger)
    with LedgerView.open(state_dir, clock) as view:
        for reader in (ledger, view):
            assert [one.state for one in reader.submissions()] == [
                State.RECOGNIZED,
                State.QUEUED,
                State.DUPLICATE,
            ]
            assert [one.id for one in reader.submissions({State.QUEUED})] == [2]
            assert [one.id for one in reader.submissions(limit=1)] == [1]
            assert reader.submissions(()) == []
            assert reader.crop_of(2) == a_crop("two")
            newest, *_ = reader.scans(2)
            assert (newest.outcome, newest.text) == (ScanOutcome.NOT_VIN, "4711")
            assert [scan.id for scan in reader.scans()] == [4, 3, 2, 1]
            assert [reader.knows_file(name * 64) for name in "abc"] == [True, True, False]
            status = reader.status()
            assert status == QueueStatus(1, 0, 1, status.pauses)
            assert status.pause.reason is PauseReason.CONFIGURATION
        assert view.submissions() == ledger.submissions()
        # and it follows what the lane does next
        ledger.resume("maria")
        send(ledger, DOUBT)
        assert view.status() == QueueStatus(0, 1, 2, first_in_doubt=2)
        view.close()
        with pytest.raises(LedgerError):
            view.status()


def test_a_view_of_a_lane_that_is_down(ledger, state_dir, clock):
    filled(ledger)
    before = ledger.submissions()
    ledger.close()
    with LedgerView.open(state_dir) as view:
        assert view.submissions() == before
    with open_ledger(state_dir, clock) as again:
        assert again.start_report.damaged is None


def as_nobody(act):
    """Let ``act`` read but not write in the state directory, and return what it does."""
    SystemClock()  # what it makes Python load may lie where only root can read
    root = os.geteuid() == 0
    if root:
        os.seteuid(NOBODY)
    try:
        return act()
    finally:
        if root:
            os.seteuid(0)


@pytest.fixture
def readable_dir(state_dir, ledger):
    yield state_dir
    state_dir.chmod(0o755)


def open_to_all(state_dir):
    """Let anybody read, and nobody but root write; the way down to it, too."""
    for path in state_dir.iterdir():
        path.chmod(0o444)
    state_dir.chmod(0o555)
    for folder in list(state_dir.parents)[:3]:
        if folder.stat().st_uid == os.getuid():
            folder.chmod(folder.stat().st_mode | 0o055)


def test_a_damaged_row_shows_nobody_another_vin(ledger, state_dir):
    accept(ledger, "one", VIN_A)
    ledger.record_scan(NewScan("button", ScanOutcome.NOT_VIN, text="4711"))
    send(ledger, success())
    ledger.close()
    path = state_dir / "ledger.sqlite"
    content = path.read_bytes()
    path.write_bytes(content.replace(VIN_A.encode(), (VIN_A[:-1] + "9").encode()))
    with LedgerView.open(state_dir) as view:
        for look in (view.scans, lambda: view.submission(1), view.submissions):
            with pytest.raises(DamagedRowError, match="is damaged on the disk"):
                look()
        assert view.attempts_of(1)[0].outcome is State.RECOGNIZED
    path.write_bytes(content.replace(b"recognised", b"recognized"))
    with LedgerView.open(state_dir) as view, pytest.raises(DamagedRowError, match="attempt 1"):
        view.attempts_of(1)


def test_a_damaged_row_is_not_shown_by_the_lane_either(ledger, state_dir):
    accept(ledger, "one", VIN_A)
    with closing(sqlite3.connect(state_dir / "ledger.sqlite", isolation_level=None)) as database:
        database.execute("UPDATE submissions SET vin = ?", (VIN_B,))
    with pytest.raises(DamagedRowError, match="submission 1"):
        ledger.submission(1)


@pytest.mark.parametrize("column", ["crop", "strip"])
def test_a_damaged_picture_is_not_given_out_as_evidence(ledger, state_dir, column):
    accept(ledger, "one", VIN_A)
    assert ledger.crop_of(1) == a_crop("one")
    with closing(sqlite3.connect(state_dir / "ledger.sqlite", isolation_level=None)) as database:
        database.execute(f"UPDATE pictures SET {column} = x'00'")
    with pytest.raises(DamagedRowError, match="picture of submission 1 is damaged"):
        ledger.crop_of(1)


def test_who_may_not_write_can_read_a_ledger_at_rest(ledger, readable_dir):
    filled(ledger)
    ledger.close()
    open_to_all(readable_dir)

    def read() -> int:
        with LedgerView.open(readable_dir) as view:
            return len(view.submissions())

    assert as_nobody(read) == 3


def test_who_may_not_read_is_told_so(ledger, readable_dir):
    filled(ledger)
    ledger.close()
    for path in readable_dir.iterdir():
        path.chmod(0o000)

    def read() -> int:
        try:
            LedgerView.open(readable_dir)
        except LedgerError:
            return 7
        return 0

    assert as_nobody(read) == 7
    for path in readable_dir.iterdir():
        path.chmod(0o640)


def test_no_ledger_yet(tmp_path):
    with pytest.raises(UsageError, match="no ledger"):
        LedgerView.open(tmp_path)


@pytest.mark.parametrize("content", [b"", b"not a database" * 99])
def test_something_else_under_the_ledgers_name(tmp_path, content):
    (tmp_path / "ledger.sqlite").write_bytes(content)
    with pytest.raises(KioskError):
        LedgerView.open(tmp_path)


def test_scans_of_files_that_were_not_looked_at_may_come_again(ledger):
    for outcome in (ScanOutcome.BUSY, ScanOutcome.NO_CAMERA, ScanOutcome.REFUSED):
        ledger.record_scan(NewScan("arrival", outcome, file_sha256=FILE_A))
    assert not ledger.knows_file(FILE_A)
    ledger.record_scan(NewScan("arrival", ScanOutcome.SET_ASIDE, file_sha256=FILE_A))
    assert ledger.knows_file(FILE_A)


def test_odd_values_come_back_sound(ledger, state_dir, clock):
    scan = NewScan("button", ScanOutcome.UNREAD, text="\x00\udc80é", confidence=float("nan"))
    ledger.record_scan(scan)
    assert (ledger.scans()[0].confidence, ledger.scans()[0].text) == (None, "\x00?é")
    ledger.close()
    with open_ledger(state_dir, clock) as again:
        assert again.start_report.damaged is None


def test_submissions_name_the_scan_that_made_them(ledger):
    ledger.record_scan(NewScan("button", ScanOutcome.BUSY))
    assert accept(ledger, "one", VIN_A).scan_id == 2
    again = put(ledger, "two", VIN_A)
    assert isinstance(again, AlreadyScanned)
    assert (again.scan_id, again.submission.scan_id, again.earlier.scan_id) == (3, 3, 2)


def test_files_are_private_and_the_lock_names_its_holder(ledger, state_dir, clock):
    accept(ledger, "one")
    send(ledger, success())
    assert stat.S_IMODE(state_dir.stat().st_mode) == 0o750
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in state_dir.iterdir()}
    assert set(modes.values()) == {0o640}
    assert {"ledger.sqlite", "ledger.sqlite-wal", "spent.log", "lock", "reserve"} <= set(modes)
    with pytest.raises(StateLockedError, match=str(os.getpid())):
        open_ledger(state_dir, clock)
    ledger.close()
    open_ledger(state_dir, clock).close()


def test_a_state_directory_that_cannot_be(tmp_path, clock):
    (tmp_path / "file").write_text("")
    with pytest.raises(LedgerError, match="state directory"):
        open_ledger(tmp_path / "file" / "lane1", clock)
    (tmp_path / "lane1" / "lock").mkdir(parents=True)
    with pytest.raises(LedgerError, match="lock"):
        open_ledger(tmp_path / "lane1", clock)


def test_beside_a_running_lane_nobody_reads_an_old_state(ledger, readable_dir):
    """Who cannot have the -shm file would miss what is in the WAL."""
    filled(ledger)
    ledger.close()
    (readable_dir / "ledger.sqlite-wal").write_bytes(b"as of a lane that runs")
    open_to_all(readable_dir)
    with pytest.raises(LedgerError, match="beside the running lane"):
        as_nobody(lambda: LedgerView.open(readable_dir))


@pytest.mark.parametrize(("wal", "is_read"), [(None, True), (b"", True), (b"frames", False)])
def test_on_a_full_disk_a_ledger_at_rest_can_still_be_read(
    ledger, readable_dir, monkeypatch, wal, is_read
):
    filled(ledger)
    ledger.close()
    if wal is not None:
        (readable_dir / "ledger.sqlite-wal").write_bytes(wal)
    open_to_all(readable_dir)
    full = os.statvfs_result((4096, 4096, 9, 0, 0, 9, 0, 0, 0, 255))
    monkeypatch.setattr(os, "statvfs", lambda _: full)
    if is_read:
        as_nobody(lambda: LedgerView.open(readable_dir)).close()
        return
    with pytest.raises(LedgerFullError):
        as_nobody(lambda: LedgerView.open(readable_dir))


def test_a_damaged_ledger_at_rest_is_told_as_such(ledger, readable_dir):
    filled(ledger)
    ledger.close()
    path = readable_dir / "ledger.sqlite"
    path.write_bytes(path.read_bytes()[:4096])
    open_to_all(readable_dir)
    with pytest.raises(LedgerError, match="cannot be used"):
        as_nobody(lambda: LedgerView.open(readable_dir))
