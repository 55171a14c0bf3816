"""A backlog that drains: while one answer is awaited the next picture is made ready."""

import gc
import threading

import pytest
from uploader_bench import (
    VINS,
    Bench,
    bench,
    draining,
    second_ends,
    states,
    vins_at,
)

from kiosk.announcer import Announcer
from kiosk.app import _uploader
from kiosk.clock import SystemClock
from kiosk.config.schema import LaneConfig
from kiosk.errors import LedgerFullError, StorageError
from kiosk.ledger.ledger import Ledger
from kiosk.model import Answer, Answered, Claim, EventKind, NeverSent, PauseReason, State
from kiosk.sandbox.server import Sandbox
from kiosk.service import deliveries

QUEUED, COMMITTED, RECOGNIZED = State.QUEUED, State.COMMITTED, State.RECOGNIZED


@pytest.fixture
def slow():
    """A service whose first answer lets everybody wait."""
    with Sandbox(credits=9, faults={"slow": 1.0}, slow_s=0.2) as sandbox:
        yield sandbox


def after_the_first(sandbox):
    """Let the service behave from the second request on."""
    sandbox.journal(at_least=1)
    sandbox.set_faults({})


def test_each_is_sent_once_in_its_order_and_paid_once(tmp_path, slow):
    with draining(tmp_path, slow, count=4) as it:
        assert len(slow.journal().requests) == 1, "the second one's tail has not left"
        it.heard(EventKind.RECOGNIZED, count=4)
        assert [row.attempts for row in it.ledger.submissions()] == [1] * 4
        assert it.ledger.status().credits_today == 4
    assert vins_at(slow) == list(VINS)
    assert slow.journal().charged == 4


def test_the_next_one_leaves_before_the_answer_is_written(tmp_path, slow, monkeypatch):
    """Three syncs on the way of each picture are what the overlap saves."""
    with draining(tmp_path, slow) as it:
        write, seen = it.ledger.settle_and_claim, []

        def settle_and_claim(*args, **options):
            seen.append(len(slow.journal(at_least=2).requests))
            return write(*args, **options)

        monkeypatch.setattr(it.ledger, "settle_and_claim", settle_and_claim)
        it.heard(EventKind.RECOGNIZED, count=3)
    assert seen[0] == 2, "the second request was whole, and the first one's end not yet written"


def test_what_a_backlog_has_behind_it_leaves_memory(tmp_path, slow, monkeypatch):
    with draining(tmp_path, slow, count=4) as it:
        write, held = it.ledger.settle_and_claim, []

        def settle_and_claim(*args, **options):
            gc.collect()
            held.append(sum(isinstance(one, Claim) for one in gc.get_objects()))
            return write(*args, **options)

        monkeypatch.setattr(it.ledger, "settle_and_claim", settle_and_claim)
        it.heard(EventKind.RECOGNIZED, count=4)
    assert held[-1] == held[-2] < 4, "each held the next one, and the first one all of them"


def test_a_stop_takes_it_back_and_makes_no_doubt(tmp_path, slow):
    with draining(tmp_path, slow) as it:
        assert states(it)[2] is QUEUED
    with Ledger.open(tmp_path / "state", SystemClock()) as ledger:
        assert [row.state for row in ledger.submissions()] == [RECOGNIZED, QUEUED, QUEUED]
        assert (ledger.start_report.in_doubt, ledger.start_report.requeued) == (0, 0)
    assert slow.journal().charged == 1
    with Sandbox(credits=9) as sandbox, bench(tmp_path, sandbox.url) as it:
        it.uploader.notify()
        it.heard(EventKind.RECOGNIZED, count=2)
        assert vins_at(sandbox) == list(VINS[1:3])


def test_who_presses_goes_before_what_is_ready(tmp_path, slow):
    with draining(tmp_path, slow, count=2) as it:
        pressed = it.submit(VINS[3])
        it.heard(EventKind.RECOGNIZED, count=3)
        assert [event.submission.id for event in it.said if event.submission][1] == pressed
    assert vins_at(slow) == [VINS[0], VINS[3], VINS[1]]
    assert slow.journal().charged == 3


def test_beside_a_live_scan_nothing_is_made_ready(tmp_path, slow):
    with bench(tmp_path, slow.url) as it:
        it.submit_to_the_backlog(VINS[1])
        it.submit(VINS[0])
        slow.journal(at_least=1)
        assert states(it) == [QUEUED, COMMITTED]
        it.heard(EventKind.RECOGNIZED, count=2)
    assert vins_at(slow) == list(VINS[:2])


@pytest.mark.parametrize(
    ("fault", "end", "reason"),
    [
        ("key_23", QUEUED, PauseReason.BALANCE),
        ("status_401", QUEUED, PauseReason.CONFIGURATION),
        ("reset_after_tail", State.IN_DOUBT, PauseReason.DOUBTS),
        ("key_27", State.UNRECOGNIZED, PauseReason.DOUBTS),
    ],
)
def test_an_end_that_stops_the_queue_takes_it_back(tmp_path, monkeypatch, fault, end, reason):
    """The pause of too many doubts stands in the transaction of the last one."""
    with Sandbox(credits=9, faults={fault: 1.0}) as sandbox:
        with Ledger.open(tmp_path / "state", SystemClock()) as ledger:
            it = Bench(ledger, sandbox.url, doubts=-2)  # the first one is too many
            monkeypatch.setattr(ledger, "pause", pytest.fail)
            for vin in VINS[:3]:
                it.submit_to_the_backlog(vin)
            it.uploader._step(it.life)
            assert states(it) == [end, QUEUED, QUEUED]
            assert ledger.status().pause.reason is reason
            assert sum(entry.complete for entry in sandbox.journal().requests) == 1
            assert it.heard(EventKind.PAUSED).pause.reason is reason
            if reason is PauseReason.DOUBTS:
                assert "keeps failing" in ledger.status().pause.detail
            it.uploader._step(it.life)
        sandbox.set_faults({})
        with bench(tmp_path, sandbox.url) as it:
            it.ledger.resume("a person")
            it.uploader.resumed()
            it.heard(EventKind.RECOGNIZED, count=2 + (end is QUEUED))
        whole = [entry.sha256 for entry in sandbox.journal().requests if entry.charged]
        assert len(whole) == len(set(whole)), "no picture is paid for twice"


def test_a_person_who_pauses_the_queue_stops_what_is_ready(tmp_path, slow):
    with draining(tmp_path, slow) as it:
        it.ledger.pause(PauseReason.OPERATOR, "stock taking", "maria")
        it.heard(EventKind.RECOGNIZED)
        it.until(lambda: states(it) == [RECOGNIZED, QUEUED, QUEUED])
    assert slow.journal().charged == 1


def test_the_days_limit_counts_both(tmp_path, slow):
    with Ledger.open(tmp_path / "state", SystemClock(), daily_credit_limit=2) as ledger:
        it = Bench(ledger, slow.url)
        for vin in VINS[:3]:
            it.submit_to_the_backlog(vin)
        for _ in range(2):
            it.uploader._step(it.life)
        assert states(it) == [RECOGNIZED, RECOGNIZED, QUEUED]
        assert ledger.submissions()[2].attempts == 0
        assert it.said[-1].kind is EventKind.DAILY_LIMIT


def test_one_that_waited_too_long_is_taken_back(tmp_path, slow, monkeypatch):
    """A server hangs up on a request that does not go on; sent then it would be a doubt."""
    monkeypatch.setattr(deliveries, "_STALE_S", 0.1)
    with draining(tmp_path, slow) as it:
        it.heard(EventKind.RECOGNIZED, count=3)
        assert [row.attempts for row in it.ledger.submissions()] == [1, 2, 1], "then one by one"
    assert vins_at(slow) == list(VINS[:3])


def test_one_that_the_service_hung_up_on_was_never_sent(tmp_path):
    """And nothing is made ready beside the next ones: such a service wants one at a time."""
    faults = {"slow": 1.0}
    with Sandbox(credits=9, faults=faults, slow_s=0.3, timeout_s=0.1) as sandbox:
        with draining(tmp_path, sandbox) as it:
            it.heard(EventKind.RECOGNIZED, count=3)
            assert [row.attempts for row in it.ledger.submissions()] == [1, 2, 1]
        assert vins_at(sandbox) == list(VINS[:3])
        assert sandbox.journal().charged == 3


def test_a_services_wish_for_a_pause_outlives_the_answer_under_way(tmp_path, slow, monkeypatch):
    second_ends(monkeypatch, lambda *_, **__: NeverSent("busy", 429, 600.0))
    with bench(tmp_path, slow.url) as it:
        for vin in VINS[:2]:
            it.submit_to_the_backlog(vin)
        it.uploader.notify()
        it.heard(EventKind.RECOGNIZED)
        it.until(lambda: states(it) == [RECOGNIZED, QUEUED])
        it.until(lambda: it.uploader._pacing.seconds_to_wait(SystemClock().monotonic()) > 500)


def test_a_result_before_its_time_is_written_at_once(tmp_path, slow, monkeypatch):
    class Held:
        is_waiting = False

        def read_early(self, in_the_way):
            return not in_the_way()

        def finish(self):
            answer = Answer(success=True, vin=VINS[1])
            return Answered(answer, 200, early=True, crossed=False)

    second_ends(monkeypatch, lambda *_, **__: Held())
    with bench(tmp_path, slow.url) as it:
        for vin in VINS[:2]:
            it.submit_to_the_backlog(vin)
        it.uploader.notify()
        it.until(lambda: states(it) == [COMMITTED, RECOGNIZED])
        it.heard(EventKind.RECOGNIZED, count=2)
        assert [row.credits for row in it.ledger.submissions()] == [1, 1]


def test_a_request_that_hangs_does_not_hold_up_an_answer(tmp_path, slow, monkeypatch):
    monkeypatch.setattr(deliveries, "_LONGEST_HOLD_UP_S", 0.1)
    tick = threading.Event()

    def hang(client, *args, in_the_way, **options):
        while not in_the_way():
            tick.wait(0.01)
        return NeverSent("stopping", by_us=True)

    with bench(tmp_path, slow.url) as it:
        second_ends(monkeypatch, hang)
        for vin in VINS[:2]:
            it.submit_to_the_backlog(vin)
        it.uploader.notify()
        it.heard(EventKind.RECOGNIZED, count=2)
        assert [row.attempts for row in it.ledger.submissions()] == [1, 2]
        assert EventKind.SERVICE_LOST not in {event.kind for event in it.said}
    assert vins_at(slow) == list(VINS[:2])


def test_without_room_for_another_the_answer_is_written(tmp_path, slow, monkeypatch):
    with draining(tmp_path, slow) as it:
        after_the_first(slow)
        with monkeypatch.context() as full:

            def refuse():
                raise LedgerFullError("the disk is full")

            full.setattr(it.ledger._writer._reserve, "ensure", refuse)
            it.heard(EventKind.RECOGNIZED, count=2)
            it.until(lambda: states(it) == [RECOGNIZED, RECOGNIZED, QUEUED])
        it.until(lambda: it.uploader.notify() or states(it)[2] is RECOGNIZED)
    assert slow.journal().charged == 3


def test_what_breaks_beside_an_answer_is_raised_once_that_is_written(tmp_path, slow, monkeypatch):
    with Ledger.open(tmp_path / "state", SystemClock()) as ledger:
        it = Bench(ledger, slow.url)
        for vin in VINS[:2]:
            it.submit_to_the_backlog(vin)
        claim = ledger.claim

        def broken(beside=None):
            if beside is not None:
                raise StorageError("the disk does not keep what it is given")
            return claim()

        monkeypatch.setattr(ledger, "claim", broken)
        with pytest.raises(StorageError):
            it.uploader._step(it.life)
        assert states(it) == [RECOGNIZED, QUEUED]


def test_a_lane_that_is_started_again_remembers_its_doubts(tmp_path):
    """One that dies after each tail would else burn a credit at each start."""
    facts = {
        "lane": "lane1",
        "state_dir": str(tmp_path / "state"),
        "camera": {"source": f"simulated:{tmp_path}"},
        "service": {"url": "http://127.0.0.1:9/x", "access_code_file": str(tmp_path / "code")},
    }
    clock = SystemClock()
    for doubts in range(4):
        with Ledger.open(tmp_path / "state", clock) as ledger:
            sender = _uploader(LaneConfig.model_validate(facts), ledger, clock, Announcer())
            held_back = sender._pacing.seconds_to_wait(clock.monotonic()) > 800
            assert held_back == (doubts == 3)
            Bench(ledger, "http://127.0.0.1:9/x").submit_to_the_backlog(VINS[doubts])
            ledger.commit_tail(ledger.claim())
