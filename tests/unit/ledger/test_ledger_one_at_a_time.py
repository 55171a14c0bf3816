"""What is not made for two threads at once is only used by who holds the ledger's lock."""

import threading
from functools import partial

import pytest
from ledger_makers import DOUBT, VIN_A, VIN_B, accept, claim, open_ledger, put, send, success

from kiosk.errors import LedgerFullError
from kiosk.ledger.dating import Dating
from kiosk.ledger.numbers import Numbers
from kiosk.ledger.reserve import Reserve
from kiosk.ledger.spent import SpentLog
from kiosk.ledger.view import LedgerView
from kiosk.model import PauseReason

GUARDED = {
    Dating: ("now", "is_due", "date_rows"),
    Numbers: ("mark", "confirm"),
    Reserve: ("ensure", "release"),
    SpentLog: ("spend", "release", "drop", "is_spent", "knows_file", "spent_for_vin"),
}


class CountingLock:
    """A lock that knows whether this thread holds it, and how often it was let go of."""

    def __init__(self):
        self._lock = threading.RLock()
        self.depth = 0
        self.let_go = 0

    def __enter__(self):
        self._lock.acquire()
        self.depth += 1

    def __exit__(self, *_):
        self.depth -= 1
        self.let_go += not self.depth
        self._lock.release()


@pytest.fixture
def lock(ledger, monkeypatch):
    counting = CountingLock()
    monkeypatch.setattr(ledger._database, "lock", counting)

    def guarded(real, *values, **more):
        assert counting.depth, real.__name__
        return real(*values, **more)

    for room, methods in GUARDED.items():
        for method in methods:
            real = getattr(room, method)
            monkeypatch.setattr(
                room, method, lambda *v, _real=real, **more: guarded(_real, *v, **more)
            )
    return counting


def test_a_life_uses_nothing_without_the_lock(ledger, lock):
    accept(ledger, "one", VIN_A, file_sha256="a" * 64)
    send(ledger, DOUBT)
    ledger.resend(1, "maria")
    ledger.settle_charged(claim(ledger), success())
    put(ledger, "two", VIN_A, file_sha256="b" * 64)
    accept(ledger, "three", VIN_B, live=False)
    ledger.take_back(claim(ledger), "stopped")
    ledger.drop(3, "maria")
    ledger.pause(PauseReason.OPERATOR, "lunch", "maria")
    ledger.resume("maria")
    assert [ledger.knows_file(name * 64) for name in "ac"] == [True, False]
    ledger.sightings.leave(VIN_A)
    ledger.prune(1, 1)
    ledger.status()


@pytest.fixture
def full_once(ledger, monkeypatch):
    """A disk whose last room is the reserve."""
    real = ledger._writer.transaction
    refusals = [LedgerFullError("the disk is full")]

    def transaction(**more):
        if refusals:
            raise refusals.pop()
        return real(**more)

    def fill():
        monkeypatch.setattr(ledger._writer, "transaction", transaction)

    return fill


def test_nor_does_a_person_on_a_full_disk(ledger, lock, full_once):
    full_once()
    ledger.pause(PauseReason.OPERATOR, "lunch", "maria")
    assert ledger.is_paused()


def test_what_is_written_in_the_reserves_place_waits_for_the_disk(ledger, full_once):
    """The claim before it does not: the database has to be told so again."""
    connection = ledger._database._connection
    accept(ledger, "one", VIN_A)
    claim(ledger)
    assert connection.execute("PRAGMA synchronous").fetchone()[0] == 1
    full_once()
    ledger.pause(PauseReason.OPERATOR, "lunch", "maria")
    assert connection.execute("PRAGMA synchronous").fetchone()[0] == 2


QUESTIONS = {
    "submission": lambda ledger: partial(ledger.submission, 1),
    "submissions": lambda ledger: ledger.submissions,
    "attempts_of": lambda ledger: partial(ledger.attempts_of, 1),
    "acts_of": lambda ledger: partial(ledger.acts_of, 1),
    "crop_of": lambda ledger: partial(ledger.crop_of, 1),
    "scans": lambda ledger: ledger.scans,
    "doubts_in_row": lambda ledger: ledger.doubts_in_row,
    "is_paused": lambda ledger: ledger.is_paused,
    "status": lambda ledger: ledger.status,
}


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_question_is_one_step(ledger, lock, question):
    accept(ledger, "one", VIN_A)
    send(ledger, DOUBT)
    ask = QUESTIONS[question](ledger)
    before = lock.let_go
    ask()
    assert lock.let_go - before == 1


def test_closing_waits_for_what_is_under_way(state_dir, clock):
    """A write of a worker that a stop could not end, or a question to a view."""
    ledger = open_ledger(state_dir, clock)
    for opened in (LedgerView.open(state_dir, clock), ledger):
        closed = threading.Event()

        def close(opened=opened, closed=closed):
            opened.close()
            closed.set()

        with opened._database.lock:
            closing = threading.Thread(target=close)
            closing.start()
            assert not closed.wait(0.05)
            assert opened.submissions() == []
            if opened is ledger:
                accept(ledger, "one", VIN_A)
        closing.join()
    with open_ledger(state_dir, clock) as again:
        assert len(again.submissions()) == 1
