"""How much it takes to be sure."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.vision.confidence import SURE, SURE_AGAINST, Evidence, confidence_in

VIN = "1HGCM82633A004352"
STRONG = Evidence(VIN, margin=60.0, weakest=0.95, again=(40.0, 35.0), backing=2)
evidence = st.builds(
    Evidence,
    text=st.sampled_from([VIN, "WVWZZZ1JZ3W386752", "ABC-1234", ""]),
    margin=st.floats(0.0, 1e6),
    weakest=st.floats(0.0, 1.0),
    again=st.tuples(st.floats(0.0, 1e6), st.floats(0.0, 1e6)),
    backing=st.integers(0, 2),
)


def test_a_strong_reading_that_all_confirm_is_sure():
    assert confidence_in(STRONG) > SURE_AGAINST


def test_a_strong_reading_needs_no_library():
    assert confidence_in(replace(STRONG, backing=0)) > SURE


@pytest.mark.parametrize(
    "change",
    [
        {"margin": 1.0, "again": (0.5, 1.0), "backing": 0},
        {"weakest": 0.6, "margin": 8.0, "again": (0.0, 1.0), "backing": 0},
        {"margin": 3.0, "again": (0.0, 0.0), "backing": 0},
    ],
)
def test_one_doubtful_character_is_enough_doubt(change):
    assert confidence_in(replace(STRONG, **change)) < SURE


@given(evidence, st.floats(1.0, 10.0))
def test_more_margin_is_never_less_sure(known, factor):
    confidence = confidence_in(known)
    assert 0.0 <= confidence < 1.0
    assert confidence_in(replace(known, margin=known.margin * factor)) >= confidence


@given(evidence)
def test_a_library_that_agrees_never_makes_it_less_sure(known):
    alone = replace(known, backing=0)
    assert confidence_in(replace(known, backing=1)) >= confidence_in(alone)
