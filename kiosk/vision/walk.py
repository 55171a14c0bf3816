"""Find a symbol's cells along a profile by dynamic programming (Bellman 1957).

Nothing is assumed of where the symbol begins: every place and width of a cell is compared with all
shapes at once, and the best chain of start, 17 or 18 characters and stop wins, its cells side by
side and their widths changing slowly. This finds symbols beside other bars, behind words and
borders, and with ends that glare hides from simpler searches.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kiosk.vision.profile import Doubles, Floats, standardise, take
from kiosk.vision.templates import SAMPLES, STAR, soft_bank

_PER_CELL = 16  # places of a cell of usual width
_WIDTHS = np.arange(12, 22)  # places
_EVERY = 3  # of a template's samples
_CHANGE = 0.03  # correlation that a change of width must be worth
_ROOM = 1.1  # a strip's length over its row of bars'
_CELLS = 19.5
_SHORT = 0.92  # of the row of bars: words and borders make it longer, not shorter
_LENGTH = _ROOM / _SHORT * _CELLS * _PER_CELL  # places of a strip, whatever its size


@dataclass(frozen=True, slots=True, eq=False)
class Walk:
    """A chain of cells: ``edges`` (cells+1, descending where it runs right to left), mean score."""

    edges: Doubles
    score: float


@dataclass(frozen=True, slots=True, eq=False)
class _Scores:
    """How well cells fit, widths × places: any character, and start or stop."""

    any: Floats
    star: Floats


def walks_along(soft: Doubles, cells: tuple[int, ...]) -> list[Walk]:
    """Return the best chain of each number of ``cells`` both ways along a softened profile.

    Dark bars only. Best first.
    """
    step = soft.size / _LENGTH
    found = []
    for backwards, scores in enumerate(_scores(soft, step)):
        for count, path, score in _chains(scores, cells):
            edges = np.asarray(path, np.float64) * step
            found.append(Walk(edges[::-1].copy() if backwards else edges, score / count))
    found.sort(key=lambda walk: -walk.score)
    return found


def _scores(soft: Doubles, step: float) -> tuple[_Scores, _Scores]:
    """Compare every place and width with the shapes, as they are and mirrored."""
    within = (np.arange(0, SAMPLES, _EVERY) + 0.5 * _EVERY) / SAMPLES
    places = int(_LENGTH)
    starts = np.arange(places) * step
    at = starts[None, :, None] + (_WIDTHS * step)[:, None, None] * within
    windows = standardise(take(soft, at)).astype(np.float32)
    shapes = soft_bank().shapes.reshape(-1, SAMPLES // _EVERY, _EVERY).mean(axis=2)
    upright = standardise(shapes).astype(np.float32)
    flat = windows.reshape(-1, within.size)
    both = []
    for bank in (upright, np.ascontiguousarray(upright[:, ::-1])):
        products = (flat @ bank.T).reshape(_WIDTHS.size, places, -1)
        star = products[..., STAR].copy()
        products[..., STAR] = -1.0
        both.append(_Scores(products.max(axis=-1), star))
    return both[0], both[1]


def _chains(scores: _Scores, cells: tuple[int, ...]) -> list[tuple[int, list[int], float]]:
    """Chain cells: for each number of them the edges' places of the best chain, and its score."""
    best = scores.star
    origins: list[npt.NDArray[np.intp]] = []
    found = []
    for number in range(1, max(cells)):
        before, origin = _arrivals(best)
        origins.append(origin)
        if number + 1 in cells:
            total = before + scores.star
            found.append((number + 1, *_trace(total, origins)))
        best = before + scores.any
    return found


def _arrivals(best: Floats) -> tuple[Floats, npt.NDArray[np.intp]]:
    """Return the best score with which a cell may begin at each width and place, and whence.

    The cell before it ended there, and was as wide, or one place wider or narrower.
    """
    widths, places = best.shape
    ended = np.full((widths + 2, places), -1e9, np.float32)
    for index, width in enumerate(_WIDTHS):
        ended[index + 1, width:] = best[index, : places - width]
    choices = np.stack([ended[:-2] - _CHANGE, ended[1:-1], ended[2:] - _CHANGE])
    which = choices.argmax(axis=0)
    arrived = np.take_along_axis(choices, which[None], axis=0)[0]
    return arrived, which - 1


def _trace(total: Floats, origins: list[npt.NDArray[np.intp]]) -> tuple[list[int], float]:
    """Go back from the best last cell: the edges' places, and the score."""
    usable = total.copy()
    places = total.shape[1]
    for index, width in enumerate(_WIDTHS):
        usable[index, max(0, places - width + 1) :] = -1e9  # it must end within the strip
    width_at, place = (int(i) for i in np.unravel_index(int(np.argmax(usable)), usable.shape))
    score = float(usable[width_at, place])
    edges = [place + int(_WIDTHS[width_at]), place]
    for origin in reversed(origins):
        width_at += int(origin[width_at, place])
        place -= int(_WIDTHS[width_at])
        edges.append(place)
    return edges[::-1], score
