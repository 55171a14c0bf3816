"""What a failing or full disk refuses besides writes is told in our words, and costs nothing."""

import errno
import fcntl
import os
from pathlib import Path

import pytest
from ledger_life import SUCCESS, clock, scan

from kiosk.errors import LedgerError, LedgerFullError, StateLockedError
from kiosk.ledger import trust
from kiosk.ledger.database import Database
from kiosk.ledger.ledger import Ledger
from kiosk.model import State


def failing(number):
    def fail(*_args, **_more):
        raise OSError(number, os.strerror(number))

    return fail


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO, errno.ENOLCK])
def test_a_lock_that_the_disk_does_not_give_is_not_somebody_elses(tmp_path, monkeypatch, number):
    with monkeypatch.context() as broken:
        broken.setattr(fcntl, "flock", failing(number))
        with pytest.raises(LedgerError, match="lock") as raised:
            Ledger.open(tmp_path, clock())
    assert not isinstance(raised.value, StateLockedError)
    Ledger.open(tmp_path, clock()).close()


def test_a_holder_that_cannot_be_noted_is_no_reason_not_to_start(tmp_path, monkeypatch):
    Ledger.open(tmp_path, clock()).close()
    with monkeypatch.context() as broken:
        broken.setattr(os, "ftruncate", failing(errno.EIO))
        ledger = Ledger.open(tmp_path, clock())
    with pytest.raises(StateLockedError):
        Ledger.open(tmp_path, clock())
    ledger.close()


def test_a_mark_that_cannot_be_removed_is_told(tmp_path, monkeypatch):
    with Ledger.open(tmp_path, clock()) as ledger:
        scan(ledger, "first")
    trust.leave_mark(tmp_path, "a test")
    with monkeypatch.context() as broken:
        broken.setattr(Path, "unlink", failing(errno.EIO))
        with pytest.raises(LedgerError):
            Ledger.open(tmp_path, clock())
    with Ledger.open(tmp_path, clock()) as ledger:
        assert ledger.status().pause is not None
        assert ledger.submission(1).state is State.QUEUED


def test_an_answer_that_finds_no_room_is_owed_even_where_the_reserve_is_stuck(
    tmp_path, monkeypatch
):
    with Ledger.open(tmp_path, clock()) as ledger:
        scan(ledger, "first")
        claimed = ledger.claim()
        ledger.commit_tail(claimed)

        def full(_database, **_how):
            raise LedgerFullError("the disk is full")

        with monkeypatch.context() as broken:
            broken.setattr(Path, "unlink", failing(errno.EIO))
            broken.setattr(Database, "_begun", full)
            with pytest.raises(LedgerFullError):
                ledger.settle(claimed, SUCCESS)
        ledger.claim()
        assert ledger.submission(1).state is State.RECOGNIZED
