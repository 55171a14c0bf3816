"""What the text of a hand scanner's code is taken for."""

import pytest

from kiosk.handscan import judged
from kiosk.model import Verdict

VIN = "1M8GDM9AXKP042788"


@pytest.mark.parametrize(
    ("text", "verdict", "vin"),
    [
        (VIN, Verdict.VIN, VIN),
        (f"I{VIN}", Verdict.VIN, VIN),
        ("WVWZZZ1JZ3W386752", Verdict.VIN, "WVWZZZ1JZ3W386752"),  # Europe has no check digit
        ("1M8GDM9AXKP042789", Verdict.UNREAD, None),  # North America has: this is a misreading
        ("0M8GDM9AXKP042788", Verdict.NOT_VIN, None),
        ("1M8GDM9AXKP0427", Verdict.NOT_VIN, None),
        (f"{VIN} ", Verdict.NOT_VIN, None),
        (VIN.lower(), Verdict.NOT_VIN, None),
        (f"O{VIN}", Verdict.NOT_VIN, None),
        ("PALLET-0042", Verdict.NOT_VIN, None),
        (None, Verdict.NOT_VIN, None),
    ],
)
def test_only_a_sound_vin_is_taken_for_one(text, verdict, vin):
    reading = judged(text)
    assert (reading.verdict, reading.vin, reading.text) == (verdict, vin, text)
    assert reading.crop is None
