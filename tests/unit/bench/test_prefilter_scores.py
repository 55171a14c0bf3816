"""What the prefilter's bench makes of its rows: figures that pass and fail where they must."""

import math
from dataclasses import replace

import pytest
from figures import Figure, table
from hypothesis import given
from hypothesis import strategies as st
from prefilter_crops import crop_figures
from prefilter_scores import (
    Share,
    binned,
    calibration_figures,
    judged_from,
    misses,
    outcomes,
    pair_figures,
    read_figures,
)
from prefilter_tables import crops_table, others_table
from prefilter_trust import told_bins, trust_figures
from prefilter_wrong import wrong_figures
from rows import TEXT, crop, empty, label, peers

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


def test_what_is_not_judged_is_not_reached_and_says_so():
    figure = Figure("one", 0.0, "", 0, judged=False)
    assert not figure.is_reached
    assert "NOT JUDGED" in table([figure])


def test_a_level_passes_at_its_goal_and_not_below():
    good = [label(level="hard") for _ in range(380)]
    bad = [label(None, "unread", "hard") for _ in range(20)]
    assert named(read_figures(good + bad), "hard").is_reached
    assert not named(read_figures(good[:-1] + bad + bad[:1]), "hard").is_reached


def test_a_level_is_not_judged_on_fewer_than_400_scenes():
    good = [label(level="hard") for _ in range(400)]
    assert named(read_figures(good), "hard").is_reached
    figure = named(read_figures(good[:-1]), "hard")
    assert not figure.is_reached
    assert "not judged: 399 of 400" in figure.detail


def test_stronger_glare_is_for_comparison_only():
    rows = [label(None, "unread", "glaring"), label(level="glaring")]
    (figure,) = read_figures(rows)
    assert (figure.value, figure.is_asked, figure.is_reached) == (50.0, False, True)
    assert list(crop_figures([label(level="glaring", crop=crop())])) == []


@pytest.mark.parametrize("level", ["beside", "beside_hard"])
def test_a_code_beside_the_label_is_for_comparison_only(level):
    rows = [label(None, "unread", level), label(level=level)]
    (figure,) = read_figures(rows)
    assert (figure.value, figure.is_asked) == (50.0, False)
    assert "have the goal 9" in figure.detail
    assert not named(
        crop_figures([label(crop=crop()), label(level=level, crop=crop(fault="not grey"))]),
        "a code beside",
    ).is_reached


def pair(said=None, verdict="unread", vins=(TEXT, OTHER), *, uploaded=False):
    row = label(said, verdict, "two", vins=vins, uploaded=uploaded)
    return replace(row, second=OTHER)


@pytest.mark.parametrize(
    ("row", "outcome"),
    [
        (pair(), "right"),
        (pair(vins=()), "unread"),
        (pair(vins=(), verdict="none"), "none"),
        (pair(TEXT, "vin", (TEXT,), uploaded=True), "wrong"),
        (pair(OTHER, "vin", (OTHER,), uploaded=True), "wrong"),
        (pair(vins=(TEXT, OTHER[::-1])), "wrong"),
    ],
)
def test_of_two_labels_none_is_taken_alone(row, outcome):
    assert outcomes([row]) == {outcome: 1}
    figure = named(pair_figures([*many(pair(), 99), row]), "two labels")
    assert figure.is_reached == (outcome != "wrong")
    assert named(wrong_figures([row]), "scenes with a label").name.startswith("wrong VINs, 0")


def test_two_labels_are_judged_from_100_scenes():
    (figure,) = pair_figures(many(pair(), 99))
    assert not figure.judged
    assert "99 of 100" in figure.detail
    assert list(pair_figures([label()])) == []


def test_what_is_asked_is_not_judged_of_too_few():
    asked, told = Figure("asked", 5.0, "", 1.0, "so"), Figure("told", 5.0, "")
    assert list(judged_from([asked, told], 400, 400)) == [asked, told]
    few, same = judged_from([asked, told], 5, 400)
    assert (few.verdict, few.detail) == ("NOT JUDGED", "so; not judged: 5 of 400")
    assert same == told


LIKE_A_VIN = "98765432109876543"


@pytest.mark.parametrize(
    ("verdict", "said", "taken", "wrong"),
    [
        ("vin", LIKE_A_VIN, 1, 0),
        ("vin", "98765432109876548", 0, 1),
        ("not_vin", LIKE_A_VIN, 0, 0),
        ("unread", None, 0, 0),
    ],
)
def test_a_part_number_that_keeps_every_rule_is_counted_apart(verdict, said, taken, wrong):
    vins = (said,) if verdict == "vin" else ()
    row = empty(verdict, said=said, holds=LIKE_A_VIN, code="code39", vins=vins, uploaded=True)
    figures = list(wrong_figures([*GOOD, row]))
    assert named(figures, "taken for VINs").value == taken
    assert f"{taken} of 1 were taken" in named(figures, "taken for VINs").detail
    assert not named(figures, "taken for VINs").is_asked
    assert named(figures, "follow the standard").value == wrong
    assert named(figures, "without a VIN label").name.startswith("wrong VINs, 5,000 ")
    assert named(figures, "without a VIN label").is_reached
    assert named(figures, "together").value == pytest.approx(100 / 5001)
    assert "keeps every rule of VINs  | 1 " in others_table([row])


def test_a_part_number_that_breaks_a_rule_and_is_taken_for_a_vin_is_wrong():
    text = "1" + LIKE_A_VIN[1:]
    row = empty("vin", said=text, holds=text, code="code39", vins=(text,), uploaded=True)
    figures = list(wrong_figures([*GOOD, row]))
    assert named(figures, "without a VIN label").value == 1
    assert not named(figures, "each of which breaks a rule").is_reached


def test_a_sure_reading_of_another_text_is_wrong_and_not_read():
    rows = [label(), label(OTHER)]
    assert named(read_figures(rows), "normal").value == 50.0
    wrong = named(wrong_figures(rows), "2 scenes with a label")
    assert (wrong.value, wrong.is_reached) == (1, False)
    assert outcomes(rows) == {"right": 1, "wrong": 1}
    assert len(list(misses(rows))) == 1


def test_the_identifier_is_part_of_what_a_label_says():
    row = label(f"I{TEXT}", vin=TEXT, vins=(TEXT,))
    assert row.is_wrong


@pytest.mark.parametrize(
    ("row", "is_wrong"),
    [
        (label(None, "foreign", vin=OTHER, vins=()), True),
        (label(None, "foreign", vin=TEXT, vins=()), False),
        (label(None, "unread", vin=None, vins=(TEXT, OTHER)), True),
        (label(None, "unread", vin=None, vins=(), best=OTHER), False),
        (empty("foreign", holds=TEXT, code="qrcode", vin=TEXT), False),
        (empty("foreign", holds=TEXT, code="qrcode", vin=OTHER), True),
        (empty("foreign", holds="4006381333931", code="ean13", vin=OTHER), True),
        (empty("vin", said="54379033561314634", holds="54379033561314634", code="code39"), True),
        (empty("not_vin", said="PART-1", holds="PART-1", code="code39"), False),
    ],
)
def test_any_vin_shown_that_is_not_in_view_is_wrong(row, is_wrong):
    assert row.is_wrong == is_wrong


def many(row, count):
    return [row] * count


GOOD = [*many(label(), 5000), *many(empty(), 4000), *many(empty(holds="A1", code="code39"), 1000)]


def test_wrong_vins_are_judged_from_5000_scenes_of_each_kind():
    figures = list(wrong_figures(GOOD))
    assert len(figures) == 5
    assert all(figure.is_reached for figure in figures)
    assert all("0.060 %" in figure.detail for figure in figures[:2])
    assert "3 in 5,000" in figures[0].detail
    few = list(wrong_figures(GOOD[1:-1]))
    assert not any(figure.is_reached for figure in few)
    assert all("not judged: 4,999 of 5,000" in figure.detail for figure in few)


def test_nothing_measured_is_nothing_judged():
    assert not any(figure.is_reached for figure in wrong_figures([]))


def test_without_a_label_every_vin_is_wrong_and_every_crop_wasted():
    wrong = empty("vin", uploaded=True, said=OTHER, vins=(OTHER,))
    figures = list(wrong_figures([*GOOD, wrong]))
    assert named(figures, "without a VIN label").value == 1
    assert not named(figures, "without a VIN label").is_reached
    assert named(figures, "with other codes").is_reached
    assert named(figures, "no code in view").value == pytest.approx(100 / 4001)


@pytest.mark.parametrize(
    ("row", "name"),
    [
        (empty("unread", uploaded=True), "no code in view"),
        (empty("unread", uploaded=True, holds="A1", code="code39"), "other codes in view"),
    ],
)
def test_uploads_of_textures_and_of_other_codes_are_judged_apart(row, name):
    total = 4000 if row.holds is None else 1000
    rest = [one for one in GOOD if one.text or one.holds != row.holds]
    same = empty(holds=row.holds, code=row.code)
    for wasted, reached in ((total // 100, True), (total // 100 + 1, False)):
        rows = [*rest, *many(row, wasted), *many(same, total - wasted)]
        figures = [one for one in wrong_figures(rows) if one.name.startswith("wasted")]
        assert {figure.name: figure.is_reached for figure in figures} == {
            "wasted uploads, no code in view": reached or name != "no code in view",
            "wasted uploads, other codes in view": reached or name != "other codes in view",
        }


def test_other_codes_are_told_by_kind():
    rows = [
        empty("not_vin", holds=LIKE_A_VIN, code="code39"),
        empty("unread", uploaded=True, holds="12345678901234567", code="code39"),
        empty("not_vin", holds="A1234", code="code39"),
        empty("foreign", holds=TEXT, code="datamatrix"),
        empty("none", holds="4006381333931", code="ean13"),
        empty(),
        label(),
    ]
    _, _, *lines = others_table(rows).splitlines()
    assert [line.split("|")[2].strip() for line in lines] == ["1"] * 5
    assert [line.split("|")[-2].strip() for line in lines] == ["0", "1", "0", "0", "0"]


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
    assert not figure.is_reached
    assert "not judged: 399 of 400" in figure.detail


def test_crops_are_small_can_be_read_and_keep_the_rules():
    good = [label(crop=crop(2500)) for _ in range(4)]
    figures = list(crop_figures(good))
    assert all(figure.is_reached for figure in figures)
    assert named(figures, "JPEG 90").value == 40.0
    assert not named(crop_figures([label(crop=crop(2501))]), "JPEG 90").is_reached
    one_library = [label(crop=crop(zbar=False))] * 4
    none = label(crop=crop(zbar=False, zxing=False))
    assert named(crop_figures([*one_library, none]), "all levels").is_reached
    assert not named(crop_figures([*one_library, none, none]), "all levels").is_reached
    fault = label(crop=crop(fault="not grey"))
    assert not named(crop_figures([*good, fault]), "break a rule").is_reached


@given(st.lists(st.floats(0, 1), min_size=1))
def test_every_row_falls_into_one_bin(values):
    rows = [label(defocus=value) for value in values]
    bins = binned(rows, (0.0, 0.25, 0.7, 1.0), lambda row: row.defocus, lambda row: row.is_right)
    assert sum(one.share.total for one in bins) == len(rows)
    assert all(one.low - 1e-9 <= one.middle <= one.high + 1e-9 for one in bins)


def test_crops_are_judged_in_each_level():
    rows = [*[label(crop=crop())] * 9, label(level="hard", crop=crop(zbar=False, zxing=False))]
    figures = list(crop_figures(rows))
    assert named(figures, "all levels").is_reached
    assert named(figures, "library, normal").is_reached
    assert not named(figures, "library, hard").is_reached


@pytest.mark.parametrize(
    ("row", "reached"),
    [
        (label(crop=crop(zbar=False, zxing=False)), True),
        (label(crop=crop(zbar=False, zxing=False, ours=False)), False),
        (label(crop=None), False),
        (label(None, "unread", crop=crop(zbar=False, zxing=False, ours=False)), True),
    ],
)
def test_every_crop_of_a_sure_reading_is_read_back_by_somebody(row, reached):
    figures = crop_figures([*[label(crop=crop())] * 99, row])
    assert named(figures, "read back from their bytes").is_reached == reached


def test_the_crops_of_each_level_are_told():
    rows = [label(crop=crop()), label(crop=crop(zbar=False)), label(level="hard", crop=crop())]
    _, _, normal, hard = crops_table(rows).splitlines()
    assert "1 (50.0 %)" in normal
    assert "50.0 %" not in hard


def test_confidence_is_held_against_what_was_right_sure_or_not():
    sure = [label(confidence=0.995) for _ in range(19)] + [label(OTHER, confidence=0.995)]
    unsure = [label(None, "unread", best=best, confidence=0.55) for best in (TEXT, OTHER)]
    silent = [label(None, "unread", best=None, confidence=0.0), empty()]
    elsewhere = [
        empty("not_vin", said="A1", holds="A1", code="code39", confidence=0.95),
        empty("foreign", said=TEXT, holds=TEXT, code="qrcode", confidence=1.0),
    ]
    rows = [*sure, *unsure, *silent, *elsewhere]
    assert [(one.low, one.share.hits, one.share.total) for one in told_bins(rows)] == [
        (0.5, 1, 2),
        (0.9, 1, 1),
        (0.99, 19, 20),
    ]
    every, certain = trust_figures(rows)
    assert every.value == pytest.approx((2 * 0.05 + 0.05 + 20 * 0.045) / 23)
    assert certain.value == pytest.approx(0.045)
    assert "20 readings, 1 of them not right" in certain.detail
