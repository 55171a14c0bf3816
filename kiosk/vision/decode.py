"""Read a VIN-long Code 39 from its profile by matching every character against templates.

Made for labels too small or too soft for edge-based decoders: where narrow bars no longer cross
any threshold, the shape of a whole character still tells. Sixteen modules of one character are
compared with 44 shapes, and the second best says how sure the best is.
"""

from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from kiosk.vision.ends import Ends, find_ends
from kiosk.vision.grid import Grid, bend, best_bank, scores_of, settle
from kiosk.vision.profile import Doubles, extent_of, level, soften
from kiosk.vision.refine import fit_kind
from kiosk.vision.templates import (
    ALPHABET,
    STAR,
    Bank,
    bank_of,
    characters,
    soft_bank,
)
from kiosk.vision.walk import walks_along

_CELLS = (19, 20)  # start, 17 characters or 18 with the data identifier, stop
_MARGIN_CLEAR = 20.0  # nats: no other grid can be the right one
_CLEAR = 3.0  # nats
_SOFT = 0.95  # modules: as soft as the shapes that are searched with, however sharp the label
_WALKS_MAX = 2
_WALK_MIN = 0.86  # mean correlation with the soft bank
_ENDS_MIN = 0.55  # correlation of start and stop
_STAR_RANKS_MAX = (6, 1)  # shapes that may fit an end better before the label's bank is known
_MEAN_OWN = 0.85  # of them, from which the label's own templates are worth drawing
_MEAN_MIN = 0.6  # correlation of all characters


@dataclass(frozen=True, slots=True)
class Match:
    """A row of VIN-many characters that begins and ends as Code 39 does.

    ``text`` is the content without start and stop. ``first`` and ``last`` are the outer edges of
    the symbol in profile samples (first > last where it runs right to left). ``fit`` is the mean
    correlation of the characters, ``weakest`` the lowest; ``margin`` the smallest log-likelihood
    ratio of a character against its rival, in nats; ``clear`` the share of characters that beat
    their rival clearly and can stand in a VIN. ``inverted``: light bars on dark. ``edges`` are the
    edges of the characters' cells in samples, ``bank`` the shapes they were compared with.
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
    bank: Bank = field(repr=False)

    @property
    def pitch(self) -> float:
        """A cell's width in modules."""
        return self.bank.modules

    def turned(self, width: int) -> "Match":
        """Return the match as it lies in the profile (``width`` samples) turned round."""
        end = width - 1.0
        return replace(
            self,
            first=end - self.first,
            last=end - self.last,
            edges=tuple(end - edge for edge in self.edges),
        )


def read_profile(
    profile: Doubles, native_px: float, extent: tuple[float, float] | None = None
) -> Match | None:
    """Find and read the symbol in ``profile`` (float64); ``native_px``: its length in the picture.

    ``extent`` is about where it begins and ends, if that is known better than the profile tells.
    Returns None where nothing begins and ends like a VIN-long Code 39.
    """
    extent = extent or extent_of(profile)
    if extent is None:
        return _best_match(profile, _walked(profile), native_px)
    soft = soften(profile, _SOFT * (extent[1] - extent[0]) / 320.0)
    likely, others = find_ends(soft, *extent, _CELLS[-1])
    match = _best_match(profile, _grids(soft, likely), native_px)
    if match is not None and match.margin > _MARGIN_CLEAR:
        return match
    walked = _best_match(profile, _walked(profile), native_px)
    if walked is not None and (match is None or walked.fit > match.fit):
        return walked
    if match is not None:
        return match
    match = _best_match(profile, _grids(soft, others), native_px)
    # so many tries find something in a grating: only a label beyond doubt counts
    return match if match is not None and match.margin > _MARGIN_CLEAR else None


def _best_match(profile: Doubles, grids: list[Grid], native_px: float) -> Match | None:
    """Read the grids until one is beyond doubt; return the one that fits best."""
    best: Match | None = None
    for grid in grids:
        match = _read_grid(profile, grid, native_px)
        if match is not None and (best is None or match.fit > best.fit):
            best = match
        if best is not None and best.margin > _MARGIN_CLEAR:
            break
    return best


def _walked(profile: Doubles) -> list[Grid]:
    """Return the grids of the best chains of cells."""
    soft = soften(profile, _SOFT * profile.size / 350.0)
    return [
        Grid(_smooth(walk.edges), 1.0)
        for walk in walks_along(soft, _CELLS)[:_WALKS_MAX]
        if walk.score > _WALK_MIN
    ]


def _smooth(edges: Doubles) -> Doubles:
    """Draw a curve through the edges: perspective is smooth."""
    number = np.arange(edges.size, dtype=np.float64)
    return np.asarray(np.polyval(np.polyfit(number, edges, 3), number), np.float64)


def reread(profile: Doubles, match: Match, native_px: float) -> Match | None:
    """Read another profile of the same strip where ``match`` was found."""
    grid = Grid(np.array(match.edges), -1.0 if match.inverted else 1.0)
    return _read(profile, settle(profile, grid, match.bank), match.bank, native_px)


def _grids(soft: Doubles, ends: list[Ends]) -> list[Grid]:
    """Return likely grids between the ``ends``, best first, the middle bent to fit."""
    found = []
    for end in ends:
        for cells in _CELLS:
            edges = np.linspace(end.start, end.stop, cells + 1)
            fit, grid = bend(soft, edges, end.sign, soft_bank())
            found.append((fit + end.score, grid))
    found.sort(key=lambda item: -item[0])
    return [grid for _, grid in found]


def _read_grid(profile: Doubles, grid: Grid, native_px: float) -> Match | None:
    """Settle the grid and the bank on the label, then read; with the label's own bank if unsure."""
    bank = soft_bank()
    for rank in _STAR_RANKS_MAX:
        grid = settle(profile, grid, bank)
        windows = grid.windows(profile)[0]
        own = best_bank(windows)
        if not any(_may_begin_and_end(windows, one, rank) for one in (bank, own)):
            return None
        bank = own
    grid = settle(profile, grid, bank)
    match = _read(profile, grid, bank, native_px)
    if match is None or match.margin > _MARGIN_CLEAR or match.fit < _MEAN_OWN:
        return match
    indices = [STAR, *(ALPHABET.index(char) for char in match.text), STAR]
    own = bank_of(fit_kind(level(grid.windows(profile)[0]), indices, bank.kind))
    again = _read(profile, settle(profile, grid, own), own, native_px)
    return again if again is not None and again.fit > match.fit else match


def _read(profile: Doubles, grid: Grid, bank: Bank, native_px: float) -> Match | None:
    """Read the cells; None where they do not begin and end as Code 39 does."""
    scores = scores_of(profile, grid, bank)
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
        bank=bank,
    )


def _may_begin_and_end(windows: Doubles, bank: Bank, rank: int) -> bool:
    """Tell whether the first and the last character look like start and stop, or nearly so."""
    scores = windows[[0, -1]] @ bank.shapes.T
    better = (scores > scores[:, STAR : STAR + 1]).sum(axis=1)
    return bool((better <= rank).all())


def _in_vin(char: str, clear: bool) -> bool:  # noqa: FBT001 - mapped over two sequences
    """Tell whether a character is clear and of the VIN's alphabet, or the data identifier."""
    return clear and char.isalnum() and char not in "OQ"


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
