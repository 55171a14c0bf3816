"""The walk: cells found anywhere along a profile, both ways and in both polarities."""

import numpy as np
import pytest
from drawn import drawn, texts
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.vision.profile import soften
from kiosk.vision.walk import walks_along

CELLS = (19, 20)
gratings = st.lists(st.floats(1.5, 4.0), max_size=30)


def softened(line):
    return soften(line, 0.95 * line.size / 350.0)


@settings(max_examples=40, deadline=None)
@given(texts, st.floats(1.9, 3.0), gratings, gratings, st.booleans(), st.booleans())
def test_a_symbol_is_found_beside_other_bars(text, ratio, left, right, turned, inverted):
    seen = drawn(text, ratio=ratio, left=left, right=right, module=3.0)
    seen = seen.turned() if turned else seen
    seen = seen.inverted() if inverted else seen
    best = walks_along(softened(seen.line), CELLS, 1)[0]
    cell = abs(seen.edges[1] - seen.edges[0])
    assert best.sign == (-1.0 if inverted else 1.0)
    assert best.edges.size == len(text) + 3
    assert np.abs(best.edges - seen.edges).max() < 0.35 * cell
    assert best.score > 0.86


@settings(max_examples=40, deadline=None)
@given(
    st.integers(2, 1500),
    st.floats(0.0, 60.0),
    st.integers(0, 2**32 - 1),
    st.integers(1, 8),
)
def test_whatever_the_profile_a_walk_stays_within_it(size, spread, seed, most):
    line = 128.0 + np.random.default_rng(seed).normal(0.0, spread, size)
    walks = walks_along(line, CELLS, most)
    assert len(walks) == most
    for walk in walks:
        steps = np.diff(walk.edges)
        assert walk.edges.size - 1 in CELLS
        assert walk.edges.min() >= 0.0
        assert walk.edges.max() <= size + 1e-9
        assert (np.sign(steps) == np.sign(steps[0])).all()
        assert -1.0 <= walk.score <= 1.0 + 1e-6
    assert [walk.score for walk in walks] == sorted((walk.score for walk in walks), reverse=True)


def test_widths_change_slowly_along_a_walk():
    line = np.random.default_rng(3).normal(128.0, 40.0, 800)
    for walk in walks_along(softened(line), CELLS, 8):
        places = np.abs(np.diff(walk.edges)) / (line.size / 373)
        assert np.abs(np.diff(places)).max() < 1.01


def test_the_score_of_a_walk_is_the_mean_of_its_cells():
    seen = drawn("1HGCM82633A004352", blur=1.1)
    assert walks_along(seen.line, CELLS, 1)[0].score == pytest.approx(0.97, abs=0.03)


def test_a_walk_in_a_flat_line_scores_nothing():
    assert walks_along(np.full(400, 7.0), CELLS, 8)[0].score == pytest.approx(0.0, abs=1e-3)
