import pytest

from kiosk.sandbox.decode import MODEL, Vehicle, decode
from kiosk.vin import check_digit_of


def with_check_digit(vin: str) -> str:
    return vin[:8] + check_digit_of(vin) + vin[9:]


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("1HGCM82633A-04352", 16),
        ("1hgcm82633a004352", 16),
        ("", 16),
        ("1HGCM82633A00435", 4),
        ("I1HGCM82633A004352", 4),
        ("1HGCM82633Q004352", 5),
        ("1HGCM8263UA004352", 14),
        ("1HGCM8263ZA004352", 14),
        ("1HGCM82630A004352", 14),
        ("1HGCM82633A00435B", 7),
        ("1HGCM82643A004352", 3),
        (with_check_digit("ZZZCM82633A004352"), 2),
    ],
)
def test_each_failure_has_its_documented_key(text, key):
    assert decode(text) == key


def test_a_good_vin_has_a_make_and_a_year():
    assert decode("1HGCM82633A004352") == Vehicle("Honda", MODEL, 2003)
