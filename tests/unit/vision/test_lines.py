"""Lines are fitted through most of the points, wherever the others lie."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.vision.lines import ahead, fit_edges, fit_line, value_at

X = np.arange(20) * 16.0
EVEN = np.ones(X.size)
SLOPES, OFFSETS = st.floats(-0.2, 0.2), st.floats(-20.0, 100.0)


@settings(max_examples=60, deadline=None)
@given(SLOPES, OFFSETS, st.sets(st.integers(0, 19), max_size=3), st.floats(15.0, 60.0))
def test_a_line_is_found_in_spite_of_some_that_lie_off_it(slope, offset, spoilt, far):
    y = slope * X + offset + np.random.default_rng(1).normal(0, 0.3, X.size)
    y[list(spoilt)] += far
    line = fit_line(X, y, EVEN)
    for x in (X[0], X[-1]):
        assert value_at(line, x) == pytest.approx(slope * x + offset, abs=1.5)


def test_weights_count():
    y = np.where(X < 160, 0.0, 10.0)
    low = fit_line(X, y, np.where(X < 160, 1.0, 1e-3))
    assert value_at(low, 80.0) == pytest.approx(0.0, abs=0.5)


def test_points_in_one_place_have_no_slope():
    assert fit_line(np.full(5, 7.0), np.arange(5.0), np.ones(5)).tolist() == [0.0, 2.0]


@pytest.mark.parametrize("hidden", ["upper", "lower"])
def test_a_hidden_edge_follows_the_other(hidden):
    top, bottom = 10 + 0.02 * X, 50 + 0.02 * X
    edge = top if hidden == "upper" else bottom
    wander = np.array([0, 18, 3, 22, 6] * 4, float)  # and on the whole into the bars
    edge += (0.1 * X + wander) * (1 if hidden == "upper" else -1)
    upper, lower = fit_edges(X, top, bottom, EVEN, EVEN)
    assert upper[0] == pytest.approx(lower[0], abs=1e-6)
    good = lower if hidden == "upper" else upper
    assert good == pytest.approx([0.02, 50 if hidden == "upper" else 10], abs=1e-6)


def test_edges_may_taper_as_perspective_has_it():
    upper, lower = fit_edges(X, 10 + 0.02 * X, 50 - 0.01 * X, EVEN, EVEN)
    assert upper == pytest.approx([0.02, 10], abs=1e-6)
    assert lower == pytest.approx([-0.01, 50], abs=1e-6)


def test_an_edge_that_is_cut_off_in_places_counts_where_it_is_not():
    bottom = np.minimum(50 + 0.05 * X, 57.0)  # the strip ends at row 57
    weight = np.where(bottom < 57.0, 1.0, 0.05)
    upper, lower = fit_edges(X, 10 + 0.02 * X, bottom, EVEN, weight)
    assert upper == pytest.approx([0.02, 10], abs=1e-6)
    assert value_at(lower, X[-1]) > 62 > value_at(fit_line(X, bottom, EVEN), X[-1])


@settings(max_examples=40, deadline=None)
@given(SLOPES, SLOPES, st.integers(1, 6), st.integers(-9, 15))
def test_a_trail_goes_on_as_it_went_and_stays_level_while_short(up, down, count, at):
    trail = [(float(x), 10 + up * x, 50 + down * x) for x in range(count)]
    if count < 4:
        expected = np.mean([row[1:] for row in trail], axis=0)
    else:
        expected = [10 + up * at, 50 + down * at]
    assert ahead(trail, at) == pytest.approx(expected, abs=1e-6)
