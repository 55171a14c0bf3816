from hypothesis import given
from hypothesis import strategies as st

from kiosk.model import Crop, Reading, Verdict
from kiosk.tally import Tally

VIN = Reading(Verdict.VIN, "1M8GDM9AXKP042788", "1M8GDM9AXKP042788", 0.99)
NONE = Reading(Verdict.NONE)
PARCEL = Reading(Verdict.FOREIGN, "0034", symbology="code128", confidence=1.0)
PALLET = Reading(Verdict.NOT_VIN, "PALLET-0042", confidence=1.0)
TWO = Reading(Verdict.UNREAD, vins=("1M8GDM9AXKP042788", "11111111111111111"))


def unread(confidence):
    return Reading(Verdict.UNREAD, confidence=confidence, crop=Crop(b"x", 1, 1, "png"))


def result_of(*readings):
    tally = Tally()
    for reading in readings:
        if tally.add(reading):
            break
    return tally.result()


def test_one_sure_reading_ends_the_scan():
    tally = Tally()
    assert tally.add(VIN)
    assert tally.result() is VIN


def test_two_labels_end_the_scan():
    assert result_of(unread(0.9), TWO).two_labels


def test_the_best_unread_crop_goes_out_at_the_time_out():
    assert result_of(unread(0.2), unread(0.7), unread(0.5), NONE).confidence == 0.7


def test_other_codes_are_believed_after_three_frames():
    tally = Tally()
    assert [tally.add(PARCEL) for _ in range(3)] == [False, False, True]
    assert tally.result() is PARCEL


def test_a_label_that_was_located_outweighs_other_codes():
    assert result_of(unread(0.1), PALLET, PALLET, PALLET, PALLET).verdict is Verdict.UNREAD


def test_an_empty_lane_is_none():
    assert result_of(NONE, NONE).verdict is Verdict.NONE
    assert result_of().verdict is Verdict.NONE


@given(st.lists(st.sampled_from([VIN, NONE, PARCEL, PALLET, TWO, unread(0.4)])))
def test_the_result_is_one_of_the_readings_and_a_vin_only_if_one_was_sure(readings):
    reading = result_of(*readings)
    assert reading in [*readings, NONE]
    assert (reading.verdict is Verdict.VIN) <= (VIN in readings)
