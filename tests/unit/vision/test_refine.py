"""A label's own ratio, focus, motion and ink, from its cells."""

import numpy as np
import pytest
from drawn import drawn, vins
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.vision.grid import Grid, best_bank
from kiosk.vision.profile import level
from kiosk.vision.refine import fit_kind
from kiosk.vision.templates import ALPHABET, Kind, shapes_between


def indices_of(text):
    return [ALPHABET.index(char) for char in f"*{text}*"]


def fit_of(windows, indices, kind):
    return float((windows * level(shapes_between(indices, kind))).sum(axis=1).mean())


@settings(max_examples=15, deadline=None)
@given(vins, st.floats(1.95, 3.0), st.floats(0.3, 0.7), st.floats(0.0, 0.8))
def test_the_kind_of_a_label_is_found(text, ratio, blur, smear):
    seen = drawn(text, ratio=ratio, blur=blur, smear=smear, module=5.0)
    windows = level(Grid(seen.edges, 1.0).windows(seen.line))
    bank = best_bank(windows)
    kind = fit_kind(windows, indices_of(text), bank.kind)
    assert kind.ratio == pytest.approx(ratio, abs=0.25)
    assert kind.gain == pytest.approx(0.0, abs=0.1)
    spread = np.hypot(kind.blur, kind.smear / 12**0.5)  # focus or motion: only both are certain
    assert spread == pytest.approx(np.hypot(blur, smear / 12**0.5), abs=0.1)
    left, before = (1.0 - fit_of(windows, indices_of(text), one) for one in (kind, bank.kind))
    assert left < 0.01
    assert left <= before


def test_what_is_left_is_far_less_than_with_the_nearest_bank():
    left = []
    for seed, ratio in enumerate((2.17, 2.5, 2.85)):
        text = "1HGCM82633A004352"
        seen = drawn(text, ratio=ratio, blur=0.45 + 0.1 * seed, smear=1.0, module=5.0)
        windows = level(Grid(seen.edges, 1.0).windows(seen.line))
        bank = best_bank(windows)
        kind = fit_kind(windows, indices_of(text), bank.kind)
        left.append([1.0 - fit_of(windows, indices_of(text), one) for one in (kind, bank.kind)])
    assert (np.array(left)[:, 0] < 0.4 * np.array(left)[:, 1]).all()


@settings(max_examples=20, deadline=None)
@given(vins, st.integers(0, 2**32 - 1), st.floats(1.8, 3.2), st.floats(0.15, 1.8))
def test_the_fit_never_gets_worse_and_the_kind_stays_printable(text, seed, ratio, blur):
    windows = level(np.random.default_rng(seed).normal(size=(19, 48)))
    start = Kind(ratio, blur)
    kind = fit_kind(windows, indices_of(text), start)
    assert fit_of(windows, indices_of(text), kind) >= fit_of(windows, indices_of(text), start)
    assert 1.8 <= kind.ratio <= 3.2
    assert 0.12 <= kind.blur <= 1.9
    assert 0.0 <= kind.smear <= 4.0
    assert -0.4 <= kind.gain <= 0.4
