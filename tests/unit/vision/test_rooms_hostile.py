"""Each room by itself, with what the room before it would never hand over: no crash, no nonsense.

Arithmetic warnings are errors here: a division by zero in a room is a failed test.
"""

import cv2
import numpy as np
import pytest
from encoded_pictures import label
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from stripped import halves_of, profile_of, straighten

from kiosk.vision import crop as crops
from kiosk.vision.decode import read_profile
from kiosk.vision.locate import Region
from kiosk.vision.look import look_at
from kiosk.vision.picture import decode_picture
from kiosk.vision.profile import (
    extent_of,
    likeness,
    soften,
    standardise,
    take,
)
from kiosk.vision.readers import zbar_code39, zxing_any, zxing_code39
from kiosk.vision.rectify import Strip, sample

GREY = hnp.arrays(
    np.uint8,
    st.tuples(st.integers(1, 120), st.integers(1, 400)),
    elements=st.sampled_from([0, 1, 128, 254, 255]),
    fill=st.sampled_from([0, 255]),
)
LEVELS = st.floats(0.0, 255.0)


@st.composite
def profiles(draw):
    """Profiles that a strip can have: flat, steps, waves, noise, and a symbol's."""
    size = draw(st.integers(16, 1500))  # a strip has 320 or more
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    kind = draw(st.sampled_from(["flat", "step", "wave", "noise", "bars", "spike"]))
    if kind == "flat":
        return np.full(size, draw(LEVELS))
    if kind == "step":
        return np.where(np.arange(size) < draw(st.integers(0, size)), draw(LEVELS), draw(LEVELS))
    if kind == "wave":
        return 128.0 + 127.0 * np.sin(np.arange(size) / draw(st.floats(0.3, 200.0)))
    if kind == "spike":
        line = np.full(size, draw(LEVELS))
        line[draw(st.integers(0, size - 1))] = draw(LEVELS)
        return line
    if kind == "bars":
        width = draw(st.integers(1, 9))
        return (rng.integers(0, 2, size) * 255.0).repeat(width)[:size]
    return rng.uniform(0.0, 255.0, size)


@st.composite
def quads(draw):
    """Four corners anywhere: inside, far outside, all in one place, crossed over."""
    far = draw(st.sampled_from([1.0, 50.0, 400.0, 1e5]))
    corner = st.floats(-far, far, width=32)
    return np.array(draw(st.lists(st.tuples(corner, corner), min_size=4, max_size=4)), np.float32)


def region_of(quad):
    length = float(np.linalg.norm(quad[1] - quad[0]))
    return Region(quad, strength=100.0, length=length, fill=1.0)


PAGE, VIN = label(), "1HGCM82633A004352"


@settings(max_examples=40, deadline=None)
@given(st.one_of(GREY, st.just(PAGE)), quads(), st.booleans())
def test_a_strip_is_small_whatever_its_corners(grey, quad, fine):
    strip = sample(grey, quad, fine=fine)
    assert strip.pixels.dtype == np.uint8
    assert strip.pixels.size <= 2000 * 200
    assert strip.turned().pixels.shape == strip.pixels.shape


STRIPS_MAX = 3 * (4 + 3)  # rows of bars, views of each and its parts


@settings(max_examples=40, deadline=None)
@given(st.one_of(GREY, st.just(PAGE)), quads())
def test_a_region_anywhere_gives_few_strips(grey, quad):
    strips = list(straighten(grey, region_of(quad)))
    assert len(strips) <= STRIPS_MAX
    for strip in strips:
        assert strip.pixels.size <= 2000 * 200
        assert np.isfinite(strip.place(np.array([[0.0, 0.0], [1.0, 1.0]]))).all()


def jittered(page, far, seed):
    """Corners about all of a page, each moved by up to ``far`` of its height."""
    height, width = page.shape
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    move = np.random.default_rng(seed).uniform(-far, far, (4, 2)) * height
    return (corners + move).astype(np.float32)


def test_regions_about_many_labels_give_strips_but_few():
    page = np.vstack([np.hstack([PAGE, PAGE])] * 4)
    counts = [len(list(straighten(page, region_of(jittered(page, 0.2, n))))) for n in range(20)]
    assert max(counts) <= STRIPS_MAX
    assert sum(count >= 3 for count in counts) >= 14  # or the bound would bound nothing


@settings(max_examples=30, deadline=None)
@given(st.one_of(GREY, st.just(PAGE)), quads())
def test_a_look_anywhere_ends_in_verdicts_or_none(grey, quad):
    for look in look_at(grey, region_of(quad)):
        assert 0.0 <= look.confidence <= 1.0
        assert np.isfinite(np.array(look.quad)).all()
        assert look.vin in {None, VIN}


def test_looks_about_a_label_read_it_or_nothing_else():
    vins = [
        look.vin for n in range(20) for look in look_at(PAGE, region_of(jittered(PAGE, 0.25, n)))
    ]
    assert set(vins) <= {None, VIN}
    assert vins.count(VIN) >= 14


@settings(max_examples=30, deadline=None)
@given(profiles(), st.floats(0.01, 4.0), st.booleans())
def test_any_profile_is_read_or_not(profile, sample_px, with_extent):
    extent = (0.1 * profile.size, 0.9 * profile.size) if with_extent else None
    match = read_profile(profile, sample_px, extent)
    if match is None:
        return
    assert len(match.text) in {17, 18}
    assert np.isfinite([match.first, match.last, match.fit, match.margin, *match.edges]).all()
    assert not np.allclose(profile, profile[0])


@settings(max_examples=40, deadline=None)
@given(profiles(), profiles(), st.floats(0.0, 30.0))
def test_the_arithmetic_on_profiles_is_total(one, other, sigma):
    extent = extent_of(one)
    if extent is not None:
        assert 0.0 <= extent[0] < extent[1] <= one.size
    assert soften(one, sigma).shape == one.shape
    assert one.min() - 1e-6 <= soften(one, sigma).min()
    assert np.abs(standardise(one)).max() <= 1.0 + 1e-6
    assert take(one, np.array([-5.0, 0.5, 1e9]))[2] == one[-1]
    size = min(one.size, other.size)
    if size > 1:
        assert -1.001 <= likeness(one[:size], other[:size]) <= 1.001


@settings(max_examples=30, deadline=None)
@given(GREY)
def test_a_strip_of_any_size_has_a_profile_and_halves(grey):
    assert profile_of(grey).shape == (grey.shape[1],)
    upper, lower = halves_of(grey)
    assert upper.shape == lower.shape == (grey.shape[1],)


@settings(max_examples=30, deadline=None)
@given(
    hnp.arrays(np.uint8, st.tuples(st.integers(12, 40), st.integers(320, 700))),
    st.lists(st.floats(-50.0, 750.0), min_size=5, max_size=21),
    st.floats(13.0, 16.2),
    st.booleans(),
    st.sampled_from(crops.FINISHES),
)
def test_a_crop_of_any_place_is_a_picture(pixels, edges, pitch, inverted, finish):
    edges = sorted(edges)
    assume(edges[-1] - edges[0] > 1.0)
    strip = Strip(pixels, np.eye(3))
    place = crops.Place(tuple(edges), pitch, inverted)
    known = place.cells in {19, 20}
    drawn = crops.render(crops.scan(strip, place, known=known), finish)
    assert drawn.dtype == np.uint8
    assert drawn.shape[1] > place.modules
    crop = crops.encode(drawn)
    assert decode_picture(crop.data, grey=True).shape == (crop.height, crop.width)
    assert np.array_equal(decode_picture(crop.data, grey=True), drawn)  # without loss


@settings(max_examples=30, deadline=None)
@given(GREY)
def test_the_libraries_take_any_picture_that_has_pixels(grey):
    for texts in (zxing_code39(grey), zxing_code39(grey[::-1, ::-1]), zbar_code39(grey)):
        assert all(isinstance(text, str) for text in texts)
    for found in zxing_any(grey):
        assert np.isfinite(np.array(found.quad)).all()


@pytest.mark.parametrize("turn", [None, cv2.ROTATE_180])
def test_these_rooms_read_what_can_be_read(turn):
    # so that none of the tests above passes because nothing is ever found
    page = PAGE if turn is None else cv2.rotate(PAGE, turn)
    height, width = page.shape
    quad = np.array([[30, 50], [width - 30, 50], [width - 30, height - 50], [30, height - 50]])
    (look, *others) = look_at(page, region_of(quad.astype(np.float32)))
    assert look.vin == VIN
    assert not others
