"""What would be uploaded: how small it is, who can read it, and whether it keeps the rules."""

import statistics
from collections import Counter
from collections.abc import Iterator, Sequence

from figures import Figure
from prefilter_scene import BESIDE, MARGIN_MIN, CropFacts, Row
from prefilter_scores import GOALS, Share, by_level, share

from kiosk.model import Verdict

_RATIO_MIN = 40.0
_READ_MIN = 80.0


def crop_figures(rows: Sequence[Row]) -> Iterator[Figure]:
    """Yield the figures of the crops of labels of the levels of difficulty.

    The rules are also asked of crops of labels that another code stands beside.
    """
    beside = [row for row in rows if row.level in BESIDE]
    rows = [row for row in rows if row.level in GOALS]
    crops = crops_of(rows)
    if not crops:
        return
    yield from _ratio_figure(crops)
    labels = share(rows, lambda row: row.uploaded)
    detail = f"{labels.hits:,} of {labels.total:,} labels gave a crop"
    yield _by_libraries("all levels", crops, detail)
    for level, group in by_level(rows).items():
        yield _by_libraries(level, crops_of(group))
    yield _back_figure(rows)
    yield _faults("crops that break a rule", crops)
    if beside:
        yield _faults("crops that break a rule, a code beside the label", crops_of(beside))


def _faults(name: str, crops: Sequence[CropFacts]) -> Figure:
    faults = Counter(crop.fault for crop in crops if crop.fault)
    told = "".join(f"; {count} {fault}" for fault, count in faults.most_common())
    return Figure(name, sum(faults.values()), "", 0, f"of {len(crops):,}{told}")


def crops_of(rows: Sequence[Row]) -> list[CropFacts]:
    """Return the crops that were judged."""
    return [row.crop for row in rows if row.crop]


def by_libraries(crops: Sequence[CropFacts]) -> Share:
    """Count the crops in which zbar or zxing-cpp reads the label's text."""
    return Share(sum(crop.by_library for crop in crops), len(crops))


def ratios_of(crops: Sequence[CropFacts]) -> list[float]:
    """Return how many times larger the frame is as JPEG, where its size is known."""
    return [crop.frame_bytes / crop.bytes for crop in crops if crop.frame_bytes]


def _ratio_figure(crops: Sequence[CropFacts]) -> Iterator[Figure]:
    ratios = ratios_of(crops)
    sizes = sorted(crop.bytes for crop in crops)
    if ratios:
        yield Figure(
            "crops: frame as JPEG 90 over crop, median",
            statistics.median(ratios),
            "times",
            None,
            f"crop {sizes[0]} to {sizes[-1]} bytes, median {statistics.median(sizes):.0f}",
            _RATIO_MIN,
        )


def _by_libraries(name: str, crops: Sequence[CropFacts], more: str = "") -> Figure:
    back = by_libraries(crops)
    zbar, zxing = sum(crop.zbar for crop in crops), sum(crop.zxing for crop in crops)
    detail = f"{back.hits:,} of {back.total:,}; zbar {zbar:,}, zxing-cpp {zxing:,}"
    detail += f"; {more}" if more else ""
    return Figure(f"crops read by a library, {name}", back.percent, "%", None, detail, _READ_MIN)


def _back_figure(rows: Sequence[Row]) -> Figure:
    """Hold the crops of sure readings against the design: each is read back from its bytes."""
    sure = [row for row in rows if row.verdict == Verdict.VIN]
    back = share(sure, lambda row: row.crop is not None and row.crop.is_read)
    alone = sum(
        row.crop is not None and row.crop.is_read and not row.crop.by_library for row in sure
    )
    detail = (
        f"{back.hits:,} of {back.total:,}; {alone:,} of them by our own decoder alone,"
        f" at {MARGIN_MIN:g} nats at least"
    )
    name = "crops of vin readings read back from their bytes"
    return Figure(name, back.percent, "%", None, detail, 100.0)
