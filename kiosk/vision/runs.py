"""Where in a strip bars run through from its upper to its lower half.

A label that shares its strip with text or hatching is only a part of it: there the halves are
alike, elsewhere not: the normalised correlation of their edges (Lewis 1995), about every column.
"""

import cv2
import numpy as np

from kiosk.vision.profile import Doubles, changes_along

_SPANS = 24  # of a strip: a character of a VIN's, or two
_ALIKE = 0.7  # correlation of the halves' edges about there
_LONG = 0.3  # of a strip: no shorter label is drawn so large


def run_of(upper: Doubles, lower: Doubles) -> tuple[float, float] | None:
    """Return the first and last column of the longest run of bars; None where none is long.

    ``upper`` and ``lower`` are the profiles of a strip's halves: W grey values each, float64.
    """
    span = max(9, upper.size // _SPANS) | 1
    one, other = (changes_along(half) for half in (upper, lower))
    both, first, second = (_about(product, span) for product in (one * other, one**2, other**2))
    alike = both > _ALIKE * np.sqrt(np.maximum(first * second, 1e-9))
    turns = np.flatnonzero(np.diff(np.concatenate([[False], alike, [False]])))
    runs = turns.reshape(-1, 2).tolist()
    begin, end = max(runs, key=lambda run: run[1] - run[0], default=(0, 0))
    return (float(begin), float(end)) if end - begin >= _LONG * upper.size else None


def _about(line: Doubles, span: int) -> Doubles:
    """Average ``line`` over ``span`` samples."""
    return np.asarray(cv2.blur(line[None], (span, 1), borderType=cv2.BORDER_REPLICATE)[0])
