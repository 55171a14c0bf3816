"""Makes and model years, on VINs of labels that were photographed."""

import pytest

from kiosk.vin import YEAR_CODES, check_digit_of
from kiosk.wmi import MAKES, make_of, model_year_of


@pytest.mark.parametrize(
    ("vin", "make", "year"),
    [
        ("2HGFG1B86BH501831", "Honda", 2011),  # made 09/10
        ("JM1BK32G071773697", "Mazda", 2007),  # made 05/07; seventh character a digit
        ("3VW2K7AJ9EM381173", "Volkswagen", 2014),  # made 10/13
        ("1HGCM82633A004352", "Honda", 2003),
        ("5YJSA1E27HF000337", "Tesla", 2017),
    ],
)
def test_a_vin_tells_its_make_and_year(vin, make, year):
    assert (make_of(vin), model_year_of(vin)) == (make, year)


def test_an_unknown_identifier_has_no_make():
    assert make_of("99999999999999999") is None


def test_a_european_vin_does_not_tell_its_year():
    assert make_of("TMBZZZF2ZH6709299") == "Skoda"
    assert model_year_of("TMBZZZF2ZH6709299") is None


@pytest.mark.parametrize("code", "UZ0")
def test_a_tenth_character_that_is_no_year_tells_none(code):
    draft = f"1HGCM826X{code}A004352"
    vin = draft.replace("X", check_digit_of(draft), 1)
    assert model_year_of(vin) is None


def with_year(code, seventh):
    draft = f"1HGCM8{seventh}60{code}A004352"
    return draft[:8] + check_digit_of(draft) + draft[9:]


def test_every_code_stands_for_two_years_told_apart_by_the_seventh_character():
    first = [model_year_of(with_year(code, "2")) for code in YEAR_CODES]
    second = [model_year_of(with_year(code, "B")) for code in YEAR_CODES]
    assert first == list(range(1980, 2010))
    assert second == list(range(2010, 2040))


def test_identifiers_are_three_characters_of_a_vin():
    assert all(len(wmi) == 3 and not set(wmi) & set("IOQ") for wmi in MAKES)
