"""The whole way of a submission: a real ledger, real HTTP, the sandbox's honest books."""

import pytest
from uploader_bench import VINS, bench, crop_of, slow_down

from kiosk.clock import SystemClock
from kiosk.ledger.ledger import Ledger
from kiosk.model import (
    Answer,
    Answered,
    EventKind,
    NewScan,
    NewSubmission,
    PauseReason,
    ScanOutcome,
    State,
)
from kiosk.sandbox.server import Sandbox
from kiosk.service.client import ServiceClient


def test_a_submission_is_answered_once_and_costs_one_credit(tmp_path):
    with Sandbox(credits=5) as sandbox, bench(tmp_path, sandbox.url) as it:
        number = it.submit(VINS[0])
        event = it.heard(EventKind.RECOGNIZED)
        assert (event.submission.id, event.submission.vin) == (number, VINS[0])
        assert event.submission.vin_source == "service"
        assert event.scan_id == it.ledger.scans()[0].id
        assert it.ledger.status().credits_today == 1
        assert (sandbox.journal().charged, sandbox.journal().credits) == (1, 4)


@pytest.mark.parametrize(
    ("fault", "kind", "state", "charged"),
    [
        ("key_26", EventKind.UNRECOGNIZED, State.UNRECOGNIZED, 1),
        ("key_0", EventKind.UNRECOGNIZED, State.UNRECOGNIZED, 1),
        ("key_27", EventKind.UNRECOGNIZED, State.UNRECOGNIZED, 1),
        ("key_25", EventKind.REJECTED, State.REJECTED, 1),
        ("status_413", EventKind.REJECTED, State.REJECTED, 0),
        ("reset_after_tail", EventKind.IN_DOUBT, State.IN_DOUBT, 1),
        ("reset_uncharged", EventKind.IN_DOUBT, State.IN_DOUBT, 0),
        ("cut_answer", EventKind.IN_DOUBT, State.IN_DOUBT, 1),
        ("garbage", EventKind.IN_DOUBT, State.IN_DOUBT, 1),
        ("huge_answer", EventKind.IN_DOUBT, State.IN_DOUBT, 1),
        ("stall", EventKind.IN_DOUBT, State.IN_DOUBT, 1),
        ("redirect", EventKind.IN_DOUBT, State.IN_DOUBT, 0),
        ("http_429", EventKind.IN_DOUBT, State.IN_DOUBT, 0),
        ("http_500", EventKind.IN_DOUBT, State.IN_DOUBT, 0),
        ("early_result", EventKind.UNRECOGNIZED, State.UNRECOGNIZED, 1),
        ("result_500", EventKind.RECOGNIZED, State.RECOGNIZED, 1),
        ("stray_character", EventKind.RECOGNIZED, State.RECOGNIZED, 1),
    ],
)
def test_what_a_misbehaving_service_leads_to(tmp_path, fault, kind, state, charged):
    faults = {fault: 1.0}
    with (
        Sandbox(credits=5, faults=faults) as sandbox,
        bench(tmp_path, sandbox.url, answer_timeout_s=1.0) as it,
    ):
        number = it.submit(VINS[0])
        it.heard(kind)
        assert it.state_of(number) is state
        assert sandbox.journal(1).charged == charged
        assert len(sandbox.journal().requests) == 1, "nothing is tried twice after the tail"


@pytest.mark.parametrize("fault", ["refuse", "early_503", "reset_before_tail"])
def test_before_the_tail_it_waits_and_tries_again_for_free(tmp_path, monkeypatch, fault):
    with Sandbox(credits=5, faults={fault: 1.0}) as sandbox, bench(tmp_path, sandbox.url) as it:
        slow_down(monkeypatch, it.ledger, sandbox)
        number = it.submit(VINS[0])
        assert it.heard(EventKind.WAITING).submission.state is State.QUEUED
        monkeypatch.undo()
        sandbox.set_faults({fault: 0.0})
        it.heard(EventKind.RECOGNIZED)
        assert it.state_of(number) is State.RECOGNIZED
        assert sandbox.journal().charged == 1


@pytest.mark.parametrize(
    ("fault", "reason", "paid"),
    [
        ("key_29", PauseReason.CONFIGURATION, 1),
        ("status_400", PauseReason.CONFIGURATION, 0),
        ("status_401", PauseReason.CONFIGURATION, 0),
        ("status_403", PauseReason.CONFIGURATION, 0),
        ("status_404", PauseReason.CONFIGURATION, 0),
        ("key_23", PauseReason.BALANCE, 0),
    ],
)
def test_a_refusal_pauses_the_queue_until_a_person_resumes(tmp_path, fault, reason, paid):
    with Sandbox(credits=5, faults={fault: 1.0}) as sandbox, bench(tmp_path, sandbox.url) as it:
        numbers = [it.submit(VINS[0])]
        assert it.heard(EventKind.PAUSED).pause.reason is reason
        numbers.append(it.submit(VINS[1]))
        sandbox.set_faults({fault: 0.0})
        it.uploader.notify(live=True)
        assert {it.state_of(number) for number in numbers} == {State.QUEUED}
        assert len(sandbox.journal().requests) == 1, "one refused request, then none"
        it.ledger.resume("a person")
        it.uploader.resumed()
        it.heard(EventKind.RECOGNIZED, count=2)
        assert sandbox.journal().charged == 2 + paid


def test_a_dead_service_is_said_once_and_probed_without_a_submission(tmp_path):
    sandbox = Sandbox(credits=5)
    with sandbox:
        url = sandbox.url
    with bench(tmp_path, url) as it:
        first = it.submit(VINS[0])
        it.heard(EventKind.WAITING)
        assert it.heard(EventKind.SERVICE_LOST).detail
        it.until(lambda: it.ledger.submission(first).attempts == 2)  # from now on it only probes
        second = it.submit(VINS[1])
        waiting = it.heard(EventKind.WAITING, count=2)
        assert (waiting.submission.id, waiting.submission.attempts) == (second, 0)
        port = int(url.split(":")[2].split("/")[0])
        with Sandbox(port=port, credits=5) as back:
            it.heard(EventKind.SERVICE_BACK)
            it.heard(EventKind.RECOGNIZED, count=2)
            assert it.ledger.submission(first).attempts == 3
            assert back.journal().charged == 2
        assert sum(event.kind is EventKind.SERVICE_LOST for event in it.said) == 1


def test_a_stop_before_the_tail_is_no_news_of_the_service(tmp_path, monkeypatch):
    with Sandbox(credits=5) as sandbox:
        with bench(tmp_path, sandbox.url) as it:
            claim = it.ledger.claim

            def claim_and_stop():
                claimed = claim()
                it.life.stop()
                return claimed

            monkeypatch.setattr(it.ledger, "claim", claim_and_stop)
            number = it.submit(VINS[0])
            it.until(lambda: it.ledger.submission(number).attempts == 1)
        assert it.said == []
        with Ledger.open(tmp_path / "state", SystemClock()) as ledger:
            assert ledger.submission(number).state is State.QUEUED
        assert sandbox.journal().charged == 0


def test_a_stop_waits_for_the_answer_that_was_paid_for(tmp_path):
    with Sandbox(credits=5, faults={"slow": 1.0}, slow_s=1.0) as sandbox:
        with bench(tmp_path, sandbox.url) as it:
            number = it.submit(VINS[0])
            sandbox.journal(at_least=1)  # the request is booked, the answer still to come
        with Ledger.open(tmp_path / "state", SystemClock()) as ledger:
            assert ledger.submission(number).state is State.RECOGNIZED
            assert ledger.start_report.in_doubt == 0


def test_what_the_spent_log_knows_is_not_sent(tmp_path):
    with Sandbox(credits=5) as sandbox:
        with bench(tmp_path, sandbox.url) as it:
            database = tmp_path / "state" / "ledger.sqlite"
            it.submit(VINS[0])
            it.heard(EventKind.RECOGNIZED)
        for leftover in database.parent.glob("ledger.sqlite*"):
            leftover.unlink()
        with Ledger.open(tmp_path / "state", SystemClock()) as ledger:
            scan = NewScan("button", ScanOutcome.VIN, text=VINS[0], vin=VINS[0])
            ledger.enqueue(scan, NewSubmission(crop_of(VINS[0]), VINS[0], VINS[0]))
        with bench(tmp_path, sandbox.url) as it:
            it.uploader.notify()
            assert [row.state for row in it.ledger.submissions()] == [State.DUPLICATE]
        assert sandbox.journal().charged == 1


@pytest.mark.parametrize(
    ("key", "state", "paid", "pause"),
    [
        (23, State.QUEUED, 0, PauseReason.BALANCE),
        (29, State.QUEUED, 1, PauseReason.CONFIGURATION),
        (26, State.UNRECOGNIZED, 1, None),
        (None, State.RECOGNIZED, 1, None),
    ],
)
def test_a_result_before_anything_was_written_down_counts(
    tmp_path, monkeypatch, key, state, paid, pause
):
    answer = Answer(success=key is None, key=key, vin=None if key else VINS[0])

    def answered_early(*_args, **_options):
        return Answered(answer, 200, early=True, crossed=False)

    monkeypatch.setattr(ServiceClient, "attempt", answered_early)
    with bench(tmp_path, "http://127.0.0.1:9/vinbarcode/v2") as it:
        number = it.submit(VINS[0])
        it.until(lambda: it.state_of(number) is state and it.said)
        assert it.ledger.submission(number).credits == paid
        assert (it.ledger.status().pause and it.ledger.status().pause.reason) == pause
        if pause is not None:  # the picture counts as never sent: resumed, it goes out
            monkeypatch.undo()
            it.ledger.resume("a person")
            it.uploader.resumed()
            it.heard(EventKind.SERVICE_LOST)
            assert it.state_of(number) is State.QUEUED
