"""How sure the prefilter says it is, against what came true."""

from collections.abc import Iterator, Sequence

from figures import Figure
from prefilter_scene import Row
from prefilter_scores import Bin, binned

from kiosk.model import Verdict
from kiosk.vision.confidence import SURE

EDGES = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.99, 0.999, 1.0)
"""Of the bins: where a reading is taken for sure a tenth is too coarse."""

_OURS = {Verdict.VIN, Verdict.UNREAD, Verdict.NOT_VIN}


def told_bins(rows: Sequence[Row]) -> list[Bin]:
    """Count by confidence how many best readings of Code 39 were right, sure or not.

    Scenes without a VIN label count too: what is read there is right if a symbol in view says so.
    """
    told = [row for row in rows if row.best and row.verdict in _OURS]
    return binned(
        told, EDGES, lambda row: row.confidence, lambda row: row.best in {row.holds, row.second}
    )


def trust_figures(rows: Sequence[Row]) -> Iterator[Figure]:
    """Yield the mean gap between confidence and the share that is right (Naeini et al. 2015)."""
    bins = told_bins(rows)
    sure = [one for one in bins if one.low >= SURE]
    for name, some in (("all readings with a text", bins), ("sure readings", sure)):
        total = sum(one.share.total for one in some)
        if total:
            gap = sum(one.share.total * abs(one.share.percent / 100 - one.middle) for one in some)
            wrong = total - sum(one.share.hits for one in some)
            detail = (
                f"{gap / total:.5f}: expected calibration error over {len(some)} bins,"
                f" {total:,} readings, {wrong:,} of them not right"
            )
            yield Figure(f"confidence against what is right, {name}", gap / total, "", None, detail)
