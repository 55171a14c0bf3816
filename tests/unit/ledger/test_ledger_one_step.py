"""What the ledger does for one caller is one step for all others: its lock is held throughout."""

import os
import threading
from functools import partial

import pytest
from ledger_makers import (
    DOUBT,
    FREE_REFUSAL,
    NEVER_SENT,
    VIN_A,
    accept,
    claim,
    put,
    send,
    success,
)

from kiosk.ledger.trust import Trust
from kiosk.model import NewScan, PauseReason, ScanOutcome


class WatchedLock:
    """A lock that counts how often it was let go of for others."""

    def __init__(self):
        self._lock = threading.RLock()
        self._depth = 0
        self.let_go = 0

    def __enter__(self):
        self._lock.acquire()
        self._depth += 1

    def __exit__(self, *_):
        self._depth -= 1
        self.let_go += not self._depth
        self._lock.release()

    @property
    def is_held(self):
        return self._depth > 0


@pytest.fixture
def watched(ledger, monkeypatch):
    """The ledger's lock; no file's trust is asked, and nothing synced, while it is free."""
    lock = WatchedLock()
    monkeypatch.setattr(ledger._database, "lock", lock)
    check, sync = Trust.check, os.fdatasync

    def checked(trust):
        assert lock.is_held
        check(trust)

    def synced(descriptor):
        assert lock.is_held
        sync(descriptor)

    monkeypatch.setattr(Trust, "check", checked)
    monkeypatch.setattr(os, "fdatasync", synced)
    return lock


def waiting(ledger):
    for number in range(3):
        accept(ledger, f"car {number}", live=False, consent=True)


def committed(ledger):
    claimed = claim(ledger)
    ledger.commit_tail(claimed)
    return claimed


STEPS = {
    "record_scan": lambda ledger: partial(ledger.record_scan, NewScan("x", ScanOutcome.NONE)),
    "enqueue": lambda ledger: partial(put, ledger, "one more", VIN_A, consent=True),
    "knows_file": lambda ledger: partial(ledger.knows_file, "a" * 64),
    "claim": lambda ledger: ledger.claim,
    "claim beside": lambda ledger: partial(ledger.claim, beside=committed(ledger)),
    "commit_tail": lambda ledger: partial(ledger.commit_tail, claim(ledger)),
    "settle": lambda ledger: partial(ledger.settle, committed(ledger), success()),
    "settle, never sent": lambda ledger: partial(ledger.settle, claim(ledger), NEVER_SENT),
    "settle, released": lambda ledger: partial(ledger.settle, committed(ledger), FREE_REFUSAL),
    "settle_and_claim": lambda ledger: partial(
        ledger.settle_and_claim, committed(ledger), success()
    ),
    "settle_charged": lambda ledger: partial(ledger.settle_charged, claim(ledger), success()),
    "take_back": lambda ledger: partial(ledger.take_back, committed(ledger), "why"),
    "lets_a_tail_go": lambda ledger: ledger.lets_a_tail_go,
    "take_notices": lambda ledger: ledger.take_notices,
    "resend": lambda ledger: partial(ledger.resend, send(ledger, DOUBT).id, "maria"),
    "drop": lambda ledger: partial(ledger.drop, 1, "maria"),
    "pause": lambda ledger: partial(ledger.pause, PauseReason.OPERATOR, "why", "maria"),
    "resume": lambda ledger: partial(ledger.resume, "maria"),
    "prune": lambda ledger: partial(ledger.prune, 1, 1),
}


@pytest.mark.parametrize("step", STEPS)
def test_nobody_comes_between(ledger, watched, step):
    waiting(ledger)
    act = STEPS[step](ledger)
    before = watched.let_go
    act()
    assert watched.let_go - before == 1
