"""Straight lines through what was found along a strip, in spite of what lies off them."""

from collections.abc import Sequence

import numpy as np

from kiosk.vision.profile import Doubles

_FIT_MIN = 4  # points: a line needs more than its two
_OFF_MAX = 2.0  # times the median distance from the line: what is farther off is left out
_TAPER_MAX = 0.35  # of the bars' height, from end to end: more is not perspective
_USUAL = 0.7  # quantile of the heights: glare makes them less, hardly anything more


def fit_line(x: Doubles, y: Doubles, weight: Doubles) -> Doubles:
    """Fit a line (slope, offset), then again without what lies far off it."""
    line = _least_squares(x, y, weight)
    middle = x.size // 2
    for _ in range(2):
        off = np.abs(y - line[0] * x - line[1])
        good = off <= max(_OFF_MAX * float(np.partition(off, middle)[middle]), 1e-3)
        if int(good.sum()) < _FIT_MIN:
            break
        line = _least_squares(x[good], y[good], weight[good])
    return line


def fit_edges(
    x: Doubles, top: Doubles, bottom: Doubles, above: Doubles, below: Doubles
) -> tuple[Doubles, Doubles]:
    """Fit the bars' upper and lower edge; one that glare or print hides follows the other.

    ``above`` and ``below`` are the weights of ``top`` and of ``bottom``.
    """
    upper, lower = fit_line(x, top, above), fit_line(x, bottom, below)
    height = float(np.quantile(bottom - top, _USUAL))
    if abs(float(lower[0] - upper[0])) * float(np.ptp(x)) <= _TAPER_MAX * max(height, 1.0):
        return upper, lower
    off_upper, off_lower = (
        float(np.median(np.abs(y - line[0] * x - line[1])))
        for y, line in ((top, upper), (bottom, lower))
    )
    step = np.array([0.0, height])
    return (upper, upper + step) if off_upper <= off_lower else (lower - step, lower)


def ahead(trail: Sequence[tuple[float, float, float]], at: float) -> tuple[float, float]:
    """Continue a trail of (x, top, bottom) to ``at``: its mean while short, then a line."""
    count = len(trail)
    mx = mt = mb = 0.0
    for x, top, bottom in trail:
        mx, mt, mb = mx + x, mt + top, mb + bottom
    mx, mt, mb = mx / count, mt / count, mb / count
    if count < _FIT_MIN:
        return mt, mb
    spread = rise_top = rise_bottom = 0.0
    for x, top, bottom in trail:
        away = x - mx
        spread += away * away
        rise_top += away * top
        rise_bottom += away * bottom
    step = (at - mx) / spread
    return mt + step * rise_top, mb + step * rise_bottom


def value_at(line: Doubles, x: float) -> float:
    """Return a line's value at ``x``."""
    return float(line[0] * x + line[1])


def _least_squares(x: Doubles, y: Doubles, weight: Doubles) -> Doubles:
    """Fit a weighted line: slope and offset."""
    total = float(weight.sum())
    mx, my = float(weight @ x) / total, float(weight @ y) / total
    away = x - mx
    spread = float(weight @ (away * away))
    slope = float(weight @ (away * (y - my))) / spread if spread > 0.0 else 0.0
    return np.array([slope, my - slope * mx])
