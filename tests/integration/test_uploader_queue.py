"""What holds the queue back or stops it, what does not, and what people are told of it."""

import threading

from uploader_bench import (
    VINS,
    Bench,
    bench,
    crop_of,
    once,
    slow_down,
)

from kiosk.clock import SystemClock
from kiosk.ledger.ledger import Ledger
from kiosk.model import (
    Crop,
    EventKind,
    NeverSent,
    NewScan,
    NewSubmission,
    PauseReason,
    ScanOutcome,
    State,
)
from kiosk.sandbox.server import Sandbox
from kiosk.service.client import ServiceClient


def test_two_rejected_in_a_row_pause_the_queue(tmp_path):
    faults = {"status_413": 1.0}
    with Sandbox(credits=5, faults=faults) as sandbox, bench(tmp_path, sandbox.url) as it:
        it.submit(VINS[0])
        it.heard(EventKind.REJECTED)
        assert it.ledger.status().pause is None
        it.submit(VINS[1])
        assert it.heard(EventKind.PAUSED).pause.reason is PauseReason.CONFIGURATION


def test_three_doubts_in_a_row_hold_back_the_rest(tmp_path):
    faults = {"reset_after_tail": 1.0}
    with Sandbox(credits=9, faults=faults) as sandbox, bench(tmp_path, sandbox.url) as it:
        for vin in VINS:
            it.submit(vin)
        it.heard(EventKind.IN_DOUBT, count=3)
        it.uploader.notify(live=True)
        states = sorted(row.state for row in it.ledger.submissions())
        assert states == [State.IN_DOUBT] * 3 + [State.QUEUED]
        pressed = it.submit("WAUZZZ8K9AA000001")
        it.until(lambda: pressed in it.told_to_wait())
        assert "failed after taking pictures" in it.told_to_wait()[pressed]


def test_who_presses_while_the_service_wants_a_pause_is_told_saved(tmp_path, monkeypatch):
    faults = {"early_503": 1.0}
    with Sandbox(credits=5, faults=faults) as sandbox, bench(tmp_path, sandbox.url) as it:
        slow_down(monkeypatch, it.ledger, sandbox)
        it.submit(VINS[0])
        it.heard(EventKind.WAITING)
        second = it.submit(VINS[1])
        waiting = it.heard(EventKind.WAITING, count=2).submission
        assert (waiting.id, waiting.attempts) == (second, 0), "Retry-After holds for a press too"
        assert "asked for a pause" in it.heard(EventKind.WAITING, count=2).detail


def test_doubt_upon_doubt_pauses_the_queue_for_a_person(tmp_path):
    faults = {"reset_after_tail": 1.0}
    with (
        Sandbox(credits=9, faults=faults) as sandbox,
        bench(tmp_path, sandbox.url, doubts=1, retry_s=0.01) as it,
    ):
        for vin in VINS:
            it.submit(vin)
        assert it.heard(EventKind.PAUSED).pause.reason is PauseReason.DOUBTS
        assert len(sandbox.journal().requests) == 4


def test_the_daily_limit_is_said_once_and_holds_the_queue(tmp_path):
    with (
        Sandbox(credits=5) as sandbox,
        Ledger.open(tmp_path / "state", SystemClock(), daily_credit_limit=1) as ledger,
    ):
        it = Bench(ledger, sandbox.url)
        thread = threading.Thread(target=it.uploader.run, args=(it.life,))
        thread.start()
        try:
            it.submit(VINS[0])
            it.heard(EventKind.RECOGNIZED)
            it.submit(VINS[1])
            it.heard(EventKind.DAILY_LIMIT)
            it.heard(EventKind.WAITING)
            it.uploader.notify(live=True)
        finally:
            it.life.stop()
            thread.join(30)
        assert [row.state for row in ledger.submissions()] == [State.RECOGNIZED, State.QUEUED]
        assert sandbox.journal().charged == 1


def test_a_picture_too_large_for_the_service_does_not_block_the_queue(tmp_path, monkeypatch):
    attempts = once(monkeypatch, NeverSent("refused", status=413))
    with Sandbox(credits=5) as sandbox, bench(tmp_path, sandbox.url, first_s=600, max_s=600) as it:
        number, _ = (it.submit_to_the_backlog(vin) for vin in VINS[:2])
        it.uploader.notify()
        assert "too large" in it.heard(EventKind.REJECTED).detail
        assert it.state_of(number) is State.REJECTED
        it.heard(EventKind.RECOGNIZED)
        assert len(attempts) == 2
        assert EventKind.SERVICE_LOST not in {event.kind for event in it.said}


def test_two_pictures_too_large_pause_the_queue(tmp_path, monkeypatch):
    monkeypatch.setattr(ServiceClient, "attempt", lambda *_, **__: NeverSent("no", status=413))
    with bench(tmp_path, "http://127.0.0.1:9/vinbarcode/v2") as it:
        for vin in VINS[:2]:
            it.submit(vin)
        assert it.heard(EventKind.PAUSED).pause.reason is PauseReason.CONFIGURATION
        it.heard(EventKind.REJECTED, count=2)


def test_a_crop_that_cannot_be_sent_is_rejected_and_the_next_one_goes(tmp_path):
    with Sandbox(credits=5) as sandbox, bench(tmp_path, sandbox.url) as it:
        tiny = NewSubmission(Crop(b"no picture", 9, 9, "png"))
        it.ledger.enqueue(NewScan("button", ScanOutcome.UNREAD), tiny)
        it.uploader.notify()
        assert "10 bytes" in it.heard(EventKind.REJECTED).detail
        it.submit(VINS[0])
        it.heard(EventKind.RECOGNIZED)
        assert sandbox.journal().charged == 1


def test_who_presses_during_a_failing_attempt_does_not_wait_for_its_back_off(tmp_path, monkeypatch):
    with (
        Sandbox(credits=5) as sandbox,
        bench(tmp_path, sandbox.url, first_s=600, max_s=600) as it,
    ):
        pressed = []

        def lost():
            pressed.append(it.submit(VINS[1]))
            return NeverSent("the network is down")

        attempts = once(monkeypatch, lost)
        it.submit_to_the_backlog(VINS[0])
        it.uploader.notify()
        assert it.heard(EventKind.RECOGNIZED).submission.id == pressed[0]
        assert attempts[:2] == [crop_of(VINS[0]).data, crop_of(VINS[1]).data]


def test_who_has_resumed_is_not_told_that_it_is_paused(tmp_path, monkeypatch):
    fault = "key_23"
    with Sandbox(credits=5, faults={fault: 1.0}) as sandbox, bench(tmp_path, sandbox.url) as it:
        settle = it.ledger.settle

        def settle_and_resume(claim, settlement):
            sandbox.set_faults({fault: 0.0})
            submission = settle(claim, settlement)
            it.ledger.resume("a quick person")
            return submission

        monkeypatch.setattr(it.ledger, "settle", settle_and_resume)
        it.submit(VINS[0])
        it.heard(EventKind.WAITING)
        it.heard(EventKind.RECOGNIZED)
        assert EventKind.PAUSED not in {event.kind for event in it.said}
