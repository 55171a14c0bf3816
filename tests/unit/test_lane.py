"""The scan state machine on a real ledger: what a technician gets for a press."""

import queue
import threading
from contextlib import contextmanager

import numpy as np
import pytest

from kiosk.camera.slot import LatestFrame
from kiosk.clock import SystemClock
from kiosk.errors import LedgerFullError, PictureError
from kiosk.gate import UploadWhen
from kiosk.handscan import HandCode
from kiosk.hint import hint_for
from kiosk.lane import Lane, LaneSettings
from kiosk.ledger.ledger import Ledger
from kiosk.lookout import Looked, Lookout
from kiosk.model import (
    Answer,
    Claim,
    Crop,
    EventKind,
    Frame,
    Reading,
    ScanOutcome,
    Settlement,
    State,
    Trigger,
    Verdict,
)
from kiosk.supervisor import Life

VIN = "1M8GDM9AXKP042788"
OTHER = "11111111111111111"
CROP = Crop(b"picture of the first label", 10, 10, "png")
SURE = Reading(Verdict.VIN, VIN, VIN, 0.99, "code39", crop=CROP)
OTHER_CAR = Reading(Verdict.VIN, OTHER, OTHER, 0.99, "code39", crop=Crop(b"other", 1, 1, "png"))
NONE = Reading(Verdict.NONE)
UNREAD = Reading(Verdict.UNREAD, confidence=0.4, crop=CROP)
UNREAD_AGAIN = Reading(Verdict.UNREAD, confidence=0.4, crop=Crop(b"again", 1, 1, "png"))
READ_LATER = Reading(Verdict.VIN, VIN, VIN, 0.99, "code39", crop=Crop(b"better", 1, 1, "png"))
FOREIGN_VIN = Reading(Verdict.FOREIGN, VIN, VIN, 1.0, "code128")
PALLET = Reading(Verdict.NOT_VIN, "PALLET-0042", confidence=1.0, symbology="code39")
PARCEL = Reading(Verdict.FOREIGN, "0034", confidence=1.0, symbology="code128")
TWO = Reading(Verdict.UNREAD, vins=(VIN, OTHER))


class Rehearsed:
    """An examiner that sees what the test puts before it."""

    def __init__(self):
        self.reading = NONE
        self.looks = 0
        self.at_work = threading.Event()
        self.may_go_on = threading.Event()
        self.may_go_on.set()

    def examine(self, image):
        self.looks += 1
        self.at_work.set()
        assert self.may_go_on.wait(10)
        return self.reading


class HurriedClock(SystemClock):
    """The machine's clock, and people's thinking passes at once."""

    ahead_s = 0.0

    def monotonic(self):
        return super().monotonic() + self.ahead_s


class Bench:
    """A lane with a camera that never stops and a book of what was said."""

    def __init__(self, ledger, when, *, camera, presentation=False, timeout_s=0.15):
        self.ledger = ledger
        self.clock = HurriedClock()
        self.frames = LatestFrame(self.clock)
        self.examiner = Rehearsed()
        self.said = []
        self.heard = threading.Condition()
        self.sent = 0
        self.camera = camera
        self.picture = np.zeros((2, 2), np.uint8)
        self.look = lambda: self.picture
        settings = LaneSettings(timeout_s, upload_when=when)
        parts = (self.frames, self.examiner, ledger, self.clock, self.hear, self.note_sent)
        lookout = Lookout(when, *parts) if presentation else None
        self.lane = Lane(settings, *parts, lookout=lookout, hint=hint_for)

    @contextmanager
    def at_work(self):
        self.life, stop = Life("lane", self.clock), threading.Event()
        self.lane_thread = threading.Thread(target=self.lane.run, args=(self.life,))
        threads = [self.lane_thread]
        if self.camera:
            threads.append(threading.Thread(target=self.film, args=(stop,)))
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self.examiner.may_go_on.set()
            stop.set()
            self.life.stop()
            for thread in threads:
                thread.join(10)

    def note_sent(self, submission):
        self.sent += 1

    def hear(self, event):
        with self.heard:
            self.said.append(event)
            self.heard.notify_all()

    def film(self, stop):
        number = 0
        while not stop.wait(0.01):
            number += 1
            self.frames.put(Frame(self.look, self.clock.monotonic(), number))

    def press(self, reading=None, *, source="button", at_once=False):
        """Press, wait for the last word of the scan, return its event."""
        if reading is not None:
            self.examiner.reading = reading
        if not at_once:
            self.read_the_display()
        start = len(self.said)
        assert self.lane.press(Trigger(source, self.clock.monotonic()))
        return self.last_word(start)

    def hears(self, kind):
        with self.heard:
            return self.heard.wait_for(lambda: any(e.kind is kind for e in self.said), 10)

    def answer(self):
        """Let the service answer all that waits."""
        while isinstance(claim := self.ledger.claim(), Claim):
            self.ledger.commit_tail(claim)
            answer = Answer(success=True, vin=claim.submission.vin, text=claim.submission.vin)
            self.ledger.settle(claim, Settlement(State.RECOGNIZED, "", credits=1, answer=answer))

    def read_the_display(self):
        """Take as long as a person needs to read the last question."""
        asked = [
            e.at for e in self.said if e.kind in {EventKind.ALREADY_SCANNED, EventKind.ASK_FIRST}
        ]
        if asked:
            self.clock.ahead_s += max(0.0, asked[-1] + 1.2 - self.clock.monotonic())

    def last_word(self, start):
        passing = {EventKind.SCANNING, EventKind.BUSY}
        with self.heard:
            assert self.heard.wait_for(
                lambda: any(event.kind not in passing for event in self.said[start:]), 10
            )
            event = next(event for event in self.said[start:] if event.kind not in passing)
        while self.lane.is_scanning:  # the door closes a moment after the last word
            threading.Event().wait(0.001)
        return event


@contextmanager
def bench(tmp_path, when=UploadWhen.LOCATED, *, camera=True, presentation=False):
    with Ledger.open(tmp_path / "state", SystemClock()) as ledger:
        it = Bench(ledger, when, camera=camera, presentation=presentation)
        with it.at_work():
            yield it


@pytest.mark.parametrize(
    ("reading", "kind", "outcome", "state"),
    [
        (SURE, EventKind.ACCEPTED, ScanOutcome.VIN, State.QUEUED),
        (UNREAD, EventKind.ACCEPTED, ScanOutcome.UNREAD, State.QUEUED),
        (FOREIGN_VIN, EventKind.RECORDED, ScanOutcome.FOREIGN, State.LOCAL),
        (PARCEL, EventKind.FOREIGN, ScanOutcome.FOREIGN, None),
        (PALLET, EventKind.NOT_VIN, ScanOutcome.NOT_VIN, None),
        (TWO, EventKind.TWO_LABELS, ScanOutcome.TWO_LABELS, None),
        (NONE, EventKind.NO_LABEL, ScanOutcome.NONE, None),
    ],
)
def test_what_a_press_comes_to(tmp_path, reading, kind, outcome, state):
    with bench(tmp_path) as it:
        event = it.press(reading)
        assert it.said[0].kind is EventKind.SCANNING
        assert event.kind is kind
        scan = it.ledger.scans()[0]
        assert (scan.id, scan.outcome) == (event.scan_id, outcome)
        rows = it.ledger.submissions()
        assert [row.state for row in rows] == ([state] if state else [])
        assert it.sent == (1 if state is State.QUEUED else 0)


@pytest.mark.parametrize(
    ("when", "reading", "state"),
    [
        (UploadWhen.READ, SURE, State.QUEUED),
        (UploadWhen.READ, UNREAD, None),
        (UploadWhen.NEVER, SURE, State.LOCAL),
        (UploadWhen.NEVER, UNREAD, None),
    ],
)
def test_upload_when(tmp_path, when, reading, state):
    with bench(tmp_path, when) as it:
        event = it.press(reading)
        assert [row.state for row in it.ledger.submissions()] == ([state] if state else [])
        assert event.kind is not EventKind.ACCEPTED or state is State.QUEUED


def test_the_same_car_costs_nothing_unless_a_second_press_consents(tmp_path):
    with bench(tmp_path) as it:
        it.press(SURE)
        it.answer()
        asked = it.press()
        assert asked.kind is EventKind.ALREADY_SCANNED
        assert asked.earlier.vin == VIN
        assert it.sent == 1
        assert it.press().kind is EventKind.ACCEPTED, "the second press is the consent"
        assert it.sent == 2


def test_the_consent_is_for_the_label_that_was_asked_about(tmp_path):
    with bench(tmp_path) as it:
        it.press(SURE)
        it.press(OTHER_CAR)
        it.answer()
        assert it.press(SURE).kind is EventKind.ALREADY_SCANNED
        assert it.press(OTHER_CAR).kind is EventKind.ALREADY_SCANNED, "another car: asked anew"
        assert it.press(OTHER_CAR).kind is EventKind.ACCEPTED


@pytest.mark.parametrize("reading", [SURE, UNREAD], ids=["read", "unread"])
def test_a_button_that_repeats_by_itself_pays_again_once_and_a_rested_hand_may_anew(
    tmp_path, reading
):
    with bench(tmp_path) as it:
        for _ in range(8):  # each two seconds or so: it is no run of signals, and seems a hand
            it.press(reading)
            it.answer()
            it.clock.ahead_s += 1.0
        assert it.sent == 2
        it.clock.ahead_s += 5.0
        it.press(NONE, source="control")  # no hand at the button
        it.clock.ahead_s += 5.0
        it.press(reading)  # is asked
        it.press(reading)
        assert it.sent == 3


def test_a_consent_is_used_up_by_any_other_scan(tmp_path):
    with bench(tmp_path) as it:
        it.press(SURE)
        it.answer()
        it.press(SURE)
        it.press(NONE)
        assert it.press(SURE).kind is EventKind.ALREADY_SCANNED


@pytest.mark.parametrize(("source", "at_once"), [("control", False), ("button", True)])
def test_neither_a_program_nor_a_press_under_way_consents(tmp_path, source, at_once):
    with bench(tmp_path) as it:
        it.press(SURE)
        it.answer()
        for _ in range(3):
            again = it.press(SURE, source=source, at_once=at_once)
            assert again.kind is EventKind.ALREADY_SCANNED
        assert it.sent == 1


def test_nothing_is_offered_while_the_first_still_waits(tmp_path):
    with bench(tmp_path) as it:
        it.press(SURE)
        for _ in range(3):
            assert it.press(SURE).kind is EventKind.ALREADY_SCANNED
        assert it.sent == 1


def test_an_unread_label_again_asks_before_it_pays(tmp_path):
    with bench(tmp_path) as it:
        assert it.press(UNREAD).kind is EventKind.ACCEPTED
        it.answer()
        assert it.press(UNREAD_AGAIN).kind is EventKind.ASK_FIRST
        assert it.press(UNREAD_AGAIN).kind is EventKind.ACCEPTED


def test_a_press_while_a_scan_runs_is_busy_and_recorded(tmp_path):
    with bench(tmp_path) as it:
        it.examiner.reading = SURE
        it.examiner.may_go_on.clear()
        assert it.lane.press(Trigger("button", it.clock.monotonic()))
        assert it.examiner.at_work.wait(10)
        assert not it.lane.press(Trigger("button", it.clock.monotonic()))
        assert it.said[-1].kind is EventKind.BUSY
        it.examiner.may_go_on.set()
        assert it.last_word(0).kind is EventKind.ACCEPTED
        assert it.press(NONE).kind is EventKind.NO_LABEL
        outcomes = [scan.outcome for scan in reversed(it.ledger.scans())]
        assert outcomes == [ScanOutcome.VIN, ScanOutcome.BUSY, ScanOutcome.NONE]


@pytest.mark.parametrize(("age_s", "begins"), [(2.9, True), (3.1, False)])
def test_a_press_that_waited_too_long_scans_no_other_car(tmp_path, age_s, begins):
    with Ledger.open(tmp_path / "state", SystemClock()) as ledger:
        it = Bench(ledger, UploadWhen.LOCATED, camera=True, timeout_s=5.0)
        it.examiner.reading = SURE
        it.frames.put(Frame(it.look, it.clock.monotonic(), 0))
        assert it.lane.press(Trigger("button", it.clock.monotonic()))  # nobody takes it up yet
        it.clock.ahead_s += age_s
        with it.at_work():
            assert it.hears(EventKind.ACCEPTED if begins else EventKind.BUSY)
            assert it.press(OTHER_CAR).kind is EventKind.ACCEPTED, "the next press is heard"
        late = ledger.scans()[-1]
        assert late.outcome is (ScanOutcome.VIN if begins else ScanOutcome.BUSY)
        assert len(ledger.submissions()) == it.sent == 1 + begins
        assert any(event.scan_id == late.id for event in it.said)


def test_a_late_press_takes_the_place_of_a_question(tmp_path):
    with bench(tmp_path) as it:
        assert it.press(SURE).kind is EventKind.ACCEPTED
        it.answer()
        assert it.press(SURE).kind is EventKind.ALREADY_SCANNED
        it.clock.ahead_s += 1.5
        assert it.lane.press(Trigger("button", it.clock.monotonic() - 3.1))
        assert it.hears(EventKind.BUSY)
        assert it.press(SURE).kind is EventKind.ALREADY_SCANNED, "its question is no longer read"
        assert it.sent == 1


def test_without_a_camera_a_press_says_so(tmp_path):
    with bench(tmp_path, camera=False) as it:
        assert it.press(SURE).kind is EventKind.NO_CAMERA
        assert it.ledger.scans()[0].outcome is ScanOutcome.NO_CAMERA


@pytest.mark.parametrize(("call", "reading"), [("enqueue", SURE), ("record_scan", NONE)])
def test_a_full_disk_refuses_the_scan_visibly(tmp_path, monkeypatch, call, reading):
    with bench(tmp_path) as it:

        def full(*_args, **_kwargs):
            raise LedgerFullError("the disk is full")

        monkeypatch.setattr(it.ledger, call, full)
        assert it.press(reading).kind is EventKind.REFUSED
        assert it.sent == 0


def test_a_stop_in_the_middle_of_a_scan_leaves_its_row(tmp_path):
    with bench(tmp_path) as it:
        it.examiner.may_go_on.clear()
        it.examiner.reading = SURE
        assert it.lane.press(Trigger("button", it.clock.monotonic()))
        assert it.examiner.at_work.wait(10)
        it.life.stop()
        it.examiner.may_go_on.set()
        it.lane_thread.join(10)
        assert [scan.outcome for scan in it.ledger.scans()] == [ScanOutcome.STOPPED]
        assert it.ledger.submissions() == []


def test_a_press_that_no_scan_took_up_leaves_its_row(tmp_path):
    with Ledger.open(tmp_path / "state", SystemClock()) as ledger:
        it = Bench(ledger, UploadWhen.LOCATED, camera=False)
        it.lane.press(Trigger("button", it.clock.monotonic()))
        life = Life("lane", it.clock)
        life.stop()
        it.lane.run(life)
        assert [scan.outcome for scan in ledger.scans()] == [ScanOutcome.STOPPED]


# ---- the hand scanner ---------------------------------------------------------------------------


def hand_in(it, text, refusal=None):
    """Let the lane take a code; return its last word and the answer to the scanner."""
    answers, start = queue.Queue(), len(it.said)

    def answer(good):
        written = [scan.text for scan in it.ledger.scans()[:1]]
        answers.put((good, written, len(it.said), it.lane.is_scanning))

    assert it.lane.take_code(HandCode(text, it.clock.monotonic(), answer, refusal))
    good, written, words, scanning = answers.get(timeout=10)
    if it.said[-1].kind is not EventKind.REFUSED:
        assert written == [text], "no answer before its COMMIT"
    assert words == start + 1, "and none before its word"
    assert not scanning, "a scanner that is answered may scan at once"
    return it.said[-1], good


@pytest.mark.parametrize(
    ("text", "kind", "outcome", "good"),
    [
        (VIN, EventKind.RECORDED, ScanOutcome.VIN, True),
        (f"I{VIN}", EventKind.RECORDED, ScanOutcome.VIN, True),
        ("PALLET-0042", EventKind.NOT_VIN, ScanOutcome.NOT_VIN, False),
        ("1M8GDM9AXKP042789", EventKind.UNREADABLE, ScanOutcome.UNREAD, False),
    ],
)
def test_what_a_code_of_the_hand_scanner_comes_to(tmp_path, text, kind, outcome, good):
    with bench(tmp_path) as it:
        word, answer = hand_in(it, text)
        assert (word.kind, answer) == (kind, good)
        (scan,) = it.ledger.scans()
        assert (scan.trigger, scan.outcome, scan.text) == ("scanner", outcome, text)
        rows = [(row.state, row.vin, row.vin_source) for row in it.ledger.submissions()]
        assert rows == ([(State.LOCAL, VIN, "local")] if good else [])
        assert (it.sent, it.ledger.status().credits_today) == (0, 0)


def test_where_nothing_was_found_the_last_picture_is_asked_what_would_help(tmp_path):
    with bench(tmp_path) as it:
        assert it.press(NONE).detail is None, "two pixels tell nothing"
        it.picture = np.zeros((64, 64), np.uint8)
        event = it.press(NONE)
        assert (event.kind, event.detail) == (EventKind.NO_LABEL, "light")
        assert it.press(PALLET).detail is None, "something was found: that is told"


@pytest.mark.parametrize("reading", [NONE, PALLET])
def test_no_picture_is_kept_after_its_scan(tmp_path, reading):
    with bench(tmp_path) as it:
        it.press(reading)
    assert it.lane._last_seen is None


def test_a_last_picture_that_is_damaged_by_now_gives_no_hint(tmp_path):
    with bench(tmp_path) as it:
        looks = iter((np.zeros((64, 64), np.uint8),))

        def once():
            if (picture := next(looks, None)) is None:
                raise PictureError("gone")
            return picture

        it.look = once
        event = it.press(NONE)
        assert (event.kind, event.detail) == (EventKind.NO_LABEL, None)


def test_a_refused_code_leaves_its_reason_and_no_byte_of_its_text(tmp_path):
    with bench(tmp_path) as it:
        word, good = hand_in(it, None, "refused: control")
        assert (word.kind, good) == (EventKind.NOT_VIN, False)
        (scan,) = it.ledger.scans()
        assert (scan.text, scan.detail) == (None, "refused: control")


def test_a_vin_scanned_by_hand_is_still_read_officially_and_then_only_referred_to(tmp_path):
    with bench(tmp_path) as it:
        word, good = hand_in(it, VIN)
        assert (word.kind, good) == (EventKind.RECORDED, True)
        word, good = hand_in(it, f"I{VIN}")
        assert (word.kind, good) == (EventKind.SEEN_AGAIN, True), "one car is noted once"
        assert it.press(SURE).kind is EventKind.ACCEPTED
        it.answer()
        word, good = hand_in(it, VIN)
        assert (word.kind, good) == (EventKind.SEEN_AGAIN, True)
        assert it.sent == 1


def test_a_code_takes_the_place_of_a_question(tmp_path):
    with bench(tmp_path) as it:
        it.press(SURE)
        it.answer()
        assert it.press(SURE).kind is EventKind.ALREADY_SCANNED
        hand_in(it, OTHER)
        assert it.press(SURE).kind is EventKind.ALREADY_SCANNED, "no consent: asked anew"
        assert it.sent == 1


def test_a_code_while_a_scan_runs_is_busy_recorded_and_never_queued(tmp_path):
    with bench(tmp_path) as it:
        it.examiner.may_go_on.clear()
        it.lane.press(Trigger("button", it.clock.monotonic()))
        assert it.examiner.at_work.wait(10)
        assert not it.lane.take_code(HandCode(VIN, it.clock.monotonic(), pytest.fail))
        assert it.said[-1].kind is EventKind.BUSY
        it.examiner.may_go_on.set()
        it.last_word(0)
        by_hand = [scan for scan in it.ledger.scans() if scan.trigger == "scanner"]
        assert [(scan.outcome, scan.text) for scan in by_hand] == [(ScanOutcome.BUSY, VIN)]
        assert it.ledger.submissions() == []


@pytest.mark.parametrize("call", ["enqueue", "record_scan"])
def test_a_code_that_a_full_disk_refused_is_never_answered_good(tmp_path, monkeypatch, call):
    with bench(tmp_path) as it:

        def full(*_args, **_kwargs):
            raise LedgerFullError("the disk is full")

        monkeypatch.setattr(it.ledger, call, full)
        word, good = hand_in(it, VIN if call == "enqueue" else "PALLET")
        assert (word.kind, good) == (EventKind.REFUSED, False)


def test_a_code_that_a_stop_overtook_leaves_its_row(tmp_path):
    with Ledger.open(tmp_path / "state", SystemClock()) as ledger:
        it = Bench(ledger, UploadWhen.LOCATED, camera=False)
        it.lane.take_code(HandCode(VIN, it.clock.monotonic(), pytest.fail))
        life = Life("lane", it.clock)
        life.stop()
        it.lane.run(life)
        (scan,) = ledger.scans()
        assert (scan.outcome, scan.text) == (ScanOutcome.STOPPED, VIN)


# ---- presentation mode --------------------------------------------------------------------------


def test_a_label_that_comes_into_view_is_scanned_without_a_press(tmp_path):
    with bench(tmp_path, presentation=True) as it:
        it.examiner.reading = SURE
        assert it.last_word(0).kind is EventKind.ACCEPTED
        assert it.sent == 1
        assert it.said[0].kind is EventKind.ACCEPTED, "nobody pressed: no SCANNING"
        assert it.ledger.scans()[0].trigger == "presentation"


def test_an_unread_label_asks_for_the_button_once_and_a_press_sends_it(tmp_path):
    with bench(tmp_path, presentation=True) as it:
        it.examiner.reading = UNREAD
        assert it.last_word(0).kind is EventKind.PRESS_BUTTON
        assert it.press().kind is EventKind.ACCEPTED
        threading.Event().wait(1.5)  # looks that must not say it again
        assert [e.kind for e in it.said].count(EventKind.PRESS_BUTTON) == 1
        outcomes = [(scan.trigger, scan.outcome) for scan in reversed(it.ledger.scans())]
        assert outcomes == [
            ("presentation", ScanOutcome.UNREAD),
            ("button", ScanOutcome.UNREAD),
        ]
        assert it.sent == 1


def test_presses_on_a_presented_car_ask_and_consent_as_ever(tmp_path):
    with bench(tmp_path, presentation=True) as it:
        it.examiner.reading = SURE
        it.last_word(0)
        it.answer()
        assert it.press().kind is EventKind.ALREADY_SCANNED
        assert it.press().kind is EventKind.ACCEPTED
        assert it.sent == 2


def test_a_presentation_takes_the_place_of_a_question(tmp_path):
    with bench(tmp_path, presentation=True) as it:
        it.press(UNREAD)
        it.answer()
        assert it.press(UNREAD_AGAIN).kind is EventKind.ASK_FIRST
        start = len(it.said)
        it.examiner.reading = OTHER_CAR  # its label is swapped for a read one, and back
        assert it.last_word(start).reading.vin == OTHER
        assert it.press(UNREAD_AGAIN).kind is EventKind.ASK_FIRST, "asked anew: it was covered"


def test_a_press_that_a_full_disk_refused_is_no_car_that_was_dealt_with(tmp_path, monkeypatch):
    monkeypatch.setattr("kiosk.presentation._RETRY_S", 0.1)
    with bench(tmp_path, presentation=True) as it:
        enqueue, refused = it.ledger.enqueue, threading.Event()

        def full_until_the_press(scan, new, **how):
            if refused.is_set():
                return enqueue(scan, new, **how)
            if scan.trigger == "button":
                refused.set()
            raise LedgerFullError("the disk is full")

        monkeypatch.setattr(it.ledger, "enqueue", full_until_the_press)
        it.press(SURE)
        assert it.hears(EventKind.ACCEPTED)
        assert refused.is_set()
        assert it.ledger.sightings.in_view() == (VIN,)


def test_what_a_press_scanned_is_in_view_from_its_own_commit(tmp_path, monkeypatch):
    with bench(tmp_path, presentation=True, camera=False) as it:
        lookout = it.lane._lookout
        monkeypatch.setattr(lookout, "look", lambda: Looked(0.01))
        monkeypatch.setattr(lookout, "note_press", lambda *_: None)
        it.frames.put(Frame(it.look, it.clock.monotonic() + 60.0, 1))
        assert it.press(SURE).kind is EventKind.ACCEPTED
        assert it.ledger.sightings.in_view() == (VIN,)


def test_a_press_that_reads_what_an_earlier_one_sent_unread_asks_before_it_pays(
    tmp_path, monkeypatch
):
    with bench(tmp_path, presentation=True) as it:
        monkeypatch.setattr(it.lane._lookout, "look", lambda: Looked(0.01))
        sent = it.press(UNREAD).submission
        waits = it.press(READ_LATER)
        assert (waits.kind, waits.submission.state) == (EventKind.ALREADY_SCANNED, State.LOCAL)
        assert (waits.submission.vin, waits.submission.vin_source) == (VIN, "local")
        assert it.press(READ_LATER).kind is EventKind.ALREADY_SCANNED, (
            "what waits was not paid for once"
        )
        it.answer()
        told = it.press(READ_LATER)
        assert (told.kind, told.earlier.id) == (EventKind.ALREADY_SCANNED, sent.id)
        assert it.sent == 1
        assert it.press(READ_LATER).kind is EventKind.ACCEPTED, "pressed again: paid"
        it.answer()
        assert it.ledger.status().credits_today == 2


def test_a_presentation_without_a_camera_says_nothing_and_a_press_does(tmp_path):
    with bench(tmp_path, presentation=True, camera=False) as it:
        assert it.press(SURE).kind is EventKind.NO_CAMERA
        assert [e.kind for e in it.said] == [EventKind.SCANNING, EventKind.NO_CAMERA]


# ---- frames and time ----------------------------------------------------------------------------


def test_a_frame_from_before_the_press_never_counts(tmp_path):
    with bench(tmp_path, camera=False) as it:
        now = it.clock.monotonic()
        it.frames.put(Frame(it.look, now, 1))
        assert it.lane.press(Trigger("button", now))
        assert it.last_word(0).kind is EventKind.NO_CAMERA
        assert not it.examiner.at_work.is_set()


def test_damaged_frames_are_passed_over(tmp_path):
    def damaged():
        raise PictureError("half a picture")

    with bench(tmp_path, camera=False) as it:
        it.examiner.reading = SURE
        it.lane.press(Trigger("button", it.clock.monotonic()))
        it.frames.put(Frame(damaged, it.clock.monotonic(), 1))
        threading.Event().wait(0.02)
        it.frames.put(Frame(it.look, it.clock.monotonic(), 2))
        assert it.last_word(0).kind is EventKind.ACCEPTED


def test_a_scan_ends_by_its_time_out_and_one_examination(tmp_path):
    with bench(tmp_path) as it:
        it.examiner.reading = UNREAD
        it.examiner.may_go_on.clear()
        pressed_at = it.clock.monotonic()
        it.lane.press(Trigger("button", pressed_at))
        assert it.examiner.at_work.wait(10)
        threading.Event().wait(0.3)  # a slow examination outlives the time-out of 0.15 s
        looks = it.examiner.looks
        it.examiner.may_go_on.set()
        assert it.last_word(0).kind is EventKind.ACCEPTED
        assert it.examiner.looks == looks == 1
