"""Invented VINs keep the rules of real ones."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.simulate.vins import random_vin
from kiosk.vin import check_digit_passes, vin_of
from kiosk.wmi import MAKES, make_of, model_year_of

generators = st.integers(0, 2**32).map(random.Random)


@given(generators)
def test_an_american_vin_passes_every_rule(rng):
    vin = random_vin(rng)
    assert vin_of(vin) == vin
    assert check_digit_passes(vin)
    assert 1996 <= model_year_of(vin) <= 2026
    assert vin[-4:].isdecimal()


@given(generators)
def test_a_european_vin_has_fillers_and_no_check_digit(rng):
    vin = random_vin(rng, european=True)
    assert vin_of(vin) == vin
    assert vin[3:6] == "ZZZ"
    assert vin[8] == "Z"
    assert not check_digit_passes(vin)
    assert make_of(vin)


@given(generators, st.sampled_from(sorted(set(MAKES.values()))))
def test_a_make_can_be_asked_for(rng, make):
    assert make_of(random_vin(rng, make)) == make


def test_the_same_seed_gives_the_same_vin_and_another_another():
    assert random_vin(random.Random(7)) == random_vin(random.Random(7))
    assert random_vin(random.Random(7)) != random_vin(random.Random(8))


@pytest.mark.parametrize(("make", "european"), [("Trabant", False), ("Honda", True)])
def test_a_make_without_an_identifier_is_refused(make, european):
    with pytest.raises(ValueError, match=make):
        random_vin(random.Random(1), make, european=european)
