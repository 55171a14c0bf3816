"""Rows of bars about a label that was read: found where they are, and text is none."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from printed import bars_of, printed

from kiosk.vision.beside import rows_about

VIN, OTHER = "1HGCM82633A004352", "JH4KA9650MC000001"


def middles(page, at=0):
    """The middles of what is found about one of a page's symbols."""
    rows = rows_about(page.grey, page.quads[at])
    return [row.frame.mean(axis=0) for row in rows if row.is_label]


def lies_in(point, quad):
    place = float(point[0]), float(point[1])
    return cv2.pointPolygonTest(np.array(quad, np.float32), place, measureDist=False) >= 0


@pytest.mark.parametrize("gap", [2, 10, 60])
@pytest.mark.parametrize("roll", [0, 9])
def test_a_label_above_or_below_is_found(gap, roll):
    page = printed([(VIN, 50, 50), (OTHER, 50, 110 + gap)], module=2, height=60, roll=roll)
    for at in (0, 1):
        found = middles(page, at)
        assert found
        assert all(lies_in(point, page.quads[1 - at]) for point in found)


def test_a_label_beside_is_found():
    width = bars_of(VIN, 2, 10).shape[1]
    page = printed([(VIN, 50, 50), (OTHER, 50 + width + 40, 50)], module=2, height=60)
    assert all(lies_in(point, page.quads[1]) for point in middles(page))
    assert middles(page)


def test_the_same_label_again_is_no_stranger():
    page = printed([(VIN, 50, 50), (VIN, 50, 130)], module=2, height=60)
    assert not middles(page)


@settings(max_examples=5, deadline=None)
@given(st.integers(0, 999), st.floats(0.4, 1.2), st.integers(2, 6))
def test_text_and_gratings_about_a_label_are_none(seed, size, beat):
    page = printed([(VIN, 60, 200), (VIN, 60, 420)], module=2, height=60)
    grey, rng = page.grey.copy(), np.random.default_rng(seed)
    x, y = (int(value) for value in page.quads[0].min(axis=0))
    for line in (*range(y - 140, y - 4, 20), *range(y + 80, y + 140, 20)):
        words = "".join(rng.choice([*"ABCDEFGHIJKLMNOPRSTUVWXYZ 0123456789"], 60))
        cv2.putText(grey, words, (x, line), cv2.FONT_HERSHEY_SIMPLEX, size, 20, 1 + seed % 2)
    teeth = np.where(np.arange(grey.shape[1]) % (2 * beat) < beat, 20, 220)
    grey[y + 150 : y + 200] = teeth
    assert not list(rows_about(grey, page.quads[0]))


def test_rows_beyond_the_picture_are_not_looked_for():
    page = printed([(VIN, 50, 50)], module=2, height=60)
    top = int(page.quads[0][:, 1].min())
    cut = page.grey[top + 5 :]
    quad = page.quads[0] - [0, top + 5]
    assert not list(rows_about(cut, quad))
