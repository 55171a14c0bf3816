"""The structure tensor tells direction and strength of parallel edges, wherever cells end."""

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from kiosk.vision.tensor import BINS, CELL, NO_BARS, tensor_fields


def grating(size, period, angle, contrast=100.0):
    """Draw waves whose gradient points along ``angle`` degrees (x to the right, y down)."""
    rows, columns = np.mgrid[: size[0], : size[1]].astype(np.float64)
    way = columns * np.cos(np.radians(angle)) + rows * np.sin(np.radians(angle))
    return np.rint(128 + 0.5 * contrast * np.cos(2 * np.pi * way / period)).astype(np.uint8)


def sobel(period, angle):
    """Return Sobel's response (dx, dy) to unit waves."""
    x, y = (2 * np.pi / period * part(np.radians(angle)) for part in (np.cos, np.sin))
    return 2 * np.sin(x) * (2 + 2 * np.cos(y)), 2 * np.sin(y) * (2 + 2 * np.cos(x))


def away(bins, angle):
    """Return how many degrees each bin (the middle of its degree) is away from ``angle``."""
    return np.abs((bins + 0.5 - angle + 90.0) % 180.0 - 90.0)


@settings(max_examples=80, deadline=None)
@given(st.floats(0.0, 180.0), st.floats(4.0, 14.0))
@example(0.0, 4.0)
@example(45.0, 6.0)
@example(90.0, 14.0)
@example(179.9, 5.0)
def test_a_grating_at_any_angle_has_its_direction_in_every_cell(angle, period):
    field = tensor_fields(grating((120, 160), period, angle))[0]
    dx, dy = sobel(period, angle)
    angle = np.degrees(np.arctan2(dy, dx))
    inner = field.bins[1:-1, 1:-1]
    seen = inner[inner != NO_BARS]
    assert seen.size > 0.8 * inner.size  # in one cell there is hardly one wave
    assert away(seen, angle).max() < 12.0
    twice = np.exp(2j * np.pi * (seen + 0.5) / BINS).mean()
    mean = np.degrees(np.angle(twice)) / 2.0
    assert away(np.array([mean - 0.5]), angle)[0] < 2.5


@settings(max_examples=30, deadline=None)
@given(st.floats(0.0, 180.0), st.floats(40.0, 120.0))
def test_energy_is_the_mean_squared_gradient(angle, contrast):
    period = 13.0  # comes to rows of cells at every phase
    field = tensor_fields(grating((160, 160), period, angle, contrast))[0]
    expected = (0.5 * contrast) ** 2 / 2.0 * np.sum(np.square(sobel(period, angle)))
    assert field.energy[2:-2, 2:-2].mean() == pytest.approx(expected, rel=0.1)


def test_noise_text_and_flat_cells_have_no_direction():
    rng = np.random.default_rng(5)
    noise = np.clip(rng.normal(120, 15, (400, 400)), 0, 255).astype(np.uint8)
    assert (tensor_fields(noise)[0].bins != NO_BARS).mean() < 0.3  # each by chance, and any
    words = np.kron(rng.integers(0, 2, (80, 80)) * 200, np.ones((5, 5))).astype(np.uint8)
    assert (tensor_fields(words)[0].bins != NO_BARS).mean() < 0.4
    flat = tensor_fields(np.full((80, 80), 77, np.uint8))[0]
    assert (flat.bins == NO_BARS).all()
    assert not flat.energy.any()


@pytest.mark.parametrize(("contrast", "seen"), [(3.0, False), (40.0, True)])
def test_hardly_visible_waves_are_no_bars(contrast, seen):
    field = tensor_fields(grating((80, 80), 8.0, 20.0, contrast))[0]
    assert (field.bins[1:-1, 1:-1] != NO_BARS).all() == seen


def test_the_cells_beside_bars_are_not_bars():
    page = np.full((160, 240), 120, np.uint8)
    page[:, 80:160] = grating((160, 80), 5.0, 0.0)
    bars = tensor_fields(page)[0].bins != NO_BARS
    assert bars[:, 10:20].all()
    assert not bars[:, :9].any()
    assert not bars[:, 21:].any()


@settings(max_examples=40, deadline=None)
@given(st.integers(CELL, 90), st.integers(CELL, 90))
def test_what_does_not_fill_a_cell_is_left_out(height, width):
    page = grating((height, width), 5.0, 30.0)
    field = tensor_fields(page)[0]
    assert field.bins.shape == field.energy.shape == (height // CELL, width // CELL)
    whole = tensor_fields(page[: height // CELL * CELL, : width // CELL * CELL])[0]
    assert np.array_equal(field.bins, whole.bins)
    assert np.array_equal(field.energy, whole.energy)


def test_only_a_large_picture_has_a_coarse_field_too():
    assert len(tensor_fields(grating((64, 2600), 6.0, 0.0))) == 1
    fine, coarse = tensor_fields(grating((80, 2640), 6.0, 0.0))
    assert (fine.size, coarse.size) == (CELL, 2 * CELL)
    assert coarse.bins.shape == (5, 165)
    assert (away(coarse.bins[1:-1, 1:-1], 0.0) < 2.0).all()
    assert len(tensor_fields(grating((CELL, 2640), 6.0, 0.0))) == 1  # one row of cells has no half


def test_a_coarse_field_sees_bars_wider_than_a_cell():
    page = np.repeat(np.random.default_rng(1).integers(0, 2, 140) * 120 + 60, 20)
    fine, coarse = tensor_fields(np.repeat(page[None].astype(np.uint8), 160, axis=0))
    bars = (np.count_nonzero(one.bins != NO_BARS) / one.bins.size for one in (fine, coarse))
    assert next(bars) < next(bars)
