"""Bars that share their strip with something else."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from stripped import halves_of

from kiosk.vision.runs import run_of

WIDTH, HEIGHT = 900, 40


def bars(rng, columns):
    """Draw bars of random width through all rows."""
    return np.repeat(
        np.repeat(rng.integers(0, 2, columns // 3 + 1) * 200, 3)[None, :columns], HEIGHT, 0
    )


def blots(rng, columns):
    """Draw what differs between the upper and the lower half, as text and hatching do."""
    return np.repeat(
        np.repeat(rng.integers(0, 2, (HEIGHT // 4, columns // 6 + 1)) * 200, 6, 1), 4, 0
    )[:, :columns]


@pytest.mark.parametrize(("first", "last"), [(0, 500), (200, 700), (400, 900), (0, 900)])
def test_the_bars_are_found_beside_text(first, last):
    rng = np.random.default_rng(first)
    strip = np.concatenate(
        [blots(rng, first), bars(rng, last - first), blots(rng, WIDTH - last)], axis=1
    ).astype(np.uint8)
    begin, end = run_of(*halves_of(strip))
    assert abs(begin - first) < 30
    assert abs(end - last) < 30


@pytest.mark.parametrize("columns", [0, 150])
def test_text_alone_or_a_short_row_of_bars_is_no_run(columns):
    rng = np.random.default_rng(columns)
    parts = [bars(rng, columns), blots(rng, WIDTH - columns)]
    assert run_of(*halves_of(np.concatenate(parts, axis=1).astype(np.uint8))) is None


@given(hnp.arrays(np.uint8, st.tuples(st.integers(2, 30), st.integers(12, 300))))
def test_any_strip_has_a_run_within_it_or_none(pixels):
    run = run_of(*halves_of(pixels))
    assert run is None or 0.0 <= run[0] < run[1] <= pixels.shape[1]
