"""A row of cells on a profile: laid, bent and shifted until it fits, and compared with shapes.

The cells of a label seen askew are not even. A homography between two lines moves the point at u
(0 to 1 along the symbol) by a multiple of u(1-u) to first order, its ends held: that is the *bend*.
What is left (curled paper, the lens) is taken up by a cubic through the shifts of single cells.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np

from kiosk.vision.profile import Doubles, Floats, level, standardise, take
from kiosk.vision.templates import ALPHABET, PLAIN, SAMPLES, Bank, banks, soft_bank

_BENDS = np.linspace(-0.7, 0.7, 21)  # cells that perspective moves the middle by
_SHIFTS = 4  # samples of a cell, some 1.4 modules, either way
_WITHIN = (np.arange(SAMPLES) + 0.5) / SAMPLES
_AROUND = (np.arange(-_SHIFTS, SAMPLES + _SHIFTS) + 0.5) / SAMPLES
_EVERY = slice(None, None, 3)  # samples that are enough to bend a grid
_DEGREE = 3  # of the curve that cells are shifted along
_WEIGHT_MIN = 0.05
_OFF = (1.5, 0.02)  # times the median, cells: a cell further off the curve is left out
_PRODUCT = 250_000  # multiplications: more at once would wake the linear algebra's threads
_CELLS_MAX = 20
_WHITE = 0.9  # quantile of a cell that is paper
_WASHED_OUT = 240.0  # grey: some of the rows averaged are at the sensor's end
_LIGHT_MOST = (0.8, 0.6, 0.45, 0.3, 0.2)  # of the paper's, that a washed out sensor sees


@dataclass(frozen=True, slots=True, eq=False)
class Grid:
    """Where the cells lie: ``edges`` are cells+1 places in profile samples, float64.

    They descend where the symbol runs right to left. ``sign`` is 1.0 for dark bars, -1.0 for light.
    """

    edges: Doubles
    sign: float

    def light(self, profile: Doubles) -> Doubles:
        """Return the cells' grey values: cells×SAMPLES."""
        at = self.edges[:-1, None] + _WITHIN * np.diff(self.edges)[:, None]
        return take(profile, at)

    def windows(self, profile: Doubles) -> Doubles:
        """Return the cells' samples, standardised, dark bars negative: cells×SAMPLES."""
        return standardise(self.light(profile)) * self.sign


def bend(profile: Doubles, edges: Doubles, sign: float) -> tuple[float, Grid]:
    """Let the middle of evenly spaced ``edges`` move, as perspective does; take the best fit.

    ``profile`` (N float64 grey values) is as soft as the soft bank, ``edges`` are cells+1 places
    in it. Returns the mean correlation of the cells with their best shapes, and the grid.
    """
    cells = edges.size - 1
    u = np.linspace(0.0, 1.0, cells + 1)
    width = (edges[-1] - edges[0]) / cells
    bent = edges[None, :] + _BENDS[:, None] * (4.0 * u * (1.0 - u))[None, :] * width
    at = bent[:, :-1, None] + _WITHIN[_EVERY] * np.diff(bent, axis=1)[:, :, None]
    windows = sign * standardise(take(profile, at))
    fits = _products(windows, _coarse_shapes()).max(axis=-1).mean(axis=-1)
    best = int(np.argmax(fits))
    return float(fits[best]), Grid(bent[best], sign)


@cache
def _coarse_shapes() -> Doubles:
    """Return the soft bank's shapes at every third sample, standardised: 44×SAMPLES/3."""
    return standardise(soft_bank().shapes[:, _EVERY])


def settle(profile: Doubles, grid: Grid, bank: Bank) -> Grid:
    """Shift every cell to where it fits the bank best, along one smooth curve.

    ``profile`` is N float64 grey values. A shift is at most 1.4 modules: call it again for more.
    """
    width = np.diff(grid.edges)
    seen = take(profile, grid.edges[:-1, None] + _AROUND * width[:, None])
    windows = np.lib.stride_tricks.sliding_window_view(seen, SAMPLES, axis=1)
    scores = _products(grid.sign * standardise(windows), bank.shapes).max(axis=-1)
    wish = _peaks(scores) / SAMPLES
    inner, outer = _bases(wish.size)
    weight = scores.max(axis=1).clip(_WEIGHT_MIN) ** 2
    curve = _fitted(inner, wish, weight)
    off = np.abs(wish - inner @ curve)
    good = off <= max(_OFF[0] * float(np.median(off)), _OFF[1])
    if int(good.sum()) > wish.size // 2:
        curve = _fitted(inner, wish, weight * good)
    usual = (grid.edges[-1] - grid.edges[0]) / wish.size
    return Grid(grid.edges + outer @ curve * usual, grid.sign)


def _peaks(scores: Doubles) -> Doubles:
    """Return where each row of cells×shifts is highest, in samples from the middle.

    Between the shifts a parabola through the highest and its neighbours tells.
    """
    rows = np.arange(len(scores))
    best = scores.argmax(axis=1)
    inside = best.clip(1, scores.shape[1] - 2)
    before, at, after = (scores[rows, inside + step] for step in (-1, 0, 1))
    bulge = np.minimum(before - 2.0 * at + after, -1e-9)
    finer = (0.5 * (before - after) / bulge).clip(-0.5, 0.5)
    return np.asarray(best - _SHIFTS + np.where(best == inside, finer, 0.0))


@cache
def _bases(cells: int) -> tuple[Doubles, Doubles]:
    """Return Legendre's polynomials at the middles and at the edges of ``cells`` cells."""
    edges = np.linspace(-1.0, 1.0, cells + 1)
    middles = (edges[1:] + edges[:-1]) / 2.0
    inner, outer = (np.polynomial.legendre.legvander(at, _DEGREE) for at in (middles, edges))
    return np.asarray(inner, np.float64), np.asarray(outer, np.float64)


def _fitted(basis: Doubles, values: Doubles, weight: Doubles) -> Doubles:
    """Fit ``values`` by weighted least squares: the basis' coefficients."""
    weighted = basis * weight[:, None]
    return np.asarray(np.linalg.solve(weighted.T @ basis, weighted.T @ values))


def scores_of(profile: Doubles, grid: Grid, bank: Bank) -> Doubles:
    """Compare the cells with the bank: cells×44 correlations.

    Where glare has washed out the paper the shapes are washed out as much, cell by cell.
    """
    windows = level(grid.windows(profile))
    scores = _products(windows[:, None], level(bank.shapes))[:, 0]
    white = np.quantile(grid.light(profile), _WHITE, axis=1)
    for cell in np.flatnonzero(white > _WASHED_OUT):
        for most in _LIGHT_MOST:
            seen = level(bank.washed_out(most, int(cell))) @ windows[cell]
            if seen.max() > scores[cell].max():
                scores[cell] = seen
    return np.asarray(scores)


def best_bank(windows: Doubles) -> Bank:
    """Choose the bank that explains the cells (cells×SAMPLES, standardised) best, on average."""
    coarse = _coarser(windows)
    parts = [(coarse @ shapes.T).reshape(len(coarse), -1, len(ALPHABET)) for shapes in _stacked()]
    fits = [part.max(axis=2).mean(axis=0) for part in parts]
    return banks()[int(np.argmax(np.concatenate(fits)))]


@cache
def _stacked() -> tuple[Floats, ...]:
    """Return the banks' coarser shapes, a few banks to each array: see `_PRODUCT`."""
    shapes = [_coarser(bank.shapes) for bank in banks()]
    few = _PRODUCT // (_CELLS_MAX * shapes[0].size)
    return tuple(np.concatenate(shapes[i : i + few]) for i in range(0, len(shapes), few))


def _coarser(windows: Doubles) -> Floats:
    """Average pairs of samples, enough to tell banks apart: n×SAMPLES/2, standardised."""
    pairs = windows.reshape(len(windows), -1, 2).mean(axis=2)
    return standardise(pairs).astype(np.float32)


def _products(stacks: Doubles, shapes: Doubles) -> Doubles:
    """Multiply stacks of windows (stacks×cells×samples) with ``shapes``: stacks×cells×shapes.

    ``shapes`` is shapes×samples, or that for each stack by itself.
    """
    if shapes.ndim > PLAIN:
        return np.asarray(np.matmul(stacks, shapes.transpose(0, 2, 1)))
    rows = stacks.reshape(-1, stacks.shape[-1])
    some = _PRODUCT // shapes.size
    parts = [rows[i : i + some] @ shapes.T for i in range(0, len(rows), some)]
    return np.asarray(np.concatenate(parts).reshape(*stacks.shape[:2], -1))
