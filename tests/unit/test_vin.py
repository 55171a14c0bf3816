"""What a VIN is, and what only looks like one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.simulate.vins import random_vin
from kiosk.vin import (
    breaks_its_region,
    check_digit_of,
    check_digit_passes,
    follows_standard,
    vin_of,
)

VIN = "1HGCM82633A004352"
texts = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 -.$/+%", max_size=20)


@given(texts)
def test_a_vin_is_found_with_and_without_its_data_identifier(text):
    fits = len(text) == 17 and text.isalnum() and not set(text) & set("IOQ")
    assert vin_of(text) == (text if fits else vin_of(text) and text[1:])
    if fits:
        assert vin_of("I" + text) == text


@given(st.randoms(use_true_random=False), st.booleans())
def test_every_vin_follows_the_standard(rng, european):
    assert follows_standard(random_vin(rng, european=european))


@pytest.mark.parametrize(
    "text",
    [
        "PART1234567ABCDEF",
        "00000000000000017",
        "0HGCM82633A004352",
        "1HGCM82633A00435X",
        "56249270407147523",
    ],
)
def test_numbers_of_a_vins_length_that_cannot_be_one_do_not(text):
    assert vin_of(text) == text
    assert not follows_standard(text)


def test_only_regions_that_ask_for_a_check_digit_miss_it():
    assert breaks_its_region("1HGCM82643A004352")
    assert not breaks_its_region(VIN)
    assert not breaks_its_region("WVWZZZ1JZ3W386752")
    assert follows_standard("11111111111111111")  # its check digit is right


def test_north_america_has_no_model_year_z():
    no_year = "1HGCM8262ZA004352"
    assert check_digit_passes(no_year)
    assert breaks_its_region(no_year)
    assert not breaks_its_region("WVWZZZ1J0ZW386752")


def test_the_check_digit_is_the_regulations():
    assert check_digit_of(VIN) == "3"
    assert check_digit_passes(VIN)
    assert check_digit_passes("1M8GDM9AXKP042788")  # the regulation's X for ten
    assert not check_digit_passes("1HGCM82643A004352")
