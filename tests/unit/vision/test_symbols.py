"""What the libraries make of a row of bars that our own decoder does not follow."""

import numpy as np
import pytest

from kiosk.simulate.code39 import encode
from kiosk.vision.picture import decode_picture
from kiosk.vision.rectify import Strip
from kiosk.vision.symbols import look_without_match

VIN = "1HGCM82633A004352"
MODULE = 4


def strip_of(text, quiet, beyond):
    """Draw a symbol of narrow modules between quiet zones (modules) and darker ground."""
    row = []
    for number, element in enumerate(encode(text)):
        row += [200 if number % 2 else 40] * ((2 if element > 1 else 1) * MODULE)
    ends = [beyond] * 40
    line = [*ends, *[200] * quiet * MODULE, *row, *[200] * quiet * MODULE, *ends]
    return Strip(np.repeat(np.array([line], np.uint8), 40, axis=0), np.eye(3)), len(row) / MODULE


@pytest.mark.parametrize("beyond", [30, 90])
def test_the_crop_has_ten_modules_of_white_however_few_modules_the_symbol_has(beyond):
    strip, modules = strip_of(VIN, 6, beyond)
    look = look_without_match(strip)
    assert look is not None
    crop = look.crop()
    dark = np.flatnonzero(decode_picture(crop.data, grey=True).mean(axis=0) < 150)
    module = (dark[-1] - dark[0] + 1) / modules
    assert min(dark[0], crop.width - 1 - dark[-1]) >= 10.0 * module
