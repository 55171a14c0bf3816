"""Two requests at a time: what the second one must never do to the first, or to who presses."""

import sys
import threading
from pathlib import Path

import pytest
from uploader_bench import PATIENCE_S, VINS, bench, crop_of, draining, second_ends, states, vins_at

from kiosk.clock import SystemClock
from kiosk.model import EventKind, NeverSent, NewScan, NewSubmission, ScanOutcome, State
from kiosk.sandbox.server import Sandbox
from kiosk.service import deliveries
from kiosk.service.client import ServiceClient
from kiosk.service.tail import HeldTailAdapter
from kiosk.service.wire import Wire

sys.path.append(str(Path(__file__).parents[1] / "faults"))

from hostile import SUCCESS, HostileServer, answer

COMMITTED, RECOGNIZED, IN_DOUBT = State.COMMITTED, State.RECOGNIZED, State.IN_DOUBT


@pytest.fixture
def slow():
    with Sandbox(credits=9, faults={"slow": 1.0}, slow_s=0.2) as sandbox:
        yield sandbox


def test_a_service_that_wants_one_at_a_time_costs_one_doubt(tmp_path):
    """A sound answer to the next one, sent alone, is no reason to try two at once again."""
    faults = {"one_at_a_time": 1.0}
    with (
        Sandbox(credits=9, faults=faults, slow_s=0.15) as sandbox,
        bench(tmp_path, sandbox.url) as it,
    ):
        for vin in VINS:
            it.submit_to_the_backlog(vin)
        it.uploader.notify()
        it.heard(EventKind.RECOGNIZED, count=3)
        assert states(it) == [IN_DOUBT, RECOGNIZED, RECOGNIZED, RECOGNIZED]


def test_a_second_one_that_hangs_is_not_tried_again_at_once(tmp_path, slow, monkeypatch):
    monkeypatch.setattr(deliveries, "_LONGEST_HOLD_UP_S", 0.02)
    real, tick, hangs = ServiceClient.prepare, threading.Event(), []

    def hang(client, *args, in_the_way=None, **options):
        if in_the_way is None:
            return real(client, *args, **options)
        hangs.append(client)
        while not in_the_way():
            tick.wait(0.01)
        return NeverSent("stopping", by_us=True)

    monkeypatch.setattr(ServiceClient, "prepare", hang)
    with bench(tmp_path, slow.url) as it:
        for vin in VINS:
            it.submit_to_the_backlog(vin)
        it.uploader.notify()
        it.heard(EventKind.RECOGNIZED, count=4)
    assert len(hangs) == 1


def hold_the_second(monkeypatch, until):
    """Let the second request see all that the service said before it looks for it."""
    acknowledged, heads = Wire.wait_acknowledged, []

    def wait_acknowledged(wire, patience):
        heads.append(wire)
        undisturbed = acknowledged(wire, patience)
        return undisturbed and (len(heads) != 2 or until.wait(PATIENCE_S))

    monkeypatch.setattr(Wire, "wait_acknowledged", wait_acknowledged)


def test_an_early_answer_that_drips_holds_nothing_up_and_is_not_lost(tmp_path, monkeypatch):
    monkeypatch.setattr(deliveries, "_LONGEST_HOLD_UP_S", 0.05)
    begun = threading.Event()
    hold_the_second(monkeypatch, begun)
    whole = answer(SUCCESS)

    def script(visit):
        if len(visit.server.visits) == 1:
            visit.read_request()
            begun.wait(PATIENCE_S)
            visit.sock.sendall(whole)
            return
        visit.read_headers()
        visit.sock.sendall(whole[:-9])
        begun.set()
        visit.server.proceed.wait(PATIENCE_S)
        visit.sock.sendall(whole[-9:])

    with HostileServer(script) as server, bench(tmp_path, server.url) as it:
        for vin in VINS[:2]:
            it.submit_to_the_backlog(vin)
        it.uploader.notify()
        it.heard(EventKind.RECOGNIZED)
        assert states(it) == [RECOGNIZED, State.SENDING]
        server.proceed.set()
        it.heard(EventKind.RECOGNIZED, count=2)
        assert [(row.attempts, row.credits) for row in it.ledger.submissions()] == [(1, 1)] * 2
    assert server.connections == 2


def test_a_result_that_comes_while_it_waits_is_never_paid_for_again(tmp_path):
    """The first one's end says that the second is to be taken back: too late, it is answered."""
    said = threading.Event()

    def script(visit):
        if len(visit.server.visits) == 1:
            visit.read_request()
            said.wait(PATIENCE_S)
            visit.sock.sendall(answer(b"no result", 500))
            return
        visit.read_headers()
        visit.server.proceed.wait(PATIENCE_S)
        visit.sock.sendall(answer(SUCCESS))
        said.set()

    with HostileServer(script) as server, draining(tmp_path, server, count=2) as it:
        server.proceed.set()
        it.heard(EventKind.RECOGNIZED)
        assert states(it) == [IN_DOUBT, RECOGNIZED]
        assert it.ledger.submissions()[1].credits == 1
    assert server.connections == 2


# ---- who presses ------------------------------------------------------------------------------


def saved_unheard(it, monkeypatch):
    """Save a scan of which the uploader has not heard yet: between COMMIT and ``expect``."""
    crop, vin = crop_of(VINS[3]), VINS[3]
    scan = NewScan("button", ScanOutcome.VIN, text=vin, vin=vin)
    it.ledger.enqueue(scan, NewSubmission(crop, vin, vin))


def saved_slowly(it, monkeypatch):
    """Press while the answer comes: the ledger is held on a slow card until after it."""
    numbers = it.ledger._writer.numbers
    mark = numbers.mark

    def mark_slowly(seq):
        if seq > numbers.highest:
            threading.Event().wait(0.4)
        mark(seq)

    monkeypatch.setattr(numbers, "mark", mark_slowly)
    it.submit(VINS[3])


@pytest.mark.parametrize("press", [saved_unheard, saved_slowly])
def test_what_the_ledger_holds_of_who_presses_goes_first(tmp_path, slow, monkeypatch, press):
    with draining(tmp_path, slow, count=2) as it:
        press(it, monkeypatch)
        it.heard(EventKind.RECOGNIZED, count=3)
    assert vins_at(slow) == [VINS[0], VINS[3], VINS[1]]


# ---- time -------------------------------------------------------------------------------------


class Ahead(SystemClock):
    """A clock that can be put forward."""

    by_s = 0.0

    def monotonic(self):
        return super().monotonic() + self.by_s


@pytest.mark.parametrize("step", ["commit_tail", "lets_a_tail_go"])
def test_one_that_grew_old_over_the_ledgers_work_does_not_leave(tmp_path, slow, monkeypatch, step):
    """A service's patience began with the head; a slow card's syncs do not stop it."""
    clock = Ahead()
    with bench(tmp_path, slow.url) as it:
        monkeypatch.setattr(it.uploader._deliveries, "_clock", clock)
        work, calls = getattr(it.ledger, step), []

        def slowly(*claim):
            calls.append(claim)
            if len(calls) == (2 if step == "commit_tail" else 1):
                clock.by_s = 30.0
            return work(*claim)

        monkeypatch.setattr(it.ledger, step, slowly)
        for vin in VINS[:2]:
            it.submit_to_the_backlog(vin)
        it.uploader.notify()
        it.heard(EventKind.RECOGNIZED, count=2)
        assert [row.attempts for row in it.ledger.submissions()] == [1, 2]


def test_getting_ready_and_reading_an_answer_each_have_a_lease_and_no_more(
    tmp_path, slow, monkeypatch
):
    left, real_prepare, real_read = {}, ServiceClient.prepare, HeldTailAdapter._read
    with bench(tmp_path, slow.url) as it:
        claim = it.ledger.claim

        def claim_late(**beside):  # as if all of the lease had gone by
            it.life.beat()
            return claim(**beside)

        def prepare(client, *args, **options):
            left["prepare"] = it.life.seconds_left
            it.life.beat()
            return real_prepare(client, *args, **options)

        def read(*args):
            left.setdefault("read", it.life.seconds_left)
            return real_read(*args)

        monkeypatch.setattr(it.ledger, "claim", claim_late)
        second_ends(monkeypatch, prepare)
        monkeypatch.setattr(HeldTailAdapter, "_read", read)
        longest = it.uploader._longest_attempt_s
        for vin in VINS[:2]:
            it.submit_to_the_backlog(vin)
        it.uploader.notify()
        it.heard(EventKind.RECOGNIZED, count=2)
    assert all(20 + longest >= s > 10 + longest for s in left.values()), left
    assert set(left) == {"prepare", "read"}
