"""Which scenes are looked at, and by what the bench tells a VIN from a part number."""

import random
from collections import Counter

import pytest
from figures import Figure
from hypothesis import given
from hypothesis import strategies as st
from prefilter_calibrate import _FIRST_SEED, _SEEDS
from prefilter_jobs import DEVELOPMENT, EVALUATION, jobs_of, keeps_all
from prefilter_megapixels import empty_seeds
from prefilter_parts import Part, Shelf, Table
from prefilter_standard import broken_rule

from kiosk.simulate.levels import sample
from kiosk.simulate.vins import random_vin


def test_seeds_of_development_and_of_the_evaluation_never_meet():
    assert (DEVELOPMENT[0], DEVELOPMENT[-1]) == (700_000, 799_999)
    assert EVALUATION[0] == 1_000_000
    assert not set(DEVELOPMENT) & set(EVALUATION)
    assert _FIRST_SEED in DEVELOPMENT
    assert _FIRST_SEED + _SEEDS - 1 in DEVELOPMENT


@pytest.mark.parametrize("seeds", [DEVELOPMENT, EVALUATION])
def test_no_scene_lies_outside_its_seeds(seeds):
    jobs = jobs_of(seeds, thorough=120, labels=900, empties=500)
    assert all(job.seed in seeds for job in jobs)
    assert len(set(jobs)) == len(jobs)
    assert seeds[-1] in empty_seeds(seeds.start, 0)
    assert empty_seeds(seeds.start, 9_999).start in seeds, "the most frames that can be timed"
    with pytest.raises(ValueError, match="more are wanted"):
        jobs_of(range(seeds.start, seeds.start + 10), thorough=11, labels=0, empties=0)


def test_as_many_scenes_are_looked_at_as_are_asked_for():
    jobs = jobs_of(DEVELOPMENT, thorough=120, labels=900, empties=500)
    count = Counter(job.level for job in jobs)
    assert {count[level] for level in ("clear", "normal", "hard", "upright")} == {225}
    assert {count[level] for level in ("glaring", "beside", "beside_hard", "two")} == {100}
    others = [job.seed for job in jobs if job.level == "other"]
    alike = [seed for seed in others if keeps_all(sample("other", seed))]
    assert count["empty"] + len(others) - len(alike) == 500, "what no rule tells comes on top"
    assert len(alike) >= 3


@given(st.integers(0, 10**7), st.booleans())
def test_invented_vins_keep_every_rule(seed, european):
    assert broken_rule(random_vin(random.Random(seed), european=european)) is None


@pytest.mark.parametrize(
    ("text", "broken"),
    [
        ("1HGCM82633A004352", None),
        ("I1HGCM82633A004352", None),
        ("1M8GDM9AXKP042788", None),  # a check digit that is worked out in public
        ("1HGCM82643A004352", "wrong check digit"),
        ("11111111111111111", None),
        ("1HGCM826X3A00435", "not 17 characters of a VIN's alphabet"),
        ("1HGCM82633A00435O", "not 17 characters of a VIN's alphabet"),
        ("1M8GDM9A3K0042788", "wrong check digit"),
        ("WBA00000000001A34", "letters among the last four"),
        ("01234567890123456", "of no region"),
        ("98765432109876543", None),
        ("54379033561314634", "wrong check digit"),
        ("2000000020000000A", "letters among the last four"),
        ("10000000300000000", "wrong check digit"),
    ],
)
def test_a_text_is_held_against_each_rule(text, broken):
    assert broken_rule(text) == broken


def test_a_model_year_is_a_rule_of_north_america():
    year = next(
        text
        for digit in "0123456789X"
        if broken_rule(text := f"1HGCM826{digit}0A004352") != "wrong check digit"
    )
    assert broken_rule(year) == "no model year"
    assert broken_rule("W" + year[1:]) is None


PART = Part(
    (Figure("one", 1.0, "ms", 2.0, "told", judged=False),),
    (Table("Title", "| a |", ("plot",)),),
    {"plot": "<svg/>"},
    "2026-01-02",
)


def shelved(folder, amount="40 frames", code="1", *, resume=True):
    made = []
    shelf = Shelf(folder, "prefilter", code, resume=resume)
    part = shelf.part("times", amount, lambda: made.append(1) or PART)
    return part, bool(made), shelf.taken


def test_a_part_that_was_measured_is_kept_for_a_run_that_is_resumed(tmp_path):
    assert shelved(tmp_path / "new") == (PART, True, {})
    assert shelved(tmp_path / "new") == (PART, False, {"times": "2026-01-02"})


@pytest.mark.parametrize("other", [{"amount": "39 frames"}, {"code": "2"}, {"resume": False}])
def test_a_part_of_other_code_or_amount_is_measured_anew(tmp_path, other):
    shelved(tmp_path)
    assert shelved(tmp_path, **other) == (PART, True, {})


def test_a_part_that_a_power_cut_spoilt_is_measured_anew(tmp_path):
    shelved(tmp_path)
    (tmp_path / "prefilter-times.json").write_bytes(b"\0" * 90)
    assert shelved(tmp_path) == (PART, True, {})
