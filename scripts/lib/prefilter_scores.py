"""From rows to figures: what is read of each level, and what the peers say."""

import math
import statistics
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from figures import Figure
from prefilter_scene import BESIDE, OTHER, TWO, Row

GOALS = {"clear": 100.0, "normal": 99.0, "hard": 95.0, "upright": 99.0}
"""Percent of the labels of each level that must be read."""

CALIBRATION = {"normal": (8.0, 30.0), "hard": (0.0, 6.0), "upright": (25.0, 55.0)}
"""Percent that the better of the two libraries must read, else the scenes are off."""

UNJUDGED = "glaring"  # hard labels under the glare that they had before decision 0012
LEVELS = (*GOALS, UNJUDGED, *BESIDE, TWO, "empty", OTHER)
"""All levels, in the order of the tables."""

COMPARED = {UNJUDGED: "hard", **dict(zip(BESIDE, ("normal", "hard"), strict=True))}
"""Levels with a label that only inform, and the level whose goal is told beside."""

_TITLES = {
    UNJUDGED: "hard, glare to 240",
    "beside": "normal, a code beside it",
    "beside_hard": "hard, a code beside it",
    TWO: "two labels",
}


def title_of(level: str) -> str:
    """Name a level for people."""
    return _TITLES.get(level, level)


LEVEL_SCENES = 400
"""Fewer of a level are not judged."""

PAIRS = 100
"""Fewer scenes with two labels are not judged."""

_Z = 1.96  # of a 95 % interval


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many."""

    hits: int
    total: int

    @property
    def percent(self) -> float:
        """The share in percent; not a number where there is nothing."""
        return 100.0 * self.hits / self.total if self.total else math.nan

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % interval in percent (Wilson 1927)."""
        if not self.total:
            return 0.0, 100.0
        n, p, z = self.total, self.hits / self.total, _Z
        middle = (p + z * z / (2 * n)) / (1 + z * z / n)
        reach = z / (1 + z * z / n) * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
        return max(0.0, 100 * (middle - reach)), min(100.0, 100 * (middle + reach))

    @property
    def bound(self) -> float:
        """The 95 % upper bound in percent: the rule of three where nothing was hit."""
        if not self.total:
            return 100.0
        return min(100.0, 300.0 / self.total) if self.hits == 0 else self.interval[1]


@dataclass(frozen=True, slots=True)
class Bin:
    """A share over a range of some measure, at the ``middle`` of what fell into it."""

    low: float
    high: float
    middle: float
    share: Share


def share(rows: Iterable[Row], hit: Callable[[Row], bool]) -> Share:
    """Count the rows that are a hit."""
    flags = [hit(row) for row in rows]
    return Share(sum(flags), len(flags))


def by_level(rows: Iterable[Row]) -> dict[str, list[Row]]:
    """Group rows by level, in the order of the tables."""
    groups: dict[str, list[Row]] = {level: [] for level in LEVELS}
    for row in rows:
        groups[row.level].append(row)
    return {level: group for level, group in groups.items() if group}


def read_figures(rows: Sequence[Row]) -> Iterator[Figure]:
    """Yield the reads of each level with a label, beside the libraries, judged from 400 on.

    What is read under stronger glare, or with another code beside the label, only informs.
    """
    for level, group in by_level(rows).items():
        if level not in GOALS and level not in COMPARED:
            continue
        ours = share(group, lambda row: row.is_right)
        low, high = ours.interval
        detail = f"{ours.hits} of {ours.total}, 95 % interval {low:.1f} to {high:.1f} %"
        peers = [row for row in group if row.peers]
        if peers:
            zbar, zxing = peer_shares(peers)
            detail += (
                f"; of {len(peers)} zbar {zbar.percent:.1f} %, zxing-cpp {zxing.percent:.1f} %"
            )
        if level in COMPARED:
            name, like = f"read, {title_of(level)}", COMPARED[level]
            detail += f"; for comparison only: {like} labels have the goal {GOALS[like]:g} %"
            yield Figure(name, ours.percent, "%", None, detail)
            continue
        judged = ours.total >= LEVEL_SCENES
        detail += "" if judged else f"; {not_judged(ours.total, LEVEL_SCENES)}"
        goal = GOALS[level]
        yield Figure(f"read, {level}", ours.percent, "%", None, detail, goal, judged=judged)


def pair_figures(rows: Sequence[Row]) -> Iterator[Figure]:
    """Yield how often one of two labels in view was taken as if it were alone."""
    pairs = [row for row in rows if row.level == TWO]
    if not pairs:
        return
    wrong, told = share(pairs, lambda row: row.is_wrong), share(pairs, lambda row: row.is_right)
    unsure = [row for row in pairs if not row.is_wrong and not row.is_right]
    detail = (
        f"of {wrong.total}; {told.hits} are told as two labels, {len(unsure)} are not read surely,"
        f" {sum(row.uploaded for row in unsure)} of these with a crop"
    )
    judged = wrong.total >= PAIRS
    detail += "" if judged else f"; {not_judged(wrong.total, PAIRS)}"
    yield Figure("two labels in view, taken for one", wrong.hits, "", 0, detail, judged=judged)


def not_judged(count: int, least: int) -> str:
    """Say that too little was measured for a verdict."""
    return f"not judged: {count:,} of {least:,}"


def judged_from(figures: Iterable[Figure], count: int, least: int) -> Iterator[Figure]:
    """Yield the figures; where ``count`` is below ``least`` what is asked of them is not judged."""
    for figure in figures:
        if count >= least or not figure.is_asked:
            yield figure
            continue
        told = not_judged(count, least)
        detail = f"{figure.detail}; {told}" if figure.detail else told
        yield replace(figure, judged=False, detail=detail)


def peer_shares(rows: Sequence[Row]) -> tuple[Share, Share]:
    """Count what zbar and zxing-cpp read in the full frame."""
    return (
        share(rows, lambda row: row.peers is not None and row.peers.zbar),
        share(rows, lambda row: row.peers is not None and row.peers.zxing),
    )


def calibration_figures(rows: Sequence[Row]) -> Iterator[Figure]:
    """Yield what the better library reads of each level, judged from 400 scenes on."""
    groups = by_level(row for row in rows if row.peers)
    for level, (low, high) in CALIBRATION.items():
        group = groups.get(level, [])
        if not group:
            continue
        best = max(peer_shares(group), key=lambda part: part.hits)
        judged = best.total >= LEVEL_SCENES
        detail = f"{best.hits} of {best.total}"
        if not judged:
            detail += f"; {not_judged(best.total, LEVEL_SCENES)}"
        elif not low <= best.percent <= high:
            detail += ": the scenes are too " + ("hard" if best.percent < low else "easy")
        yield Figure(
            f"scenes calibrated, {level}: better library",
            best.percent,
            "%",
            high,
            detail,
            low,
            judged,
        )


def overlap_figure(rows: Sequence[Row]) -> Iterator[Figure]:
    """Yield how well the quads lie."""
    overlaps = sorted(row.iou for row in rows if row.iou is not None and row.second is None)
    if overlaps:
        low = overlaps[len(overlaps) // 20]
        detail = f"one in twenty below {low:.2f}; {len(overlaps)} quads"
        yield Figure(
            "quads: intersection over union, median", statistics.median(overlaps), "", None, detail
        )


def misses(rows: Iterable[Row]) -> Iterator[str]:
    """Name the scenes that were not as they should be, a line each."""
    for row in rows:
        if row.is_wrong or (row.uploaded if row.text is None else not row.is_right):
            yield (
                f"{row.level} {row.seed}: {row.verdict}, said {row.said}, best {row.best}"
                f" at {row.confidence:.3f}; holds {row.text}"
            )


def outcomes(rows: Iterable[Row]) -> Counter[str]:
    """Count what became of labels: right, wrong, taken where no rule tells, or the verdict."""
    return Counter(_outcome(row) for row in rows)


OUTCOMES = ("right", "wrong", "taken", "unread", "not_vin", "foreign", "none")


def _outcome(row: Row) -> str:
    if row.is_right:
        return "right"
    if row.is_wrong:
        return "wrong"
    return "taken" if row.is_taken else row.verdict


def binned(
    rows: Sequence[Row],
    edges: Sequence[float],
    measure: Callable[[Row], float],
    hit: Callable[[Row], bool],
) -> list[Bin]:
    """Count the hits between neighbouring edges; the last edge belongs to its bin."""
    bins = []
    for low, high in pairwise(edges):
        last = high == edges[-1]
        group = [
            row for row in rows if low <= measure(row) < high or (last and measure(row) == high)
        ]
        if group:
            middle = statistics.fmean(measure(row) for row in group)
            bins.append(Bin(low, high, middle, share(group, hit)))
    return bins
