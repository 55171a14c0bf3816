"""Measures the prefilter: reads, wrong VINs, times, crops and memory, beside zbar and zxing-cpp."""

import shlex
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import prefilter_crops as crops
import prefilter_megapixels as sizes
import prefilter_memory
import prefilter_photos as photos
import prefilter_plots as plots
import prefilter_scores as scores
import prefilter_tables as tables
import prefilter_times as stopwatch
import prefilter_trust as trust
import prefilter_wrong as wrong
from figures import Figure, table, write_page
from prefilter_run import ROOT, Cache, examine_all, fingerprint, zbar_version
from prefilter_scene import OTHER, SEEDS, Job, Row

from kiosk.simulate.levels import GLARE_MAX
from kiosk.vision.prefilter import Prefilter

_PAGES = ROOT / "docs" / "benchmarks"
_PARTS = ("reads", "wrong", "times", "megapixels", "memory", "corpus", "scenes")
_DEVELOPMENT = 700_000
_EVALUATION = 1_000_000
_GLARING = 100  # scenes at most that are only for comparison
_OTHERS = 5  # one in so many of the scenes without a label shows another code
_LEAST = {"count": scores.LEVEL_SCENES, "labels": wrong.SCENES, "empties": wrong.SCENES}
_DEVELOPMENT_WORDS = "DEVELOPMENT: these scenes are tuned to; they prove nothing."
_DEVELOPMENT_TITLE = "DEVELOPMENT: "


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What to measure, and how much of it."""

    parts: frozenset[str]
    first: int
    count: int
    labels: int
    empties: int
    timed: int
    frames: int
    processes: int
    resume: bool
    cache: Path


@click.command()
@click.option("--only", multiple=True, type=click.Choice(_PARTS), help="This part; repeatable.")
@click.option("--corpus", is_flag=True, help="The shared photographs too; they must be there.")
@click.option("--scenes", is_flag=True, help="The shared scenes too; they must be there.")
@click.option("--count", type=click.IntRange(1, SEEDS), default=400, help="Scenes a level.")
@click.option("--labels", type=click.IntRange(0), default=5000, help="With a label, in all.")
@click.option(
    "--empties",
    type=click.IntRange(0, SEEDS),
    default=5000,
    help="Without a label; one in five shows another code.",
)
@click.option("--timed", type=click.IntRange(1), default=40, help="Timed frames a level.")
@click.option("--frames", type=click.IntRange(10), default=1000, help="To watch the memory for.")
@click.option("--processes", type=click.IntRange(1), default=2, help="For reads and wrong VINs.")
@click.option("--resume", is_flag=True, help="Go on from the scenes of an interrupted run.")
@click.option(
    "--cache",
    type=click.Path(file_okay=False, path_type=Path),
    default=ROOT / "build" / "bench",
    help="Folder of the scenes that --resume goes on from.  [default: build/bench]",
)
@click.option("--dev", is_flag=True, help="Other seeds, for development; proves nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print one figure a line, as it is there.")
@click.option("--write", is_flag=True, help="Write docs/benchmarks/prefilter.md and its plots.")
def main(
    *,
    only: tuple[str, ...],
    corpus: bool,
    scenes: bool,
    dev: bool,
    as_json: bool,
    write: bool,
    **how: Any,
) -> None:
    """Measure the prefilter; exit 1 where a figure is missed, or the scenes are off.

    Without --only all parts run, the shared pictures where they are found. Defaults: 400 scenes
    a level before the libraries, 5000 scenes with a label and 5000 without for wrong VINs. With
    fewer the figures are not judged: exit 1, and --write refuses.
    """
    if dev and write:
        raise click.UsageError("--dev proves nothing, so it writes nothing: leave --write out")
    if only and write:
        raise click.UsageError("a page holds all parts: leave --only out, --resume saves time")
    for name, least in _LEAST.items():
        if write and how[name] < least:
            raise click.UsageError(f"a page needs --{name} {least} at least: fewer are not judged")
    asked = {name for name, flag in (("corpus", corpus), ("scenes", scenes)) if flag}
    parts = _parts(set(only), asked)
    wanted = _Wanted(frozenset(parts), _DEVELOPMENT if dev else _EVALUATION, **how)
    bench = _Bench(wanted)
    figures = []
    for figure in bench.measure():
        figures.append(figure)
        if as_json:
            print(figure.as_json(development=dev), flush=True)
    page = bench.page(figures, pictures=write)
    if not as_json:
        print(page)
    if write:
        _write(page, bench.plots)
    sys.exit(not all(figure.is_reached for figure in figures))


def _parts(only: set[str], asked: set[str]) -> set[str]:
    """Choose the parts; the shared pictures are one where they are found, or wanted by name."""
    named = (only | asked) & {"corpus", "scenes"}
    found = photos.shared_folder()
    if named and found is None:
        raise click.UsageError("there is no shared data: set VIN_KIOSK_SHARED")
    if only:
        return only | asked
    return set(_PARTS) - (set() if found else {"corpus", "scenes"})


def _write(page: str, pictures: dict[str, str]) -> None:
    for name, drawing in pictures.items():
        (_PAGES / f"prefilter-{name}.svg").write_text(drawing, "utf-8")
    command = shlex.join(["scripts/bench", "prefilter", *sys.argv[1:]])
    write_page(_PAGES / "prefilter.md", "The prefilter, measured", command, page)


class _Bench:
    """Measures part after part, and keeps what the tables and plots are made of."""

    def __init__(self, wanted: _Wanted) -> None:
        self.plots: dict[str, str] = {}
        self._wanted = wanted
        self._tables: list[tuple[str, str, tuple[str, ...]]] = []  # title, table, plots

    def measure(self) -> Iterator[Figure]:
        """Yield the figures of the parts that are wanted."""
        parts, wanted = self._wanted.parts, self._wanted
        if parts & {"reads", "wrong"}:
            yield from self._many_scenes()
        if parts & {"times", "megapixels", "corpus", "scenes"}:
            prefilter = Prefilter()
            if "times" in parts:
                yield from self._times(prefilter)
            if "megapixels" in parts:
                yield from self._sizes(prefilter)
            yield from self._shared(prefilter)
        if "memory" in parts:
            with tempfile.TemporaryDirectory(prefix="vin-kiosk-bench-") as folder:
                yield from prefilter_memory.memory_figures(
                    Path(folder), wanted.frames, wanted.first
                )

    def page(self, figures: list[Figure], *, pictures: bool) -> str:
        """Lay all out: how it was measured, the figures, the tables, and where the plots are."""
        wanted = self._wanted
        mark = _DEVELOPMENT_TITLE if wanted.first == _DEVELOPMENT else ""
        head = _DEVELOPMENT_WORDS if mark else tables.how(_facts(wanted))
        parts = [head, table(figures, f"{mark}figure")]
        for title, body, names in self._tables:
            parts.append(f"## {mark}{title}\n\n{body}")
            if pictures:
                parts += [f"![{title}: {name}](prefilter-{name}.svg)" for name in names]
        return "\n\n".join(parts)

    def _many_scenes(self) -> Iterator[Figure]:
        wanted = self._wanted
        name = "prefilter-dev.jsonl" if wanted.first == _DEVELOPMENT else "prefilter.jsonl"
        with closing(Cache(wanted.cache / name, fingerprint(), resume=wanted.resume)) as cache:
            if cache.remark:
                print(cache.remark, file=sys.stderr)
            rows = examine_all(_jobs(wanted), cache, wanted.processes)
        if "reads" in wanted.parts:
            yield from scores.calibration_figures(rows)
            yield from scores.read_figures(rows)
            yield from crops.crop_figures(rows)
            yield from scores.overlap_figure(rows)
            yield from trust.trust_figures(rows)
        if "wrong" in wanted.parts:
            yield from wrong.wrong_figures(rows)
        missed = "\n".join(scores.misses(rows))
        if wanted.first == _DEVELOPMENT and missed:  # the others are not looked at one by one
            self._tables.append(("What was missed", missed, ()))
        self._tell_reads(rows)

    def _tell_reads(self, rows: list[Row]) -> None:
        self.plots |= {
            "levels": plots.by_levels(rows),
            "module": plots.over_module(rows),
            "blur": plots.over_blur(rows),
            "reliability": plots.reliability(rows),
        }
        self._tables += [
            ("What became of the scenes", tables.reads_table(rows), ("levels", "module", "blur")),
            ("Other codes in view", tables.others_table(rows), ()),
            ("Who reads the crops", tables.crops_table(rows), ()),
            ("How sure, and how often right", tables.reliability_table(rows), ("reliability",)),
        ]

    def _times(self, prefilter: Prefilter) -> Iterator[Figure]:
        levels = stopwatch.measure_levels(prefilter, self._wanted.timed, self._wanted.first)
        yield from stopwatch.time_figures(levels)
        self.plots["stages"] = plots.stages(levels)
        self._tables.append(("Time by stage", tables.stages_table(levels), ("stages",)))

    def _sizes(self, prefilter: Prefilter) -> Iterator[Figure]:
        measured = sizes.measure_sizes(prefilter, self._wanted.timed, self._wanted.first)
        yield from sizes.size_figures(measured)
        self.plots["megapixels"] = plots.over_megapixels(measured)
        self._tables.append(
            ("Time over the picture's size", tables.sizes_table(measured), ("megapixels",))
        )

    def _shared(self, prefilter: Prefilter) -> Iterator[Figure]:
        folder = photos.shared_folder()
        if folder is None:
            return
        if "corpus" in self._wanted.parts:
            looks = list(photos.look_at_photos(prefilter, folder / "corpus"))
            yield from photos.photo_figures(looks)
        if "scenes" in self._wanted.parts:
            rows = photos.look_at_shared_scenes(prefilter, folder / "scenes")
            yield from photos.shared_scene_figures(rows)
            self._tables.append(("The scenes of another hand", tables.reads_table(rows), ()))


def _jobs(wanted: _Wanted) -> list[Job]:
    """List the scenes: those the libraries see too first, then those for wrong VINs alone."""
    levels = [*scores.GOALS, "empty"]
    thorough = wanted.count if "reads" in wanted.parts else 0
    glaring = range(min(thorough, _GLARING))
    jobs = [
        Job(level, wanted.first + number, thorough=True)
        for number in range(thorough)
        for level in levels
    ]
    jobs += [Job(scores.UNJUDGED, wanted.first + number, thorough=True) for number in glaring]
    if "wrong" not in wanted.parts:
        return jobs
    each = -(-wanted.labels // len(scores.GOALS))
    others = wanted.empties // _OTHERS
    totals = dict.fromkeys(scores.GOALS, each) | {"empty": wanted.empties - others, OTHER: others}
    jobs += [
        Job(level, wanted.first + number, thorough=False)
        for number in range(max(totals.values()))
        for level, total in totals.items()
        if (0 if level == OTHER else thorough) <= number < total
    ]
    return jobs


def _facts(wanted: _Wanted) -> dict[str, object]:
    """Return the numbers that the words on how it was measured hold."""
    others = wanted.empties // _OTHERS
    return {
        "first": wanted.first,
        "last": wanted.first + SEEDS - 1,
        "peers": wanted.count,
        "zbar": zbar_version(),
        "wrong": wrong.SCENES,
        "bound": 300 / wrong.SCENES,
        "textured": max(wanted.empties - others, wanted.count),
        "others": others,
        "glare": GLARE_MAX,
        "glaring": min(wanted.count, _GLARING),
        "looks": stopwatch.LOOKS,
    }


if __name__ == "__main__":
    main()
