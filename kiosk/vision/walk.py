"""Find a symbol's cells along a profile by dynamic programming (Bellman 1957).

Nothing is assumed of where the symbol begins: every place and width of a cell is compared with all
shapes at once, and the best chain of start, 17 or 18 characters and stop wins, its cells side by
side and their widths changing slowly. This finds symbols beside other bars, behind words and
borders, and with ends that glare hides from simpler searches.

Dark bars and light ones, left to right and right to left, are four *modes* of one comparison:
light bars are the same products with the other sign.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

from kiosk.vision.profile import Doubles, Floats, standardise, take
from kiosk.vision.templates import SAMPLES, STAR, soft_bank

_PER_CELL = 16  # places of a cell of usual width
_WIDTHS = range(9, 22)  # places
_POINTS = 16  # of a cell of any width, at which it is compared
_FINE = 2 * _POINTS  # points of the line to a place: every cell's points are some of them
_CHANGE = np.float32(0.03)  # correlation that a change of width must be worth
_ROOM = 1.1  # a strip's length over its row of bars'
_CELLS = 19.5
_SHORT = 0.92  # of the row of bars: words and borders make it longer, not shorter
_PLACES = int(_ROOM / _SHORT * _CELLS * _PER_CELL)  # of a strip, whatever its size
_PART = 350  # windows multiplied at once
_SIGNS = (1.0, 1.0, -1.0, -1.0)  # of the modes
_BACKWARDS = (False, True, False, True)


@dataclass(frozen=True, slots=True, eq=False)
class Walk:
    """A chain of cells.

    ``edges`` are cells+1 places in profile samples, float64, descending where it runs right to
    left; ``sign`` is 1.0 for dark bars, -1.0 for light ones; ``score`` the mean correlation of the
    cells with their shapes, less what changes of width cost.
    """

    edges: Doubles
    sign: float
    score: float


@dataclass(frozen=True, slots=True, eq=False)
class _Scores:
    """How well cells fit, modes×widths×places: any character, and start or stop."""

    any: Floats
    star: Floats


@dataclass(frozen=True, slots=True)
class _Last:
    """The last cell of a chain: its mode, the cells, its width (index) and place, mean score."""

    mode: int
    cells: int
    index: int
    place: int
    score: float


def walks_along(soft: Doubles, cells: tuple[int, ...], most: int) -> list[Walk]:
    """Return the best chains of ``cells`` cells, ``most`` of them, best first.

    ``soft`` is a profile (N float64 grey values) as soft as the bank that is searched with;
    ``cells`` are numbers of cells, start and stop included: of each, the best chain in each mode
    takes part. Chains are returned whether or not there is a symbol.
    """
    scores = _scores(soft)
    bests = _bests(scores, max(cells))
    lasts = []
    for count in cells:
        total = _arrivals(bests[count - 2]) + scores.star
        lasts += [_last(total[mode], mode, count) for mode in range(len(_SIGNS))]
    lasts.sort(key=lambda last: -last.score)
    return [_traced(last, bests, soft.size / _PLACES) for last in lasts[:most]]


def _scores(soft: Doubles) -> _Scores:
    """Compare every place and width with the shapes, as they are and mirrored, dark and light.

    Beyond the profile's end its last value goes on: no chain ends there.
    """
    numbers = np.arange((_PLACES + _WIDTHS[-1]) * _FINE, dtype=np.float64)
    line = take(soft, numbers * (soft.size / (_PLACES * _FINE))).astype(np.float32)
    windows = line[_points()]
    windows -= windows.mean(axis=1, keepdims=True)
    length = np.sqrt(np.einsum("ij,ij->i", windows, windows))
    windows /= np.maximum(length, np.float32(1e-6))[:, None]
    products = [_products(shapes, windows) for shapes in _shapes()]
    anything = [one[:STAR].max(axis=0) for one in products]
    anything += [-one[:STAR].min(axis=0) for one in products]
    stars = [one[STAR] for one in products]
    shape = (len(_SIGNS), len(_WIDTHS), _PLACES)
    return _Scores(
        np.concatenate(anything).reshape(shape),
        np.concatenate([*stars, *(-star for star in stars)]).reshape(shape),
    )


def _products(shapes: Floats, windows: Floats) -> Floats:
    """Multiply 44×points by N×points, in parts too small to wake the linear algebra's threads."""
    products = np.empty((len(shapes), len(windows)), np.float32)
    for at in range(0, len(windows), _PART):
        np.matmul(shapes, windows[at : at + _PART].T, out=products[:, at : at + _PART])
    return products


@cache
def _points() -> npt.NDArray[np.intp]:
    """Return which points of the line a cell is compared at: (widths·places)×points."""
    widths = np.array(_WIDTHS)[:, None, None]
    within = widths * (2 * np.arange(_POINTS) + 1)
    places = _FINE * np.arange(_PLACES)[:, None]
    return np.asarray((places + within).reshape(-1, _POINTS))


@cache
def _shapes() -> tuple[Floats, Floats]:
    """Return the soft bank's shapes, 44×points, as they are and mirrored."""
    shapes = soft_bank().shapes.reshape(-1, _POINTS, SAMPLES // _POINTS).mean(axis=2)
    upright = standardise(shapes).astype(np.float32)
    return upright, np.ascontiguousarray(upright[:, ::-1])


def _bests(scores: _Scores, cells: int) -> list[Floats]:
    """Return the best scores of chains by their last cell, modes×widths×places, for 1, 2 … cells.

    ``cells`` - 1 arrays, for the stop is not among them.
    """
    bests = [scores.star]
    while len(bests) < cells - 1:
        bests.append(_arrivals(bests[-1]) + scores.any)
    return bests


def _arrivals(best: Floats) -> Floats:
    """Return the best score with which a cell may begin at each width and place.

    The cell before it ended there, and was as wide, or one place wider or narrower.
    """
    modes, widths, places = best.shape
    ended = np.full((modes, widths + 2, places), -np.inf, np.float32)
    for index, width in enumerate(_WIDTHS):
        ended[:, index + 1, width:] = best[:, index, : places - width]
    changed = np.maximum(ended[:, :-2], ended[:, 2:]) - _CHANGE
    return np.asarray(np.maximum(changed, ended[:, 1:-1]))


def _last(total: Floats, mode: int, cells: int) -> _Last:
    """Return the best last cell of a ``mode`` (``total``: widths×places) that ends in the line.

    There is one: the narrowest chain is far shorter than the line.
    """
    ends = [total[index, : _PLACES - width + 1] for index, width in enumerate(_WIDTHS)]
    index = int(np.argmax([scores.max() for scores in ends]))
    place = int(ends[index].argmax())
    return _Last(mode, cells, index, place, float(ends[index][place]) / cells)


def _traced(last: _Last, bests: list[Floats], step: float) -> Walk:
    """Go back from the last cell, a place ``step`` samples wide.

    A finite score has a finite one before it, so that the way never leaves the arrays.
    """
    index, place = last.index, last.place
    edges = [place + _WIDTHS[index], place]
    for best in reversed(bests[: last.cells - 1]):
        ways = [
            (
                float(best[last.mode, one, place - _WIDTHS[one]]) - float(_CHANGE) * (one != index),
                one,
            )
            for one in (index, index - 1, index + 1)
            if 0 <= one < len(_WIDTHS) and place >= _WIDTHS[one]
        ]
        index = max(ways, key=lambda way: way[0])[1]
        place -= _WIDTHS[index]
        edges.append(place)
    along = edges if _BACKWARDS[last.mode] else edges[::-1]
    return Walk(np.array(along, np.float64) * step, _SIGNS[last.mode], last.score)
