"""Follow a row of bars along a loose strip: where it begins and ends, its edges and its lean.

A region may frame a part of a label only, or a label with what stands beside it. So the bars are
followed window by window from where they are clearest, to both sides, for as long as they go on:
parallel edges over about the same rows.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from kiosk.model import Image
from kiosk.vision.lines import ahead, fit_edges, fit_line
from kiosk.vision.profile import Doubles, Floats
from kiosk.vision.windows import Windows, windows_of

Mask = npt.NDArray[np.bool_]
Run = tuple[float, float]
"""The top and the bottom row of the bars in one window."""
Trail = list[tuple[float, float, float]]
"""Windows that were followed: number, top and bottom row."""

_TRACKS_MAX = 3
_SHORTEST = 4  # windows
_TRAIL = 6  # windows that tell where the bars lead
_GAP_MAX = 3  # windows that glare may hide
_GOES_ON = 0.22  # of the strength so far
_EDGE = 0.4  # of the strength inside
_SEEDS_MAX = 8
_SEED_MIN = 0.1  # of the clearest place's bars; dev scenes: 0.5 at least in labels
_RIM = 2  # rows about a track that are its own
_CLEAN = 0.35  # (xx - yy) / (xx + yy) of bars; text and noise have less
_AS_CLEAN = 0.5  # as where the bars are clearest: text and meshes are not
_LEAN_STEP_MAX = 0.2  # dx per dy, from the windows before
_STEP_MAX = 0.25  # of the bars' height, from window to window
_HEIGHT_MIN = 0.4  # of the bars' height: less of it within the strip, and they have left it
_BESIDE = 5  # one window in so many, at each end of a strip, may hold other bars
_CUT_OFF = 0.05  # weight of a window where the strip ends before the bars do
_NEWEST = 0.3  # weight of a window in the running means of lean and strength


@dataclass(frozen=True, slots=True, eq=False)
class Track:
    """A row of bars in a strip; lines over x are (slope, offset), in the strip's pixels.

    ``first`` and ``last`` are the columns at which it begins and ends, good to a window. ``lean``
    is the bars' dx per dy, ``top`` and ``bottom`` the rows of their ends.
    """

    first: float
    last: float
    lean: Doubles
    top: Doubles
    bottom: Doubles


def tracks_in(pixels: Image) -> Iterator[Track]:
    """Yield the rows of bars in ``pixels`` (H×W uint8, bars about upright), strongest first."""
    windows = windows_of(pixels)
    seeds = _seeds(windows)
    free = np.ones(windows.bars.shape, bool)
    least, found = _SEED_MIN * float(seeds[0].max()), 0
    for _ in range(_SEEDS_MAX):
        seed = _seed(seeds, free, least)
        if seed is None or found == _TRACKS_MAX:
            break
        runs = _followed(windows, free, *seed)
        for at, (top, bottom) in runs.items():
            beside = slice(max(0, at - 1), at + 2) if len(runs) < _SHORTEST else at
            free[max(0, int(top) - _RIM) : int(bottom) + 1 + _RIM, beside] = False
        track = _track(windows, runs)
        if track is not None:
            found += 1
            yield track


def track_through(pixels: Image) -> Track | None:
    """Return the row of bars that runs through the middle of ``pixels`` (H×W uint8)."""
    windows = windows_of(pixels)
    middle = np.zeros(windows.bars.shape, bool)
    rows = len(middle)
    beside = windows.count // _BESIDE
    middle[rows // 3 : rows - rows // 3, beside : windows.count - beside] = True
    seed = _seed(_seeds(windows), middle)
    if seed is None:
        return None
    return _track(windows, _followed(windows, np.ones_like(middle), *seed))


def _seeds(windows: Windows) -> tuple[Floats, Floats]:
    """Score every place as the middle of a row of bars; return that and the bars, smoothed."""
    tall = max(3, windows.bars.shape[0] // 5) | 1
    bars, total = (
        np.asarray(cv2.blur(product, (3, tall), borderType=cv2.BORDER_REPLICATE), np.float32)
        for product in (windows.bars, windows.energy)
    )
    wide = np.asarray(cv2.blur(windows.bars, (3, 1), borderType=cv2.BORDER_REPLICATE), np.float32)
    inside = (bars > _CLEAN * total) & (wide > _EDGE * bars)  # not between rows, nor at their rims
    return np.where(inside, bars, np.float32(0.0)), wide


def _seed(
    seeds: tuple[Floats, Floats], free: Mask, least: float = 0.0
) -> tuple[int, int, int] | None:
    """Return the ``free`` window with the most bars, and the rows they cover there."""
    score, wide = seeds[0] * free, seeds[1]
    row, column = divmod(int(np.argmax(score)), score.shape[1])
    if score[row, column] <= least:
        return None
    return column, *_run(wide[:, column], row, _EDGE * float(score[row, column]))


def _run(bars: Floats, row: int, level: float) -> tuple[int, int]:
    """Return the rows around ``row`` whose bars are stronger than ``level``."""
    weak = bars <= level
    above, below = weak[:row][::-1], weak[row + 1 :]
    up, down = (int(part.argmax()) if part.any() else part.size for part in (above, below))
    return row - up, row + down


def _followed(windows: Windows, free: Mask, seed: int, top: int, bottom: int) -> dict[int, Run]:
    """Follow the bars from ``seed`` to both sides: the rows they cover in each window."""
    runs = {seed: (float(top), float(bottom))}
    start = windows.over(seed, top, bottom)
    for step in (1, -1):
        strength, lean, missed = start.bars / (bottom - top + 1), start.lean, 0
        trail = [(float(seed), float(top), float(bottom))]
        at = seed + step
        while 0 <= at < windows.count and missed <= _GAP_MAX:
            leads = ahead(trail[-_TRAIL:], at)
            run = _next_run(windows, at, leads, strength)
            here = windows.over(at, *run) if run else None
            if here and (
                here.cleanness < _AS_CLEAN * start.cleanness
                or abs(here.lean - lean) >= _LEAN_STEP_MAX
            ):
                run = here = None
            if run is None or here is None:
                missed += 0 if windows.is_washed_out(at, *leads) else 1
            elif not free[int((run[0] + run[1]) / 2), at]:
                break
            else:
                missed = 0
                runs[at] = run
                trail.append((float(at), *run))
                rows = int(run[1]) - int(run[0]) + 1
                lean += _NEWEST * (here.lean - lean)
                strength += _NEWEST * (here.bars / rows - strength)
            at += step
    return runs


def _next_run(windows: Windows, at: int, leads: Run, strength: float) -> Run | None:
    """Find the bars in window ``at`` where the trail ``leads``; None where they do not go on."""
    top, bottom = leads
    height = bottom - top + 1.0
    column = windows.columns[at]
    low, high = max(0, round(top)), min(column.size - 1, round(bottom))
    if high - low < max(2.0, _HEIGHT_MIN * height):
        return None
    here, rows = windows.over(at, low, high), high - low + 1
    if here.bars <= max(_GOES_ON * strength * rows, _CLEAN * here.energy):
        return None
    bars = column[low : high + 1]
    level = _EDGE * float(np.partition(bars, rows // 2)[rows // 2])
    middle = (low + high) // 2
    peak = low + int(bars.argmax()) if column[middle] <= level else middle
    found = _run(column, peak, level)
    reach = max(2.0, _STEP_MAX * height)
    edge = column.size - 1.0
    upper = min(max(found[0], top - reach), top + reach)
    lower = max(min(found[1], bottom + reach), bottom - reach)
    upper = min(max(upper, 0.0), edge)
    return upper, min(max(lower, upper), edge)


def _track(windows: Windows, runs: dict[int, Run]) -> Track | None:
    """Fit lines to what was followed; None where that is too short."""
    if len(runs) < _SHORTEST:
        return None
    order = sorted(runs)
    edges = windows.edges
    x = (edges[order] + edges[np.array(order) + 1]) / 2.0
    top, bottom = np.array([runs[at] for at in order]).T
    sums = [windows.over(at, *runs[at]) for at in order]
    # glare hides edges, and the bars' ends with them
    weight = np.maximum(np.array([one.across for one in sums]), 1.0)
    weight = np.clip(weight / float(np.median(weight)), 0.1, 1.0)
    last = len(windows.bars) - 1.0 - _RIM
    above, below = (
        np.where(is_cut_off, _CUT_OFF * weight, weight)
        for is_cut_off in (top < _RIM, bottom > last)
    )
    upper, lower = fit_edges(x, top, bottom, above, below)
    lean = fit_line(x, np.array([one.lean for one in sums]), weight)
    return Track(float(edges[order[0]]), float(edges[order[-1] + 1]), lean, upper, lower)
