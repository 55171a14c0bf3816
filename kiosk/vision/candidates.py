"""Where a symbol's cells may lie on a profile: grids worth reading, likeliest first.

Two searches that fail on different labels. From the ends inwards: cheap, and right for nearly every
label that stands alone. Along all of the profile (`walk.py`): for symbols beside other bars.
"""

from collections.abc import Iterator
from itertools import islice

import numpy as np

from kiosk.vision.ends import Ends, find_ends
from kiosk.vision.grid import Grid, bend
from kiosk.vision.profile import SYMBOL_MODULES, Doubles, soften
from kiosk.vision.walk import walks_along

_CELLS = (19, 20)  # start, 17 characters or 18 with the data identifier, stop
_LENGTHS = (17, 18, 19, 20, 21, 22)  # a VIN's and some about it
_SOFT = 0.95  # modules: as soft as the shapes that are searched with, however sharp the label
_ALIKE = 0.03  # of correlation; dev scenes: nearer in one label of twenty
_STRIP = 1.1 * SYMBOL_MODULES  # of a strip whose symbol's place in it is not known
_WALKS_MAX = 2
_WALK_MIN = 0.86  # mean correlation with the soft bank

Group = tuple[Grid, ...]


def grids_along(profile: Doubles, extent: tuple[float, float] | None) -> Iterator[Group]:
    """Yield groups of grids along ``profile`` (N float64 grey values), likeliest first.

    ``extent`` is about where the row of bars begins and ends, in samples; None where nobody knows.
    The likeliest ends are right for nineteen hard labels of twenty, a walk for most others.
    """
    between: Iterator[Group] = iter(())
    if extent is not None:
        soft = soften(profile, _SOFT * (extent[1] - extent[0]) / SYMBOL_MODULES)
        between = grids_between(soft, find_ends(soft, *extent, _CELLS[-1]))
    yield from islice(between, 1)
    yield grids_walked(profile)
    yield from between


def grids_between(soft: Doubles, ends: list[Ends]) -> Iterator[Group]:
    """Yield groups of grids between ``ends``, best ends first, the middle bent to fit.

    ``soft`` is a softened profile. Grids of both lengths between the same ends that fit about
    alike are one group: neither is the symbol's before both are read. Unlikely lengths come last.
    """
    unlikely = []
    for end in sorted(ends, key=lambda end: -end.score):
        bent = [bend(soft, np.linspace(end.start, end.stop, n + 1), end.sign) for n in _CELLS]
        (fit, grid), (less, other) = sorted(bent, key=lambda one: -one[0])
        if fit - less < _ALIKE:
            yield grid, other
        else:
            yield (grid,)
            unlikely.append((less, other))
    unlikely.sort(key=lambda one: -one[0])
    yield from ((grid,) for _, grid in unlikely)


def fits_another_length(profile: Doubles, grid: Grid) -> bool:
    """Tell whether a symbol a few characters longer or shorter than a VIN's fits better there.

    Its ends are starts and stops as good as a VIN's, and some cells near them fit either way.
    """
    first, last = float(grid.edges[0]), float(grid.edges[-1])
    soft = soften(profile, _SOFT * abs(last - first) / SYMBOL_MODULES)
    fits = {n: bend(soft, np.linspace(first, last, n + 1), grid.sign)[0] for n in _LENGTHS}
    return max(fits, key=lambda cells: fits[cells]) not in _CELLS


def grids_walked(profile: Doubles) -> Group:
    """Return the grids of the best chains of cells anywhere along ``profile`` (N float64)."""
    soft = soften(profile, _SOFT * profile.size / _STRIP)
    return tuple(
        Grid(_smooth(walk.edges), walk.sign)
        for walk in walks_along(soft, _CELLS, _WALKS_MAX)
        if walk.score > _WALK_MIN
    )


def _smooth(edges: Doubles) -> Doubles:
    """Draw a cubic through the edges: perspective is smooth."""
    number = np.arange(edges.size, dtype=np.float64)
    return np.asarray(np.polyval(np.polyfit(number, edges, 3), number), np.float64)
