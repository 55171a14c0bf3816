"""Which grids are worth reading, and in which order."""

import numpy as np
import pytest
from drawn import drawn, texts
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.vision.candidates import fits_another_length, grids_along, grids_between, grids_walked
from kiosk.vision.ends import Ends
from kiosk.vision.grid import Grid
from kiosk.vision.profile import soften

VIN = "1HGCM82633A004352"


def off(grid, seen):
    """How far a grid's cells lie from the symbol's, in cells; 9 where their number differs."""
    if grid.edges.size != seen.edges.size:
        return 9.0
    return float(np.abs(grid.edges - seen.edges).max() / abs(seen.edges[1] - seen.edges[0]))


@settings(max_examples=30, deadline=None)
@given(texts, st.booleans(), st.booleans())
def test_the_first_group_holds_a_symbol_that_stands_alone(text, turned, inverted):
    seen = drawn(text, module=3.0)
    seen = seen.turned() if turned else seen
    seen = seen.inverted() if inverted else seen
    extent = sorted((float(seen.edges[0]), float(seen.edges[-1])))
    group = next(grids_along(seen.line, tuple(extent)))
    assert min(off(grid, seen) for grid in group) < 0.1


@pytest.mark.parametrize("inverted", [False, True])
def test_without_an_extent_there_is_the_walk(inverted):
    seen = drawn(VIN, left=[3.0] * 31)
    seen = seen.inverted() if inverted else seen
    (group,) = grids_along(seen.line, None)
    assert off(group[0], seen) < 0.3
    assert group[0].sign == (-1.0 if inverted else 1.0)


def test_lengths_that_fit_alike_are_read_together():
    seen = drawn(VIN)
    ends = Ends(1.0, float(seen.edges[0]), float(seen.edges[-1]), 0.9)
    sharp = list(grids_between(soften(seen.line, 3.8), [ends]))
    assert [len(group) for group in sharp] == [1, 1]
    assert off(sharp[0][0], seen) < 0.1
    blank = np.random.default_rng(1).normal(128.0, 30.0, seen.line.size)
    (pair,) = grids_between(soften(blank, 3.8), [ends])
    assert sorted(grid.edges.size for grid in pair) == [20, 21]


def test_better_ends_come_first():
    seen = drawn(VIN)
    cell = seen.edges[1] - seen.edges[0]
    right, wrong = (
        Ends(1.0, float(seen.edges[0] + by), float(seen.edges[-1] - by), score)
        for by, score in ((0.0, 0.9), (cell, 0.6))
    )
    groups = list(grids_between(soften(seen.line, 3.8), [wrong, right]))
    assert off(groups[0][0], seen) < 0.1
    assert groups[1][0].edges[0] > seen.edges[0] + cell / 2


def test_a_blank_profile_has_no_walk_worth_reading():
    assert grids_walked(np.full(600, 90.0)) == ()


@settings(max_examples=20, deadline=None)
@given(texts, st.text("ABCDEFGHJ0123456789", min_size=1, max_size=1), st.floats(2.0, 3.0))
def test_a_symbol_of_another_length_is_told_from_a_vins(text, more, ratio):
    vin = drawn(text, ratio=ratio)
    longer = drawn(text.rjust(18, more) + more, ratio=ratio)
    shorter = drawn(text[-16:], ratio=ratio)
    assert not fits_another_length(vin.line, Grid(vin.edges, 1.0))
    assert not fits_another_length(vin.inverted().line, Grid(vin.edges, -1.0))
    for other in (longer, shorter):
        for cells in (19, 20):
            edges = np.linspace(other.edges[0], other.edges[-1], cells + 1)
            assert fits_another_length(other.line, Grid(edges, 1.0))
