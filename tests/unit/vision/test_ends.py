"""Where a symbol starts and stops, from a rough idea of where its bars end."""

import pytest
from drawn import drawn, vins
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.vision.ends import find_ends
from kiosk.vision.profile import soften


def likeliest(seen, before=0.5, beyond=0.5):
    """The best ends, told that the bars go on some cells further on either side."""
    cell = abs(seen.edges[1] - seen.edges[0])
    first, last = sorted((seen.edges[0], seen.edges[-1]))
    soft = soften(seen.line, 0.95 * (last - first) / 320)
    found = find_ends(soft, first - before * cell, last + beyond * cell, 19)
    return max(found, key=lambda ends: ends.score), cell, found


@settings(max_examples=40, deadline=None)
@given(
    vins,
    st.floats(0.0, 2.0),
    st.floats(0.0, 2.0),
    st.floats(2.0, 3.0),
    st.booleans(),
    st.booleans(),
)
def test_both_ends_are_found(text, before, beyond, ratio, turned, inverted):
    seen = drawn(text, ratio=ratio, quiet=30.0)
    seen = seen.turned() if turned else seen
    seen = seen.inverted() if inverted else seen
    ends, cell, _ = likeliest(seen, before, beyond)
    assert ends.sign == (-1.0 if inverted else 1.0)
    assert ends.start == pytest.approx(seen.edges[0], abs=0.15 * cell)
    assert ends.stop == pytest.approx(seen.edges[-1], abs=0.15 * cell)
    assert ends.score > 0.85


@pytest.mark.parametrize("border", [2.0, 6.0])
def test_a_border_beside_a_symbol_does_not_crowd_out_its_ends(border):
    seen = drawn("1HGCM82633A004352", quiet=6.0, left=[border, 20.0], right=[border, 20.0])
    for one in (seen, seen.inverted()):
        _, cell, found = likeliest(one, 0.4, 0.4)
        near = [abs(ends.start - one.edges[0]) < 0.15 * cell for ends in found]
        assert any(near)
