"""The state directory's files: who may read them, whether their names last, who holds them."""

import errno
import fcntl
import os
import stat
from pathlib import Path

import pytest
from ledger_makers import open_ledger

from kiosk.errors import LedgerError, StateLockedError
from kiosk.ledger.files import (
    FailedSyncError,
    file_error,
    make_state_directory,
    open_private,
    sync_directory,
)
from kiosk.ledger.lock import StateLock


def opened_by_us(path):
    links = Path("/proc/self/fd").iterdir()
    return [link for link in links if link.exists() and link.samefile(path)]


@pytest.fixture
def synced(monkeypatch):
    """Paths that were brought to the disk, from now on."""
    paths, real = [], os.fsync

    def fsync(descriptor):
        paths.append(Path(f"/proc/self/fd/{descriptor}").readlink())
        real(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    return paths


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (OSError(errno.EIO, "Input/output error"), "cannot do it: Input/output error"),
        (OSError("odd"), "cannot do it: odd"),
        (
            FailedSyncError(errno.EIO, "Input/output error"),
            "cannot do it: Input/output error: the disk may be failing",
        ),
        (FailedSyncError("odd"), "cannot do it: odd: the disk may be failing"),
    ],
)
def test_what_failed_is_told_in_the_systems_words_without_its_number(error, words):
    assert str(file_error("cannot do it", error)) == words


def test_all_new_folders_above_the_state_last(tmp_path, synced):
    make_state_directory(tmp_path / "a" / "b" / "lane1")
    assert stat.S_IMODE((tmp_path / "a" / "b" / "lane1").stat().st_mode) == 0o750
    assert set(synced) == {tmp_path, tmp_path / "a", tmp_path / "a" / "b"}
    synced.clear()
    make_state_directory(tmp_path / "a" / "b" / "lane1")
    assert synced == []


def test_a_folder_that_somebody_makes_meanwhile_is_taken(tmp_path, monkeypatch):
    path = tmp_path / "lane1"
    exists = Path.exists

    def made_meanwhile(asked, **more):
        there = exists(asked, **more)
        if asked == path:
            path.mkdir(exist_ok=True)
        return there

    monkeypatch.setattr(Path, "exists", made_meanwhile)
    make_state_directory(path)
    assert path.is_dir()


def test_a_new_file_has_its_mode_and_its_name_lasts(tmp_path, synced):
    before = os.umask(0o077)
    try:
        os.close(open_private(tmp_path / "file", os.O_RDWR))
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "file").stat().st_mode) == 0o640
    assert synced == [tmp_path]
    os.close(open_private(tmp_path / "file", os.O_RDWR))
    assert synced == [tmp_path], "it was there"


def test_only_a_folder_is_synced_for_its_names_and_not_held_open(tmp_path):
    sync_directory(tmp_path)
    assert opened_by_us(tmp_path) == []
    (tmp_path / "file").touch()
    with pytest.raises(NotADirectoryError):
        sync_directory(tmp_path / "file")


# ---- the lock -----------------------------------------------------------------------------------


def test_the_lock_names_its_last_holder_and_nobody_before(state_dir):
    state_dir.mkdir()
    (state_dir / "lock").write_text("1234567890 and a long story")
    lock = StateLock.acquire(state_dir)
    assert (state_dir / "lock").read_text() == f"{os.getpid()}\n"
    with pytest.raises(StateLockedError, match=f"in use by process {os.getpid()}: stop") as refused:
        StateLock.acquire(state_dir)
    assert refused.traceback, "its frames keep what they did not close"
    assert len(opened_by_us(state_dir / "lock")) == 1
    lock.release()


def test_a_lock_without_a_name_is_one(state_dir):
    state_dir.mkdir()
    lock = StateLock.acquire(state_dir)
    (state_dir / "lock").write_text("")
    with pytest.raises(StateLockedError, match="in use by process unknown"):
        StateLock.acquire(state_dir)
    lock.release()


def test_a_disk_that_knows_no_locks_is_told(state_dir, clock, monkeypatch):
    def unsupported(*_):
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", unsupported)
    with pytest.raises(LedgerError, match=r"cannot lock .*: No locks available") as refused:
        open_ledger(state_dir, clock)
    assert refused.traceback, "its frames keep what they did not close"
    assert opened_by_us(state_dir / "lock") == []


def test_a_full_disk_loses_the_holders_name_and_not_the_lock(state_dir, monkeypatch):
    state_dir.mkdir()

    real = os.pwrite

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    def half(descriptor, data, at):
        real(descriptor, data[:1], at)
        full()

    (state_dir / "lock").write_text("somebody else")
    with monkeypatch.context() as failing:
        failing.setattr(os, "pwrite", half)
        lock = StateLock.acquire(state_dir)
    assert (state_dir / "lock").read_bytes() == b"", "no wrong name"
    with pytest.raises(StateLockedError):
        StateLock.acquire(state_dir)
    lock.release()
    with monkeypatch.context() as failing:
        failing.setattr(os, "ftruncate", full)
        StateLock.acquire(state_dir).release()
