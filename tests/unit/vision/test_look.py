"""How much it takes to be sure, and to call something a Code 39 at all."""

from dataclasses import replace

import numpy as np
import pytest

from kiosk.vision.decode import Match
from kiosk.vision.look import _best, _is_code39, _is_sure, _Trial
from kiosk.vision.rectify import Strip

VIN = "1HGCM82633A004352"
GOOD = Match(
    VIN,
    first=10.0,
    last=990.0,
    fit=0.95,
    weakest=0.9,
    margin=60.0,
    clear=1.0,
    inverted=False,
    edges=tuple(np.linspace(8.0, 992.0, 20).tolist()),
    pitch=14.5,
)
BLANK = Strip(np.full((40, 1000), 128, np.uint8), np.eye(3))  # its halves agree with nothing


def test_a_strong_reading_that_a_library_confirms_is_sure():
    assert _is_sure(BLANK, GOOD, backing=1)


def test_no_strength_replaces_a_second_look_that_agrees():
    assert not _is_sure(BLANK, replace(GOOD, margin=1000.0), backing=0)


@pytest.mark.parametrize("change", [{"weakest": 0.4}, {"margin": 2.0}])
def test_one_doubtful_character_is_enough_doubt(change):
    assert not _is_sure(BLANK, replace(GOOD, **change), backing=2)


def test_a_failed_check_digit_asks_for_more_where_makers_set_one():
    american = replace(GOOD, text="1HGCM82633A004353", margin=8.0)
    european = replace(GOOD, text="WVWZZZ1JZ3W386753", margin=8.0)
    assert not _is_sure(BLANK, american, backing=1)
    assert _is_sure(BLANK, replace(american, margin=30.0), backing=1)
    assert _is_sure(BLANK, european, backing=1)


def test_a_soft_label_is_worth_a_credit_and_a_grating_is_not():
    soft = replace(GOOD, fit=0.8, weakest=0.5, margin=0.4, clear=0.8)
    assert _is_code39(soft)
    assert not _is_code39(replace(soft, clear=0.5))
    assert not _is_code39(replace(soft, fit=0.6))
    assert not _is_code39(replace(soft, text="%3-OHC7ZM33X-50P -"))


def trial(number, zxing=(), zbar=()):
    return _Trial(np.full((1, 1), number, np.uint8), tuple(zxing), tuple(zbar))


def test_the_crop_that_both_libraries_read_goes_out():
    tried = [trial(0), trial(1, zxing=[VIN]), trial(2, [VIN], [VIN]), trial(3, zbar=[VIN])]
    assert _best(tried).pixels[0, 0] == 2


def test_a_crop_that_is_read_otherwise_than_most_stays_here():
    tried = [trial(0, zxing=["1HGCM82633A004353"]), trial(1, zbar=[VIN]), trial(2, zxing=[VIN])]
    assert _best(tried).pixels[0, 0] == 1
