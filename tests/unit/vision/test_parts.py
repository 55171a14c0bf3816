"""Blank paper parts bars; a symbol's own spaces, glare apart, do not."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from printed import bars_of

from kiosk.vision.parts import parts_of
from kiosk.vision.profile import soften

VIN, OTHER = "1HGCM82633A004352", "JH4KA9650MC000001"
TEXTS = st.text("0123456789ABCDEFGHJKLMNPRSTUVWXYZ", min_size=17, max_size=17)


def line_of(*texts, gap=40, module=3, blur=0.0, inverted=False):
    """The profile of symbols side by side, ``gap`` columns apart, and where each lies."""
    row, places = [np.full(30, 230.0)], []
    for text in texts:
        begin = sum(piece.size for piece in row)
        row += [bars_of(text, module, 1)[0].astype(float), np.full(gap, 230.0)]
        places.append((begin, begin + row[-2].size - 1))
    profile = soften(np.concatenate(row), blur) if blur else np.concatenate(row)
    return 255.0 - profile if inverted else profile, places


@settings(max_examples=30, deadline=None)
@given(TEXTS, st.floats(0.3, 2.0), st.booleans())
def test_a_symbol_by_itself_is_in_one_piece(text, blur, inverted):
    assert parts_of(line_of(text, blur=blur, inverted=inverted)[0]) == []


@settings(max_examples=30, deadline=None)
@given(st.lists(TEXTS, min_size=2, max_size=3), st.integers(24, 80), st.booleans())
def test_symbols_side_by_side_are_parted_where_they_end(texts, gap, inverted):
    profile, places = line_of(*texts, gap=gap, blur=1.0, inverted=inverted)
    parts = parts_of(profile)
    assert len(parts) == len(places)
    for part, place in zip(parts, places, strict=True):
        assert part == pytest.approx(place, abs=4)


def test_a_short_symbol_beside_a_vin_is_a_part():
    profile, places = line_of(VIN, "12-34", gap=30, blur=1.0)
    assert [pytest.approx(part, abs=4) for part in parts_of(profile)] == places


def test_a_word_beside_a_symbol_is_none():
    profile, _ = line_of(VIN, gap=60, blur=1.0)
    profile[-20:-10] = 60.0
    assert parts_of(profile) == []


def test_no_more_than_three_are_told():
    assert len(parts_of(line_of(*[VIN] * 5)[0])) == 3


@pytest.mark.parametrize("size", [1, 2, 16, 320])
def test_flat_lines_have_no_parts(size):
    assert parts_of(np.full(size, 128.0)) == []


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 1400), st.integers(0, 2**32 - 1))
def test_parts_of_noise_lie_within_it_in_order(size, seed):
    profile = np.random.default_rng(seed).uniform(0, 255, size)
    ends = [end for part in parts_of(profile) for end in part]
    assert ends == sorted(ends)
    assert all(0.0 <= end < size for end in ends)
