"""Margins: log-likelihood ratios that scale with the pixels that carry them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.vision.margins import character_margins, grid_margin

fits = st.floats(0.3, 1.0)


def test_by_hand():
    margins = character_margins(np.array([0.9, 0.9]), np.array([0.8, 0.5]), 20.0)
    assert margins == pytest.approx([(0.36 - 0.19) * 20 / 0.38, (0.75 - 0.19) * 20 / 0.38])
    assert grid_margin(0.9, 0.8, 400.0) == pytest.approx((0.36 - 0.19) * 400 / 0.38)


@given(st.lists(st.tuples(fits, fits), min_size=2, max_size=20), st.floats(1.0, 100.0))
def test_twice_the_pixels_are_twice_the_margin(pairs, pixels):
    best, second = (np.array(side) for side in zip(*[(max(p), min(p)) for p in pairs], strict=True))
    once = character_margins(best, second, pixels)
    assert (once >= 0.0).all()
    assert character_margins(best, second, 2.0 * pixels) == pytest.approx(2.0 * once)


def test_a_cell_that_fits_badly_knows_less():
    best = np.array([0.99, 0.99, 0.7])
    margins = character_margins(best, best - 0.2, 20.0)
    assert margins[2] < margins[0] / 3


def test_a_perfect_fit_is_not_beyond_all_measure():
    assert character_margins(np.ones(3), np.full(3, 0.9), 20.0).max() < 200.0


@given(fits, fits, st.floats(10.0, 1000.0))
def test_a_row_that_fits_better_leaves_no_margin(fit, other, pixels):
    margin = grid_margin(fit, other, pixels)
    assert (margin > 0.0) == (fit > other) or margin == pytest.approx(0.0, abs=1e-6)
