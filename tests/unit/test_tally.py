from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.model import Crop, Reading, Verdict
from kiosk.tally import Tally

VIN = Reading(Verdict.VIN, "1M8GDM9AXKP042788", "1M8GDM9AXKP042788", 0.99)
NONE = Reading(Verdict.NONE)
PARCEL = Reading(Verdict.FOREIGN, "0034", symbology="code128", confidence=1.0)
PALLET = Reading(Verdict.NOT_VIN, "PALLET-0042", confidence=1.0)
TWO = Reading(Verdict.UNREAD, vins=("1M8GDM9AXKP042788", "11111111111111111"))


HERE = ((100, 100), (300, 100), (300, 140), (100, 140))
THERE = ((900, 500), (1100, 500), (1100, 540), (900, 540))
BELOW = ((100, 145), (300, 145), (300, 185), (100, 185))
NEARBY = ((200, 120), (400, 120), (400, 160), (200, 160))


def unread(confidence, quad=None):
    return Reading(Verdict.UNREAD, confidence=confidence, quad=quad, crop=Crop(b"x", 1, 1, "png"))


def pallet(quad):
    return Reading(Verdict.NOT_VIN, "PALLET-0042", confidence=1.0, quad=quad)


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


def test_a_sure_label_takes_the_place_of_an_unread_one_whole():
    assert result_of(unread(0.9, HERE), unread(0.9, HERE), VIN) is VIN


@pytest.mark.parametrize("gap", [[], [NONE], [NONE] * 5])
def test_the_crop_is_of_the_label_that_was_in_view_last(gap):
    earlier = [unread(0.9, HERE), unread(0.8, HERE)]
    later = [unread(0.2, THERE), unread(0.3, THERE), unread(0.1, THERE)]
    assert result_of(*earlier, *gap, *later) is later[1]


def test_a_label_in_the_same_place_after_a_gap_may_be_another():
    earlier = [unread(0.9, HERE), unread(0.8, HERE)]
    later = [unread(0.2, HERE), unread(0.3, HERE)]
    assert result_of(*earlier, *[NONE] * 3, *later) is later[1]
    assert result_of(*earlier, *[NONE] * 2, *later) is earlier[0], "a flicker is no departure"


def test_a_label_that_moves_a_little_is_one_label():
    assert result_of(unread(0.9, HERE), unread(0.2, NEARBY), unread(0.3, NEARBY)).confidence == 0.9


def test_a_glimpse_does_not_take_the_place_of_a_label():
    assert result_of(unread(0.2, HERE), unread(0.3, HERE), unread(0.9, THERE)).confidence == 0.3
    assert result_of(unread(0.9, THERE), unread(0.2, HERE)).confidence == 0.2


def test_a_label_that_left_unread_is_still_the_one_that_was_pressed_for():
    assert result_of(unread(0.4, HERE), *[NONE] * 9).verdict is Verdict.UNREAD


def test_a_frame_without_a_crop_is_not_the_best():
    without = Reading(Verdict.UNREAD, confidence=0.9, quad=HERE)
    assert result_of(unread(0.1, HERE), without).confidence == 0.1


def test_a_blurred_frame_of_another_code_costs_nothing():
    tally = Tally()
    ends = [tally.add(one) for one in [unread(0.3, HERE), *[pallet(HERE)] * 3]]
    assert ends == [False, False, False, True]
    assert tally.result().verdict is Verdict.NOT_VIN


@pytest.mark.parametrize("place", [BELOW, THERE, None])
def test_another_code_beside_an_unread_label_does_not_explain_it(place):
    assert result_of(unread(0.3, HERE), *[pallet(place)] * 5).verdict is Verdict.UNREAD


def test_of_other_codes_the_one_seen_most_often_counts_then_the_last():
    other = Reading(Verdict.FOREIGN, "0099", symbology="code128", confidence=1.0)
    assert result_of(PARCEL, PARCEL, other) is PARCEL
    assert result_of(PARCEL, other) is other
    assert result_of(PARCEL, PALLET) is PARCEL


def test_an_empty_lane_is_none():
    assert result_of(NONE, NONE).verdict is Verdict.NONE
    assert result_of().verdict is Verdict.NONE


@given(st.lists(st.sampled_from([VIN, NONE, PARCEL, PALLET, TWO, unread(0.4)])))
def test_the_result_is_one_of_the_readings_and_a_vin_only_if_one_was_sure(readings):
    reading = result_of(*readings)
    assert reading in [*readings, NONE]
    assert (reading.verdict is Verdict.VIN) <= (VIN in readings)


@given(
    st.lists(
        st.tuples(
            st.sampled_from("AB"), st.integers(1, 9), st.booleans(), st.sampled_from([0, 3, 5])
        ),
        min_size=1,
        max_size=6,
    )
)
def test_no_crop_is_ever_mixed_with_a_later_label(cars):
    """Labels come in turns, each in its place; each frame's crop and text tell whose they are."""
    tally, shown, sure_at_last = Tally(), [], False
    for number, (place, frames, is_read, gap) in enumerate(cars):
        quad, name = HERE if place == "A" else THERE, f"{number}"
        for frame in range(frames):
            crop = Crop(name.encode(), 1, 1, "png")
            shown.append(Reading(Verdict.UNREAD, confidence=1 / (1 + frame), quad=quad, crop=crop))
            assert not tally.add(shown[-1])
        if is_read:
            sure_at_last = tally.add(
                Reading(
                    Verdict.VIN, name, name, 0.99, quad=quad, crop=Crop(name.encode(), 1, 1, "png")
                )
            )
            assert sure_at_last, "it ends at once"
            break
        for _ in range(gap):
            tally.add(NONE)
    result = tally.result()
    if sure_at_last:
        assert (result.vin, result.crop.data) == (name, name.encode())
        return
    assert any(result is reading for reading in shown), "one frame's own reading"
    was_swapped_in_a_blink = any(
        a[0] == b[0] and a[3] == 0 for a, b in pairwise(cars)
    )  # the same place and no gap: nobody can tell
    steady = [number for number, car in enumerate(cars) if car[1] > 1]
    if not was_swapped_in_a_blink:
        last = steady[-1] if steady else len(cars) - 1
        assert result.crop.data == str(last).encode()
