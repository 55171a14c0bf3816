"""Strips are upright, whatever the angle, and lie where the bars do."""

from itertools import chain, pairwise

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from printed import bars_of, printed
from stripped import straighten

from kiosk.vision.locate import Region
from kiosk.vision.rectify import Strip, rows_of_bars, sample, tightened
from kiosk.vision.windows import windows_of

VIN, OTHER, PART = "1HGCM82633A004352", "JH4KA9650MC000001", "12345-678"
WIDTH = {text: bars_of(text, 10, 1).shape[1] / 10 for text in (VIN, OTHER, PART)}  # modules


def frame(quad, grow=1.25):
    """A loose parallelogram around bars, as `locate` gives."""
    along, across = (
        (quad[1] - quad[0] + quad[2] - quad[3]) / 2,
        (quad[3] + quad[2] - quad[0] - quad[1]) / 2,
    )
    middle = quad.mean(axis=0)
    signs = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * grow / 2
    around = np.array([middle + a * along + b * across for a, b in signs], np.float32)
    return Region(around, strength=500.0, length=float(np.linalg.norm(along)) * grow, fill=0.9)


def within(strip, quad):
    """A quad of the picture, in the strip's columns and rows."""
    return cv2.perspectiveTransform(quad[None], np.linalg.inv(strip.to_image))[0]


def is_of(strip, quad):
    """Whether the strip is cut from these bars: its rows within theirs, its length about theirs."""
    height, width = strip.pixels.shape
    left, right = sorted(strip.columns_of(quad.tolist()))
    rows = np.sort(within(strip, quad)[:, 1])
    inside = rows[1] < 0.12 * height and rows[2] > 0.88 * height
    return inside and -0.1 * width < left < 0.2 * width and 0.8 * width < right < 1.1 * width


def lean_of(strip):
    """How much the strip's bars lean, dx per dy, in the worst quarter of it."""
    windows = windows_of(strip.pixels)
    rows = strip.pixels.shape[0]
    leans = [windows.over(at, 1, rows - 2).lean for at in range(windows.count)]
    return max(abs(float(np.median(part))) for part in np.array_split(leans, 4))


@settings(max_examples=20, deadline=None)
@given(
    roll=st.floats(-12, 12),
    tilt=st.floats(-30, 30),
    module=st.sampled_from([2.0, 2.5, 3.0]),
    height=st.integers(40, 90),
)
def test_a_label_at_any_angle_gives_an_upright_strip_of_its_bars(roll, tilt, module, height):
    page = printed([(VIN, 50, 50)], module=module, height=height, roll=roll, tilt=tilt)
    quad = page.quads[0]
    strips = [strip for strip in straighten(page.grey, frame(quad)) if is_of(strip, quad)]
    assert strips
    strip = min(strips, key=lean_of)  # the last may reach for bars beyond the label's
    assert lean_of(strip) < 0.05
    # its ends and the bars' own, in the picture
    first, last = strip.columns_of(quad.tolist())
    top, bottom = strip.bars
    corners = np.array([[first, top], [last, top], [last, bottom], [first, bottom]])
    assert np.abs(strip.place(corners) - quad).max() < 3.0 + 0.03 * height


def test_a_strip_shows_what_the_picture_shows_there():
    page = printed([(VIN, 50, 50)], roll=9, tilt=15, noise=0)
    (strip, *_) = straighten(page.grey, frame(page.quads[0]))
    points = np.random.default_rng(1).uniform(0.1, 0.9, (200, 2)) * strip.pixels.shape[::-1]
    x, y = np.rint(strip.place(points)).astype(int).T
    seen = strip.pixels[tuple(np.rint(points[:, ::-1]).astype(int).T)]
    assert np.corrcoef(seen, page.grey[y, x])[0, 1] > 0.9
    turned = strip.turned()
    height, width = strip.pixels.shape
    assert turned.pixels[0, 0] == strip.pixels[-1, -1]
    assert turned.place(np.array([[3.0, 5.0]])) == pytest.approx(
        strip.place(np.array([[width - 4.0, height - 6.0]])), abs=1e-3
    )
    assert turned.track == strip.track


@settings(max_examples=40, deadline=None)
@given(st.floats(-20, 700), st.floats(-20, 700))
def test_columns_lead_back_from_where_they_were_placed(first, last):
    corners = np.array([[40, 60], [700, 20], [720, 90], [30, 140]], np.float32)
    strip = sample(np.zeros((200, 800), np.uint8), corners, fine=True)
    top, bottom = strip.bars
    quad = strip.place(np.array([[first, top], [last, top], [last, bottom], [first, bottom]]))
    assert strip.columns_of(quad.tolist()) == pytest.approx((first, last), abs=0.05)


def test_the_pixels_of_a_column_are_counted_in_the_picture():
    page = printed([(VIN, 50, 50)])
    strip = sample(
        page.grey, np.array([[40, 50], [440, 50], [440, 90], [40, 90]], np.float32), fine=True
    )
    assert strip.pixels.shape[1] * strip.sample_px == pytest.approx(400, rel=0.01)


@pytest.mark.parametrize(("module", "gap"), [(2, 4), (2, 10), (2, 20), (2, 40), (3, 4), (3, 10)])
@pytest.mark.parametrize(("first", "second"), [(VIN, OTHER), (PART, VIN), (VIN, PART)])
def test_each_of_two_symbols_above_each_other_has_a_row(first, second, module, gap):
    for roll, tilt in ((0, 0), (8, -12)):
        placed = [(first, 50, 50), (second, 50, 110 + gap)]
        page = printed(placed, module=module, height=60, roll=roll, tilt=tilt)
        rows = [list(row) for row in rows_of_bars(page.grey, page.region())]
        for quad in page.quads:
            assert any(is_of(strip, quad) for row in rows for strip in row)
        assert not any(strip.is_part for strip in chain(*rows))
        for row in rows:  # views of the same bars, and no other row's
            assert len({strip.track for strip in row}) == 1
        numbers = [row[0].track for row in rows if row]
        assert numbers == sorted(set(numbers))


@pytest.mark.parametrize("gap", [20, 30, 40])
@pytest.mark.parametrize("second", [OTHER, PART])
def test_symbols_side_by_side_are_a_row_and_its_parts(second, gap):
    placed = [(VIN, 50, 50), (second, 50 + 2 * WIDTH[VIN] + gap, 50)]
    for roll, tilt in ((0, 0), (8, 12)):
        page = printed(placed, module=2, height=60, roll=roll, tilt=tilt)
        strips = list(straighten(page.grey, page.region()))
        parts = [strip for strip in strips if strip.is_part]
        assert len(parts) == 2
        for strip, quad, other in zip(parts, page.quads, page.quads[::-1], strict=True):
            assert strip.shows(quad.tolist())
            assert is_of(strip, quad)
            begin, end = strip.columns_of(other.tolist())
            assert end < 0 or begin > strip.pixels.shape[1] - 1
        assert not parts[0].shows(page.quads[1].tolist())
        whole = strips[strips.index(parts[0]) - 1]
        assert (whole.is_part, whole.track) == (False, parts[0].track)
        assert not whole.shows(page.quads[1].tolist())


def test_whoever_has_read_a_row_goes_on_to_the_next():
    page = printed([(VIN, 50, 50), (OTHER, 50, 130)], height=60)
    seen = [next(row) for row in rows_of_bars(page.grey, page.region())]
    assert [strip.track for strip in seen[:2]] == [0, 1]
    for quad in page.quads:
        assert any(is_of(strip, quad) for strip in seen)


def test_a_symbol_shown_is_in_its_row_and_fills_it():
    page = printed([(VIN, 50, 50), (OTHER, 50, 130)], height=60)
    one, two = (sample(page.grey, quad.astype(np.float32), fine=True) for quad in page.quads)
    first, second = (quad.tolist() for quad in page.quads)
    assert (one.shows(first), one.shows(second)) == (True, False)
    assert (two.shows(first), two.shows(second)) == (False, True)
    assert one.turned().shows(first)


@pytest.mark.parametrize("tilt", [-20, 0, 20])
def test_a_strip_is_tightened_about_a_symbol_in_it(tilt):
    # what stands beside the label leans, and spoils the corners
    page = printed([(VIN, 50, 50)], height=60, tilt=tilt)
    quad = page.quads[0]
    along = quad[1] - quad[0]
    skew = np.array([quad[0], quad[1] + 0.5 * along, quad[2] + 0.5 * along, quad[3]])
    skew[1:3, 1] += 6.0
    loose = sample(page.grey, skew.astype(np.float32), fine=True)
    near = tightened(page.grey, loose, *loose.columns_of(quad.tolist()))
    assert near is not None
    assert is_of(near, quad)
    assert lean_of(near) < 0.05
    assert near.shows(quad.tolist())


def test_paper_cannot_be_tightened():
    plain = np.full((200, 900), 200, np.uint8)
    strip = Strip(plain[:60], np.eye(3))
    assert tightened(plain, strip, 100.0, 800.0) is None


def test_the_rim_of_a_neighbour_is_no_row():
    page = printed([(VIN, 50, 50), (OTHER, 50, 114)], height=60, tilt=15, module=2)
    quad = page.quads[0].copy()
    quad[2:, 1] += 8  # the neighbour's upper end leans in at one side
    rows = list(straighten(page.grey, frame(quad, grow=1.0)))
    assert rows
    assert all(is_of(strip, page.quads[0]) for strip in rows)


def test_strips_of_a_row_become_better_views():
    page = printed([(VIN, 300, 50)], module=3, height=60)
    left, right = page.quads[0][0], page.quads[0][1]
    part = page.quads[0].copy()
    part[1:3, 0] = 0.6 * left[0] + 0.4 * right[0]  # a region that holds two fifths of the label
    strips = list(straighten(page.grey, frame(part)))
    lengths = [strip.pixels.shape[1] * strip.sample_px for strip in strips]
    assert all(later > earlier for earlier, later in pairwise(lengths))
    assert lengths[0] > 0.7 * (right[0] - left[0])
    assert is_of(strips[-1], page.quads[0])
    assert len({strip.track for strip in strips}) == 1
