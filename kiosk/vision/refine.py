"""Fit the templates to the label itself: its ratio, focus, motion and ink, to the last tenth.

The banks drawn ahead are a coarse grid. What a label's own templates leave unexplained is noise,
and not the grid's steps, so that the runner-up's distance tells what it should. The search is
coordinate ascent (Hooke and Jeeves 1961, without their pattern moves): four numbers, of which the
banks give a start in the right valley.
"""

from collections.abc import Sequence

import numpy as np

from kiosk.vision.profile import Doubles, level
from kiosk.vision.templates import Kind, shapes_between

_FIRST = (0.12, 0.12, 0.6, 0.12)  # ratio, blur, smear, gain: steps
_LOWEST = (1.8, 0.12, 0.0, -0.4)
_HIGHEST = (3.2, 1.9, 4.0, 0.4)
_ROUNDS = 3  # each with half the step


def fit_kind(windows: Doubles, indices: Sequence[int], kind: Kind) -> Kind:
    """Return the kind near ``kind`` whose shapes of ``indices`` fit ``windows`` best.

    ``windows`` is cells×SAMPLES float64, level; one index of the alphabet for each cell. The fit
    is the mean correlation, and never falls below that of ``kind``.
    """
    at = np.array([kind.ratio, kind.blur, kind.smear, kind.gain])
    best = _fit(windows, indices, at)
    for number in range(_ROUNDS):
        for axis in range(at.size):
            for sign in (1.0, -1.0):
                moved = at.copy()
                moved[axis] += sign * _FIRST[axis] / 2**number
                moved = np.clip(moved, _LOWEST, _HIGHEST)
                fit = _fit(windows, indices, moved)
                if fit > best:
                    at, best = moved, fit
                    break
    return Kind(*at.tolist())


def _fit(windows: Doubles, indices: Sequence[int], at: Doubles) -> float:
    """Return the mean correlation of the cells with their shapes, each between its neighbours."""
    shapes = level(shapes_between(indices, Kind(*at.tolist())))
    return float((windows * shapes).sum(axis=1).mean())
