"""What could not be written for want of room is owed, and written before the next claim."""

import pytest
from ledger_life import SUCCESS, clock, scan

from kiosk.errors import LedgerError, LedgerFullError, StorageError
from kiosk.ledger import spent
from kiosk.ledger.ledger import Ledger
from kiosk.model import Held, State

NO_SPACE = OSError(28, "No space left on device")


def refuse(*_):
    raise NO_SPACE


@pytest.fixture
def ledger(tmp_path):
    with Ledger.open(tmp_path, clock()) as opened:
        yield opened


@pytest.fixture
def stuck(ledger):
    """A switch: with it on, the database takes nothing at all."""

    def switch(*, on: bool) -> None:
        ledger._database._connection.execute(f"PRAGMA query_only = {'ON' if on else 'OFF'}")

    return switch


def test_what_could_not_be_taken_back_is_queued_again_later(ledger, monkeypatch, stuck):
    scan(ledger, "first")
    claimed = ledger.claim()

    def refuse_everything(*_):
        stuck(on=True)
        raise NO_SPACE

    with monkeypatch.context() as full:
        full.setattr(spent.os, "write", refuse_everything)
        with pytest.raises(LedgerFullError):
            ledger.commit_tail(claimed)
    with pytest.raises(LedgerError):
        ledger.claim()
    assert ledger.submission(1).state is State.COMMITTED
    stuck(on=False)
    again = ledger.claim()
    assert (again.submission.id, again.submission.attempts) == (1, 2)
    assert ledger.take_notices() == []
    ledger.commit_tail(again)


@pytest.mark.parametrize("early", [False, True])
def test_an_answer_that_could_not_be_written_is_written_later(ledger, tmp_path, stuck, early):
    scan(ledger, "first")
    claimed = ledger.claim()
    if not early:
        ledger.commit_tail(claimed)
    settle = ledger.settle_charged if early else ledger.settle
    stuck(on=True)
    with pytest.raises(LedgerError):
        settle(claimed, SUCCESS)
    with pytest.raises(LedgerError):
        ledger.claim()
    stuck(on=False)
    assert ledger.claim() == Held("empty")
    (late,) = ledger.take_notices()
    assert (late.id, late.state, late.credits) == (1, State.RECOGNIZED, 1)
    assert (tmp_path / "spent.log").read_bytes().count(b'"spent"') == 1


def test_what_is_owed_is_written_at_the_stop(ledger, tmp_path, stuck):
    scan(ledger, "first")
    claimed = ledger.claim()
    ledger.commit_tail(claimed)
    stuck(on=True)
    with pytest.raises(LedgerError):
        ledger.settle(claimed, SUCCESS)
    stuck(on=False)
    ledger.close()
    with Ledger.open(tmp_path, clock()) as again:
        assert again.submission(1).state is State.RECOGNIZED


def test_an_early_answer_that_never_was_written_is_a_doubt(ledger, tmp_path, stuck):
    scan(ledger, "first")
    claimed = ledger.claim()
    stuck(on=True)
    with pytest.raises(LedgerError):
        ledger.settle_charged(claimed, SUCCESS)
    ledger.close()
    with Ledger.open(tmp_path, clock()) as again:
        assert again.claim() == Held("empty"), "it was paid for: never sent again"
        (doubt,) = again.take_notices()
        assert (doubt.id, doubt.state) == (1, State.IN_DOUBT)
        assert again.status().credits_today == 1


def test_an_early_answer_needs_no_room_in_the_spent_log(ledger, tmp_path, monkeypatch):
    scan(ledger, "first")
    claimed = ledger.claim()
    with monkeypatch.context() as full:
        full.setattr(spent.os, "write", refuse)
        done = ledger.settle_charged(claimed, SUCCESS)
        assert (done.state, done.credits) == (State.RECOGNIZED, 1)
        assert (tmp_path / "spent.log").read_bytes() == b""
    assert ledger.claim() == Held("empty")
    assert (tmp_path / "spent.log").read_bytes().count(b'"spent"') == 1
    ledger.close()
    with Ledger.open(tmp_path, clock()) as again:
        assert again.submission(1) == done
        assert (tmp_path / "spent.log").read_bytes().count(b'"spent"') == 1


def test_what_a_failed_sync_left_unwritten_ends_the_sending(ledger, tmp_path, monkeypatch):
    """The row of an early answer is written; its line may be on the disk, and is not repeated."""
    scan(ledger, "first")
    claimed = ledger.claim()
    with monkeypatch.context() as failing:
        failing.setattr(spent.os, "fdatasync", refuse)
        done = ledger.settle_charged(claimed, SUCCESS)
    before = (tmp_path / "spent.log").read_bytes()
    assert (done.state, done.credits) == (State.RECOGNIZED, 1)
    with pytest.raises(StorageError):
        ledger.claim()
    ledger.close()
    assert (tmp_path / "spent.log").read_bytes() == before
    with Ledger.open(tmp_path, clock()) as again:
        assert again.submission(1) == done
        assert (tmp_path / "spent.log").read_bytes().count(b'"spent"') == 1
