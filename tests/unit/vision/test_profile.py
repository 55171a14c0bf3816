"""The mean along the bars, its halves, and where the bars begin and end in it."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from printed import bars_of
from stripped import halves_of, profile_of

from kiosk.vision.profile import extent_of, likeness, profiles_of, soften

VIN = "1HGCM82633A004352"
STRIPS = hnp.arrays(np.uint8, st.tuples(st.integers(1, 60), st.integers(1, 400)))


def strip(rows=48, module=3, quiet=30, noise=0.0):
    bars = bars_of(VIN, module, rows).astype(float)
    picture = np.pad(bars, ((0, 0), (quiet, quiet)), constant_values=230.0)
    picture += np.random.default_rng(1).normal(0, noise, picture.shape) if noise else 0.0
    return picture


def as_pixels(picture):
    return np.clip(np.rint(picture), 0, 255).astype(np.uint8)


def against(profile, picture):
    """How well a profile's steps resemble the true ones."""
    return np.corrcoef(np.diff(profile), np.diff(picture.mean(axis=0)))[0, 1]


@settings(max_examples=60, deadline=None)
@given(STRIPS)
def test_without_glare_a_profile_is_the_mean_of_its_rows(pixels):
    dim = pixels // 2  # no glare is that dark
    assert profile_of(dim) == pytest.approx(dim.mean(axis=0))
    whole = profiles_of(dim)
    assert whole.whole == pytest.approx(dim.mean(axis=0))
    middle = dim.shape[0] // 2
    assert whole.upper == pytest.approx(dim[: max(1, middle)].mean(axis=0))
    assert whole.lower == pytest.approx(dim[middle:].mean(axis=0))


@settings(max_examples=60, deadline=None)
@given(STRIPS, st.booleans())
def test_all_three_are_the_profiles_of_their_rows(pixels, bright):
    pixels = pixels // 4 + 190 if bright else pixels
    once = profiles_of(pixels)
    middle = pixels.shape[0] // 2
    assert once.upper == pytest.approx(profile_of(pixels[: max(1, middle)]))
    assert once.lower == pytest.approx(profile_of(pixels[middle:]))


@pytest.mark.parametrize("washed", [0.5, 0.75])
def test_glare_over_most_rows_leaves_the_others_count(washed):
    picture = strip(noise=3.0)
    glare = picture.copy()
    rows = int(washed * len(picture))
    glare[:rows, 200:500] = 250 + 0.02 * (picture[:rows, 200:500] - 128)
    pixels = as_pixels(glare)
    part = slice(200, 500)
    swing = np.ptp(profile_of(pixels)[part])
    assert swing > 1.5 * np.ptp(pixels.mean(axis=0)[part])
    assert against(profile_of(pixels)[part], picture[:, part]) > 0.95


def test_glare_with_noise_counts_less_than_bars_without():
    picture = strip(noise=4.0)
    glare = picture.copy()
    noise = np.random.default_rng(2).normal(0, 50, glare[:36].shape)
    glare[:36] = 235 + 0.05 * (picture[:36] - 128) + noise
    pixels = as_pixels(glare)
    assert against(profile_of(pixels), strip()) > against(pixels.mean(axis=0), strip()) + 0.01


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 120), st.integers(0, 120), st.floats(0.0, 10.0))
def test_the_bars_extent_is_found_between_quiet_zones(left, right, noise):
    bars = bars_of(VIN, 3, 48).astype(float)
    picture = np.pad(bars, ((0, 0), (left, right)), constant_values=230.0)
    picture += np.random.default_rng(1).normal(0, noise, picture.shape)
    first, last = extent_of(profile_of(as_pixels(picture)))
    assert first == pytest.approx(left, abs=30)
    assert last == pytest.approx(left + bars.shape[1], abs=30)


@pytest.mark.parametrize("size", range(1, 25))
def test_no_profile_is_too_short_to_be_asked(size):
    extent_of(np.zeros(size))
    extent_of(np.arange(size) * 7.0 % 50)
    assert extent_of(np.full(size, 9.0)) is None


def test_bars_run_through_both_halves_and_text_does_not():
    picture = strip(noise=15.0)
    assert likeness(*halves_of(as_pixels(picture))) > 0.9
    other = picture.copy()
    other[24:] = np.roll(picture[24:], 37, axis=1)
    assert likeness(*halves_of(as_pixels(other))) < 0.5
    assert abs(likeness(*halves_of(as_pixels(255 - picture))) - 1.0) < 0.1
    upper, lower = halves_of(as_pixels(picture))
    assert likeness(upper, 255.0 - lower) < -0.9


@settings(max_examples=40, deadline=None)
@given(hnp.arrays(np.float64, st.integers(1, 300), elements=st.floats(0, 255)), st.floats(0, 40))
def test_softening_averages_and_keeps_its_place(profile, sigma):
    soft = soften(profile, sigma)
    assert soft.shape == profile.shape
    assert profile.min() - 1e-6 <= soft.min()
    assert soft.max() <= profile.max() + 1e-6
    assert soften(profile[::-1], sigma) == pytest.approx(soft[::-1], abs=1e-6)


def test_softening_is_a_gaussian_of_that_width():
    spike = np.zeros(201)
    spike[100] = 1.0
    soft = soften(spike, 6.0)
    x = np.arange(201) - 100.0
    assert soft.sum() == pytest.approx(1.0)
    assert np.sqrt((soft * x * x).sum()) == pytest.approx(6.0, rel=0.03)
