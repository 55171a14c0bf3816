"""The page of the prefilter's bench: tables under the figures, and words on how it was measured."""

import textwrap
from collections.abc import Sequence

from figures import grid
from prefilter_megapixels import SizeTimes, size_rows
from prefilter_plots import TENTHS
from prefilter_scene import Row
from prefilter_scores import OUTCOMES, by_level, outcomes, peer_shares, share, told_bins
from prefilter_times import LevelTimes

_COLUMNS = 100
_HOW = """\
The scenes are 1920×1080 pictures that `kiosk/simulate` renders after one table of levels, seeds
{first} to {last} of each; those for development have others. zbar and zxing-cpp look at the same
grey frames, restricted to Code 39 and otherwise as they come, {peers} scenes a level; the other
scenes are the prefilter's alone. A label is read where the verdict is `vin` and the text is the
scene's; any other `vin` is wrong. Times are processor times of one process that runs alone, all
readers on each frame in turn; a ratio is that of the medians, its interval a bootstrap's over the
frames. What a Raspberry Pi takes is not measured here."""


def how(first: int, last: int, peers: int) -> str:
    """Say how it was measured."""
    words = _HOW.format(first=first, last=last, peers=peers).replace("\n", " ")
    return textwrap.fill(words, _COLUMNS, break_on_hyphens=False)


def reads_table(rows: Sequence[Row]) -> str:
    """Lay out what became of the scenes of each level, beside the libraries."""
    table = [("level", "scenes", *OUTCOMES, "uploaded", "zbar", "zxing-cpp", "wrong by these")]
    for level, group in by_level(rows).items():
        count = outcomes(group)
        uploaded = share(group, lambda row: row.uploaded)
        seen = [row for row in group if row.peers]
        zbar, zxing = peer_shares(seen)
        wrong = sum(row.peers.wrong for row in seen if row.peers)
        table.append(
            (
                level,
                str(len(group)),
                *(str(count[name]) for name in OUTCOMES),
                str(uploaded.hits),
                f"{zbar.hits} of {zbar.total}",
                f"{zxing.hits} of {zxing.total}",
                str(wrong),
            )
        )
    return grid(table)


def reliability_table(rows: Sequence[Row]) -> str:
    """Lay out how often a reading of some confidence was right."""
    table = [("confidence", "readings", "right", "95 % interval")]
    for one in told_bins(rows, TENTHS):
        low, high = one.share.interval
        told = f"{low:.1f} to {high:.1f} %"
        table.append(
            (
                f"{one.low:.1f} to {one.high:.1f}, mean {one.middle:.3f}",
                str(one.share.total),
                f"{one.share.percent:.1f} %",
                told,
            )
        )
    return grid(table)


def stages_table(levels: Sequence[LevelTimes]) -> str:
    """Lay out the mean time of each stage."""
    names = tuple(dict.fromkeys(name for row in levels for name in row.stages))
    table = [("level, ms", *names)]
    table += [
        (row.level, *(f"{row.stages.get(name, 0.0) * 1000:.1f}" for name in names))
        for row in levels
    ]
    return grid(table)


def sizes_table(measured: SizeTimes) -> str:
    """Lay out the median times and the reads over the picture's size."""
    table = [("megapixels", "prefilter ms", "zbar ms", "zxing-cpp ms", "read")]
    for (size, values), reads in zip(size_rows(measured), measured.reads, strict=True):
        told = f"{reads.hits} of {reads.total}"
        table.append((f"{size:.1f}", *(f"{value:.1f}" for value in values), told))
    return grid(table)
