"""What a command can do to a lane, on a real ledger."""

import hashlib
import threading

import pytest

from kiosk.clock import SystemClock
from kiosk.control.decisions import Surroundings
from kiosk.control.operations import Operations
from kiosk.errors import NoDaemonError, PictureError, TransitionError, UsageError
from kiosk.model import (
    Event,
    EventKind,
    NewScan,
    PauseReason,
    Reading,
    ScanOutcome,
    State,
    Verdict,
)

VIN = "1M8GDM9AXKP042788"
OTHER_VIN = "5GZCZ43D13S812715"


def without(ledger, pictures, clock, **around):
    return Operations(
        ledger, pictures, clock, upload_when="located", surroundings=Surroundings(**around)
    )


# ---- submit -------------------------------------------------------------------------------


def test_a_label_is_saved_before_anybody_hears_of_it(submit, pictures, ledger, service):
    picture = pictures.vin()
    facts = submit(picture, "intake/lane 1/front.jpg")
    assert (facts["state"], facts["vin"], facts["vin_source"]) == ("queued", VIN, "local")
    assert facts["pending"]
    assert facts["reason"].startswith("saved; will be sent when the service answers")
    saved = ledger.submission(facts["id"])
    assert saved.file_sha256 == hashlib.sha256(picture).hexdigest()
    assert saved.file_name == "front.jpg", "never a path"
    assert not saved.live, "a car at the lane goes before a picture from a terminal"
    assert [scan.outcome for scan in ledger.scans()] == [ScanOutcome.VIN]
    assert service.woken == [True]


def test_a_batch_does_not_hurry_the_uploader(submit, pictures, service):
    submit(pictures.vin(), hurry=False)
    assert service.woken == [False]


def test_an_answer_replaces_what_was_read_here(submit, pictures, operations, service):
    facts = submit(pictures.unread())
    assert (facts["vin"], facts["vin_source"]) == (None, None)
    service.answer(vin=VIN)
    facts = operations.submission(facts["id"])
    assert facts["state"] == "recognized"
    assert (facts["vin"], facts["vin_source"], facts["credits"]) == (VIN, "service", 1)
    assert facts["good"]
    assert not facts["pending"]


def test_the_same_file_again_costs_nothing_and_shows_the_earlier_answer(submit, pictures, service):
    picture = pictures.vin()
    first = submit(picture)
    again = submit(picture)
    assert again["state"] == "duplicate"
    assert again["duplicate_of"] == first["id"]
    assert again["pending"], "the earlier one may still be answered"
    service.answer()
    third = submit(picture)
    assert (third["vin"], third["vin_source"], third["credits"]) == (VIN, "service", 0)
    assert third["good"]
    assert f"submission {first['id']} is recognized" in third["reason"]
    assert service.woken == [True], "a duplicate sends nothing"


def test_a_duplicate_of_what_failed_is_no_success(submit, pictures, service):
    picture = pictures.vin()
    submit(picture)
    service.answer(State.IN_DOUBT, reason="the answer was lost")
    again = submit(picture)
    assert again["state"] == "duplicate"
    assert not again["good"]
    assert not again["pending"]
    assert "is in doubt: the answer was lost" in again["reason"]


def test_a_person_may_pay_again(submit, pictures, service):
    picture = pictures.vin()
    first = submit(picture)
    service.answer()
    again = submit(picture, pay_again=True)
    assert again["state"] == "queued"
    assert again["id"] != first["id"]


def test_a_second_unread_label_asks_first(submit, pictures):
    first = submit(pictures.unread("one"))
    second = submit(pictures.unread("two"))
    assert (second["id"], second["state"]) == (None, None)
    assert f"submission {first['id']}" in second["reason"]
    assert "--pay-again" in second["reason"]
    assert not second["good"]
    assert submit(pictures.unread("three"), pay_again=True)["state"] == "queued"


NO_CROP = {
    "foreign with a VIN": Reading(Verdict.FOREIGN, VIN, VIN, 1.0, "qr"),
    "foreign": Reading(Verdict.FOREIGN, "hello", None, 1.0, "qr"),
    "not a VIN": Reading(Verdict.NOT_VIN, "PART-1", None, 1.0, "code39"),
    "nothing": Reading(Verdict.NONE),
    "two labels": Reading(Verdict.UNREAD, vins=(VIN, OTHER_VIN)),
}


@pytest.mark.parametrize(
    ("content", "rule", "state", "outcome", "words"),
    [
        ("vin", "located", "queued", ScanOutcome.VIN, "saved"),
        ("vin", "read", "queued", ScanOutcome.VIN, "saved"),
        ("vin", "never", "local", ScanOutcome.VIN, None),
        ("unread", "located", "queued", ScanOutcome.UNREAD, "saved"),
        ("unread", "read", None, ScanOutcome.UNREAD, "upload.when is `read`"),
        ("unread", "never", None, ScanOutcome.UNREAD, "upload.when is `never`"),
        ("foreign with a VIN", "located", "local", ScanOutcome.FOREIGN, None),
        ("foreign", "located", None, ScanOutcome.FOREIGN, "qr code without a VIN"),
        ("not a VIN", "located", None, ScanOutcome.NOT_VIN, "holds no VIN"),
        ("nothing", "located", None, ScanOutcome.NONE, "no VIN barcode found"),
        ("two labels", "located", None, ScanOutcome.TWO_LABELS, f"{VIN} and {OTHER_VIN}"),
    ],
)
def test_what_a_picture_becomes(
    ledger, pictures, clock, service, content, rule, state, outcome, words
):
    make = {"vin": pictures.vin, "unread": pictures.unread}.get(content)
    picture = make() if make else pictures.make(NO_CROP[content])
    operations = Operations(
        ledger, pictures, clock, upload_when=rule, surroundings=Surroundings(sender=service)
    )
    facts = operations.submit(picture, "a.jpg", hurry=True, pay_again=False)
    assert facts["state"] == state
    assert [scan.outcome for scan in ledger.scans()] == [outcome]
    assert ledger.scans()[0].trigger == "submit"
    assert words is None or words in facts["reason"]
    assert (facts["id"] is None) == (state is None)
    waiting = ledger.status().waiting
    assert waiting == (1 if state == "queued" else 0), "nothing else may cost a credit"
    if state == "local":
        assert facts["good"]
        assert facts["vin"] == VIN


def test_what_is_no_picture_leaves_no_trace(submit, ledger):
    with pytest.raises(PictureError):
        submit(b"%PDF-1.4 not a picture")
    assert ledger.scans() == []


def test_a_hostile_file_name_is_tamed(submit, pictures, ledger):
    facts = submit(pictures.vin(), "../../etc/\udc80\udcff" + "x" * 400)
    name = ledger.submission(facts["id"]).file_name
    assert "/" not in name
    assert len(name.encode()) <= 255 * 3


# ---- waiting ------------------------------------------------------------------------------


def test_waiting_ends_when_the_answer_is_published(ledger, pictures, service):
    operations = without(ledger, pictures, SystemClock(), sender=service)
    facts = operations.submit(pictures.vin(), "a.jpg", hurry=True, pay_again=False)
    answers = []
    waiter = threading.Thread(target=lambda: answers.append(operations.wait(facts["id"], 60)))
    waiter.start()
    submission = service.answer()
    operations.notice(Event(EventKind.RECOGNIZED, 0.0, submission=submission))
    waiter.join(10)
    assert [answer["state"] for answer in answers] == ["recognized"]


def test_waiting_for_a_duplicate_waits_for_the_one_it_repeats(ledger, pictures, service):
    operations = without(ledger, pictures, SystemClock(), sender=service)
    picture = pictures.vin()
    operations.submit(picture, "a.jpg", hurry=True, pay_again=False)
    again = operations.submit(picture, "a.jpg", hurry=True, pay_again=False)
    answers = []
    waiter = threading.Thread(target=lambda: answers.append(operations.wait(again["id"], 60)))
    waiter.start()
    operations.notice(Event(EventKind.RECOGNIZED, 0.0, submission=service.answer()))
    waiter.join(10)
    assert [(answer["state"], answer["vin"]) for answer in answers] == [("duplicate", VIN)]


def test_waiting_ends_at_the_time_out_with_what_is_known(submit, pictures, operations):
    facts = operations.wait(submit(pictures.vin())["id"], 0.0)
    assert facts["state"] == "queued"
    assert facts["pending"]


def test_a_paused_queue_is_not_waited_for(submit, pictures, operations, ledger):
    facts = submit(pictures.vin())
    ledger.pause(PauseReason.BALANCE, "insufficient balance")
    facts = operations.wait(facts["id"], 3600.0)
    assert facts["state"] == "queued"
    assert not facts["pending"]
    assert facts["reason"] == "saved; the queue is paused (balance): insufficient balance"


def test_what_has_been_sent_is_not_called_unsent(submit, pictures, operations, ledger):
    facts = submit(pictures.vin())
    claim = ledger.claim()
    ledger.commit_tail(claim)
    facts = operations.submission(facts["id"])
    assert facts["state"] == "committed"
    assert facts["pending"]
    assert facts["reason"].startswith("sent")


# ---- a person's decisions -----------------------------------------------------------------


def test_a_doubt_is_sent_again_only_by_a_person_who_is_named(
    submit, pictures, operations, service, ledger
):
    facts = submit(pictures.vin())
    service.answer(State.IN_DOUBT)
    row = operations.resend(facts["id"], "user anna (uid 1000)")
    assert row["state"] == "queued"
    assert "user anna (uid 1000)" in ledger.submission(facts["id"]).reason
    assert service.woken == [True, True]
    assert service.answer().state is State.RECOGNIZED


def test_a_drop_ends_a_submission_and_those_who_wait_for_it(ledger, pictures, service):
    operations = without(ledger, pictures, SystemClock(), sender=service)
    facts = operations.submit(pictures.vin(), "a.jpg", hurry=True, pay_again=False)
    answers = []
    waiter = threading.Thread(target=lambda: answers.append(operations.wait(facts["id"], 60)))
    waiter.start()
    assert operations.drop(facts["id"], "me")["state"] == "dropped"
    waiter.join(10)
    assert [answer["state"] for answer in answers] == ["dropped"]


def test_what_is_answered_cannot_be_resent_or_dropped(submit, pictures, operations, service):
    facts = submit(pictures.vin())
    service.answer()
    for decide in (operations.resend, operations.drop):
        with pytest.raises(TransitionError):
            decide(facts["id"], "me")


def test_an_unknown_number_is_a_usage_error(operations):
    for ask in (
        operations.submission,
        lambda number: operations.wait(number, 0.0),
        lambda number: operations.resend(number, "me"),
        lambda number: operations.drop(number, "me"),
    ):
        with pytest.raises(UsageError, match="there is no submission 99"):
            ask(99)


def test_a_resume_is_told_to_the_uploader_and_to_the_station(ledger, pictures, clock, service):
    published = []
    operations = without(ledger, pictures, clock, sender=service, publish=published.append)
    ledger.pause(PauseReason.BALANCE, "insufficient balance")
    assert operations.resume("me")["pause"]["reason"] == "balance"
    assert ledger.status().pause is None
    assert service.people_resumed == 1
    assert [event.kind for event in published] == [EventKind.RESUMED]
    assert operations.resume("me") == {"pause": None, "pauses": []}
    assert service.people_resumed == 1, "nothing was paused"


def test_a_pause_by_a_person_is_in_the_ledger_before_the_station_hears_of_it(
    ledger, pictures, clock, service
):
    told = []

    def publish(event):
        told.append((event.kind, event.pause, ledger.status().pauses))

    operations = without(ledger, pictures, clock, sender=service, publish=publish)
    facts = operations.pause("  stock\ttaking\n ", "user maria (uid 7)")
    assert [(one["reason"], one["detail"]) for one in facts["pauses"]] == [
        ("operator", "stock taking (user maria (uid 7))")
    ]
    pause = ledger.status().pause
    assert told == [(EventKind.PAUSED, pause, (pause,))]
    assert operations.pause("", "user maria (uid 7)")["pauses"][0]["detail"] == (
        "stopped by user maria (uid 7)"
    )
    assert operations.status()["pauses"][0]["reason"] == "operator"
    assert len(operations.pause("x" * 5000, "me")["pauses"][0]["detail"]) < 250
    ledger.pause(PauseReason.BALANCE, "empty")
    assert [one["reason"] for one in operations.resume("me")["pauses"]] == ["balance", "operator"]


def test_the_display_hears_the_counts_after_each_decision(ledger, pictures, clock, service):
    published = []
    operations = without(ledger, pictures, clock, sender=service, publish=published.append)

    def counts():
        event = published.pop()
        assert not published
        assert event.kind is EventKind.QUEUE_CHANGED
        assert event.scan_id is None, "nobody at the display waits for it"
        return event.submission.id, event.queue.waiting, event.queue.in_doubt

    first = operations.submit(pictures.vin(), "a.jpg", hurry=True, pay_again=False)["id"]
    assert counts() == (first, 1, 0)
    service.answer(State.IN_DOUBT)
    operations.resend(first, "me")
    assert counts() == (first, 1, 0)
    service.answer(State.IN_DOUBT)
    operations.drop(first, "me")
    assert counts() == (first, 0, 0)
    operations.submit(pictures.vin(), "b.jpg", hurry=True, pay_again=False)
    assert published == [], "a duplicate changes no count"


def test_without_a_daemon_decisions_still_reach_the_ledger(ledger, pictures, clock):
    operations = without(ledger, pictures, clock)
    facts = operations.submit(pictures.vin(), "a.jpg", hurry=True, pay_again=False)
    ledger.pause(PauseReason.DOUBTS, "the service keeps failing")
    assert operations.resume("me")["pause"]["reason"] == "doubts"
    assert operations.drop(facts["id"], "me")["state"] == "dropped"


# ---- the button and the lane --------------------------------------------------------------


class HeardLane:
    """Says what a lane says of its scans, as the test tells it to."""

    def __init__(self, ledger):
        self.ledger = ledger
        self.operations = None
        self.presses = []

    def press(self, trigger):
        self.presses.append(trigger)
        return True

    def begin(self):
        self.operations.notice(Event(EventKind.SCANNING, 0.0))

    def end(self, source="control", outcome=ScanOutcome.NONE, text=None):
        scan_id = self.ledger.record_scan(NewScan(source, outcome, text=text))
        self.operations.notice(Event(EventKind.NO_LABEL, 0.0, scan_id))

    def refuse(self, why):
        self.operations.notice(Event(EventKind.REFUSED, 0.0, detail=why))


@pytest.fixture
def heard_lane(ledger, pictures, clock):
    lane = HeardLane(ledger)
    lane.operations = without(ledger, pictures, clock, press=lane.press)
    return lane


NO_SCAN_YET = {"scan": None, "refused": None}


def test_a_press_leads_to_its_own_scan_not_to_an_earlier_one(heard_lane, ledger, clock):
    operations = heard_lane.operations
    heard_lane.begin()
    heard_lane.end()
    facts = operations.trigger("control")
    assert facts["outcome"] == "accepted"
    assert [(trigger.source, trigger.at) for trigger in heard_lane.presses] == [
        ("control", clock.monotonic())
    ]
    assert operations.scan_of(facts["press"], 0.0) == NO_SCAN_YET
    ledger.record_scan(NewScan("control", ScanOutcome.BUSY))
    heard_lane.begin()
    assert operations.scan_of(facts["press"], 0.0) == NO_SCAN_YET
    answer_to_an_earlier_car = Event(EventKind.RECOGNIZED, 0.0, scan_id=1)
    operations.notice(answer_to_an_earlier_car)
    assert operations.scan_of(facts["press"], 0.0) == NO_SCAN_YET
    heard_lane.end(outcome=ScanOutcome.NOT_VIN, text="PART-1")
    heard_lane.begin()
    heard_lane.end()
    scan = operations.scan_of(facts["press"], 0.0)["scan"]
    assert (scan["outcome"], scan["text"]) == ("not_vin", "PART-1")


def test_a_press_that_the_lane_took_up_too_late_has_a_row_of_its_own(heard_lane, ledger):
    operations = heard_lane.operations
    facts = operations.trigger("control")
    operations.notice(Event(EventKind.BUSY, 0.0))  # somebody else pressed meanwhile
    assert operations.scan_of(facts["press"], 0.0) == NO_SCAN_YET
    late = ledger.record_scan(NewScan("control", ScanOutcome.BUSY))
    operations.notice(Event(EventKind.BUSY, 0.0, scan_id=late))
    heard_lane.begin()
    heard_lane.end(text="ANOTHER CAR")
    scan = operations.scan_of(facts["press"], 0.0)["scan"]
    assert (scan["id"], scan["outcome"]) == (late, "busy")


def test_a_scan_that_ends_as_the_next_press_is_taken_is_not_taken_for_it(
    heard_lane, ledger, pictures, clock
):
    """Both pressed from the control socket; the earlier is recorded as the door opens."""

    def press_as_the_door_opens(trigger):
        heard_lane.end(text="EARLIER CAR")
        return True

    operations = without(ledger, pictures, clock, press=press_as_the_door_opens)
    heard_lane.operations = operations
    heard_lane.begin()
    facts = operations.trigger("control")
    assert operations.scan_of(facts["press"], 0.0) == NO_SCAN_YET
    heard_lane.begin()
    heard_lane.end(text="THIS CAR")
    assert operations.scan_of(facts["press"], 0.0)["scan"]["text"] == "THIS CAR"


def test_a_scan_that_could_not_be_saved_says_why_to_who_waits_and_in_the_status(heard_lane):
    operations = heard_lane.operations
    assert operations.status()["refused"] is None
    facts = operations.trigger("control")
    heard_lane.begin()
    heard_lane.refuse("the disk is full")
    assert operations.scan_of(facts["press"], 3600.0) == {
        "scan": None,
        "refused": "the disk is full",
    }
    status = operations.status()
    assert status["refused"] == "the disk is full"
    assert status["advice"].startswith("make room on the disk")
    heard_lane.end()  # in presentation mode: nobody pressed
    assert operations.status()["refused"] is None
    heard_lane.refuse("the disk is full")
    assert operations.status()["refused"] == "the disk is full"
    assert operations.scan_of(facts["press"], 0.0)["refused"] == "the disk is full"
    heard_lane.begin()
    assert operations.status()["refused"] == "the disk is full", "until a scan was saved again"
    heard_lane.end()
    status = operations.status()
    assert (status["refused"], status["advice"]) == (None, None)


def test_what_was_heard_of_old_scans_is_forgotten(heard_lane):
    for _ in range(150):
        heard_lane.begin()
        heard_lane.refuse("the disk is full")
    assert heard_lane.operations.scan_of(50, 0.0) == NO_SCAN_YET
    assert heard_lane.operations.scan_of(51, 0.0)["refused"] == "the disk is full"


def test_a_press_while_a_scan_runs_is_busy(ledger, pictures, clock):
    operations = without(ledger, pictures, clock, press=lambda trigger: False)
    assert operations.trigger("control")["outcome"] == "busy"


def test_there_is_no_button_without_a_daemon(operations):
    with pytest.raises(NoDaemonError):
        operations.trigger("control")


def test_the_status_holds_the_queue_and_what_only_the_daemon_knows(ledger, pictures, clock):
    operations = without(ledger, pictures, clock, live_facts=lambda: {"lane_state": "ready"})
    clock.advance(61)
    ledger.pause(PauseReason.BALANCE, "insufficient balance")
    status = operations.status()
    assert status["uptime_s"] == 61
    assert status["lane_state"] == "ready"
    assert status["waiting"] == 0
    assert status["pause"]["reason"] == "balance"
    assert "top up" in status["advice"]
