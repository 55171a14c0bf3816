"""The page of the prefilter's bench: tables under the figures, and words on how it was measured."""

import statistics
import textwrap
from collections.abc import Sequence

from figures import grid
from prefilter_crops import by_libraries, crops_of, ratios_of
from prefilter_megapixels import SizeTimes, size_rows
from prefilter_scene import Row
from prefilter_scores import OUTCOMES, by_level, outcomes, peer_shares, share, title_of
from prefilter_times import LevelTimes
from prefilter_trust import told_bins
from prefilter_wrong import KINDS

_COLUMNS = 100
_HOW = (
    """\
The scenes are 1920×1080 pictures that `kiosk/simulate` renders after one table of levels, seeds
{first} to {last} of each; those for development have others. zbar (libzbar {zbar}) and zxing-cpp
look at the same grey frames, restricted to Code 39 and otherwise as they come, {peers} scenes a
level; the other scenes are the prefilter's alone. A label is read where the verdict is `vin` and
the text is the scene's. A VIN is wrong where it is accepted, or shown in any way, and is not in the
scene. Fewer than {wrong:,} scenes with and as many without a VIN label are not judged for wrong
VINs: none in that many bounds their rate at {bound:.2f} % with 95 % confidence (the rule of three:
3/n).""",
    """\
The {empties:,} scenes without a VIN label are {textured:,} of textured surfaces, labels without
bars and things in stripes, and {others:,} with another code in view: six in ten are Code 39 part
numbers of 5 to 20 characters, a third of them as long as a VIN; the rest are Code 128, EAN, UPC,
ITF, QR and Data Matrix, some with a VIN, which may be shown and not uploaded. The part numbers are
drawn without regard to VINs, so that some keep every rule of ISO 3779 and, for North America, of 49
CFR 565 (`scripts/lib/prefilter_standard.py`): no text tells these from a VIN. They come on top of
the {empties:,}, and how many of them were taken for VINs is a figure of its own, of which nothing
is asked; all others break a rule, and not one of them may be taken for a VIN.""",
    """\
Further scenes, up to {further} of each kind, are no part of the table of levels. A code beside the
label: another Code 39 or Code 128 on a normal or a hard label, 10 to 25 modules beside, above or
below its bars. Two labels: two VINs in view, each readable alone, with modules of 1.8 to 4 px and a
contrast down to 45 %, on labels of their own or, one in three, on the same; whatever accepts one of
them is wrong.""",
    """\
**Glare was eased after misses were seen:** the spot adds at most {glare:.0f} grey levels, where it
was 240 until decision 0012. What is named “hard, glare to 240” is for comparison and not judged:
the first {further} hard scenes with the spots that they had.""",
    """\
The pictures of 0.5 to 8 megapixels are windows around a label of the level hard, which lies in the
middle of its frame and is rolled by four tenths of the level's angle, so that it fits into the
smallest; around it are empty scenes, the last ones of the seeds.""",
    """\
Times are processor times of one process that runs alone, all readers on each frame in turn, the
quickest of {looks} looks each; a ratio is that of the medians, its interval a bootstrap's over the
frames. Of empty frames there are five times as many as of each other level: with forty, as until
2026-11-23, the ratio to zxing-cpp was 1.37 and missed, its interval 0.96 to 1.75. Stages are means
of one look at forty frames a level. What a Raspberry Pi takes is not measured here.""",
)


_KEPT = """\
Measured by earlier runs of the same code on the same machine, and kept: {kept}."""


def how(facts: dict[str, object], kept: dict[str, str]) -> str:
    """Say how it was measured; the numbers are ``facts``, ``kept`` parts and their days."""
    told = [words.format(**facts) for words in _HOW]
    if kept:
        told.append(_KEPT.format(kept=", ".join(f"{part} ({day})" for part, day in kept.items())))
    return "\n\n".join(
        textwrap.fill(words.replace("\n", " "), _COLUMNS, break_on_hyphens=False) for words in told
    )


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
                title_of(level),
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
    table = [("confidence", "mean", "readings", "right", "95 % interval")]
    for one in told_bins(rows):
        low, high = one.share.interval
        told = f"{low:.2f} to {high:.2f} %"
        table.append(
            (
                f"{one.low:g} to {one.high:g}",
                f"{one.middle:.4f}",
                str(one.share.total),
                f"{one.share.percent:.2f} %",
                told,
            )
        )
    return grid(table)


def crops_table(rows: Sequence[Row]) -> str:
    """Lay out who reads the crops of each level from their bytes, and how small they are."""
    table = [("level", "crops", *_CROP_READERS, "bytes, median", "frame over crop, median")]
    for level, group in by_level(rows).items():
        crops = crops_of(group)
        if not crops:
            continue
        counts = (
            sum(crop.zbar for crop in crops),
            sum(crop.zxing for crop in crops),
            by_libraries(crops).hits,
            sum(crop.ours for crop in crops),
            sum(crop.is_read for crop in crops),
        )
        ratios = ratios_of(crops)
        table.append(
            (
                title_of(level),
                str(len(crops)),
                *(f"{count} ({100 * count / len(crops):.1f} %)" for count in counts),
                f"{statistics.median(crop.bytes for crop in crops):.0f}",
                f"{statistics.median(ratios):.0f}" if ratios else "",
            )
        )
    return grid(table)


_CROP_READERS = ("zbar", "zxing-cpp", "a library", "our decoder", "anyone")


def others_table(rows: Sequence[Row]) -> str:
    """Lay out what became of the scenes with other codes, by what may be mistaken in them."""
    table = [("code", "scenes", *_OTHER_OUTCOMES, "uploaded")]
    others = [row for row in rows if row.text is None and row.holds is not None]
    for name, belongs in KINDS.items():
        group = [row for row in others if belongs(row)]
        count = outcomes(group)
        uploaded = sum(row.uploaded for row in group)
        told = (str(count[outcome]) for outcome in _OTHER_OUTCOMES)
        table.append((name, str(len(group)), *told, str(uploaded)))
    return grid(table)


_OTHER_OUTCOMES = tuple(name for name in OUTCOMES if name != "right")


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
