"""What it takes to call something a Code 39, and which crop goes out."""

from dataclasses import replace

import numpy as np

from kiosk.vision.decode import Match
from kiosk.vision.look import _best, _is_code39, _Trial
from kiosk.vision.templates import soft_bank

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
    bank=soft_bank(),
)


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
