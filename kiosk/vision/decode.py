"""Read a VIN-long Code 39 from its profile by matching every character against templates.

Made for labels too small or too soft for edge-based decoders: where narrow bars no longer cross
any threshold, the shape of a whole character still tells. Sixteen modules of one character are
compared with 44 shapes, and the second best says how sure the best is.
"""

from dataclasses import dataclass, field, replace

import numpy as np

from kiosk.vision.candidates import fits_another_length, grids_along
from kiosk.vision.grid import Grid, best_bank, scores_of, settle
from kiosk.vision.margins import character_margins, grid_margin
from kiosk.vision.profile import Doubles, extent_of, level
from kiosk.vision.quiet import is_quiet
from kiosk.vision.refine import fit_kind
from kiosk.vision.templates import (
    ALPHABET,
    STAR,
    Bank,
    bank_between,
    characters,
    draw_templates,
    soft_bank,
)

_MARGIN_CLEAR = 20.0  # nats: nothing that is tried later can be the right one
_FIT_CLEAR = 0.95  # mean correlation: the same; dev scenes: 0.91 at most where the cells are wrong
_WEAKEST_PLAIN = 0.95  # correlation of the worst character; below, its neighbours may be in it
_CLEAR = 3.0  # nats
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

    @property
    def indices(self) -> list[int]:
        """What its cells say, start and stop included: places in the alphabet."""
        return [STAR, *(ALPHABET.index(char) for char in self.text), STAR]

    @property
    def is_plain(self) -> bool:
        """Tell whether it is clear, and no shape could fit much better."""
        return self.margin > _MARGIN_CLEAR and self.weakest > _WEAKEST_PLAIN

    @property
    def grid(self) -> Grid:
        """Its cells."""
        return Grid(np.array(self.edges), -1.0 if self.inverted else 1.0)

    def turned(self, width: int) -> "Match":
        """Return the match as it lies in the profile (``width`` samples) turned round."""
        end = width - 1.0
        return replace(
            self,
            first=end - self.first,
            last=end - self.last,
            edges=tuple(end - edge for edge in self.edges),
        )


def make_ready() -> None:
    """Draw every template now, so that the first label does not wait for it."""
    draw_templates()
    blank = np.zeros(64)
    for group in grids_along(blank, (0.0, 63.0)):
        for grid in group:
            best_bank(grid.windows(blank))


def read_profile(
    profile: Doubles, sample_px: float, extent: tuple[float, float] | None = None
) -> Match | None:
    """Find and read the symbol in ``profile`` (N float64 grey values).

    ``sample_px`` is how many pixels of the picture a sample stands for, along the row of bars.
    ``extent`` is about where it begins and ends, if that is known better than the profile tells.
    Returns None where nothing begins and ends like a VIN-long Code 39.
    """
    found: list[Match] = []
    best: Match | None = None
    for group in grids_along(profile, extent or extent_of(profile)):
        read = (_read_grid(profile, grid, sample_px) for grid in group)
        found += [match for match in read if match is not None]
        best = _ahead(found, sample_px)
        if best is not None and (best.margin > _MARGIN_CLEAR or best.fit > _FIT_CLEAR):
            return best
    if best is None or fits_another_length(profile, best.grid):
        return None
    return best


def reread(profile: Doubles, match: Match, sample_px: float) -> Match | None:
    """Read another ``profile`` of the same strip (N float64) where ``match`` was found."""
    return _read(profile, settle(profile, match.grid, match.bank), match.bank, sample_px)


def _ahead(found: list[Match], sample_px: float) -> Match | None:
    """Return the match that fits best, no surer than it is ahead of those with another text."""
    if not found:
        return None
    best = max(found, key=lambda match: match.fit)
    length = abs(best.edges[-1] - best.edges[0]) * sample_px
    rivals = [match.fit for match in found if match.text != best.text]
    ahead = [grid_margin(best.fit, fit, length) for fit in rivals]
    return replace(best, margin=min(best.margin, *ahead)) if ahead else best


def _read_grid(profile: Doubles, grid: Grid, sample_px: float) -> Match | None:
    """Settle the grid and the bank on the label, then read; with the label's own bank if unsure."""
    bank = soft_bank()
    for rank in _STAR_RANKS_MAX:
        grid = settle(profile, grid, bank)
        windows = grid.windows(profile)
        own = best_bank(windows)
        if not any(_may_begin_and_end(windows, one, rank) for one in (bank, own)):
            return None
        bank = own
    grid = settle(profile, grid, bank)
    match = _read(profile, grid, bank, sample_px)
    if match is None or match.fit < _MEAN_OWN or match.is_plain:
        return match
    return _refined(profile, match, sample_px)


def _refined(profile: Doubles, match: Match, sample_px: float) -> Match:
    """Read again with shapes drawn for this label, between the neighbours that were read."""
    grid, indices = match.grid, match.indices
    kind = fit_kind(level(grid.windows(profile)), indices, match.bank.kind)
    own = bank_between(indices, kind)
    again = _read(profile, settle(profile, grid, own), own, sample_px)
    return match if again is None or again.fit <= match.fit else again


def _read(profile: Doubles, grid: Grid, bank: Bank, sample_px: float) -> Match | None:
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
    if not is_quiet(profile, grid.edges, bank.modules, grid.sign):
        return None
    length = abs(float(grid.edges[-1] - grid.edges[0])) * sample_px
    margins = character_margins(best, second, length / top.size)
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
        clear=float(sum(map(_in_vin, text, clear)) / len(text)),
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
