"""A page full of labels, however soft, close and crooked: none of them goes out as if alone."""

import random

import cv2
import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st
from printed import PAPER, bars_of

from kiosk.model import Verdict
from kiosk.simulate.vins import random_vin
from kiosk.vision.prefilter import Prefilter

SIZE = (500, 1000)


def sheet(seed, rows, height, gap, softness, roll, noise, module=2):
    """Draw ``rows`` labels one above the other; return the picture and their VINs."""
    vins = random.Random(seed)
    page = np.full(SIZE, PAPER, np.uint8)
    texts = []
    for row in range(rows):
        top = (SIZE[0] - rows * (height + gap)) // 2 + row * (height + gap)
        texts.append(random_vin(vins, european=row % 3 == 0))
        bars = bars_of(texts[-1], module, height)
        page[top : top + height, 120 : 120 + bars.shape[1]] = bars
    turn = cv2.getRotationMatrix2D((SIZE[1] / 2, SIZE[0] / 2), roll, 1.0)
    page = cv2.warpAffine(page, turn, SIZE[::-1], borderMode=cv2.BORDER_REPLICATE)
    page = cv2.GaussianBlur(page.astype(np.float32), (0, 0), softness)
    page += np.random.default_rng(seed).normal(0, noise, SIZE)
    return np.clip(page, 0, 255).astype(np.uint8), texts


@settings(max_examples=5, deadline=None)
@given(
    st.integers(0, 9999),
    st.integers(2, 8),
    st.sampled_from([14, 20, 32, 44]),
    st.integers(0, 10),
    st.floats(0.3, 1.3),
    st.floats(-15.0, 15.0),
    st.floats(0.0, 6.0),
)
@example(1, 8, 32, 1, 0.6, -11.0, 6.0)
@example(2, 8, 44, 2, 1.2, 0.0, 2.0)
def test_no_label_of_a_sheet_goes_out_as_if_alone(seed, rows, height, gap, softness, roll, noise):
    page, texts = sheet(seed, rows, height, gap, softness, roll, noise)
    reading = Prefilter().examine(page)
    assert reading.verdict is not Verdict.VIN
    assert reading.vin is None
    assert set(reading.vins) <= set(texts)
    if reading.two_labels:
        assert reading.crop is None


def test_one_label_of_such_a_sheet_is_read():
    page, (vin,) = sheet(3, 1, 32, 0, 0.6, -11.0, 6.0)
    assert Prefilter().examine(page).vin == vin
