"""Quiet zones: paper beyond both ends, and nothing else."""

import numpy as np
import pytest
from drawn import drawn, vins
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.vision.quiet import is_quiet

others = st.text("0123456789ABCMWXZ-.*", min_size=1, max_size=4)
blurs = st.floats(0.2, 0.8)
ratios = st.floats(1.9, 3.0)


def quiet(seen, ratio, sign=1.0):
    return is_quiet(seen.line, seen.edges, 7.0 + 3.0 * ratio, sign)


@settings(max_examples=40, deadline=None)
@given(vins, blurs, ratios, st.floats(4.0, 14.0), st.floats(0.0, 8.0), st.booleans())
def test_four_modules_are_enough_with_a_border_behind(text, blur, ratio, zone, noise, inverted):
    border = [3.0, 20.0]
    seen = drawn(
        text, blur=blur, ratio=ratio, quiet=zone, left=border, right=border, noise=noise, module=3.0
    )
    assert quiet(seen, ratio)
    assert quiet(seen.turned(), ratio)
    assert quiet(seen.inverted(), ratio, -1.0)


@settings(max_examples=60, deadline=None)
@given(vins, others, blurs, ratios, st.booleans(), st.booleans())
def test_more_bars_at_either_end_are_no_quiet_zone(text, more, blur, ratio, behind, inverted):
    beside = {"after": more} if behind else {"before": more}
    seen = drawn(text, blur=blur, ratio=ratio, module=3.0, **beside)
    seen = seen.inverted() if inverted else seen
    sign = -1.0 if inverted else 1.0
    assert not quiet(seen, ratio, sign)
    assert not quiet(seen.turned(), ratio, sign)


def test_what_the_strip_does_not_show_is_not_held_against_it():
    seen = drawn("1HGCM82633A004352")
    first, last = int(seen.edges[0]) + 1, int(seen.edges[-1]) - 1
    assert is_quiet(seen.line[first:last], seen.edges - first, 14.5, 1.0)


def test_light_that_falls_off_beyond_the_end_is_no_bar():
    seen = drawn("1HGCM82633A004352")
    light = np.linspace(1.0, 0.45, seen.line.size)
    assert is_quiet(seen.line * light, seen.edges, 14.5, 1.0)


def test_a_flat_profile_has_nothing_beyond():
    assert is_quiet(np.full(400, 9.0), np.linspace(20.0, 380.0, 20), 14.5, 1.0)


@pytest.mark.parametrize("gap", [0.0, 1.0])
def test_a_bar_stuck_to_the_end_is_seen(gap):
    seen = drawn("1HGCM82633A004352", quiet=gap + 1.0, right=[2.5])
    assert not quiet(seen, 2.5)
