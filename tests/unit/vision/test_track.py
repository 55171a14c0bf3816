"""Rows of bars are followed to their ends, and no further than the strip."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.vision.lines import ahead, value_at
from kiosk.vision.track import _next_run, track_through, tracks_in
from kiosk.vision.windows import windows_of


def paper(size=(60, 900), level=200.0, seed=1):
    """Noisy paper to draw on."""
    return level + np.random.default_rng(seed).normal(0, 4, size)


def draw(picture, first, last, *, top, height, slope=0.0, lean=0.0, seed=2):
    """Draw bars from column to column, their upper ends on a line; they lean dx per dy."""
    rows, columns = picture.shape
    x, y = np.arange(columns), np.arange(rows)[:, None]
    along = np.clip(np.rint(x - lean * (y - top)), 0, columns - 1).astype(int)
    upper = top + slope * x
    ink = np.random.default_rng(seed).random(columns // 4 + 1).repeat(4)[:columns] < 0.5
    where = (y >= upper) & (y < upper + height) & (along >= first) & (along < last)
    picture[where & ink[along]] -= 140.0
    return picture


def finished(picture):
    return np.clip(picture, 0, 255).astype(np.uint8)


def bars(first, last, *, size=(60, 900), **shape):
    return finished(draw(paper(size), first, last, **shape))


def line(track, x):
    return [value_at(edge, x) for edge in (track.top, track.bottom)]


def test_a_row_is_followed_from_end_to_end():
    (track, *_) = tracks_in(bars(150, 700, top=15, height=30))
    assert track.first == pytest.approx(150, abs=40)
    assert track.last == pytest.approx(700, abs=40)
    assert line(track, 400) == pytest.approx([15, 45], abs=3)


def test_a_row_that_falls_is_followed_down():
    track = track_through(bars(100, 800, top=5, height=24, slope=0.025))
    for x in (200, 700):
        assert line(track, x) == pytest.approx([5 + 0.025 * x, 29 + 0.025 * x], abs=3)


@settings(max_examples=25, deadline=None)
@given(st.floats(-0.35, 0.35), st.floats(-0.03, 0.03))
def test_bars_may_lean_and_fall(lean, slope):
    picture = bars(
        150, 750, top=30 - 450 * slope, height=40, slope=slope, lean=lean, size=(100, 900)
    )
    track = track_through(picture)
    assert value_at(track.lean, 450) == pytest.approx(lean, abs=0.08)
    assert line(track, 450) == pytest.approx([30, 70], abs=4)
    assert track.last - track.first > 500


def test_plain_paper_holds_no_row():
    assert track_through(np.full((60, 900), 200, np.uint8)) is None
    assert list(tracks_in(np.full((60, 900), 200, np.uint8))) == []


def test_noise_holds_no_row():
    noise = np.random.default_rng(1).integers(0, 256, (60, 900), np.uint8)
    assert list(tracks_in(noise)) == []


def test_bars_are_followed_across_a_hole_but_not_across_a_wide_one():
    picture = bars(100, 800, top=10, height=40)
    hole = picture.copy()
    hole[:, 400:450] = 200
    (track, *_) = tracks_in(hole)
    assert (track.first, track.last) == pytest.approx((100, 800), abs=40)
    hole[:, 330:560] = 200
    for track in tracks_in(hole):
        assert track.last < 380 or track.first > 510


def test_bars_are_followed_through_glare_however_wide():
    picture = bars(100, 800, top=10, height=40)
    picture[:, 330:560] = 255
    track = next(tracks_in(picture))
    assert (track.first, track.last) == pytest.approx((100, 800), abs=40)


@pytest.mark.parametrize("lean", [-0.5, 0.5])
def test_hatching_in_the_same_rows_is_not_followed(lean):
    picture = draw(paper((60, 1100)), 100, 560, top=10, height=40)
    picture = draw(picture, 590, 1000, top=10, height=40, lean=lean, seed=3)
    track = next(one for one in tracks_in(finished(picture)) if one.first < 300)
    assert track.last == pytest.approx(560, abs=60)


def test_bars_do_not_jump_to_what_touches_them():
    picture = draw(paper((100, 900)), 100, 800, top=50, height=30)
    windows = windows_of(finished(draw(picture, 400, 500, top=5, height=45)))
    at = int(np.searchsorted(windows.edges, 440)) - 1
    strength = windows.over(at, 50, 79).bars / 30
    top, bottom = _next_run(windows, at, (50.0, 79.0), strength)
    assert top == pytest.approx(50, abs=9)
    assert bottom == pytest.approx(79, abs=3)


@pytest.mark.parametrize("gap", [4, 6, 10, 30])
def test_rows_above_each_other_are_tracks_of_their_own(gap):
    picture = draw(paper((140, 900)), 150, 750, top=15, height=40)
    picture = finished(draw(picture, 150, 700, top=55 + gap, height=40, seed=3))
    found = sorted(line(track, 400) for track in tracks_in(picture))
    assert found == [pytest.approx([15, 54], abs=3), pytest.approx([55 + gap, 94 + gap], abs=3)]


def test_of_many_rows_the_clearest_three_come_clearest_first():
    picture = paper((160, 900))
    for number, contrast in enumerate((0.6, 1.0, 0.8, 0.7)):
        drawn = draw(paper((160, 900)), 100, 800, top=5 + 40 * number, height=25, seed=number)
        picture += contrast * (drawn - 200.0)
    tops = [line(track, 450)[0] for track in tracks_in(finished(picture))]
    assert tops == pytest.approx([45, 85, 125], abs=4)


def test_faint_texture_beside_clear_bars_is_no_row():
    picture = draw(paper((100, 900)), 150, 750, top=5, height=40)
    faint = draw(np.zeros((100, 900)), 150, 750, top=60, height=30, seed=3)
    tracks = list(tracks_in(finished(picture + 0.15 * faint)))
    assert [line(track, 450)[0] for track in tracks] == pytest.approx([5], abs=3)


@settings(max_examples=60, deadline=None)
@given(
    top=st.floats(-20, 60),
    height=st.floats(3, 60),
    slope=st.floats(-0.6, 0.6),
    lean=st.floats(-1.0, 1.0),
    rows=st.integers(4, 130),
)
def test_rows_that_lead_out_of_the_strip_end_there(top, height, slope, lean, rows):
    picture = bars(100, 800, top=top, height=height, slope=slope, lean=lean, size=(rows, 900))
    tracks = list(tracks_in(picture))
    assert len(tracks) <= 3
    for track in (*tracks, track_through(picture)):
        if track is not None:
            assert 0.0 <= track.first < track.last <= picture.shape[1]
            assert np.isfinite([*track.top, *track.bottom, *track.lean]).all()


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 60), st.integers(1, 400), st.integers(0, 2**32 - 1), st.integers(1, 6))
def test_any_strip_is_searched(rows, columns, seed, grain):
    rng = np.random.default_rng(seed)
    grains = rng.integers(0, 2, (rows, columns // grain + 1)).repeat(grain, axis=1)
    picture = (255 * grains[:, :columns]).astype(np.uint8)
    for track in tracks_in(picture):
        assert 0.0 <= track.first < track.last <= columns


@pytest.mark.parametrize(("way", "edge"), [(1, 127.0), (-1, 0.0)])
def test_a_trail_that_leads_out_of_the_strip_is_cut_at_its_edge(way, edge):
    top = 95 if way > 0 else 0
    picture = bars(100, 800, top=top, height=33, size=(128, 900))
    trail = [(float(window), 109.0, 144.0) for window in range(4)]
    if way < 0:
        trail = [(at, 127.0 - bottom, 127.0 - top) for at, top, bottom in trail]
    run = _next_run(windows_of(picture), 8, ahead(trail, 8.0), strength=1.0)
    assert run is not None
    assert 0.0 <= run[0] <= run[1] <= 127.0
    assert edge in run
