"""The shapes of the 44 characters, against the encoder of `kiosk.simulate`."""

import numpy as np
import pytest
from drawn import drawn
from hypothesis import given
from hypothesis import strategies as st

from kiosk.simulate.code39 import GUARD, PATTERNS
from kiosk.vision.grid import Grid
from kiosk.vision.profile import standardise
from kiosk.vision.templates import (
    ALPHABET,
    QUIET,
    SAMPLES,
    STAR,
    Kind,
    bank_between,
    bank_of,
    banks,
    bars_of,
    ratio_of,
    shapes_between,
    soft_start,
)

ratios = st.floats(1.8, 3.2)


@given(st.sampled_from(ALPHABET), ratios)
def test_bars_are_those_of_the_encoder(char, ratio):
    pattern = GUARD if char == "*" else PATTERNS[char]
    edges = [edge for bar in bars_of(char, ratio) for edge in bar]
    widths = [ratio if element == "1" else 1.0 for element in pattern]
    assert edges[0] == 0.5
    assert np.diff(edges) == pytest.approx(widths)
    assert edges[-1] + 0.5 == pytest.approx(Kind(ratio, 0.5).modules)


@given(ratios)
def test_a_cells_width_tells_its_ratio(ratio):
    assert ratio_of(Kind(ratio, 0.5).modules) == pytest.approx(ratio)


@pytest.mark.parametrize("bank", [banks()[0], banks()[23], banks()[-1]])
def test_every_shape_is_its_own_nearest(bank):
    assert bank.shapes.shape == (len(ALPHABET), SAMPLES)
    likeness = bank.shapes @ bank.shapes.T
    assert likeness.argmax(axis=1).tolist() == list(range(len(ALPHABET)))
    assert np.diag(likeness) == pytest.approx(1.0)
    assert bank.shapes.mean(axis=1) == pytest.approx(0.0, abs=1e-9)


@given(st.sampled_from(range(44)), ratios, st.floats(0.15, 1.5), st.floats(0.0, 3.0))
def test_a_softer_shape_has_less_swing(index, ratio, blur, smear):
    sharp, soft = (
        np.ptp(bank[0])
        for bank in (
            _light(index, Kind(ratio, blur, smear)),
            _light(index, Kind(ratio, blur + 0.3, smear)),
        )
    )
    assert soft < sharp + 1e-6


def _light(index, kind):
    return bank_of(kind).light[[index]]


def test_ink_makes_bars_wider():
    thin, plain, fat = (_light(STAR, Kind(2.5, 0.5, 0.0, gain)).mean() for gain in (-0.3, 0, 0.3))
    assert thin > plain > fat
    assert plain - fat == pytest.approx(5 * 0.3 / 14.5, abs=0.01)  # five bars of the cell's modules


def test_washed_out_paper_is_flat():
    bank = banks()[0]
    seen = bank.washed_out(0.3, 0)
    flat = np.isclose(seen, seen.max(axis=1, keepdims=True)).mean(axis=1)
    assert (flat > 0.25).all()


def test_motion_is_a_box():
    still, moved = (shapes_between([STAR], Kind(2.5, 0.3, smear))[0] for smear in (0.0, 2.0))
    assert float(still @ moved) < 0.9


def test_paper_lies_before_the_start():
    start = soft_start()
    assert start.size == QUIET + SAMPLES
    assert start[: QUIET // 2].min() > 0.5 * start.max()


@given(st.sampled_from((2.0, 2.5, 3.0)), st.floats(0.5, 1.2))
def test_between_its_neighbours_a_symbol_is_drawn_as_it_is_seen(ratio, blur):
    text = "WBAZZZ1JZAP210247"
    indices = [ALPHABET.index(char) for char in f"*{text}*"]
    seen = drawn(text, ratio=ratio, blur=blur, module=5.0)
    cells = Grid(seen.edges, 1.0).windows(seen.line)
    kind = Kind(ratio, blur)
    bank = bank_between(indices, kind)
    assert bank.shapes.shape == (len(indices), len(ALPHABET), SAMPLES)
    own = bank.shapes[np.arange(len(indices)), indices]
    assert own == pytest.approx(shapes_between(indices, kind))
    known, alone = ((cells * one).sum(axis=1).min() for one in (own, bank_of(kind).shapes[indices]))
    assert known > 0.99
    assert 1.0 - known < 0.5 * (1.0 - alone)


def test_a_cell_of_a_symbol_is_washed_out_as_its_own_shapes_are():
    bank = bank_between([STAR, 1, STAR], Kind(2.5, 0.9))
    assert not np.allclose(bank.washed_out(0.3, 0), bank.washed_out(0.3, 1))
    seen = np.minimum(bank.light[1], 0.3)
    assert bank.washed_out(0.3, 1) == pytest.approx(standardise(seen))
