"""A damaged ledger is moved aside step by step: with its log, durably, and as it was."""

import itertools
import os
import shutil
import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest
from ledger_makers import VIN_A, VIN_B, accept, open_ledger, send, success

from kiosk.errors import LedgerError
from kiosk.ledger import recover
from kiosk.model import State

NAME = "ledger.sqlite"


@pytest.fixture
def killed(ledger, state_dir):
    """The state of a lane that was killed: one of two rows damaged, all of it in the log alone."""
    accept(ledger, "one", VIN_A)
    send(ledger, success())
    accept(ledger, "two", VIN_B)
    ledger._database._connection.execute("UPDATE submissions SET make = 'XXX' WHERE id = 1")
    copy = state_dir.with_name("killed")
    shutil.copytree(state_dir, copy)
    assert b"XXX" not in (copy / NAME).read_bytes()
    ledger.close()
    return copy


def names(state_dir):
    return {path.name for path in state_dir.iterdir() if path.name.startswith(NAME)}


def test_the_log_follows_the_damaged_file_and_is_read_with_it(killed, clock):
    log = (killed / f"{NAME}-wal").read_bytes()
    with open_ledger(killed, clock) as ledger:
        assert ledger.start_report.salvaged == 1
        (saved,) = ledger.submissions()
        assert (saved.local_vin, saved.state) == (VIN_B, State.QUEUED)
        assert stat.S_IMODE((killed / NAME).stat().st_mode) == 0o640
        held = [one.readlink().name for one in Path("/proc/self/fd").iterdir() if one.exists()]
        assert not any(name.startswith(f"{NAME}.damaged") for name in held)
    (kept,) = killed.glob(f"{NAME}.damaged-*[0-9]")
    assert (killed / f"{kept.name}-wal").read_bytes() == log
    assert names(killed) == {NAME, kept.name, f"{kept.name}-wal"}


def test_a_crash_between_the_file_and_its_log_loses_neither(killed, clock):
    (killed / NAME).rename(killed / f"{NAME}.salvaging")
    with open_ledger(killed, clock) as ledger:
        assert ledger.start_report.salvaged == 1
        assert [one.local_vin for one in ledger.submissions()] == [VIN_B]
    assert not list(killed.glob("*.salvaging*"))


def test_a_crash_before_the_last_step_salvages_nothing_again(ledger, state_dir, clock):
    accept(ledger, "one", VIN_A)
    ledger.close()
    (state_dir / f"{NAME}.salvaging").write_bytes(b"damaged")
    with open_ledger(state_dir, clock) as again:
        assert again.start_report.salvaged == 0
        assert len(again.submissions()) == 1


def test_each_step_lasts_before_the_next_begins(killed, clock, monkeypatch):
    steps = []
    rename, fsync = os.rename, os.fsync

    def renamed(source, target, **more):
        steps.append(Path(source).name)
        rename(source, target, **more)

    def synced(descriptor):
        if Path(f"/proc/self/fd/{descriptor}").readlink() == killed:
            steps.append("sync")
        fsync(descriptor)

    monkeypatch.setattr(os, "rename", renamed)
    monkeypatch.setattr(os, "fsync", synced)
    open_ledger(killed, clock).close()
    made = [one for one, _ in itertools.groupby(steps)]
    first = made.index(NAME)
    assert made[first : first + 8] == [
        *(NAME, f"{NAME}-wal", "sync"),
        *(f"{NAME}.new", "sync"),
        *(f"{NAME}.salvaging-wal", f"{NAME}.salvaging", "sync"),
    ]


def test_a_storage_that_damages_what_was_just_saved_is_named(killed, clock, monkeypatch):
    monkeypatch.setattr(recover, "open_if_sound", lambda _: (None, "odd"))
    with pytest.raises(LedgerError, match=r"damaged again \(odd\): the storage cannot be trusted"):
        open_ledger(killed, clock)


def test_what_the_spent_log_alone_lost_leaves_no_doubt_about_files(ledger, state_dir, clock):
    """No row of the database is gone: what is unknown to it is new."""
    accept(ledger, "one", VIN_A)
    send(ledger, success())
    ledger.close()
    log = state_dir / "spent.log"
    log.write_bytes(log.read_bytes().replace(b'"vin":"1M', b'"vin":"1N', 1))
    with open_ledger(state_dir, clock) as again:
        assert again.status().pause.reason == "storage"
        assert not again.files.in_doubt


def test_evidence_is_not_written(killed, clock):
    before = (killed / NAME).read_bytes()
    open_ledger(killed, clock).close()
    kept = [path for path in killed.glob(f"{NAME}.damaged-*") if not path.name.endswith("-wal")]
    assert [path.read_bytes() for path in kept] == [before]
    with closing(sqlite3.connect(kept[0])) as evidence:
        assert evidence.execute("SELECT COUNT(*) FROM submissions").fetchone() == (2,)
