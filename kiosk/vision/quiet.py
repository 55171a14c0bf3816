"""Quiet zones: beyond both ends of a symbol lies paper, not bars (ISO/IEC 16388).

The standard asks for ten modules; labels have as few as four, with a border or words behind them.
So only the modules next to the symbol are looked at, which the blur of its own last bar has left.
"""

import numpy as np

from kiosk.vision.profile import Doubles, take

_POINTS = np.arange(0.75, 3.3, 0.5)  # modules beyond the last bar
_BAR = 3  # points: the narrowest bar, as wide as a blur leaves it
_INK_MAX = 0.37  # dev scenes: 0.36 at most; rows that go on: 0.43 at least in 99 of 100
_WITHIN = (np.arange(16) + 0.5) / 16  # of the end's cell
_GAP = 0.5  # modules of a cell beyond its last bar


def is_quiet(profile: Doubles, edges: Doubles, modules: float, sign: float) -> bool:
    """Tell whether no bars follow at either end of a row of cells.

    ``edges`` (cells+1, in samples of ``profile``) are the cells' edges, each ``modules`` wide;
    ``sign`` 1.0 for dark bars, -1.0 for light. What lies beyond the profile's ends is not held
    against it.
    """
    ends = ((edges[0], edges[1]), (edges[-1], edges[-2]))
    return all(_ink_beyond(profile * sign, *end, modules) <= _INK_MAX for end in ends)


def _ink_beyond(profile: Doubles, outer: float, inner: float, modules: float) -> float:
    """Return the darkest place beyond an end: 0 paper, 1 bars, as the end's own cell has them."""
    cell = take(profile, inner + (outer - inner) * _WITHIN)
    paper, dark = float(cell.max()), float(cell.min())
    at = outer + (_POINTS - _GAP) * (outer - inner) / modules
    seen = take(profile, at[(at >= 0.0) & (at <= profile.size - 1.0)])
    if seen.size < _BAR or paper <= dark:
        return 0.0
    darkest = float(np.convolve(seen, np.full(_BAR, 1.0 / _BAR), mode="valid").min())
    return (paper - darkest) / (paper - dark)
