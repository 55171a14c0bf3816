"""What a look into the lane calls for: each label once, however it flickers or is moved."""

from itertools import pairwise

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from kiosk.model import Crop, Reading, Verdict
from kiosk.presentation import CLEAR_S, RESTLESS_S, SETTLE_S, STAY_S, Presence, Want

A, B, C = "1M8GDM9AXKP042788", "11111111111111111", "5YJSA1E27HF000337"
CROP = Crop(b"x", 1, 1, "png")
LOOK_S = 0.2
SENT = 7  # the submission of a picture that a press sent


def at(x, y=100.0):
    return ((x, y), (x + 200.0, y), (x + 200.0, y + 40.0), (x, y + 40.0))


HERE, THERE = at(100), at(900)
NONE = Reading(Verdict.NONE)
PALLET = Reading(Verdict.NOT_VIN, "PALLET-0042", confidence=1.0, quad=HERE)
PARCEL = Reading(Verdict.FOREIGN, "0034", confidence=1.0, quad=THERE)
FOREIGN_VIN = Reading(Verdict.FOREIGN, A, A, 1.0, "qr", quad=THERE)
TWO = Reading(Verdict.UNREAD, vins=(A, B))


def sure(vin, quad=HERE):
    return Reading(Verdict.VIN, vin, vin, 0.99, quad=quad, crop=CROP)


def unread(quad=HERE):
    return Reading(Verdict.UNREAD, confidence=0.4, quad=quad, crop=CROP)


class Street:
    """Looks at regular times; ``done`` is all that was called for."""

    def __init__(self, in_view=()):
        self.presence = Presence(in_view)
        self.now = 1000.0
        self.done = []
        self.sent = []
        self.left = []

    def look(self, reading, after_s=LOOK_S):
        self.now += after_s
        presented = self.presence.see(self.now, reading)
        self.left += self.presence.leave()
        if presented is not None:
            self.done.append((presented.want, presented.reading.vin or presented.reading.text))
            self.sent.append(presented.sent)
        return presented

    def stand(self, seconds, *readings):
        end = self.now + seconds
        while self.now < end:
            for reading in readings:
                self.look(reading)
        return self.done


def test_an_empty_lane_calls_for_nothing():
    street = Street()
    assert street.stand(60, NONE) == []
    assert not street.presence.at_rest


def test_a_sure_label_is_submitted_at_the_first_look_and_never_again_while_it_stands():
    street = Street()
    assert street.look(sure(A)).want is Want.SUBMIT
    assert street.stand(600, sure(A)) == [(Want.SUBMIT, A)]
    assert street.presence.at_rest


@pytest.mark.parametrize(
    "flicker",
    [
        (sure(A), *[NONE] * 60),
        (sure(A), *[unread()] * 200),
        (sure(A), *[PARCEL] * 40),
        (sure(A), unread(), NONE, sure(A, at(150)), unread(at(180)), NONE),
        (sure(A), sure(A, THERE), sure(A, at(500, 700))),
    ],
)
def test_a_label_that_flickers_or_is_moved_stays_one_label(flicker):
    assert Street().stand(300, *flicker) == [(Want.SUBMIT, A)]


def test_a_label_that_left_and_came_back_came_into_view_again():
    street = Street()
    street.look(sure(A))
    street.stand(STAY_S + 1, NONE)
    assert street.left == [A]
    street.look(sure(A))
    assert street.done == [(Want.SUBMIT, A)] * 2, "what it costs is the ledger's to say"


def test_two_cars_in_turn_are_two_cars():
    street = Street()
    street.stand(5, sure(A))
    street.stand(3, NONE)
    street.stand(5, sure(B))
    assert street.done == [(Want.SUBMIT, A), (Want.SUBMIT, B)]


def test_a_label_swapped_in_a_moment_waits_until_the_other_is_gone():
    street = Street()
    street.stand(2, sure(A))
    swapped_at = street.now
    while len(street.done) < 2:
        street.look(sure(B))
    assert street.done[1] == (Want.SUBMIT, B)
    assert CLEAR_S - LOOK_S <= street.now - swapped_at <= CLEAR_S + LOOK_S


def test_two_labels_in_one_frame_are_said_once_and_none_is_submitted():
    assert Street().stand(60, TWO, sure(A), sure(B)) == [(Want.SAY, None)]


def test_two_labels_that_are_read_in_turns_are_two_labels():
    street = Street()
    street.stand(60, sure(A), sure(B, THERE))
    assert street.done == [(Want.SUBMIT, A), (Want.SAY, None)]
    assert street.presence.vins == {A}


def test_the_one_that_is_left_of_two_labels_is_submitted():
    street = Street()
    street.stand(3, TWO)
    street.stand(3, sure(B))
    assert street.done == [(Want.SAY, None), (Want.SUBMIT, B)]


def test_an_unread_label_is_told_of_once_it_stands():
    street = Street()
    begun = street.now
    while not street.done:
        street.look(unread())
    assert SETTLE_S <= street.now - begun <= SETTLE_S + 2 * LOOK_S
    assert street.presence.at_rest is False
    assert street.stand(600, unread()) == [(Want.SAY, None)]
    assert street.presence.at_rest


def test_an_unread_label_that_drives_in_and_is_then_read_is_not_told_of():
    street = Street()
    for step in range(20):
        street.look(unread(at(100 + 250 * step)))
    street.look(sure(A, at(5100)))
    assert street.done == [(Want.SUBMIT, A)]


def test_an_unread_label_moved_by_hand_is_told_of_once():
    assert Street().stand(60, *[unread()] * 10, *[unread(THERE)] * 10) == [(Want.SAY, None)]


def test_the_next_unread_label_is_told_of_again():
    street = Street()
    street.stand(3, unread())
    street.stand(5, NONE)
    street.stand(3, unread())
    assert street.done == [(Want.SAY, None)] * 2


def test_an_unread_label_elsewhere_than_the_read_one_is_told_of():
    street = Street()
    street.stand(2, sure(A))
    street.stand(3, unread(THERE))
    assert street.done == [(Want.SUBMIT, A), (Want.SAY, None)]


@pytest.mark.parametrize(
    ("reading", "want"),
    [(PALLET, Want.SAY), (PARCEL, Want.SAY), (FOREIGN_VIN, Want.SUBMIT)],
)
def test_other_codes_are_told_of_once_when_three_looks_agree(reading, want):
    street = Street()
    street.look(reading)
    street.look(reading)
    assert street.done == []
    assert street.look(reading).want is want
    assert len(street.stand(300, reading, NONE)) == 1


def test_other_codes_beside_a_vin_label_are_no_news():
    assert Street().stand(60, sure(A), PARCEL, PARCEL, PARCEL) == [(Want.SUBMIT, A)]


def test_a_look_that_cannot_read_a_known_code_is_no_unread_label():
    assert len(Street().stand(60, *[PALLET] * 5, *[unread()] * 8)) == 1


def test_while_the_camera_is_away_nothing_leaves():
    street = Street()
    street.stand(5, sure(A))
    street.look(NONE, after_s=7200)
    street.look(sure(A))
    assert street.done == [(Want.SUBMIT, A)]
    assert street.left == []


def test_what_was_in_view_before_a_restart_is_no_news():
    street = Street(in_view=[A])
    assert street.stand(60, sure(A)) == []
    street.stand(STAY_S + 1, NONE)
    assert street.left == [A]


def test_a_label_whose_picture_was_sent_on_a_press_is_recorded_when_it_reads_at_last():
    street = Street()
    street.stand(2, unread())
    street.presence.note_press(street.now, unread(), sent=SENT)
    street.stand(600, unread())
    street.look(sure(A, THERE))
    assert street.done == [(Want.SAY, None), (Want.SUBMIT, A)]
    assert street.sent == [None, SENT]


def test_a_label_that_was_paid_for_unread_is_the_same_after_a_hand_before_the_lens():
    street = Street()
    street.presence.note_press(street.now, unread(), sent=SENT)
    street.stand(STAY_S - 10, NONE)
    assert street.look(sure(A)).sent == SENT


def test_a_label_that_was_paid_for_unread_stays_paid_for_when_it_flickers():
    street = Street()
    street.presence.note_press(street.now, unread(), sent=SENT)
    street.stand(3600, *[NONE] * 50, *[unread()] * 50)
    assert {want for want, _ in street.done} == {Want.SAY}
    assert street.look(sure(A)).sent == SENT


def test_a_label_beside_one_dealt_with_stays_paid_for():
    street = Street()
    street.look(sure(A))
    street.presence.note_press(street.now, unread(THERE), sent=SENT)
    street.stand(5, sure(A), unread(THERE))
    street.stand(2, sure(B, THERE))
    assert street.done == [(Want.SUBMIT, A), (Want.SUBMIT, B)]
    assert street.sent == [None, SENT]


def test_a_second_press_that_only_asks_takes_nothing_back():
    street = Street()
    for sent in (SENT, None):
        street.presence.note_press(street.now, unread(), sent=sent)
        street.stand(2, unread())
    assert street.look(sure(A)).sent == SENT


@pytest.mark.parametrize(("gone_s", "quad"), [(10, THERE), (STAY_S + 1, HERE)])
def test_the_next_car_is_not_taken_for_what_was_paid_for_unread(gone_s, quad):
    street = Street()
    street.presence.note_press(street.now, unread(), sent=SENT)
    street.stand(gone_s, NONE)
    assert street.presence.sent_of(street.now, sure(A, quad)) is None
    assert street.look(sure(A, quad)).sent is None


def test_a_press_that_could_not_read_a_label_already_dealt_with_says_nothing_of_the_next():
    street = Street()
    street.look(sure(A))
    street.presence.note_press(street.now, unread(), sent=SENT)
    street.stand(5, sure(A))
    street.stand(5, NONE)
    assert street.presence.sent_of(street.now, sure(B)) is None
    assert street.look(sure(B)).sent is None


def test_two_unread_labels_that_take_turns_are_told_of_and_then_let_it_rest():
    street = Street()
    assert street.stand(RESTLESS_S - 1, unread(), unread(THERE)) == []
    assert street.stand(60, unread(), unread(THERE)) == [(Want.SAY, None)]
    assert street.presence.at_rest


def test_an_unread_label_is_not_taken_for_one_from_before_the_restart():
    street = Street(in_view=[A])
    assert street.stand(STAY_S + 1, unread()) == [(Want.SAY, None)]
    assert street.left == [A]


def test_a_label_that_was_pressed_for_in_vain_is_submitted_when_it_reads():
    street = Street()
    street.presence.note_press(street.now, unread(), sent=None)
    assert street.presence.sent_of(street.now, sure(A)) is None
    assert street.look(sure(A)).sent is None


def test_a_press_that_reads_a_label_knows_what_an_earlier_one_sent_of_it():
    street = Street()
    street.presence.note_press(street.now, unread(), sent=SENT)
    street.stand(STAY_S - 10, NONE)
    assert street.presence.sent_of(street.now, sure(A)) == SENT
    street.look(sure(A))
    street.presence.put_off(sure(A))
    assert street.presence.sent_of(street.now, sure(A)) == SENT, "it was not saved yet"


def test_a_press_beside_a_label_that_was_sent_unread_is_about_another():
    street = Street()
    street.look(sure(A))
    street.presence.note_press(street.now, unread(THERE), sent=SENT)
    assert street.presence.sent_of(street.now, sure(A)) is None


@pytest.mark.parametrize("reading", [sure(A), unread(), PALLET, PARCEL, TWO])
def test_what_a_press_scanned_is_no_news(reading):
    street = Street()
    street.presence.note_press(street.now, reading, sent=None)
    assert street.stand(60, reading) == []


@pytest.mark.parametrize("reading", [sure(A), FOREIGN_VIN])
def test_what_could_not_be_saved_is_tried_again_while_it_stands(reading):
    street = Street()
    street.stand(1, reading)
    for tries in range(2, 5):
        street.presence.put_off(reading)
        street.stand(29, reading)
        assert len(street.done) == tries - 1
        street.stand(2, reading)
        assert len(street.done) == tries


# ---- any day at a lane --------------------------------------------------------------------------


class AnyDay(RuleBasedStateMachine):
    """Cars come, flicker and go, one at a time; one submission for each car that was ever read."""

    def __init__(self):
        super().__init__()
        self.street = Street()
        self.car = None
        self.owed = []  # what must have been submitted, in this order
        self.is_read = False

    @precondition(lambda self: self.car is None)
    @rule(car=st.sampled_from([A, B, C]))
    def comes(self, car):
        self.car, self.is_read = car, False

    @precondition(lambda self: self.car is not None)
    @rule(seconds=st.floats(STAY_S, 100))
    def goes(self, seconds):
        self.car = None
        self.street.stand(seconds, NONE)

    @precondition(lambda self: self.car is not None)
    @rule(
        looks=st.lists(st.sampled_from(["sure", "unread", "none", "parcel"]), max_size=30),
        x=st.floats(0, 1500),
    )
    def stands(self, looks, x):
        for look in looks:
            reading = {
                "sure": sure(self.car, at(x)),
                "unread": unread(at(x)),
                "none": NONE,
                "parcel": PARCEL,
            }[look]
            presented = self.street.look(reading)
            if look == "sure" and not self.is_read:
                self.is_read = True
                self.owed.append(self.car)
                assert presented is not None, "at once when it is sure"

    @rule(seconds=st.floats(0.1, 10_000))
    def the_camera_is_away(self, seconds):
        self.street.look(NONE, after_s=seconds)

    @invariant()
    def each_car_is_submitted_once_and_no_other(self):
        submitted = [vin for want, vin in self.street.done if want is Want.SUBMIT]
        assert submitted == self.owed
        assert not any(self.street.sent)

    @invariant()
    def words_are_about_labels_that_came(self):
        assert not any(a == b == (Want.SAY, "0034") for a, b in pairwise(self.street.done[-2:]))


AnyDay.TestCase.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
TestAnyDay = AnyDay.TestCase


@given(
    st.lists(
        st.tuples(
            st.sampled_from([NONE, unread(), unread(THERE), sure(A), sure(B), TWO, PALLET, PARCEL]),
            st.floats(0, 5),
        ),
        max_size=80,
    )
)
@settings(max_examples=150)
def test_nothing_is_submitted_but_a_sure_reading_of_that_very_look(looks):
    street = Street()
    for reading, after_s in looks:
        presented = street.look(reading, after_s)
        if presented is not None and presented.want is not Want.SAY:
            assert presented.reading is reading
            assert reading.verdict is Verdict.VIN
        elif presented is not None:
            assert presented.reading.crop is reading.crop or presented.reading.two_labels
