"""Read a VIN-long Code 39 from its profile by matching every character against templates.

Made for labels too small or too soft for edge-based decoders: where narrow bars no longer cross
any threshold, the shape of a whole character still tells. Sixteen modules of one character are
compared with 44 shapes, and the second best says how sure the best is.
"""

from dataclasses import dataclass, replace
from functools import cache

import numpy as np
import numpy.typing as npt

from kiosk.vision.ends import Ends, find_ends
from kiosk.vision.profile import Doubles, extent_of, soften, standardise, take
from kiosk.vision.templates import (
    ALPHABET,
    SAMPLES,
    STAR,
    Bank,
    banks,
    characters,
    soft_bank,
)

_CELLS = (19, 20)  # start, 17 characters or 18 with the data identifier, stop
_BENDS = np.linspace(-0.7, 0.7, 29)  # cells that perspective moves the middle by
_SHIFT = np.linspace(-0.09, 0.09, 13)  # cells: some 1.4 modules either way
_WITHIN = (np.arange(SAMPLES) + 0.5) / SAMPLES
_STILL = np.zeros(1)
_COARSE = 3  # every third sample is enough to bend a grid
_PRODUCT = 250_000  # multiplications: more at once would wake the linear algebra's threads
_MARGIN_CLEAR = 20.0  # nats: no other grid can be the right one
_CLEAR = 3.0  # nats
_ENDS_MIN = 0.55  # correlation of start and stop
_STAR_RANK_MAX = 1  # shapes that may fit an end better before the label's own bank is known
_MEAN_MIN = 0.6  # correlation of all characters


@dataclass(frozen=True, slots=True)
class Match:
    """A row of VIN-many characters that begins and ends as Code 39 does.

    ``text`` is the content without start and stop. ``first`` and ``last`` are the outer edges of
    the symbol in profile samples (first > last where it runs right to left). ``fit`` is the mean
    correlation of the characters, ``weakest`` the lowest; ``margin`` the smallest log-likelihood
    ratio of a character against its rival, in nats; ``clear`` the share of characters that beat
    their rival clearly and can stand in a VIN. ``inverted``: light bars on dark. ``edges`` are the
    edges of the characters' cells in samples, each cell ``pitch`` modules wide.
    """

    text: str
    first: float
    last: float
    fit: float
    weakest: float
    margin: float
    clear: float
    inverted: bool
    edges: tuple[float, ...]
    pitch: float

    def turned(self, width: int) -> "Match":
        """Return the match as it lies in the profile (``width`` samples) turned round."""
        end = width - 1.0
        return replace(
            self,
            first=end - self.first,
            last=end - self.last,
            edges=tuple(end - edge for edge in self.edges),
        )


@dataclass(frozen=True, slots=True, eq=False)
class _Grid:
    """Where the cells lie: the cells' edges are ``edges`` (cells+1), in profile samples."""

    edges: Doubles
    sign: float

    def windows(self, profile: Doubles, shifts: Doubles = _STILL) -> Doubles:
        """Return the cells' samples, standardised, dark bars negative.

        ``shifts`` are in cells; returns shifts×cells×SAMPLES.
        """
        width = np.diff(self.edges)
        within = _WITHIN + shifts[:, None, None]
        at = self.edges[:-1, None] + within * width[:, None]
        return standardise(take(profile, at)) * self.sign


def read_profile(
    profile: Doubles, native_px: float, extent: tuple[float, float] | None = None
) -> Match | None:
    """Find and read the symbol in ``profile`` (float64); ``native_px``: its length in the picture.

    ``extent`` is about where it begins and ends, if that is known better than the profile tells.
    Returns None where nothing begins and ends like a VIN-long Code 39.
    """
    extent = extent or extent_of(profile)
    if extent is None:
        return None
    soft = soften(profile, 0.6 * (extent[1] - extent[0]) / 320.0)
    likely, others = find_ends(soft, *extent, _CELLS[-1])
    match = _best_match(profile, _grids(soft, likely), native_px)
    if match is not None:
        return match
    match = _best_match(profile, _grids(soft, others), native_px)
    # so many tries find something in a grating: only a label beyond doubt counts
    return match if match is not None and match.margin > _MARGIN_CLEAR else None


def _best_match(profile: Doubles, grids: list[_Grid], native_px: float) -> Match | None:
    """Read the grids until one is beyond doubt; return the one that fits best."""
    best: Match | None = None
    for grid in grids:
        match = _read_grid(profile, grid, native_px)
        if match is not None and (best is None or match.fit > best.fit):
            best = match
        if best is not None and best.margin > _MARGIN_CLEAR:
            break
    return best


def reread(profile: Doubles, match: Match, native_px: float) -> Match | None:
    """Read another profile of the same strip where ``match`` was found."""
    cells = len(match.text) + 2
    gap = (match.last - match.first) / (16.0 * cells)
    edges = np.linspace(match.first - gap / 2, match.last + gap / 2, cells + 1)
    sign = -1.0 if match.inverted else 1.0
    bent = _bend(profile, edges, sign, soft_bank())
    return _read_grid(profile, bent[1], native_px)


def _grids(soft: Doubles, ends: list[Ends]) -> list[_Grid]:
    """Return likely grids between the ``ends``, best first, the middle bent to fit."""
    found = []
    for end in ends:
        for cells in _CELLS:
            edges = np.linspace(end.start, end.stop, cells + 1)
            fit, grid = _bend(soft, edges, end.sign, soft_bank())
            found.append((fit + end.score, grid))
    found.sort(key=lambda item: -item[0])
    return [grid for _, grid in found]


def _bend(profile: Doubles, edges: Doubles, sign: float, bank: Bank) -> tuple[float, _Grid]:
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
    return float(fits[best]), _Grid(bent[best], sign)


def _read_grid(profile: Doubles, grid: _Grid, native_px: float) -> Match | None:
    """Settle the grid and the bank on the label, then read."""
    bank = soft_bank()
    for _ in range(2):
        grid = _settle(profile, grid, bank)
        windows = grid.windows(profile)[0]
        if not _may_begin_and_end(windows, bank):
            return None
        bank = _best_bank(windows)
    grid = _settle(profile, grid, bank)
    scores = grid.windows(profile)[0] @ bank.shapes.T
    order = np.argsort(scores, axis=1)
    top = order[:, -1]
    best = np.take_along_axis(scores, order[:, -1:], axis=1)[:, 0]
    second = np.take_along_axis(scores, order[:, -2:-1], axis=1)[:, 0]
    ends = top[[0, -1]]
    if (ends != STAR).any() or (top[1:-1] == STAR).any():
        return None
    if min(best[0], best[-1]) < _ENDS_MIN or best.mean() < _MEAN_MIN:
        return None
    margins = _margins(best, second, native_px / top.size)
    text = characters(top[1:-1])
    clear = [margin > _CLEAR for margin in margins[1:-1]]
    gap = 0.5 / bank.modules
    width = np.diff(grid.edges)
    return Match(
        text=text,
        first=float(grid.edges[0] + gap * width[0]),
        last=float(grid.edges[-1] - gap * width[-1]),
        fit=float(best.mean()),
        weakest=float(best.min()),
        margin=float(margins.min()),
        clear=sum(map(_in_vin, text, clear)) / len(text),
        inverted=grid.sign < 0,
        edges=tuple(grid.edges.tolist()),
        pitch=bank.modules,
    )


def _may_begin_and_end(windows: Doubles, bank: Bank) -> bool:
    """Tell whether the first and the last character look like start and stop, or nearly so."""
    scores = windows[[0, -1]] @ bank.shapes.T
    better = (scores > scores[:, STAR : STAR + 1]).sum(axis=1)
    return bool((better <= _STAR_RANK_MAX).all())


def _in_vin(char: str, clear: bool) -> bool:  # noqa: FBT001 - mapped over two sequences
    """Tell whether a character is clear and of the VIN's alphabet, or the data identifier."""
    return clear and char.isalnum() and char not in "OQ"


def _settle(profile: Doubles, grid: _Grid, bank: Bank) -> _Grid:
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
    return _Grid(moved, grid.sign)


def _best_bank(windows: Doubles) -> Bank:
    """Choose the bank that explains the cells best."""
    fits = [
        (windows @ shapes.T).reshape(len(windows), -1, len(ALPHABET)).max(axis=2).mean(axis=0)
        for shapes in _stacked_banks()
    ]
    return banks()[int(np.argmax(np.concatenate(fits)))]


@cache
def _stacked_banks() -> tuple[Doubles, ...]:
    """Return the banks' shapes, a few banks to each array: see `_PRODUCT`."""
    some = _PRODUCT // (_CELLS[-1] * SAMPLES * len(ALPHABET))
    shapes = [bank.shapes for bank in banks()]
    return tuple(np.concatenate(shapes[i : i + some]) for i in range(0, len(shapes), some))


def _products(stacks: Doubles, shapes: Doubles) -> Doubles:
    """Multiply stacks of windows (stacks×cells×samples) with ``shapes``: stacks×cells×shapes."""
    rows = stacks.reshape(-1, stacks.shape[-1])
    some = _PRODUCT // shapes.size
    parts = [rows[i : i + some] @ shapes.T for i in range(0, len(rows), some)]
    return np.asarray(np.concatenate(parts).reshape(*stacks.shape[:2], -1))


def _margins(best: Doubles, second: Doubles, native_px: float) -> npt.NDArray[np.float64]:
    """Return every character's log-likelihood ratio against its rival, in nats.

    With the cell at unit length, a template of correlation c leaves 1-c² unexplained. The noise
    is what the best templates leave over all cells; ``native_px`` real samples carry it.
    """
    left_over = 1.0 - np.clip(best, 0.0, 1.0) ** 2
    rival = 1.0 - np.clip(second, 0.0, 1.0) ** 2
    noise = max(float(left_over.mean()), 0.01)
    own = np.maximum(left_over, noise)  # a bad cell knows less than the rest
    return np.asarray((rival - left_over) * native_px / (2.0 * own), np.float64)
