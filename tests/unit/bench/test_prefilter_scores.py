"""What the prefilter's bench makes of its rows: figures that pass and fail where they must."""

import math

import pytest
from figures import Figure, table
from hypothesis import given
from hypothesis import strategies as st
from prefilter_scores import (
    Share,
    binned,
    calibration_error,
    calibration_figures,
    crop_figures,
    misses,
    outcomes,
    read_figures,
    told_bins,
    wrong_figures,
)
from rows import crop, empty, label, peers

OTHER = "1HGCM82633A004353"
counts = st.integers(1, 10_000).flatmap(
    lambda total: st.tuples(st.integers(0, total), st.just(total))
)


def named(figures, words):
    (found,) = [figure for figure in figures if words in figure.name]
    return found


@pytest.mark.parametrize(
    ("low", "high", "asked", "reached"),
    [
        (None, None, "", True),
        (None, 4.9, "≤ 4.9 %", False),
        (None, 5.0, "≤ 5 %", True),
        (5.0, None, "≥ 5 %", True),
        (5.1, None, "≥ 5.1 %", False),
        (1.0, 6.0, "1 to 6 %", True),
        (6.0, 9.0, "6 to 9 %", False),
    ],
)
def test_a_figure_is_held_against_both_bounds(low, high, asked, reached):
    figure = Figure("one", 5.0, "%", high, "", low)
    assert (figure.asked, figure.is_reached) == (asked, reached)
    verdict = ("PASSED" if reached else "MISSED") if asked else ""
    assert table([figure]).splitlines()[2].split("|")[4].strip() == verdict


def test_nothing_measured_passes_nothing():
    assert not Figure("none of none", math.nan, "%", None, "", 95.0).is_reached
    assert not Figure("none of none", math.nan, "%", 1.0).is_reached


@given(counts)
def test_an_interval_holds_its_share(count):
    part = Share(*count)
    low, high = part.interval
    assert 0 <= low <= part.percent + 1e-9
    assert part.percent - 1e-9 <= high <= 100
    assert part.bound >= part.percent - 1e-9


def test_intervals_are_those_of_the_books():
    # Newcombe 1998, table I: 81 of 263 by Wilson's method
    low, high = Share(81, 263).interval
    assert (low, high) == (pytest.approx(25.53, abs=0.01), pytest.approx(36.62, abs=0.01))
    assert Share(0, 5000).bound == pytest.approx(0.06)


def test_a_level_passes_at_its_goal_and_not_below():
    good = [label(level="hard") for _ in range(95)]
    bad = [label(None, "unread", "hard") for _ in range(5)]
    assert named(read_figures(good + bad), "hard").is_reached
    assert not named(read_figures(good[:94] + bad), "hard").is_reached


def test_a_sure_reading_of_another_text_is_wrong_and_not_read():
    rows = [label(), label(OTHER)]
    assert named(read_figures(rows), "normal").value == 50.0
    wrong = named(wrong_figures(rows), "2 scenes with a label")
    assert (wrong.value, wrong.is_reached) == (1, False)
    assert outcomes(rows) == {"right": 1, "wrong": 1}
    assert len(list(misses(rows))) == 1


def test_the_identifier_is_part_of_what_a_label_says():
    rows = [label(f"I{label().text}")]
    assert not named(wrong_figures(rows), "with a label").is_reached


def test_without_a_label_every_vin_is_wrong_and_every_crop_wasted():
    lane = [empty() for _ in range(98)]
    figures = list(wrong_figures([*lane, empty("vin", uploaded=True, said=OTHER)]))
    assert named(figures, "without a label").value == 1
    assert named(figures, "wasted").value == pytest.approx(100 / 99)
    assert not named(figures, "wasted").is_reached
    figures = list(wrong_figures([*lane, empty(), empty("unread", uploaded=True)]))
    assert named(figures, "wasted").is_reached
    assert "rule of three" in named(figures, "without a label").detail


@pytest.mark.parametrize(
    ("level", "read", "words"),
    [
        ("normal", 31, "too hard"),
        ("normal", 32, ""),
        ("normal", 121, "too easy"),
        ("hard", 24, ""),
        ("hard", 25, "too easy"),
        ("upright", 99, "too hard"),
        ("upright", 220, ""),
    ],
)
def test_the_better_library_tells_whether_scenes_are_off(level, read, words):
    rows = [label(level=level, peers=peers(zbar=i < read, zxing=i < 3)) for i in range(400)]
    (figure,) = calibration_figures(rows)
    assert figure.is_reached == (not words)
    assert words in figure.detail
    (figure,) = calibration_figures(rows[:-1])
    assert figure.is_reached
    assert "judged from 400 on" in figure.detail


def test_crops_are_small_can_be_read_and_keep_the_rules():
    good = [label(crop=crop(2500)) for _ in range(4)]
    figures = list(crop_figures(good))
    assert all(figure.is_reached for figure in figures)
    assert named(figures, "JPEG 90").value == 40.0
    assert not named(crop_figures([label(crop=crop(2501))]), "JPEG 90").is_reached
    one_library = [label(crop=crop(zbar=False))] * 4
    none = label(crop=crop(zbar=False, zxing=False))
    assert named(crop_figures([*one_library, none]), "read back").is_reached
    assert not named(crop_figures([*one_library, none, none]), "read back").is_reached
    fault = label(crop=crop(fault="not grey"))
    assert not named(crop_figures([*good, fault]), "break a rule").is_reached


@given(st.lists(st.floats(0, 1), min_size=1))
def test_every_row_falls_into_one_bin(values):
    rows = [label(defocus=value) for value in values]
    bins = binned(rows, (0.0, 0.25, 0.7, 1.0), lambda row: row.defocus, lambda row: row.is_right)
    assert sum(one.share.total for one in bins) == len(rows)
    assert all(one.low - 1e-9 <= one.middle <= one.high + 1e-9 for one in bins)


def test_confidence_is_held_against_what_was_right_sure_or_not():
    sure = [label(confidence=0.95) for _ in range(19)] + [label(OTHER, confidence=0.95)]
    unsure = [label(None, "unread", best=best, confidence=0.5) for best in (label().text, OTHER)]
    silent = [label(None, "unread", best=None, confidence=0.0), empty()]
    bins = told_bins([*sure, *unsure, *silent], (0.0, 0.4, 0.8, 1.0))
    assert [(one.share.hits, one.share.total) for one in bins] == [(1, 2), (19, 20)]
    (figure,) = calibration_error(bins)
    assert figure.value == pytest.approx(0.0)
