"""A row of cells on a profile: laid, bent and shifted until it fits, and compared with shapes."""

from dataclasses import dataclass
from functools import cache

import numpy as np

from kiosk.vision.profile import Doubles, level, standardise, take
from kiosk.vision.templates import ALPHABET, SAMPLES, Bank, banks

_BENDS = np.linspace(-0.7, 0.7, 29)  # cells that perspective moves the middle by
_SHIFT = np.linspace(-0.09, 0.09, 13)  # cells: some 1.4 modules either way
_WITHIN = (np.arange(SAMPLES) + 0.5) / SAMPLES
_STILL = np.zeros(1)
_COARSE = 3  # every third sample is enough to bend a grid
_PRODUCT = 250_000  # multiplications: more at once would wake the linear algebra's threads
_STACK = 20 * SAMPLES * len(ALPHABET)  # multiplications of one bank with the longest symbol
_WHITE = 0.9  # quantile of a cell that is paper
_WASHED_OUT = 240.0  # grey: some of the rows averaged are at the sensor's end
_LIGHT_MOST = (0.8, 0.6, 0.45, 0.3, 0.2)  # of the paper's, that a washed out sensor sees


@dataclass(frozen=True, slots=True, eq=False)
class Grid:
    """Where the cells lie: the cells' edges are ``edges`` (cells+1), in profile samples."""

    edges: Doubles
    sign: float

    def light(self, profile: Doubles) -> Doubles:
        """Return the cells' grey values: cells×SAMPLES."""
        at = self.edges[:-1, None] + _WITHIN * np.diff(self.edges)[:, None]
        return take(profile, at)

    def windows(self, profile: Doubles, shifts: Doubles = _STILL) -> Doubles:
        """Return the cells' samples, standardised, dark bars negative.

        ``shifts`` are in cells; returns shifts×cells×SAMPLES.
        """
        width = np.diff(self.edges)
        within = _WITHIN + shifts[:, None, None]
        at = self.edges[:-1, None] + within * width[:, None]
        return standardise(take(profile, at)) * self.sign


def bend(profile: Doubles, edges: Doubles, sign: float, bank: Bank) -> tuple[float, Grid]:
    """Let the middle of evenly spaced ``edges`` move, as perspective does; take the best fit."""
    cells = edges.size - 1
    u = np.linspace(0.0, 1.0, cells + 1)
    width = (edges[-1] - edges[0]) / cells
    bent = edges[None, :] + _BENDS[:, None] * (4.0 * u * (1.0 - u))[None, :] * width
    every = slice(None, None, _COARSE)
    at = bent[:, :-1, None] + _WITHIN[every] * np.diff(bent, axis=1)[:, :, None]
    shapes = standardise(bank.shapes[:, every])
    windows = sign * standardise(take(profile, at))
    fits = _products(windows, shapes).max(axis=-1).mean(axis=-1)
    best = int(np.argmax(fits))
    return float(fits[best]), Grid(bent[best], sign)


def settle(profile: Doubles, grid: Grid, bank: Bank) -> Grid:
    """Shift every cell to where it fits best, along one smooth curve."""
    scores = _products(grid.windows(profile, _SHIFT), bank.shapes).max(axis=-1)
    wish = _SHIFT[np.argmax(scores, axis=0)]
    weight = scores.max(axis=0).clip(0.05)
    cells = wish.size
    u = (np.arange(cells) + 0.5) / cells
    curve = np.polyfit(u, wish, 3, w=weight)
    off = np.abs(wish - np.polyval(curve, u))
    good = off <= max(1.5 * float(np.median(off)), 0.02)
    if int(good.sum()) > cells // 2:
        curve = np.polyfit(u[good], wish[good], 3, w=weight[good])
    at = np.linspace(0.0, 1.0, cells + 1)
    width = (grid.edges[-1] - grid.edges[0]) / cells
    moved = grid.edges + np.polyval(curve, at) * width
    return Grid(moved, grid.sign)


def scores_of(profile: Doubles, grid: Grid, bank: Bank) -> Doubles:
    """Compare the cells with the bank: cells×44 correlations.

    Where glare has washed out the paper the shapes are washed out as much, cell by cell.
    """
    windows = level(grid.windows(profile)[0])
    scores = windows @ level(bank.shapes).T
    white = np.quantile(grid.light(profile), _WHITE, axis=1)
    for cell in np.flatnonzero(white > _WASHED_OUT):
        for most in _LIGHT_MOST:
            seen = level(bank.washed_out(most)) @ windows[cell]
            if seen.max() > scores[cell].max():
                scores[cell] = seen
    return np.asarray(scores)


def best_bank(windows: Doubles) -> Bank:
    """Choose the bank that explains the cells best."""
    fits = [
        (windows @ shapes.T).reshape(len(windows), -1, len(ALPHABET)).max(axis=2).mean(axis=0)
        for shapes in _stacked_banks()
    ]
    return banks()[int(np.argmax(np.concatenate(fits)))]


@cache
def _stacked_banks() -> tuple[Doubles, ...]:
    """Return the banks' shapes, a few banks to each array: see `_PRODUCT`."""
    some = _PRODUCT // _STACK
    shapes = [bank.shapes for bank in banks()]
    return tuple(np.concatenate(shapes[i : i + some]) for i in range(0, len(shapes), some))


def _products(stacks: Doubles, shapes: Doubles) -> Doubles:
    """Multiply stacks of windows (stacks×cells×samples) with ``shapes``: stacks×cells×shapes."""
    rows = stacks.reshape(-1, stacks.shape[-1])
    some = _PRODUCT // shapes.size
    parts = [rows[i : i + some] @ shapes.T for i in range(0, len(rows), some)]
    return np.asarray(np.concatenate(parts).reshape(*stacks.shape[:2], -1))
