"""Grids: bent, settled and compared on symbols whose cells are known."""

import numpy as np
import pytest
from drawn import drawn, vins
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.vision.grid import Grid, bend, best_bank, scores_of, settle
from kiosk.vision.profile import soften
from kiosk.vision.templates import Kind, bank_of, characters, soft_bank

VIN = "1HGCM82633A004352"


@settings(max_examples=25, deadline=None)
@given(vins, st.floats(-0.6, 0.6), st.booleans())
def test_a_grid_is_bent_as_the_label_is(text, by, inverted):
    seen = drawn(text, bend=by)
    seen = seen.inverted() if inverted else seen
    even = np.linspace(seen.edges[0], seen.edges[-1], 20)
    soft = soften(seen.line, 0.95 * 4.0)
    fit, grid = bend(soft, even, -1.0 if inverted else 1.0)
    assert np.abs(grid.edges - seen.edges).max() < 0.06 * 58.0
    assert fit > 0.9
    assert bend(soft, even, 1.0 if inverted else -1.0)[0] < fit - 0.05


@settings(max_examples=25, deadline=None)
# up to half a module off at the ends: from farther away it may settle one bar aside
@given(vins, st.floats(-0.3, 0.3), st.floats(-0.2, 0.2), st.floats(-0.3, 0.3), st.booleans())
def test_a_grid_settles_where_the_cells_are(text, shift, stretch, wave, turned):
    seen = drawn(text, noise=2.0)
    u = np.linspace(-1.0, 1.0, 20)
    off = 4.0 * (shift + stretch * u + wave * (u**3 - u))  # from modules
    seen = seen.turned() if turned else seen
    bank = bank_of(Kind(2.5, 0.5))
    grid = settle(seen.line, Grid(seen.edges + off, 1.0), bank)
    assert np.abs(grid.edges - seen.edges).max() < 0.25 * 4.0


def test_one_character_that_is_covered_does_not_pull_the_others_along():
    seen = drawn(VIN)
    line = seen.line.copy()
    first, last = seen.edges[9], seen.edges[10]
    line[int(first) : int(last)] = np.roll(line, 4)[int(first) : int(last)]
    grid = settle(line, Grid(seen.edges, 1.0), bank_of(Kind(2.5, 0.5)))
    assert np.abs(grid.edges - seen.edges).max() < 0.3


@pytest.mark.parametrize("kind", [Kind(2.0, 0.3), Kind(3.05, 0.9), Kind(2.35, 1.25)])
def test_the_bank_is_that_of_the_label(kind):
    seen = drawn(VIN, ratio=kind.ratio, blur=kind.blur)
    windows = Grid(seen.edges, 1.0).windows(seen.line)
    found = best_bank(windows).kind
    assert (found.ratio, found.blur, found.gain) == (kind.ratio, kind.blur, 0.0)


@settings(max_examples=20, deadline=None)
@given(vins, st.floats(-60.0, 60.0), st.floats(0.3, 1.5))
def test_neither_contrast_nor_a_slope_of_light_changes_what_is_read(text, slope, contrast):
    seen = drawn(text)
    light = seen.line * contrast + np.linspace(-slope, slope, seen.line.size)
    scores = scores_of(light, Grid(seen.edges, 1.0), bank_of(Kind(2.5, 0.5)))
    assert characters(scores.argmax(axis=1)) == f"*{text}*"
    assert scores.max(axis=1).min() > 0.97


def test_a_character_that_light_washes_out_is_compared_with_washed_out_shapes():
    seen = drawn(VIN, blur=0.8)
    glare = np.zeros(seen.line.size)
    first, last = int(seen.edges[7]), int(seen.edges[12])
    glare[first:last] = 140.0
    washed = np.minimum(seen.line + glare, 245.0)
    grid, bank = Grid(seen.edges, 1.0), bank_of(Kind(2.5, 0.8))
    under = scores_of(washed, grid, bank)[8:11]
    darker = scores_of(washed - 20.0, grid, bank)[8:11]  # the same, but nobody knows that it is
    assert characters(under.argmax(axis=1)) == VIN[7:10]
    assert (under.max(axis=1) > darker.max(axis=1) + 0.02).all()


def test_the_soft_bank_reads_a_sharp_label_softened():
    seen = drawn(VIN, blur=0.3)
    scores = scores_of(soften(seen.line, 0.95 * 4.0), Grid(seen.edges, 1.0), soft_bank())
    assert characters(scores.argmax(axis=1)) == f"*{VIN}*"


@pytest.mark.parametrize("by", [-0.6, 0.3, 0.6])
def test_cells_settle_to_a_fraction_of_a_templates_sample(by):
    seen = drawn(VIN)
    grid = settle(seen.line, Grid(seen.edges + by, 1.0), bank_of(Kind(2.5, 0.5)))
    assert np.abs(grid.edges - seen.edges).mean() < 0.15
