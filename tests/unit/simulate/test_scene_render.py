"""Pictures show what their spec says, where it says."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from kiosk.simulate.code39 import encode
from kiosk.simulate.geometry import homography, project, quad_of
from kiosk.simulate.levels import sample
from kiosk.simulate.scene import render
from kiosk.simulate.spec import SceneSpec, Surface
from kiosk.simulate.symbols import symbol_of

VIN = "1HGCM82633A004352"
SHARP = SceneSpec(
    text=VIN, module_px=3.0, defocus=0.0, noise=0.0, jpeg_quality=None, text_gap=4.0, quiet=10.0
)


def test_the_same_spec_gives_the_same_picture_to_the_bit():
    spec = sample("hard", 3)
    first, second = render(spec), render(spec)
    assert first.jpeg == second.jpeg
    assert np.array_equal(first.image, second.image)


def test_the_image_is_what_the_jpeg_holds(clear_scenes):
    scene = clear_scenes[0]
    assert (scene.image.shape, scene.image.dtype) == ((1080, 1920, 3), np.uint8)
    decoded = cv2.imdecode(np.frombuffer(scene.jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert np.array_equal(decoded, scene.image)


def test_without_jpeg_there_are_no_bytes():
    assert render(SHARP).jpeg is None


def test_the_next_frame_differs_only_in_its_noise():
    noisy = replace(SHARP, noise=4.0)
    first, second = render(noisy).image, render(replace(noisy, frame=1)).image
    difference = first.astype(int) - second
    assert 2 < difference.std() < 8
    assert abs(difference.mean()) < 0.1
    still = replace(SHARP, frame=1)
    assert np.array_equal(render(SHARP).image, render(still).image)


POSES = [
    {},
    {"turn_deg": 180},
    {"turn_deg": 90, "roll_deg": -6.0, "module_px": 2.4},
    {"roll_deg": 40.0, "tilt_deg": 30.0, "tilt_axis_deg": 20.0, "module_px": 2.2},
    {"tilt_deg": -32.0, "tilt_axis_deg": 90.0, "inverted": True},
    {"module_px": 1.5, "roll_deg": -17.0, "wide": 1.9, "text_above": False},
]


@pytest.fixture(scope="module", params=POSES, ids=str)
def posed(request):
    return render(replace(SHARP, **request.param))


def test_the_quad_is_the_symbol_to_a_fraction_of_a_module(readers, posed):
    scale = 8
    strip = readers.rectified(posed, sum(encode(VIN, posed.spec.wide)), scale)
    seen = strip[10:30, :, 1].mean(axis=0)
    expected = 1 - symbol_of(posed.spec).coverage(scale)[0][: len(seen)]
    lags = np.arange(-8, 9)
    alike = [np.corrcoef(np.roll(seen, lag)[16:-16], expected[16:-16])[0, 1] for lag in lags]
    best = int(np.argmax(alike))
    assert 0 < best < len(lags) - 1
    # The peak between the samples, by the parabola through the best three.
    left, top, right = alike[best - 1 : best + 2]
    offset = lags[best] + (left - right) / (2 * (left - 2 * top + right))
    assert abs(offset) / scale < 0.05
    assert top > 0.85


def test_bars_are_dark_on_light(readers, posed):
    strip = readers.rectified(posed, sum(encode(VIN, posed.spec.wide)))[10:30, :, 1]
    dark, light = np.percentile(strip, [15, 85])
    assert (light - dark) / light > 0.7  # the print contrast signal of a sound label


def test_above_and_below_the_quad_there_are_no_bars(readers, posed):
    tall = replace(posed, quad=grown(posed.quad, 1 + 2 * 2.0 / posed.spec.height))
    modules = sum(encode(VIN, posed.spec.wide))
    contrast = readers.rectified(tall, modules, rows=64)[:, 40:-40, 1].std(axis=1)
    assert contrast[8:-8].min() > 3 * max(contrast[0], contrast[-1])


def grown(quad, factor):
    """Stretch a quad along its height; good enough where perspective is mild."""
    a, b, c, d = np.array(quad)
    left, right = (d - a) * (factor - 1) / 2, (c - b) * (factor - 1) / 2
    return tuple(map(tuple, (a - left, b - right, c + right, d + left)))


@pytest.mark.parametrize("pose", POSES, ids=str)
def test_a_module_in_the_middle_has_the_size_that_was_asked_for(pose):
    spec = replace(SHARP, **pose)
    (ax, ay), (bx, by) = project(homography(spec), [(-0.5, 0.0), (0.5, 0.0)])
    assert np.hypot(bx - ax, by - ay) == pytest.approx(spec.module_px, rel=1e-3)


def test_turning_is_clockwise_as_seen():
    for turned in ({"turn_deg": 90}, {"roll_deg": 20.0}):
        first, second, *_ = quad_of(replace(SHARP, **turned), 300.0, 28.0)
        assert first[1] < second[1]  # the text runs down


def test_the_strip_inside_the_quad_is_read_without_the_rest_of_the_picture(readers, clear_scenes):
    for scene in clear_scenes:
        strip = readers.rectified(scene, sum(encode(scene.text, scene.spec.wide)), scale=3)
        paper = [float(np.percentile(strip, 85))] * 3
        lone = cv2.copyMakeBorder(strip, 20, 20, 60, 60, cv2.BORDER_CONSTANT, value=paper)
        assert readers.zxing(lone) == {scene.text}


def test_clear_scenes_are_like_those_that_readers_manage_in_full(readers, clear_scenes):
    read = [readers.zxing(scene.image) for scene in clear_scenes]
    right = sum(texts == {scene.text} for texts, scene in zip(read, clear_scenes, strict=True))
    assert right >= 6
    for texts, scene in zip(read, clear_scenes, strict=True):
        assert texts <= {scene.text}


def test_the_truth_names_text_and_vin():
    scene = render(replace(SHARP, text=f"I{VIN}"))
    assert (scene.text, scene.vin, scene.module_px) == (f"I{VIN}", VIN, 3.0)


@pytest.mark.parametrize("seed", range(5))
def test_empty_scenes_hold_nothing_that_reads_as_code_39(readers, seed):
    scene = render(sample("empty", seed))
    assert (scene.text, scene.vin, scene.quad) == (None, None, None)
    assert readers.zxing(scene.image) == set()


@pytest.mark.parametrize("surface", list(Surface))
def test_every_surface_can_stand_behind_a_label(readers, surface):
    scene = render(replace(SHARP, surface=surface, stripes=2, label_stripes=True, seed=5))
    assert readers.zxing(scene.image) == {VIN}


def test_light_bars_read_only_in_the_negative(readers):
    scene = render(replace(SHARP, light_bars=True, inverted=True))
    assert readers.zxing(scene.image) == set()
    assert readers.zxing(255 - scene.image) == {VIN}


def test_a_black_label_keeps_its_bars_dark_on_light(readers):
    scene = render(replace(SHARP, inverted=True))
    assert readers.zxing(scene.image) == {VIN}


def test_a_label_may_hang_over_the_frames_edge():
    scene = render(replace(SHARP, centre=(-2000.0, 540.0)))
    bare = render(replace(SHARP, label=False))
    assert np.array_equal(scene.image, bare.image)
    assert bare.text is None


def test_text_that_code_39_cannot_hold_is_refused():
    with pytest.raises(ValueError, match="Code 39 has no"):
        render(replace(SHARP, text="lower"))


def test_a_label_may_have_no_symbol_and_no_number(readers):
    scene = render(replace(SHARP, text=None))
    assert (scene.text, scene.quad) == (None, None)
    bare = render(replace(SHARP, text=None, label=False))
    assert not np.array_equal(scene.image, bare.image)
    assert readers.zxing(scene.image) == set()


def test_a_symbol_without_text_is_refused():
    with pytest.raises(ValueError, match="no text"):
        symbol_of(SceneSpec())
