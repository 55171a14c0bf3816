"""What the prefilter's bench draws: reads over module and blur, reliability, times."""

from collections.abc import Callable, Sequence

import svg
from prefilter_megapixels import SizeTimes, size_rows
from prefilter_scene import Row
from prefilter_scores import COMPARED, GOALS, Bin, binned, by_level, peer_shares, share, title_of
from prefilter_times import READERS, LevelTimes
from prefilter_trust import told_bins

_MODULES = (1.4, 1.6, 1.8, 2.0, 2.2, 2.4, 2.6, 2.8, 3.0, 3.5, 4.0)
_BLURS = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8)
_SURE = (0.001, 0.01, 0.1, 0.5, 0.9, 0.99, 0.999, 0.9999)
_PERCENT = svg.Axis("percent read", (0, 20, 40, 60, 80, 100))

_HITS: dict[str, Callable[[Row], bool]] = {
    "prefilter": lambda row: row.is_right,
    "zbar": lambda row: row.peers is not None and row.peers.zbar,
    "zxing-cpp": lambda row: row.peers is not None and row.peers.zxing,
}


def over_module(rows: Sequence[Row]) -> str:
    """Draw the reads over the module's size."""
    axis = svg.Axis("module, pixels", (1.4, 1.8, 2.2, 2.6, 3.0, 3.4, 4.0))
    return _reads("Labels read over the module's size", axis, rows, _MODULES, _module_of)


def over_blur(rows: Sequence[Row]) -> str:
    """Draw the reads over the defocus."""
    axis = svg.Axis("defocus, standard deviation in modules", _BLURS)
    return _reads("Labels read over the blur", axis, rows, _BLURS, _blur_of)


def by_levels(rows: Sequence[Row]) -> str:
    """Draw the reads of each level: what is read of the scenes that all three looked at."""
    groups = {
        level: [row for row in group if row.peers]
        for level, group in by_level(rows).items()
        if level in GOALS or level in COMPARED
    }
    return svg.columns(
        "Labels read by level, the same scenes for all",
        _PERCENT,
        [(title_of(level), _percents(group)) for level, group in groups.items() if group],
        READERS,
    )


def _percents(group: Sequence[Row]) -> list[float]:
    zbar, zxing = peer_shares(group)
    return [part.percent for part in (share(group, lambda row: row.is_right), zbar, zxing)]


def _odds_of(percent: float) -> float:
    return svg.odds(percent / 100)


def _module_of(row: Row) -> float:
    return row.module_px


def _blur_of(row: Row) -> float:
    return row.defocus


def _reads(
    title: str,
    axis: svg.Axis,
    rows: Sequence[Row],
    edges: Sequence[float],
    measure: Callable[[Row], float],
) -> str:
    labelled = [row for row in rows if row.level in GOALS]
    both = [row for row in labelled if row.peers]
    series = []
    for name, hit in _HITS.items():
        bins = binned(labelled if name == "prefilter" else both, edges, measure, hit)
        series.append(_series(name, bins))
    return svg.lines(title, axis, _PERCENT, series)


def _series(name: str, bins: Sequence[Bin]) -> svg.Series:
    points = [(one.middle, one.share.percent) for one in bins]
    return svg.Series(name, points, [one.share.interval for one in bins])


def reliability(rows: Sequence[Row]) -> str:
    """Draw how often a reading was right over how sure it said it was, both as odds."""
    axis = svg.Axis("confidence", _SURE, svg.odds)
    percent = svg.Axis("percent right", [100 * chance for chance in _SURE], _odds_of)
    series = [
        _series("prefilter", told_bins(rows)),
        svg.Series("as sure as it says", [(p, 100 * p) for p in _SURE], dashed=True),
    ]
    return svg.lines("Right readings over their confidence", axis, percent, series)


def stages(levels: Sequence[LevelTimes]) -> str:
    """Draw the mean time of each stage, a bar a level."""
    names = tuple(dict.fromkeys(name for row in levels for name in row.stages))
    bars = [(row.level, [row.stages.get(name, 0.0) * 1000 for name in names]) for row in levels]
    return svg.bars("Processor time by stage, mean of a 1920×1080 frame", "ms", bars, names)


def over_megapixels(measured: SizeTimes) -> str:
    """Draw the median times over the picture's size, both as logarithms."""
    rows = size_rows(measured)
    slowest = max(max(values) for _, values in rows)
    ticks = [tick for tick in _DECADES if tick <= slowest] or [1]
    above = next((tick for tick in _DECADES if tick > slowest), slowest)
    series = [
        svg.Series(name, [(size, values[place]) for size, values in rows])
        for place, name in enumerate(READERS)
    ]
    return svg.lines(
        "Processor time over the picture's size, medians",
        svg.Axis("megapixels", (0.5, 1, 2, 4, 8), svg.logarithm),
        svg.Axis("ms", (*ticks, above), svg.logarithm),
        series,
    )


_DECADES = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000)
