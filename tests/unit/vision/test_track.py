"""Rows of bars are followed to their ends, and no further than the strip."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.vision.track import _next_run, _windows, track_through, tracks_in


def bars(first, last, *, top, height, slope=0.0, size=(60, 900)):
    """Draw bars from column to column, their upper ends on a line, on noisy paper."""
    rng = np.random.default_rng(1)
    x, y = np.arange(size[1]), np.arange(size[0])[:, None]
    upper = top + slope * x
    dark = (y >= upper) & (y < upper + height) & (x >= first) & (x < last)
    dark &= rng.random(size[1] // 4 + 1).repeat(4)[: size[1]] < 0.5
    return np.clip(np.where(dark, 60, 200) + rng.normal(0, 4, size), 0, 255).astype(np.uint8)


def line(track, x):
    return [float(np.polyval(edge, x)) for edge in (track.top, track.bottom)]


def test_a_row_is_followed_from_end_to_end():
    (track, *_) = tracks_in(bars(150, 700, top=15, height=30))
    assert track.first == pytest.approx(150, abs=40)
    assert track.last == pytest.approx(700, abs=40)
    assert line(track, 400) == pytest.approx([15, 45], abs=3)


def test_a_row_that_falls_is_followed_down():
    track = track_through(bars(100, 800, top=5, height=24, slope=0.025))
    for x in (200, 700):
        assert line(track, x) == pytest.approx([5 + 0.025 * x, 29 + 0.025 * x], abs=3)


def test_plain_paper_holds_no_row():
    assert track_through(np.full((60, 900), 200, np.uint8)) is None


@settings(max_examples=60, deadline=None)
@given(
    top=st.floats(-20, 60),
    height=st.floats(3, 60),
    slope=st.floats(-0.6, 0.6),
    rows=st.integers(4, 130),
)
def test_rows_that_lead_out_of_the_strip_end_there(top, height, slope, rows):
    picture = bars(100, 800, top=top, height=height, slope=slope, size=(rows, 900))
    for track in tracks_in(picture):
        assert 0.0 <= track.first < track.last <= picture.shape[1]
        assert np.isfinite([*track.top, *track.bottom, *track.lean]).all()
    track_through(picture)


def test_a_trail_that_leads_out_of_the_strip_is_cut_at_its_edge():
    picture = bars(100, 800, top=95, height=33, size=(128, 900))
    trail = [(float(window), 109.0, 144.0) for window in range(4)]
    run = _next_run(_windows(picture), 8, trail, strength=1.0)
    assert run is not None
    assert 0.0 <= run[0] <= run[1] <= 127.0
