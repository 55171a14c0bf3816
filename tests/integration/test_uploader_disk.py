"""The uploader on a full disk: nothing is sent twice, what was paid for is kept."""

import threading
from dataclasses import replace

import pytest
from uploader_bench import (
    NEWS_LOG,
    PATIENCE_S,
    RESULT,
    VINS,
    Bench,
    bench,
    crop_of,
    once,
)

from kiosk.clock import SystemClock
from kiosk.errors import LedgerFullError
from kiosk.ledger import spent
from kiosk.ledger.ledger import Ledger
from kiosk.model import (
    EventKind,
    Settlement,
    State,
)
from kiosk.sandbox.server import Sandbox


@pytest.mark.parametrize("step", ["claim", "commit_tail"])
def test_a_full_disk_before_the_tail_leaves_all_in_the_queue(tmp_path, monkeypatch, step):
    struck = threading.Event()

    def full(*_args):
        struck.set()
        raise LedgerFullError("the disk is full")

    with Sandbox(credits=5) as sandbox, bench(tmp_path, sandbox.url) as it:
        work = getattr(it.ledger, step)
        if step == "commit_tail":

            def full(claim):  # as the real one: what cannot be committed is queued again
                it.ledger.settle(claim, Settlement(State.QUEUED, "the disk is full"))
                struck.set()
                raise LedgerFullError("the disk is full")

        monkeypatch.setattr(it.ledger, step, full)
        number = it.submit(VINS[0])
        assert struck.wait(PATIENCE_S)
        it.until(lambda: it.state_of(number) is State.QUEUED)
        assert sandbox.journal().charged == 0
        monkeypatch.setattr(it.ledger, step, work)
        it.until(lambda: it.uploader.notify() or it.state_of(number) is State.RECOGNIZED)
        assert sandbox.journal().charged == 1


def test_a_paid_early_answer_survives_a_spent_log_without_room(tmp_path, monkeypatch):
    def refuse(*_):
        raise OSError(28, "No space left on device")

    attempts = once(monkeypatch, RESULT)
    with Sandbox(credits=5) as sandbox, bench(tmp_path, sandbox.url) as it:
        with monkeypatch.context() as full:
            full.setattr(spent.os, "write", refuse)
            number = it.submit(VINS[0])
            assert it.heard(EventKind.RECOGNIZED).submission.credits == 1
        it.submit(VINS[1])
        it.heard(EventKind.RECOGNIZED, count=2)
        assert attempts == [crop_of(VINS[0]).data, crop_of(VINS[1]).data]
        assert it.ledger.submission(number).attempts == 1
        assert it.ledger.status().credits_today == 2


@pytest.mark.parametrize("crossed", [False, True])
def test_an_answer_that_finds_no_room_is_kept_until_there_is(tmp_path, monkeypatch, crossed):
    with Sandbox(credits=5) as sandbox, bench(tmp_path, sandbox.url) as it:
        work = it.ledger._writer.at_any_price
        tried = threading.Event()

        def full(write):
            tried.set()
            raise LedgerFullError("the disk is full")

        def answered():
            if crossed:
                it.ledger.commit_tail(claims[-1])
            monkeypatch.setattr(it.ledger._writer, "at_any_price", full)
            return replace(RESULT, crossed=crossed)

        claim, claims = it.ledger.claim, []

        def remember():
            claims.append(claim())
            return claims[-1]

        monkeypatch.setattr(it.ledger, "claim", remember)
        attempts = once(monkeypatch, answered)
        number = it.submit(VINS[0])
        assert tried.wait(PATIENCE_S)
        tried.clear()
        it.uploader.notify()
        assert tried.wait(PATIENCE_S), "it is tried again before anything else is claimed"
        monkeypatch.setattr(it.ledger._writer, "at_any_price", work)
        it.until(lambda: it.uploader.notify() or it.state_of(number) is State.RECOGNIZED)
        assert it.heard(EventKind.RECOGNIZED).submission.credits == 1
        assert len(attempts) == 1


def test_a_full_disk_is_told_once_and_never_waited_for_long(tmp_path, monkeypatch, caplog):
    caplog.set_level("INFO")
    with Ledger.open(tmp_path / "state", SystemClock()) as ledger:
        it = Bench(ledger, "http://127.0.0.1:9/vinbarcode/v2")
        claim = ledger.claim

        def full():
            raise LedgerFullError("the disk is full")

        monkeypatch.setattr(ledger, "claim", full)
        waits = [it.uploader._step(it.life) for _ in range(3)]
        assert max(waits) <= 5, "a worker that shows no life for 20 s counts as wedged"
        it.submit(VINS[0])
        it.uploader._step(it.life)
        assert [event.kind for event in it.said] == [EventKind.WAITING]
        ledger.drop(1, "a person")
        monkeypatch.setattr(ledger, "claim", claim)
        it.uploader._step(it.life)
        it.uploader._step(it.life)
    told = [record.message for record in caplog.records if record.name == NEWS_LOG]
    assert ["nothing is sent" in told[0], "has room again" in told[1], len(told)] == [True, True, 2]
