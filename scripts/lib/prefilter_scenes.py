"""What the many scenes tell: figures, tables and plots of reads and of wrong VINs."""

from collections.abc import Collection, Sequence

import prefilter_plots as plots
import prefilter_tables as tables
from figures import Figure
from prefilter_crops import crop_figures
from prefilter_parts import Part, Table
from prefilter_scene import Row
from prefilter_scores import (
    LEVEL_SCENES,
    calibration_figures,
    judged_from,
    misses,
    overlap_figure,
    pair_figures,
    read_figures,
)
from prefilter_trust import trust_figures
from prefilter_wrong import wrong_figures


def part_of(rows: Sequence[Row], parts: Collection[str], count: int, *, tell_missed: bool) -> Part:
    """Sum up the scenes for the parts "reads" and "wrong"; ``count`` were asked of each level.

    ``tell_missed`` names what was missed: for development only, else it would be tuned to.
    """
    figures: list[Figure] = []
    if "reads" in parts:
        figures += calibration_figures(rows)
        figures += read_figures(rows)
        figures += pair_figures(rows)
        figures += judged_from(crop_figures(rows), count, LEVEL_SCENES)
        figures += overlap_figure(rows)
        figures += trust_figures(rows)
    if "wrong" in parts:
        figures += wrong_figures(rows)
    missed = "\n".join(misses(rows)) if tell_missed else ""
    shown = [Table("What was missed", missed)] if missed else []
    return Part(tuple(figures), (*shown, *_tables_of(rows)), _plots_of(rows))


def _tables_of(rows: Sequence[Row]) -> list[Table]:
    levels = ("levels", "module", "blur")
    return [
        Table("What became of the scenes", tables.reads_table(rows), levels),
        Table("Other codes in view", tables.others_table(rows)),
        Table("Who reads the crops", tables.crops_table(rows)),
        Table("How sure, and how often right", tables.reliability_table(rows), ("reliability",)),
    ]


def _plots_of(rows: Sequence[Row]) -> dict[str, str]:
    return {
        "levels": plots.by_levels(rows),
        "module": plots.over_module(rows),
        "blur": plots.over_blur(rows),
        "reliability": plots.reliability(rows),
    }
