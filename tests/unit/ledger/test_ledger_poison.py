"""A sync that failed is never tried again: the process ends, and the next start asks the disk."""

import os
import re
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from ledger_makers import (
    DOUBT,
    FREE_REFUSAL,
    NEVER_SENT,
    VIN_A,
    VIN_B,
    accept,
    claim,
    open_ledger,
    put,
    send,
)

from kiosk.errors import LedgerError, LedgerFullError, StorageError
from kiosk.ledger.trust import Trust
from kiosk.ledger.view import LedgerView
from kiosk.model import Held, PauseReason, State

EIO, ENOSPC, EDQUOT = 5, 28, 122


def fail_once(monkeypatch, number=EIO):
    """Let the next fdatasync fail, as the kernel does it: the one after would succeed."""
    calls = []
    real = os.fdatasync

    def fdatasync(descriptor):
        calls.append(descriptor)
        if len(calls) == 1:
            raise OSError(number, os.strerror(number))
        real(descriptor)

    monkeypatch.setattr(os, "fdatasync", fdatasync)
    return calls


@pytest.mark.parametrize("number", [EIO, ENOSPC, EDQUOT])
def test_a_spent_line_that_failed_to_sync_is_not_touched_again(
    ledger, state_dir, monkeypatch, number
):
    accept(ledger, "one", VIN_A)
    first = claim(ledger)
    calls = fail_once(monkeypatch, number)
    with pytest.raises(StorageError, match=r"spent\.log could not be synced") as raised:
        ledger.commit_tail(first)
    assert not isinstance(raised.value, LedgerFullError)
    after = (state_dir / "spent.log").read_bytes()
    assert after.count(b"\n") == 1  # not even cut off
    two = accept(ledger, "two", VIN_B)  # to save a scan the spent log is not needed
    sha256 = first.submission.sha256
    assert put(ledger, "one").rule == "crop"
    assert ledger._writer.spent.is_spent(sha256)  # what may be on the disk counts
    for write in (
        lambda: ledger.commit_tail(claim(ledger)),
        lambda: ledger._writer.release(sha256, who="maria", why="resend"),
        lambda: ledger._writer.note_drop(sha256, who="maria", why="gone"),
        lambda: ledger.drop(two.id, "maria"),
    ):
        with pytest.raises(StorageError):
            write()
    assert calls.count(calls[0]) == 1
    assert (state_dir / "spent.log").read_bytes() == after


def test_nothing_is_claimed_that_the_spent_log_could_not_note(ledger):
    one = accept(ledger, "one", VIN_A)
    with ledger._database.lock:
        ledger._writer.spent.trust.lose("a sync failed")
    with pytest.raises(StorageError, match=r"spent\.log"):
        ledger.claim()
    assert ledger.submission(one.id).state is State.QUEUED


def test_a_file_that_was_given_up_is_not_synced_again(tmp_path, monkeypatch):
    calls = fail_once(monkeypatch)
    trust = Trust(tmp_path / "file")
    for _ in range(3):
        with pytest.raises(StorageError, match="file could not be synced"):
            trust.sync(0)
    assert len(calls) == 1


def test_the_next_start_reads_the_disk_and_waits_for_a_person(
    ledger, state_dir, clock, monkeypatch
):
    accept(ledger, "one", VIN_A)
    send(ledger, DOUBT)
    accept(ledger, "two", VIN_B)
    second = claim(ledger)
    with monkeypatch.context() as failing:
        fail_once(failing)
        with pytest.raises(StorageError):
            ledger.commit_tail(second)
    ledger.close()
    old = (state_dir / "spent.log").stat()
    forgotten = []

    def fadvise(descriptor, start, length, advice):
        assert (start, length, advice) == (0, 0, os.POSIX_FADV_DONTNEED)
        forgotten.append(Path(f"/proc/self/fd/{descriptor}").readlink().name)

    monkeypatch.setattr(os, "posix_fadvise", fadvise)
    with open_ledger(state_dir, clock) as again:
        assert {"spent.log", "ledger.sqlite", "numbers"} <= set(forgotten)
        assert "spent.log could not be synced" in again.start_report.damaged
        assert again.claim() == Held("paused")
        assert again.status().pause.reason is PauseReason.STORAGE
        (kept,) = state_dir.glob("spent.log.damaged-*")
        assert kept.stat().st_ino == old.st_ino
        assert (state_dir / "spent.log").stat().st_ino != old.st_ino
        assert (state_dir / "spent.log").read_bytes() == kept.read_bytes()
        again.resume("maria")
        assert again.claim() == Held("empty")  # its line is there: it may have been sent
        assert [one.state for one in again.submissions()] == [State.IN_DOUBT] * 2
    forgotten.clear()
    with open_ledger(state_dir, clock) as third:
        assert (third.status().pause, third.start_report.damaged, forgotten) == (None, None, [])


def test_a_mark_that_may_not_be_read_is_a_mark(ledger, state_dir, clock):
    ledger.close()
    (state_dir / "storage-failed").mkdir()  # root too cannot read this
    with pytest.raises(LedgerError, match="storage-failed"):
        open_ledger(state_dir, clock)
    (state_dir / "storage-failed").rmdir()
    with open_ledger(state_dir, clock) as again:
        assert again.status().pause.reason is PauseReason.STORAGE


def test_on_a_full_disk_the_reserve_makes_room_for_the_fresh_log(
    ledger, state_dir, clock, monkeypatch
):
    accept(ledger, "one", VIN_A)
    send(ledger, DOUBT)
    ledger.close()
    (state_dir / "storage-failed").write_text("ledger.sqlite could not be synced")
    copy = shutil.copyfileobj

    def copy_if_there_is_room(source, target):
        if (state_dir / "reserve").exists():
            raise OSError(ENOSPC, "No space left on device")
        copy(source, target)

    monkeypatch.setattr(shutil, "copyfileobj", copy_if_there_is_room)
    with open_ledger(state_dir, clock) as again:
        assert again.start_report.damaged == "ledger.sqlite could not be synced"
        assert put(again, "one", VIN_A).rule == "crop"
    assert not (state_dir / "spent.log.new").exists()


def test_what_the_disk_does_not_have_was_not_sent(ledger, state_dir, clock, monkeypatch):
    one = accept(ledger, "one", VIN_A)
    with monkeypatch.context() as failing:
        claimed = claim(ledger)
        fail_once(failing)
        with pytest.raises(StorageError):
            ledger.commit_tail(claimed)
    ledger.close()
    (state_dir / "spent.log").write_bytes(b"")  # so the disk gives it back
    with open_ledger(state_dir, clock) as again:
        again.resume("maria")
        assert claim(again).submission.sha256 == one.sha256


def test_a_release_that_failed_to_sync_is_a_doubt(ledger, monkeypatch):
    accept(ledger, "one", VIN_A)
    claimed = claim(ledger)
    ledger.commit_tail(claimed)
    fail_once(monkeypatch)
    done = ledger.settle(claimed, FREE_REFUSAL)
    assert done.state is State.IN_DOUBT
    with pytest.raises(StorageError):
        ledger.resend(done.id, "maria")


class FailingSync:
    """A connection whose ``statement`` fails as SQLite does where the disk fails its fsync."""

    def __init__(self, connection, statement):
        self._connection = connection
        self._statement = statement
        self.heard = []

    def __getattr__(self, name):
        return getattr(self._connection, name)

    def execute(self, sql, *values):
        self.heard.append(sql)
        if sql.startswith(self._statement) and self.heard.count(sql) == 1:
            self._connection.execute("ROLLBACK") if sql == "COMMIT" else None
            error = sqlite3.OperationalError("disk I/O error")
            error.sqlite_errorcode = sqlite3.SQLITE_IOERR_FSYNC
            raise error
        return self._connection.execute(sql, *values)


def test_a_commit_that_failed_to_sync_is_the_databases_last(ledger, state_dir, monkeypatch):
    accept(ledger, "one", VIN_A)
    claimed = claim(ledger)
    failing = FailingSync(ledger._database._connection, "COMMIT")
    monkeypatch.setattr(ledger._database, "_connection", failing)
    with pytest.raises(StorageError, match=r"ledger\.sqlite could not be synced"):
        ledger.commit_tail(claimed)
    assert failing.heard.count("COMMIT") == 1  # not even to take the attempt back
    for write in (
        lambda: put(ledger, "two", VIN_B),
        ledger.claim,
        lambda: ledger.settle(claimed, NEVER_SENT),
        lambda: ledger.resume("maria"),
    ):
        with pytest.raises(StorageError):
            write()
    ledger.close()
    assert failing.heard.count("COMMIT") == 1
    assert (state_dir / "ledger.sqlite-wal").stat().st_size > 0  # closed without a checkpoint
    with LedgerView.open(state_dir) as view:
        assert len(view.submissions()) == 1


def test_a_checkpoint_that_failed_to_sync_fails_the_next_write(ledger, monkeypatch):
    failing = FailingSync(ledger._database._connection, "PRAGMA wal_checkpoint")
    monkeypatch.setattr(ledger._database, "_connection", failing)
    while not ledger._database.trust.lost:
        put(ledger, f"car {len(ledger.submissions())}", f"1M8GDM9AXKP{len(failing.heard):06d}")
    saved = len(ledger.submissions())
    assert saved > 1
    with pytest.raises(StorageError):
        put(ledger, "one more", VIN_A)
    assert len(ledger.submissions()) == saved
    assert sum(sql.startswith("PRAGMA wal_checkpoint") for sql in failing.heard) == 1


def test_a_checkpoint_that_fails_behind_the_commit_holds_the_tail(ledger, state_dir, monkeypatch):
    accept(ledger, "one", VIN_A)
    first = claim(ledger)
    failing = FailingSync(ledger._database._connection, "PRAGMA wal_checkpoint")
    monkeypatch.setattr(ledger._database, "_connection", failing)
    monkeypatch.setattr(ledger._database, "_checkpoint_every", 1)
    with pytest.raises(StorageError):
        ledger.commit_tail(first)
    assert (state_dir / "spent.log").read_bytes() == b"", "no answer could be kept: it never left"


LIFE = """
import sys
from pathlib import Path
from kiosk.clock import SystemClock
from kiosk.ledger.ledger import Ledger
from ledger_makers import accept, send, success
with Ledger.open(Path(sys.argv[1]), SystemClock()) as ledger:
    for number in range(3):
        accept(ledger, f"car {number}", f"1M8GDM9AXKP{number:06d}")
        send(ledger, success())
"""


@pytest.fixture
def strace():
    tool = shutil.which("strace")
    probe = tool and subprocess.run([tool, "-e", "trace=none", "true"], capture_output=True)  # noqa: PLW1510 - its code is asked for
    if not probe or probe.returncode:
        pytest.skip("strace may not be used here")
    return tool


# After the start, of a scan's syncs: its number, its COMMIT, its spent line; and one near the end.
@pytest.mark.parametrize("call", [8, 9, 12, 24])
def test_the_kernel_is_asked_once(strace, state_dir, tmp_path, call):
    """A real fdatasync fails: no other on that file, no write to it, and it is not removed."""
    calls, log = "fdatasync,fsync,pwrite64,write,ftruncate,unlink,rename", tmp_path / "calls"
    done = subprocess.run(
        [
            *(strace, "-f", "-y", "-o", str(log), "-e", f"trace={calls}"),
            *("-e", f"inject=fdatasync:error=EIO:when={call}"),
            *(sys.executable, "-c", LIFE, str(state_dir)),
        ],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)},
        capture_output=True,
        text=True,
        check=False,
    )
    lines = log.read_text().splitlines()
    hit = next(number for number, line in enumerate(lines) if "INJECTED" in line)
    file = re.search(r"<(.*?)>", lines[hit])[1]
    assert Path(file).parent == state_dir
    assert [line for line in lines[hit + 1 :] if f"{file}>" in line or f'"{file}"' in line] == []
    assert (state_dir / "storage-failed").exists()
    assert done.returncode == 1
    assert "StorageError" in done.stderr
