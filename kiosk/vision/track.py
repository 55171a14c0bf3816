"""Follow a row of bars along a loose strip: where it begins and ends, its edges and its lean.

A region may frame a part of a label only, or a label with what stands beside it. So the bars are
followed window by window from where they are clearest, to both sides, for as long as they go on:
parallel edges over about the same rows.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from kiosk.model import Image
from kiosk.vision.profile import Doubles, Floats

Trail = list[tuple[float, float, float]]
"""Windows that were followed: number, top and bottom row."""

_WINDOW = (16, 40)  # px: a character or two
_TRACKS_MAX = 3
_CALM = 1.0  # px: wide bars survive it, noise hardly
_SHORTEST = 4  # windows
_TRAIL = 6  # windows that tell where the bars lead
_GAP_MAX = 3  # windows that glare may hide
_WASHED_OUT = 225.0  # grey, of a window's row: glare
_GOES_ON = 0.22  # of the strength so far
_EDGE = 0.4  # of the strength inside
_SEEDS_MAX = 8
_RIM = 2  # rows about a track that are its own
_CLEAN = 0.35  # (xx - yy) / (xx + yy) of bars; text and noise have less
_TAPER_MAX = 0.35  # of the bars' height, from end to end: more is not perspective
_USUAL = 0.7  # quantile of the heights: glare makes them less, hardly anything more
_AS_CLEAN = 0.5  # as where the bars are clearest: text and meshes are not
_LEAN_STEP_MAX = 0.2  # dx per dy, from the windows before
_STEP_MAX = 0.25  # of the bars' height, from window to window


@dataclass(frozen=True, slots=True, eq=False)
class Track:
    """A row of bars in a strip; lines over x are (slope, offset), in the strip's pixels.

    ``first`` and ``last`` are the columns at which it begins and ends, good to a window.
    """

    first: float
    last: float
    lean: Doubles  # dx per dy of the bars
    top: Doubles
    bottom: Doubles
    strength: float


@dataclass(frozen=True, slots=True, eq=False)
class _Windows:
    """Sums of gradient products, rows × windows, and the mean grey value.

    ``energy`` is xx + yy, ``difference`` xx - yy, ``bars`` the same smoothed over three rows.
    """

    edges: npt.NDArray[np.intp]
    energy: Floats
    xy: Floats
    bars: Floats
    difference: Floats
    light: Floats

    def lean(self, at: int, top: float, bottom: float) -> float:
        """Return dx per dy of the bars in window ``at``, rows ``top`` to ``bottom``."""
        inside = slice(int(top), int(bottom) + 1)
        across, along = self.difference[inside, at].sum(), self.xy[inside, at].sum()
        return -math.tan(0.5 * math.atan2(2.0 * float(along), float(across)))

    def cleanness(self, at: int, top: float, bottom: float) -> float:
        """Return how much of the gradients there is across upright bars: 1 is all, noise 0."""
        inside = slice(int(top), int(bottom) + 1)
        return float(self.difference[inside, at].sum()) / float(self.energy[inside, at].sum() + 1.0)

    def goes_on(self, at: int, run: tuple[float, float], lean: float, clean: float) -> bool:
        """Tell whether the bars in a window lean as those before and are about as clean."""
        if self.cleanness(at, *run) < _AS_CLEAN * clean:
            return False
        return abs(self.lean(at, *run) - lean) < _LEAN_STEP_MAX


def tracks_in(pixels: Image) -> Iterator[Track]:
    """Yield the rows of bars in ``pixels`` (H×W uint8, bars about upright), strongest first."""
    windows = _windows(pixels)
    free = np.ones(windows.bars.shape, bool)
    found = 0
    for _ in range(_SEEDS_MAX):
        seed = _seed(windows, free)
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
    windows = _windows(pixels)
    middle = np.zeros(windows.bars.shape, bool)
    rows = len(middle)
    middle[rows // 3 : rows - rows // 3] = True
    seed = _seed(windows, middle)
    if seed is None:
        return None
    return _track(windows, _followed(windows, np.ones_like(middle), *seed))


def _windows(pixels: Image) -> _Windows:
    """Sum the products of gradients in windows along the strip."""
    rows, cols = pixels.shape
    width = int(np.clip(rows // 2, *_WINDOW))
    count = max(1, cols // width)
    edges = np.linspace(0, cols, count + 1).astype(np.intp)
    dx = np.asarray(cv2.Sobel(pixels, cv2.CV_32F, 1, 0), np.float32)
    dy = np.asarray(cv2.Sobel(pixels, cv2.CV_32F, 0, 1), np.float32)
    xx, yy, xy = (
        np.add.reduceat(product, edges[:-1], axis=1).astype(np.float32)
        for product in (dx * dx, dy * dy, dx * dy)
    )
    difference = xx - yy
    bars = np.asarray(cv2.blur(difference, (1, 3), borderType=cv2.BORDER_REPLICATE), np.float32)
    light = np.add.reduceat(pixels, edges[:-1], axis=1, dtype=np.float32) / np.diff(edges)
    return _Windows(edges, xx + yy, xy, bars, difference, light.astype(np.float32))


def _seed(windows: _Windows, free: npt.NDArray[np.bool_]) -> tuple[int, int, int] | None:
    """Return the window with the most bars, and the rows they cover there."""
    rows = windows.bars.shape[0]
    tall = max(3, rows // 5) | 1
    columns = cv2.blur(windows.bars, (3, tall), borderType=cv2.BORDER_REPLICATE)
    total = cv2.blur(windows.energy, (3, tall), borderType=cv2.BORDER_REPLICATE)
    score = np.where((columns > _CLEAN * total) & free, columns, 0.0)
    row, column = np.unravel_index(int(np.argmax(score)), score.shape)
    if score[row, column] <= 0.0:
        return None
    wide = cv2.blur(windows.bars, (3, 1), borderType=cv2.BORDER_REPLICATE)[:, column]
    top, bottom = _run(np.asarray(wide, np.float32), int(row), _EDGE * float(score[row, column]))
    return int(column), top, bottom


def _run(bars: Floats, row: int, level: float) -> tuple[int, int]:
    """Return the rows around ``row`` whose bars are stronger than ``level``."""
    weak = np.flatnonzero(bars <= level)
    above, below = np.searchsorted(weak, row), np.searchsorted(weak, row, side="right")
    top = int(weak[above - 1]) + 1 if above > 0 else 0
    return top, int(weak[below]) - 1 if below < weak.size else bars.size - 1


def _followed(
    windows: _Windows, free: npt.NDArray[np.bool_], seed: int, top: int, bottom: int
) -> dict[int, tuple[float, float]]:
    """Follow the bars from ``seed`` to both sides: the rows they cover in each window."""
    runs = {seed: (float(top), float(bottom))}
    first = float(windows.bars[top : bottom + 1, seed].mean())
    clean = windows.cleanness(seed, top, bottom)
    for step in (1, -1):
        strength, missed, at = first, 0, seed + step
        trail = [(float(seed), float(top), float(bottom))]
        lean = windows.lean(seed, top, bottom)
        while 0 <= at < free.shape[1] and missed <= _GAP_MAX:
            run = _next_run(windows, at, trail, strength)
            if run is not None and not windows.goes_on(at, run, lean, clean):
                run = None
            if run is not None and not free[int((run[0] + run[1]) / 2), at]:
                break
            if run is None:
                missed += 0 if _is_washed_out(windows, at, trail) else 1
            else:
                missed = 0
                runs[at] = run
                trail.append((float(at), *run))
                inside = slice(int(run[0]), int(run[1]) + 1)
                lean += 0.3 * (windows.lean(at, *run) - lean)
                strength += 0.3 * (float(windows.bars[inside, at].mean()) - strength)
            at += step
    return runs


def _is_washed_out(windows: _Windows, at: int, trail: Trail) -> bool:
    """Tell whether glare may hide the bars in window ``at``."""
    top, bottom = _ahead(trail, at)
    rows = windows.light[max(0, int(top)) : int(bottom) + 1, at]
    return bool(rows.size and rows.max() > _WASHED_OUT)


def _next_run(
    windows: _Windows, at: int, trail: Trail, strength: float
) -> tuple[float, float] | None:
    """Find the bars in window ``at`` where the trail leads; None where they do not go on."""
    top, bottom = _ahead(trail, at)
    height = bottom - top + 1.0
    column = windows.bars[:, at]
    low, high = max(0, round(top)), min(column.size - 1, round(bottom))
    if high - low < max(2.0, 0.4 * height):
        return None
    bars = column[low : high + 1]
    total = float(bars.sum())
    if total < _GOES_ON * strength * bars.size or total < _CLEAN * float(
        windows.energy[low : high + 1, at].sum()
    ):
        return None
    level = _EDGE * float(np.sort(bars)[bars.size // 2])
    middle = (low + high) // 2
    peak = low + int(bars.argmax()) if column[middle] <= level else middle
    found = _run(column, peak, level)
    reach = max(2.0, _STEP_MAX * height)
    edge = column.size - 1.0
    upper = min(max(found[0], top - reach), top + reach)
    lower = max(min(found[1], bottom + reach), bottom - reach)
    return min(max(upper, 0.0), edge), min(max(lower, 0.0), edge)


def _ahead(trail: Trail, at: int) -> tuple[float, float]:
    """Continue the trail's last windows to window ``at``: a line through the last few."""
    last = trail[-_TRAIL:]
    count = len(last)
    x = sum(point[0] for point in last) / count
    top = sum(point[1] for point in last) / count
    bottom = sum(point[2] for point in last) / count
    if count < _SHORTEST:
        return top, bottom
    spread = sum((point[0] - x) ** 2 for point in last)
    step = (at - x) / spread
    return (
        top + step * sum((point[0] - x) * point[1] for point in last),
        bottom + step * sum((point[0] - x) * point[2] for point in last),
    )


def _track(windows: _Windows, runs: dict[int, tuple[float, float]]) -> Track | None:
    """Fit lines to what was followed."""
    if len(runs) < _SHORTEST:
        return None
    order = sorted(runs)
    x = np.array([(windows.edges[i] + windows.edges[i + 1]) / 2.0 for i in order])
    top, bottom = np.array([runs[i] for i in order]).T
    leans, weights = [], []
    for i in order:
        inside = slice(int(runs[i][0]), int(runs[i][1]) + 1)
        across = float(windows.difference[inside, i].sum())
        leans.append(windows.lean(i, *runs[i]))
        weights.append(max(across, 1.0))  # glare hides edges, and the bars' ends with them
    weight = np.clip(np.array(weights) / float(np.median(weights)), 0.1, 1.0)
    upper, lower = _edges(x, top, bottom, weight)
    return Track(
        float(windows.edges[order[0]]),
        float(windows.edges[order[-1] + 1]),
        fit_line(x, np.array(leans), weight),
        upper,
        lower,
        float(sum(windows.bars[int(runs[i][0]) : int(runs[i][1]) + 1, i].sum() for i in order)),
    )


def _edges(x: Doubles, top: Doubles, bottom: Doubles, weight: Doubles) -> tuple[Doubles, Doubles]:
    """Fit the bars' upper and lower edge; one that glare or print hides follows the other."""
    upper, lower = fit_line(x, top, weight), fit_line(x, bottom, weight)
    height = float(np.quantile(bottom - top, _USUAL))
    if abs(float(lower[0] - upper[0])) * float(np.ptp(x)) <= _TAPER_MAX * max(height, 1.0):
        return upper, lower
    off_upper, off_lower = (
        float(np.median(np.abs(y - line[0] * x - line[1])))
        for y, line in ((top, upper), (bottom, lower))
    )
    step = np.array([0.0, height])
    return (upper, upper + step) if off_upper <= off_lower else (lower - step, lower)


def fit_line(x: Doubles, y: Doubles, weight: Doubles) -> Doubles:
    """Fit a line (slope, offset), then again without what lies far off it."""
    line = _least_squares(x, y, weight)
    for _ in range(2):
        off = np.abs(y - line[0] * x - line[1])
        good = off <= max(2.0 * float(np.sort(off)[off.size // 2]), 1e-3)
        if int(good.sum()) < 4:  # noqa: PLR2004 - a line needs more than its two points
            break
        line = _least_squares(x[good], y[good], weight[good])
    return line


def _least_squares(x: Doubles, y: Doubles, weight: Doubles) -> Doubles:
    """Fit a weighted line: slope and offset."""
    total = float(weight.sum())
    mx, my = float(weight @ x) / total, float(weight @ y) / total
    spread = float(weight @ (x - mx) ** 2)
    slope = float(weight @ ((x - mx) * (y - my))) / spread if spread > 0.0 else 0.0
    return np.array([slope, my - slope * mx])
