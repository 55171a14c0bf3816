"""Parts of ragged regions: those that may hold a label are told from vents and gratings."""

import numpy as np
import pytest

from kiosk.simulate.code39 import encode
from kiosk.vision.bars import lines_across, may_be_code
from kiosk.vision.cuts import cuts_of
from kiosk.vision.locate import Region

VIN = "1HGCM82633A004352"
SLANT = 0.2


def label_row():
    row = [220] * 12
    for number, element in enumerate(encode(VIN)):
        row += [220 if number % 2 else 40] * (2 if element > 1 else 1)
    return np.array([*row, *[220] * 12], np.uint8)


def drawn(place=None, pitch=24):
    """Draw a wall of slots, 700×1000, leaning, and over it a label at ``place``."""
    y, x = np.mgrid[:700, :1000]
    wall = np.where((x + SLANT * y) % pitch < pitch / 2, 60, 150).astype(np.uint8)
    if place is not None:
        left, top = place
        row = label_row()
        wall[top : top + 120, left : left + row.size] = row
    return wall


def whole(depth):
    quad = np.array([[20, 30], [980, 30], [980, 30 + depth], [20, 30 + depth]], np.float32)
    return Region(quad, 900.0, 960.0, 0.4)


def test_of_a_wall_of_slots_no_part_is_left():
    parts = list(cuts_of(drawn(), whole(640)))
    assert len(parts) == 14
    assert parts == [None] * 14


@pytest.mark.parametrize("place", [(60, 40), (540, 40), (60, 300), (540, 300), (540, 540)])
def test_a_label_on_a_wall_of_slots_is_in_a_part_that_is_left(place):
    middle = np.add(place, (200, 60))
    left = [one for one in cuts_of(drawn(place), whole(640)) if one]
    assert left
    for one in left:
        low, high = one.quad.min(axis=0), one.quad.max(axis=0)
        assert (low < middle).all()
        assert (middle < high).all()


@pytest.mark.parametrize(("depth", "bands"), [(90, 1), (165, 2), (250, 3), (640, 7)])
def test_parts_are_halves_of_bands_as_deep_as_a_label_at_most(depth, bands):
    page, row = np.full((700, 1000), 220, np.uint8), label_row()
    for left in (60, 540):
        page[:, left : left + row.size] = row  # bars from top to bottom
    parts = [one for one in cuts_of(page, whole(depth)) if one]
    assert len(parts) == 2 * bands  # lines of all at once show each part what it holds
    for one in parts:
        assert np.linalg.norm(one.quad[3] - one.quad[0]) <= 160.001
        assert may_be_code(lines_across(page, one.quad), loose=True)
    assert max(one.quad[:, 1].max() for one in parts) == pytest.approx(30 + depth)
