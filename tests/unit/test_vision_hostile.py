"""Whatever array the prefilter gets: a clear error or a verdict, in bounded work.

Work is counted, not timed: strips that are sampled and searched, profiles that are decoded, pixels
handed to the barcode libraries.
"""

from dataclasses import replace

import cv2
import numpy as np
import pytest
from hostile_pictures import MOSAICS, SPOILT, TEXTURES, labels, soft_sheet
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from vision_work import Work, count_work

from kiosk.model import Verdict
from kiosk.vision.locate import locate
from kiosk.vision.picture import decode_picture
from kiosk.vision.prefilter import Prefilter

REGIONS_MAX = 16
MOST = Work(  # whatever the picture shows
    sampled=14_000_000,  # seven 1080p frames
    tracked=64,
    profiles=32,
    zxing=7_000_000,  # some three frames each: sixteen labels too soft for either take most
    zbar=7_000_000,
)


@pytest.fixture(scope="module")
def prefilter():
    return Prefilter()


@pytest.fixture
def work(monkeypatch):
    return count_work(monkeypatch)


def is_bounded(work):
    """Whether no more was done than a picture may cost."""
    return all(done <= getattr(MOST, name) for name, done in vars(work).items())


def check(reading, image):
    """What holds of every reading, whatever the picture."""
    assert reading.verdict in set(Verdict)
    assert 0.0 <= reading.confidence <= 1.0
    due = reading.verdict in {Verdict.VIN, Verdict.UNREAD} and not reading.two_labels
    assert (reading.crop is not None) == due
    assert (reading.vin is not None) or reading.verdict is not Verdict.VIN
    if reading.verdict is Verdict.NONE:
        assert replace(reading, ms=0.0) == type(reading)(Verdict.NONE)
    if reading.quad is not None:
        height, width = image.shape[:2]
        reach = 0.1 * np.array([width, height]) + 40
        quad = np.array(reading.quad)
        assert (quad > -reach).all()
        assert (quad < np.array([width, height]) + reach).all()
        assert cv2.contourArea(quad.astype(np.float32), oriented=True) > 0  # clockwise
    if reading.crop is not None:
        size = (reading.crop.height, reading.crop.width)
        assert decode_picture(reading.crop.data).shape[:2] == size


# --- arrays that are no pictures, and pictures that are awkward arrays


DTYPES = st.one_of(
    hnp.scalar_dtypes(), hnp.unicode_string_dtypes(), hnp.array_dtypes(), st.just(np.dtype(object))
)


@settings(max_examples=60, deadline=None)
@given(DTYPES, hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=40))
def test_what_is_no_picture_is_refused_in_words(prefilter, dtype, shape):
    image = np.zeros(shape, dtype)
    shape = image.shape  # array types add their own
    if image.dtype == np.uint8 and (len(shape) == 2 or (len(shape) == 3 and shape[2] == 3)):
        check(prefilter.examine(image), image)
        return
    with pytest.raises(ValueError, match=r"^A picture must be .*, not .*\.$"):
        prefilter.examine(image)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, -1.0, 1e300])
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_floats_are_refused_even_where_they_are_no_numbers(prefilter, value, dtype):
    with np.errstate(over="ignore"):
        image = np.full((60, 80), value).astype(dtype)
    with pytest.raises(ValueError, match="must be uint8, not float"):
        prefilter.examine(image)


SIDES = st.one_of(st.integers(0, 40), st.sampled_from([63, 64, 65, 200, 1000]))
LINES = st.tuples(st.sampled_from([0, 1, 2, 15, 16, 17]), st.sampled_from([1, 640, 40_000]))
SHAPES = st.one_of(st.tuples(SIDES, SIDES), LINES, LINES.map(lambda shape: shape[::-1]))


@st.composite
def pictures(draw):
    """Pictures of any size, grey or coloured: flat, noise, or columns that look like bars."""
    shape = draw(SHAPES)
    if draw(st.booleans()):
        shape = (*shape, 3)
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    kind = draw(st.sampled_from(["flat", "noise", "two values", "columns", "rows"]))
    if kind == "flat":
        return np.full(shape, draw(st.integers(0, 255)), np.uint8)
    if kind == "two values":
        return (rng.integers(0, 2, shape) * 255).astype(np.uint8)
    if kind in {"columns", "rows"}:
        axis = int(kind == "columns")
        bars = rng.integers(0, 2, shape[axis] // 2 + 1).repeat(2)[: shape[axis]] * 255
        bars = bars.astype(np.uint8).reshape([-1 if i == axis else 1 for i in range(len(shape))])
        return np.ascontiguousarray(np.broadcast_to(bars, shape))
    return rng.integers(0, 256, shape, np.uint8)


def views_of(image):
    """The same pixels, laid out in memory as OpenCV does not like them."""
    yield np.asfortranarray(image)
    yield np.ascontiguousarray(image[::-1, ::-1])[::-1, ::-1]  # negative strides
    doubled = np.repeat(np.repeat(image, 2, axis=0), 2, axis=1)
    yield doubled[::2, ::2]
    frozen = image.copy()
    frozen.flags.writeable = False
    yield frozen
    shifted = np.empty(image.nbytes + 1, np.uint8)[1:].reshape(image.shape)
    shifted[...] = image
    yield shifted
    yield image.view(np.recarray)


@settings(max_examples=20, deadline=None)
@given(pictures())
def test_any_picture_gets_a_verdict_however_it_lies_in_memory(prefilter, image):
    before = image.copy()
    reading = prefilter.examine(image)
    check(reading, image)
    assert reading.vin is None
    assert np.array_equal(image, before)
    for view in views_of(image):
        same = prefilter.examine(view)
        assert (same.verdict, same.text, same.quad) == (
            reading.verdict,
            reading.text,
            reading.quad,
        )


def test_a_label_is_read_however_it_lies_in_memory(prefilter):
    page = labels(1, 1, size=(300, 1000))
    expected = prefilter.examine(page)
    assert expected.verdict is Verdict.VIN
    for grey in views_of(page):
        assert prefilter.examine(grey).vin == expected.vin
    for colour in views_of(np.dstack([page] * 3)):
        assert prefilter.examine(colour).vin == expected.vin


# --- textures


@pytest.mark.parametrize("name", TEXTURES)
def test_a_texture_is_no_label_and_costs_little(prefilter, work, name):
    image = TEXTURES[name]((1080, 1920))
    reading = prefilter.examine(image)
    check(reading, image)
    assert reading.crop is None
    assert is_bounded(work), work


@settings(max_examples=15, deadline=None)
@given(st.floats(1.5, 60.0), st.floats(0.0, 180.0), st.floats(0.0, 6.3), st.booleans())
def test_a_grating_of_any_period_and_angle_is_no_label(prefilter, period, angle, phase, square):
    rows, columns = np.mgrid[:400, :700].astype(np.float32)
    way = columns * np.cos(np.radians(angle)) + rows * np.sin(np.radians(angle))
    wave = np.cos(2.0 * np.pi * way / period + phase)
    image = (127.5 + 127.5 * (np.sign(wave) if square else wave)).astype(np.uint8)
    reading = prefilter.examine(image)
    check(reading, image)
    assert reading.crop is None


# --- more labels than anybody shows


@pytest.mark.parametrize("name", MOSAICS)
def test_a_frame_full_of_labels_ends_in_bounded_work_and_uploads_nothing(prefilter, work, name):
    image = MOSAICS[name]()
    reading = prefilter.examine(image)
    check(reading, image)
    assert reading.crop is None
    assert reading.vin is None
    assert is_bounded(work), work


@pytest.mark.parametrize("name", SPOILT)
def test_labels_that_cannot_be_read_end_in_bounded_work_too(prefilter, work, name):
    image = SPOILT[name]()
    reading = prefilter.examine(image)
    check(reading, image)
    assert reading.vin is None
    assert is_bounded(work), work
    # and they do get through the cheap tests, or this would show nothing
    assert work.tracked >= 12
    assert work.profiles >= 6


def test_gratings_that_are_taken_for_codes_are_counted(prefilter, work):
    for name in ("chirp", "patches"):
        prefilter.examine(TEXTURES[name]((1080, 1920)))
    assert work.tracked > 20
    assert min(work.profiles, work.zxing, work.zbar) > 0


def test_thirty_labels_are_two_labels(prefilter):
    reading = prefilter.examine(labels(15, 2))
    assert reading.two_labels


@pytest.mark.parametrize("sheet", [lambda: labels(15, 2, same=True), soft_sheet])
def test_a_page_of_the_same_label_is_one(prefilter, work, sheet):
    reading = prefilter.examine(sheet())
    assert (reading.verdict, reading.two_labels) == (Verdict.VIN, False)
    assert is_bounded(work), work


# --- large pictures


@pytest.mark.parametrize("name", ["noise", "modules", "chirp"])
def test_fifty_megapixels_cost_no_more_looks_than_a_frame(prefilter, work, name):
    image = np.tile(TEXTURES[name]((1448, 1728)), (4, 5))
    assert image.size > 50_000_000
    reading = prefilter.examine(image)
    assert reading.crop is None
    assert is_bounded(work), work


def test_a_large_picture_of_labels_costs_no_more_than_a_frame_of_them(prefilter, work):
    image = np.tile(SPOILT["thirty scratched VINs"](), (3, 3))
    check(prefilter.examine(image), image)
    assert is_bounded(work), work
    assert work.profiles > 4


def test_fifty_megapixels_may_have_colours(prefilter, work):
    page = labels(1, 1, size=(1448, 1728))
    image = cv2.cvtColor(np.tile(page, (4, 5)), cv2.COLOR_GRAY2BGR)
    assert image.size > 150_000_000
    reading = prefilter.examine(image)
    assert (reading.verdict, reading.two_labels) == (Verdict.VIN, False)
    assert is_bounded(work), work


@pytest.mark.parametrize(
    "shape", [(1, 2_000_000), (2_000_000, 1), (16, 1_000_000), (1_000_000, 17)]
)
def test_a_picture_of_absurd_proportions_is_looked_at(prefilter, work, shape):
    rng = np.random.default_rng(7)
    image = (rng.integers(0, 2, shape) * 255).astype(np.uint8)
    check(prefilter.examine(image), image)
    assert is_bounded(work), work


# --- the first room by itself; the others: tests/unit/vision/test_rooms_hostile.py


@settings(max_examples=30, deadline=None)
@given(pictures())
def test_regions_are_finite_and_few(image):
    grey = np.ascontiguousarray(image if image.ndim == 2 else image[..., 0])
    if grey.size == 0:
        return
    sighting = locate(grey)
    assert len(sighting.regions) <= REGIONS_MAX
    for region in sighting.regions:
        assert np.isfinite(region.quad).all()
        assert region.quad.shape == (4, 2)
        assert region.length > 0
