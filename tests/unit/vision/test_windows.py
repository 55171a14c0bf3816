"""Sums of gradients along a strip: what they say of bars, noise and light."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.vision.windows import windows_of


def slanted(lean, size=(60, 600), seed=1):
    """Bars that lead ``lean`` columns to the right a row, soft at their edges."""
    x, y = np.arange(size[1]), np.arange(size[0])[:, None]
    wave = np.random.default_rng(seed).normal(size=size[1] // 4 + 200).repeat(4)
    wave = np.convolve(wave, np.ones(3) / 3, mode="same")
    picture = np.interp((x - lean * y).ravel() + 300, np.arange(wave.size), wave).reshape(size)
    return np.clip(128 + 50 * picture, 0, 255).astype(np.uint8)


@settings(max_examples=25, deadline=None)
@given(st.floats(-0.4, 0.4), st.integers(4, 40), st.integers(8, 18))
def test_the_lean_of_bars_is_told_by_any_stretch_of_rows(lean, top, rows):
    windows = windows_of(slanted(lean))
    leans = [windows.over(at, top, top + rows).lean for at in range(1, windows.count - 1)]
    assert np.median(leans) == pytest.approx(lean, abs=0.08)


def test_bars_are_clean_and_noise_is_not():
    bars = windows_of(slanted(0.0))
    noise = windows_of(np.random.default_rng(1).integers(0, 256, (60, 600), np.uint8))
    assert min(bars.over(at, 5, 50).cleanness for at in range(bars.count)) > 0.9
    assert max(abs(noise.over(at, 5, 50).cleanness) for at in range(noise.count)) < 0.3


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_a_stretch_of_rows_sums_what_it_covers(data):
    size = data.draw(st.integers(1, 50)), data.draw(st.integers(1, 200))
    windows = windows_of(np.random.default_rng(size).integers(0, 256, size, np.uint8))
    at = data.draw(st.integers(0, windows.count - 1))
    top = data.draw(st.integers(0, size[0] - 1))
    bottom = data.draw(st.integers(top, size[0] - 1))
    sums = windows.over(at, top, bottom)
    assert sums.bars == pytest.approx(windows.bars[top : bottom + 1, at].sum(), rel=1e-4, abs=64)
    assert sums.energy == pytest.approx(windows.energy[top : bottom + 1, at].sum(), rel=1e-4)
    assert abs(sums.across) <= sums.energy * 1.0001
    assert windows.edges[0] == 0
    assert windows.edges[-1] == size[1]
    assert (np.diff(windows.edges) > 0).all()


def test_glare_is_seen_where_it_is_and_not_beyond_the_strip():
    picture = np.full((40, 400), 120, np.uint8)
    picture[10:14, 200:300] = 250
    windows = windows_of(picture)
    at = windows.count * 5 // 8
    assert windows.is_washed_out(at, 5.0, 12.0)
    assert not windows.is_washed_out(at, 20.0, 30.0)
    assert not windows.is_washed_out(1, 5.0, 12.0)
    assert not windows.is_washed_out(at, -30.0, -10.0)
    assert not windows.is_washed_out(at, 50.0, 90.0)
    assert windows.is_washed_out(at, -30.0, 90.0)
