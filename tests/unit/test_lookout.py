"""A lane in presentation mode over hours, on a real ledger: what is paid, said and recorded."""

from contextlib import contextmanager
from dataclasses import replace

import numpy as np
import pytest

from kiosk.camera.slot import LatestFrame
from kiosk.clock import ManualClock
from kiosk.errors import LedgerFullError, PictureError
from kiosk.gate import UploadWhen
from kiosk.ledger.ledger import Ledger
from kiosk.lookout import Lookout
from kiosk.model import (
    Answer,
    Claim,
    Crop,
    EventKind,
    Frame,
    NewScan,
    NewSubmission,
    Reading,
    ScanOutcome,
    Settlement,
    State,
    Verdict,
)

VIN, OTHER = "1M8GDM9AXKP042788", "11111111111111111"
HERE = ((100, 100), (300, 100), (300, 140), (100, 140))
NONE = Reading(Verdict.NONE)
HOUR_S, WINDOW_S = 3600.0, 600.0


def sure(vin):
    return Reading(Verdict.VIN, vin, vin, 0.99, "code39", HERE, Crop(vin.encode(), 9, 9, "png"))


def unread(name="label"):
    return Reading(Verdict.UNREAD, confidence=0.4, quad=HERE, crop=Crop(name.encode(), 9, 9, "png"))


class Scripted:
    """An examiner that reads what the test puts before it; each picture is another exposure."""

    def __init__(self):
        self.reading = NONE
        self.looks = 0

    def examine(self, image):
        self.looks += 1
        crop = self.reading.crop
        if crop is None:
            return self.reading
        noisy = crop.data + b" in exposure %d" % self.looks
        return replace(self.reading, crop=replace(crop, data=noisy))


def grey():
    return np.zeros((2, 2), np.uint8)


def damaged():
    raise PictureError("half a picture")


class Lane:
    """A lookout with a camera, both by the test's clock; ``pay`` lets the service answer."""

    def __init__(self, ledger, clock, when=UploadWhen.LOCATED):
        self.ledger, self.clock = ledger, clock
        self.examiner = Scripted()
        self.frames = LatestFrame(clock)
        self.events = []
        self.accepted = []
        self.lookout = Lookout(
            when,
            self.frames,
            self.examiner,
            ledger,
            clock,
            self.events.append,
            self.accepted.append,
        )
        self.number = 0

    def stand(self, seconds, *readings, look=grey):
        """Let readings take turns before the lens for so long; return the looks taken."""
        end, before = self.clock.monotonic() + seconds, self.examiner.looks
        while self.clock.monotonic() < end:
            self.number += 1
            self.examiner.reading = readings[self.number % len(readings)]
            self.frames.put(Frame(look, self.clock.monotonic(), self.number))
            self.clock.advance(self.lookout.look().pause_s)
        self.pay()
        return self.examiner.looks - before

    def pay(self):
        while isinstance(claim := self.ledger.claim(), Claim):
            self.ledger.commit_tail(claim)
            answer = Answer(success=True, vin=claim.submission.vin, text=claim.submission.vin)
            self.ledger.settle(claim, Settlement(State.RECOGNIZED, "", credits=1, answer=answer))

    @property
    def said(self):
        return [event.kind for event in self.events]

    @property
    def credits(self):
        return sum(one.credits for one in self.ledger.submissions())

    @property
    def outcomes(self):
        return [scan.outcome for scan in reversed(self.ledger.scans())]


@contextmanager
def lane(tmp_path, clock=None, when=UploadWhen.LOCATED, window_s=WINDOW_S):
    clock = clock or ManualClock()
    with Ledger.open(tmp_path / "state", clock, rescan_window_s=window_s) as ledger:
        yield Lane(ledger, clock, when)


def test_an_empty_lane_costs_nothing_and_records_nothing(tmp_path):
    with lane(tmp_path) as it:
        looks = it.stand(HOUR_S, NONE)
        assert (it.credits, it.outcomes, it.said) == (0, [], [])
        assert looks <= 5 * HOUR_S + 1


def test_a_parked_car_costs_one_credit_and_one_row_over_hours(tmp_path):
    with lane(tmp_path) as it:
        looks = it.stand(8 * HOUR_S, sure(VIN))
        assert (it.credits, it.outcomes) == (1, [ScanOutcome.VIN])
        assert it.said == [EventKind.ACCEPTED]
        assert looks <= 8 * HOUR_S + 1, "what is dealt with is looked at less often"
        assert it.ledger.scans()[0].trigger == "presentation"


@pytest.mark.parametrize(
    "flicker", [[sure(VIN), *[NONE] * 50], [sure(VIN), unread(), NONE, unread("b")]]
)
def test_a_parked_car_in_flickering_light_costs_one_credit(tmp_path, flicker):
    with lane(tmp_path) as it:
        it.stand(2 * HOUR_S, *flicker)
        assert (it.credits, it.outcomes) == (1, [ScanOutcome.VIN])


def test_a_car_that_was_parked_for_hours_and_comes_again_costs_by_when_it_was_last_seen(tmp_path):
    with lane(tmp_path) as it:
        it.stand(3 * HOUR_S, sure(VIN))
        it.stand(WINDOW_S - 60, NONE)
        it.stand(60, sure(VIN))
        assert it.outcomes == [ScanOutcome.VIN, ScanOutcome.DUPLICATE]
        assert it.said[-1] is EventKind.SEEN_AGAIN, "nobody pressed: nobody is asked"
        it.stand(WINDOW_S - 60, NONE)
        it.stand(60, sure(VIN))
        assert it.credits == 1, "the window begins anew when it is seen"
        it.stand(WINDOW_S + 60, NONE)
        it.stand(60, sure(VIN))
        assert it.credits == 2
        assert it.said[-1] is EventKind.ACCEPTED


@pytest.mark.parametrize("off_s", [5, 14 * HOUR_S])
def test_a_parked_car_costs_one_credit_over_a_restart(tmp_path, off_s):
    clock = ManualClock()
    with lane(tmp_path, clock) as it:
        it.stand(2 * HOUR_S, sure(VIN))
    clock.advance(off_s)
    with lane(tmp_path, clock) as it:
        it.stand(HOUR_S, sure(VIN))
        assert (it.credits, it.outcomes, it.said) == (1, [ScanOutcome.VIN], [])


@pytest.mark.parametrize("is_set", [True, False])
def test_a_parked_car_costs_one_credit_over_a_power_cut(tmp_path, is_set):
    clock = ManualClock()
    with lane(tmp_path, clock) as it:
        it.stand(2 * HOUR_S, sure(VIN))
    clock.advance(HOUR_S)
    clock.reboot("boot-2", is_set=is_set)
    with lane(tmp_path, clock) as it:
        it.stand(HOUR_S, sure(VIN))
        assert (it.credits, it.outcomes) == (1, [ScanOutcome.VIN])


def test_a_car_that_left_while_the_lane_was_off_comes_again_after_the_window(tmp_path):
    clock = ManualClock()
    with lane(tmp_path, clock) as it:
        it.stand(60, sure(VIN))
    clock.advance(HOUR_S)
    with lane(tmp_path, clock) as it:
        it.stand(60, NONE)
        assert it.ledger.sightings.in_view() == ()
        it.stand(30, sure(VIN))
        assert it.credits == 1, "it may have stood there until just now"
        it.stand(WINDOW_S + 60, NONE)
        it.stand(30, sure(VIN))
        assert it.credits == 2


def test_a_power_cut_right_after_the_scan_was_saved_does_not_pay_for_the_car_again(
    tmp_path, monkeypatch
):
    class PowerCutError(BaseException):
        pass

    def cut(*_args, **_kwargs):
        raise PowerCutError

    clock = ManualClock()
    with lane(tmp_path, clock) as it, monkeypatch.context() as patch:
        patch.setattr(it.lookout._teller, "tell", cut)  # the first step after the COMMIT
        with pytest.raises(PowerCutError):
            it.stand(1, sure(VIN))
        it.pay()
    clock.advance(2 * HOUR_S)
    with lane(tmp_path, clock) as it:
        it.stand(HOUR_S, sure(VIN))
        assert (it.credits, it.outcomes) == (1, [ScanOutcome.VIN])


def test_what_is_put_off_after_a_paid_press_is_not_paid_again(tmp_path, monkeypatch):
    def full(*_args, **_kwargs):
        raise LedgerFullError("the disk is full")

    with lane(tmp_path) as it:
        pressed = NewSubmission(unread().crop)
        sent = it.ledger.enqueue(NewScan("button", ScanOutcome.UNREAD), pressed).submission
        it.lookout.note_press(unread(), sent)
        with monkeypatch.context() as patch:
            patch.setattr(it.ledger, "enqueue", full)
            it.stand(5, sure(VIN))
        it.stand(60, sure(VIN))
        assert it.said == [EventKind.REFUSED, EventKind.RECORDED]
        assert it.credits == 1


@contextmanager
def lane_after_a_boot(tmp_path):
    """A lane without a clock that paid for a car, saw it leave, and was booted; and its clock."""
    clock = ManualClock(wall=0.0, is_set=False)
    with lane(tmp_path, clock) as it:
        it.stand(60, sure(VIN))
        it.stand(60, NONE)
    clock.reboot("boot-2")
    with lane(tmp_path, clock) as it:
        yield it, clock


def test_a_sighting_without_a_clock_is_dated_by_the_next_boot(tmp_path):
    with lane_after_a_boot(tmp_path) as (it, clock):
        clock.set_wall(1_800_000_000.0)
        it.ledger.status()  # as is asked once a minute
        it.stand(WINDOW_S + 60, NONE)
        it.stand(60, sure(VIN))
        assert it.credits == 2


def test_a_sighting_of_unknown_age_spends_nothing(tmp_path):
    with lane_after_a_boot(tmp_path) as (it, _):
        it.stand(60, sure(VIN))
        assert (it.credits, it.said) == (1, [EventKind.SEEN_AGAIN])


def test_a_sighting_before_a_boot_is_at_least_as_old_as_the_boot(tmp_path):
    with lane_after_a_boot(tmp_path) as (it, _):
        it.stand(2 * WINDOW_S, NONE)
        it.stand(60, sure(VIN))
        assert (it.credits, it.said) == (2, [EventKind.ACCEPTED])


def test_a_press_on_a_car_parked_for_hours_is_asked_about_first(tmp_path):
    with lane(tmp_path) as it:
        it.stand(3 * HOUR_S, sure(VIN))
        scan, new = NewScan("button", ScanOutcome.VIN), NewSubmission(sure(VIN).crop, VIN, VIN)
        assert it.ledger.enqueue(scan, new).rule == "vin"
        it.ledger.sightings.close_all()
        it.clock.advance(WINDOW_S)
        assert it.ledger.enqueue(scan, new).submission.state is State.QUEUED


def test_without_a_window_a_car_is_paid_each_time_it_comes(tmp_path):
    with lane(tmp_path, window_s=0) as it:
        for come in range(1, 4):
            it.stand(60, sure(VIN))
            it.stand(60, NONE)
            assert it.credits == come


def test_two_cars_in_turn_cost_a_credit_each(tmp_path):
    with lane(tmp_path) as it:
        for vin in (VIN, OTHER):
            it.stand(120, sure(vin))
            it.stand(10, NONE)
        assert [one.vin for one in it.ledger.submissions()] == [VIN, OTHER]
        assert it.credits == 2


@pytest.mark.parametrize("when", UploadWhen)
def test_an_unread_label_never_goes_out_by_itself(tmp_path, when):
    with lane(tmp_path, when=when) as it:
        it.stand(HOUR_S, unread())
        assert it.said == [EventKind.PRESS_BUTTON]
        assert it.outcomes == [ScanOutcome.UNREAD]
        assert it.ledger.submissions() == []


@pytest.mark.parametrize(
    ("when", "state", "kind"),
    [
        (UploadWhen.LOCATED, State.RECOGNIZED, EventKind.ACCEPTED),
        (UploadWhen.READ, State.RECOGNIZED, EventKind.ACCEPTED),
        (UploadWhen.NEVER, State.LOCAL, EventKind.RECORDED),
    ],
)
def test_a_sure_label_goes_by_what_is_configured(tmp_path, when, state, kind):
    with lane(tmp_path, when=when) as it:
        it.stand(HOUR_S, sure(VIN))
        assert it.said == [kind]
        assert [one.state for one in it.ledger.submissions()] == [state]
        assert len(it.accepted) == (state is State.RECOGNIZED)


@pytest.mark.parametrize(
    ("reading", "kind", "outcome"),
    [
        (Reading(Verdict.NOT_VIN, "P-1", quad=HERE), EventKind.NOT_VIN, ScanOutcome.NOT_VIN),
        (Reading(Verdict.FOREIGN, "0034", quad=HERE), EventKind.FOREIGN, ScanOutcome.FOREIGN),
        (Reading(Verdict.FOREIGN, VIN, VIN), EventKind.RECORDED, ScanOutcome.FOREIGN),
        (
            Reading(Verdict.UNREAD, vins=(VIN, OTHER)),
            EventKind.TWO_LABELS,
            ScanOutcome.TWO_LABELS,
        ),
    ],
)
def test_what_is_no_vin_label_is_said_once_and_costs_nothing(tmp_path, reading, kind, outcome):
    with lane(tmp_path) as it:
        it.stand(HOUR_S, reading)
        assert (it.said, it.outcomes, it.credits) == ([kind], [outcome], 0)


def test_a_label_read_after_its_picture_was_sent_on_a_press_costs_nothing_more(tmp_path):
    with lane(tmp_path) as it:
        it.stand(10, unread())
        pressed = NewSubmission(unread().crop)
        sent = it.ledger.enqueue(NewScan("button", ScanOutcome.UNREAD), pressed).submission
        it.lookout.note_press(unread(), sent)
        it.lookout.note_press(unread(), None)  # PRESS AGAIN TO PAY, which nobody did
        it.stand(60, unread())
        it.stand(60, sure(VIN))
        assert it.credits == 1
        assert it.said == [EventKind.PRESS_BUTTON, EventKind.RECORDED]
        assert it.events[-1].earlier.id == sent.id, "its answer is this car's answer"
        assert it.events[-1].earlier.state is State.RECOGNIZED
        noted = it.ledger.submissions()[-1]
        assert (noted.state, noted.vin, noted.duplicate_of) == (State.LOCAL, VIN, sent.id)
        assert it.ledger.crop_of(noted.id) is not None


def press_unread(it):
    """Let a press send a label that nobody can read, and the service answer without a VIN."""
    it.stand(5, unread())
    pressed = NewSubmission(unread().crop)
    sent = it.ledger.enqueue(NewScan("button", ScanOutcome.UNREAD), pressed).submission
    it.lookout.note_press(unread(), sent)
    it.pay()
    return sent


def test_a_label_that_was_paid_for_unread_and_comes_again_costs_by_when_it_was_last_seen(tmp_path):
    with lane(tmp_path) as it:
        sent = press_unread(it)
        it.stand(60, sure(VIN))
        it.stand(WINDOW_S - 60, NONE)
        it.stand(60, sure(VIN))
        assert it.said == [EventKind.PRESS_BUTTON, EventKind.RECORDED, EventKind.SEEN_AGAIN]
        assert it.events[-1].earlier.id == sent.id
        assert it.credits == 1
        it.stand(WINDOW_S + 60, NONE)
        it.stand(60, sure(VIN))
        assert (it.said[-1], it.credits) == (EventKind.ACCEPTED, 2)


def test_a_label_that_was_paid_for_unread_costs_one_credit_over_a_power_cut(tmp_path):
    clock = ManualClock()
    with lane(tmp_path, clock) as it:
        press_unread(it)
        it.stand(60, sure(VIN))
    clock.advance(HOUR_S)
    clock.reboot("boot-2")
    with lane(tmp_path, clock) as it:
        it.stand(60, sure(VIN))
        it.stand(60, NONE)
        it.stand(60, sure(VIN))
        assert (it.said, it.credits) == ([EventKind.SEEN_AGAIN], 1)


def test_another_car_in_the_place_of_a_label_that_the_service_read_is_paid_for(tmp_path):
    with lane(tmp_path) as it:
        pressed = NewSubmission(unread().crop)
        sent = it.ledger.enqueue(NewScan("button", ScanOutcome.UNREAD), pressed).submission
        it.lookout.note_press(unread(), sent)
        claim = it.ledger.claim()
        it.ledger.commit_tail(claim)
        answer = Answer(success=True, vin=OTHER, text=OTHER)
        it.ledger.settle(claim, Settlement(State.RECOGNIZED, "", credits=1, answer=answer))
        it.stand(10, sure(VIN))
        assert [one.vin for one in it.ledger.submissions()] == [OTHER, VIN]
        assert (it.said, it.credits) == ([EventKind.ACCEPTED], 2)


def test_what_stands_there_from_before_the_start_is_logged_once(tmp_path, caplog):
    clock = ManualClock()
    with lane(tmp_path, clock) as it:
        it.stand(60, sure(VIN), sure(VIN))
    caplog.set_level("INFO", "kiosk.lookout")
    with lane(tmp_path, clock) as it:
        it.stand(60, sure(VIN))
        it.stand(60, NONE)
        it.stand(60, sure(VIN))
    assert [record.getMessage() for record in caplog.records] == [
        f"{VIN} is still in view, from before the start"
    ]


def test_what_a_full_disk_refuses_is_tried_again_while_it_stands(tmp_path, monkeypatch):
    def full(*_args, **_kwargs):
        raise LedgerFullError("the disk is full")

    with lane(tmp_path) as it:
        with monkeypatch.context() as patch:
            patch.setattr(it.ledger, "enqueue", full)
            it.stand(70, sure(VIN))
            assert it.said == [EventKind.REFUSED] * 3
        it.stand(40, sure(VIN))
        assert it.said[3:] == [EventKind.ACCEPTED]
        assert it.ledger.sightings.in_view() == (VIN,)
        with monkeypatch.context() as patch:
            patch.setattr(it.ledger.sightings, "leave", full)
            it.stand(60, NONE)
        assert it.ledger.sightings.in_view() == (VIN,)
        it.stand(1, NONE)
        assert it.ledger.sightings.in_view() == ()


def test_damaged_pictures_and_no_pictures_are_nothing(tmp_path):
    with lane(tmp_path) as it:
        it.stand(10, sure(VIN), look=damaged)
        assert it.examiner.looks == 0
        it.frames.lose("unplugged")
        assert it.lookout.look().pause_s < 1
        assert (it.said, it.outcomes) == ([], [])


def test_a_frame_is_looked_at_once(tmp_path):
    with lane(tmp_path) as it:
        it.frames.put(Frame(grey, it.clock.monotonic(), 1))
        for _ in range(5):
            it.lookout.look()
        assert it.examiner.looks == 1


@pytest.mark.parametrize(
    ("reading", "pause_s"),
    [(NONE, 2.0), (Reading(Verdict.FOREIGN, "0034"), 2.0), (unread(), 0.2), (sure(VIN), 2.0)],
)
def test_a_slow_machine_looks_less_often_where_no_car_waits(tmp_path, reading, pause_s):
    with lane(tmp_path) as it:
        it.examiner.reading = reading

        def slow():
            it.clock.advance(0.5)
            return grey()

        it.frames.put(Frame(slow, it.clock.monotonic(), 1))
        assert it.lookout.look().pause_s == pytest.approx(pause_s)


def test_old_sightings_are_forgotten(tmp_path):
    with lane(tmp_path) as it:
        it.ledger.sightings.leave(VIN)
        it.clock.advance(3 * 86_400)
        it.ledger.sightings.leave(OTHER)
        with it.ledger._database.reading() as connection:
            rows = connection.execute("SELECT vin FROM sightings").fetchall()
        assert [row["vin"] for row in rows] == [OTHER]
