"""Bars go on where they can no longer be followed, and end where they do."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.vision.reach import reaching
from kiosk.vision.track import Track

LEVEL = np.array([0.0, 0.0])
ROWS, LENGTH, MODULE = 60, 800, 2
SPAN = 400 / 16  # columns that are compared at a time
TOP, BOTTOM = np.array([0.0, 10.0]), np.array([0.0, 50.0])


def strip(seed, first, last, contrast, noise, lean=0.0):
    """Draw bars between two columns of a noisy strip, upright or leaning by ``lean``."""
    rng = np.random.default_rng(seed)
    widths = MODULE * rng.integers(1, 4, LENGTH)
    bars = np.repeat(np.arange(LENGTH) % 2, widths)[:LENGTH].astype(float)
    bars[:first] = bars[last:] = 0.0
    columns = np.arange(LENGTH)
    rows = [np.interp(columns - lean * (row - ROWS / 2), columns, bars) for row in range(ROWS)]
    grey = 90.0 - contrast * np.array(rows) + rng.normal(0.0, noise, (ROWS, LENGTH))
    return np.clip(np.rint(grey), 0, 255).astype(np.uint8)


def reached(seed, lean):
    pixels = strip(seed, 60, 740, contrast=20.0, noise=10.0, lean=lean)
    return reaching(pixels, Track(200.0, 600.0, np.array([0.0, lean]), TOP, BOTTOM))


# Of a thousand such strips noise hides a span in seven: these are none of them.
@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("lean", [-0.1, 0.0, 0.07])
def test_faint_bars_are_reached_on_both_sides(seed, lean):
    found = reached(seed, lean)
    assert found.first <= 60 + 2 * SPAN
    assert found.last >= 740 - 2 * SPAN


@settings(max_examples=30)
@given(st.integers(0, 999), st.floats(-0.1, 0.1))
def test_nothing_beyond_the_bars_is_reached(seed, lean):
    found = reached(seed, lean)
    assert found.first >= 60 - 2 * SPAN
    assert found.last <= 740 + 2 * SPAN


@pytest.mark.parametrize("seed", range(5))
def test_noise_is_not_bars(seed):
    pixels = strip(seed, 200, 600, contrast=60.0, noise=10.0)
    found = reaching(pixels, Track(200.0, 600.0, LEVEL, TOP, BOTTOM))
    assert found.first >= 200 - 2 * SPAN
    assert found.last <= 600 + 2 * SPAN


@pytest.mark.parametrize("bars", [(-40.0, -5.0), (70.0, 90.0), (20.0, 25.0)])
def test_bars_outside_the_strip_or_too_low_stay_as_they_are(bars):
    top, bottom = (np.array([0.0, edge]) for edge in bars)
    track = Track(300.0, 500.0, LEVEL, top, bottom)
    found = reaching(strip(1, 100, 700, 60.0, 5.0), track)
    assert (found.first, found.last) == (track.first, track.last)
