"""Several attempts that end together: each is written, whatever becomes of the others."""

import json
import sys
import threading
from pathlib import Path

import pytest
from uploader_bench import PATIENCE_S, VINS, Bench, draining, fill_up, second_ends, states

from kiosk.clock import SystemClock
from kiosk.errors import LedgerError, LedgerFullError, StorageError
from kiosk.ledger.ledger import Ledger
from kiosk.model import EventKind, NeverSent, State
from kiosk.sandbox.server import Sandbox
from kiosk.service import deliveries

sys.path.append(str(Path(__file__).parents[1] / "faults"))

from hostile import SUCCESS, HostileServer, answer

QUEUED, COMMITTED, RECOGNIZED = State.QUEUED, State.COMMITTED, State.RECOGNIZED
UNDER_WAY = {State.SENDING, State.COMMITTED}


@pytest.fixture
def slow():
    with Sandbox(credits=9, faults={"slow": 1.0}, slow_s=0.2) as sandbox:
        yield sandbox


@pytest.fixture
def ledger(tmp_path):
    with Ledger.open(tmp_path / "state", SystemClock()) as ledger:
        yield ledger


def backlog(ledger, url, count=3, **pacing):
    """An uploader that takes its steps on the test's own thread."""
    it = Bench(ledger, url, **pacing)
    for vin in VINS[:count]:
        it.submit_to_the_backlog(vin)
    return it


def step_until(it, truth):
    it.until(lambda: truth() or it.uploader._step(it.life) is None)


def when_the_second_waits(monkeypatch, work):
    """Do ``work`` once, when all but a tail of a second one is there, and no answer is read."""
    make_ready = deliveries.make_ready

    def make_one_ready(*args, **options):
        standby = make_ready(*args, **options)
        monkeypatch.setattr(deliveries, "make_ready", make_ready)
        work()
        return standby

    monkeypatch.setattr(deliveries, "make_ready", make_one_ready)


def raising(error):
    def fail(*_args, **_options):
        raise error

    return fail


def test_no_tail_leaves_once_no_answer_could_be_kept(ledger, slow, monkeypatch):
    it = backlog(ledger, slow.url)

    def poison():
        with ledger._database.lock:
            ledger._database.trust.lose("a checkpoint's fsync failed")

    when_the_second_waits(monkeypatch, poison)
    with pytest.raises(StorageError):
        it.uploader._step(it.life)
    assert [one.complete for one in slow.journal(at_least=2).requests] == [True, False]
    assert slow.journal().charged == 1


def test_a_paid_answer_is_written_though_the_next_step_cannot_be_looked_up(
    ledger, slow, monkeypatch
):
    it = backlog(ledger, slow.url)
    monkeypatch.setattr(ledger, "lets_a_tail_go", raising(LedgerError("input/output error")))
    with pytest.raises(LedgerError, match="input/output"):
        it.uploader._step(it.life)
    assert states(it) == [RECOGNIZED, QUEUED, QUEUED]


@pytest.mark.parametrize("says", ["a result", "nothing"])
@pytest.mark.parametrize("when", ["while it waits", "as its tail should leave"])
def test_the_second_ones_end_outlives_a_first_one_without_room(ledger, monkeypatch, when, says):
    """It hung up, or answered before its tail; and the first one's answer finds a full disk."""
    ready, said = threading.Event(), threading.Event()

    def script(visit):
        number = len(visit.server.visits)
        if number == 2:
            visit.read_headers()
            visit.server.proceed.wait(PATIENCE_S)
            if says == "a result":
                visit.sock.sendall(answer(SUCCESS))
            visit.sock.shutdown(1)
            said.set()
            visit.read_to_end()
            return
        visit.read_request()
        assert number != 1 or ready.wait(PATIENCE_S)
        visit.sock.sendall(answer(SUCCESS))

    with HostileServer(script) as server:
        it = backlog(ledger, server.url)
        look = ledger.lets_a_tail_go

        def speak():
            server.proceed.set()
            assert said.wait(PATIENCE_S)

        def waits():
            fill_up(monkeypatch, ledger)
            if when == "while it waits":
                speak()
            ready.set()

        def lets_a_tail_go():
            allowed = look()
            speak()
            return allowed

        when_the_second_waits(monkeypatch, waits)
        monkeypatch.setattr(ledger, "lets_a_tail_go", lets_a_tail_go)
        it.uploader._step(it.life)
        monkeypatch.setattr(ledger, "lets_a_tail_go", look)
        second = states(it)[1]
        assert second is (RECOGNIZED if says == "a result" else QUEUED)
        step_until(it, lambda: states(it) == [RECOGNIZED] * 3)
        assert server.connections == (3 if says == "a result" else 4)
    assert [row.credits for row in ledger.submissions()] == [1, 1, 1]


def test_one_that_failed_beside_waits_again_though_the_answer_finds_no_room(
    ledger, slow, monkeypatch
):
    it = backlog(ledger, slow.url)
    second_ends(monkeypatch, lambda *_, **__: NeverSent("refused"))
    fill_up(monkeypatch, ledger)
    it.uploader._step(it.life)
    assert states(it) == [COMMITTED, QUEUED, QUEUED]
    step_until(it, lambda: states(it) == [RECOGNIZED] * 3)
    assert slow.journal().charged == 3


def test_what_waits_is_let_go_where_an_end_cannot_be_told(ledger, slow, monkeypatch):
    """The claim stands; what tells of the end before it fails."""
    it = backlog(ledger, slow.url)
    with monkeypatch.context() as untold:
        untold.setattr(it.uploader._news, "settled", raising(LedgerFullError("no room to look")))
        it.uploader._step(it.life)
    assert states(it) == [RECOGNIZED, RECOGNIZED, QUEUED]
    step_until(it, lambda: states(it) == [RECOGNIZED] * 3)


@pytest.mark.parametrize("fatal", ["settle", "take_back"])
def test_a_full_disk_does_not_hide_one_that_fails(ledger, slow, monkeypatch, fatal):
    it = backlog(ledger, slow.url)
    monkeypatch.setattr(ledger, "lets_a_tail_go", lambda: False)
    for step in ("settle", "take_back"):
        error = StorageError("the disk keeps nothing") if step == fatal else LedgerFullError("full")
        monkeypatch.setattr(ledger, step, raising(error))
    with pytest.raises(StorageError):
        it.uploader._step(it.life)


def test_what_is_taken_back_without_room_for_its_release_is_no_doubt(ledger, slow, monkeypatch):
    it = backlog(ledger, slow.url)
    monkeypatch.setattr(ledger, "lets_a_tail_go", lambda: False)
    with monkeypatch.context() as full:
        refuse = raising(LedgerFullError("the disk is full"))
        full.setattr(ledger._writer.spent, "release", refuse)
        it.uploader._step(it.life)
        assert states(it) == [RECOGNIZED, COMMITTED, QUEUED]
        it.uploader._step(it.life)
        assert states(it) == [RECOGNIZED, COMMITTED, QUEUED], "nothing new meanwhile"
    monkeypatch.undo()
    step_until(it, lambda: states(it) == [RECOGNIZED] * 3)
    assert slow.journal().charged == 3


def test_who_let_it_go_is_in_the_spent_log(tmp_path, slow):
    with draining(tmp_path, slow):
        pass
    lines = (tmp_path / "state" / "spent.log").read_text().splitlines()
    released = [json.loads(line.partition(" ")[2]) for line in lines if "released" in line]
    assert [one["who"] for one in released] == ["lane"], "the service has refused nothing"


@pytest.mark.parametrize("fault", ["key_23", "key_27", "status_413"])
def test_who_sees_the_queue_paused_finds_nothing_that_waits(ledger, fault):
    with Sandbox(credits=9, faults={fault: 1.0}) as sandbox:
        it = backlog(ledger, sandbox.url, doubts=-2)  # the first doubt is too many
        seen, hear = [], it.uploader._news._publish

        def look(event):
            if event.kind is EventKind.PAUSED:
                seen.append(states(it))
            hear(event)

        it.uploader._news._publish = look
        step_until(it, lambda: seen)
    assert not UNDER_WAY & set(seen[0]), seen


def test_room_is_told_of_before_the_backlog_is_worked_off(ledger, slow, monkeypatch, caplog):
    caplog.set_level("INFO")
    it = backlog(ledger, slow.url, count=1)
    with monkeypatch.context() as full:
        full.setattr(ledger, "claim", raising(LedgerFullError("the disk is full")))
        it.uploader._step(it.life)
    told, settle = [], ledger.settle

    def look(*args):
        told.append("room again" in caplog.text)
        return settle(*args)

    monkeypatch.setattr(ledger, "settle", look)
    it.uploader._step(it.life)
    assert told == [True]
