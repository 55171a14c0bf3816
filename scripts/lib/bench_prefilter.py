"""Measures the prefilter: reads, wrong VINs, times, crops and memory, beside zbar and zxing-cpp."""

import re
import shlex
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import prefilter_jobs as jobs
import prefilter_megapixels as sizes
import prefilter_memory
import prefilter_photos as photos
import prefilter_plots as plots
import prefilter_scenes as scenes_part
import prefilter_scores as scores
import prefilter_tables as tables
import prefilter_times as stopwatch
import prefilter_wrong as wrong
from figures import Figure, table, write_page
from prefilter_parts import Part, Shelf, Table
from prefilter_run import ROOT, Cache, examine_all, fingerprint, zbar_version
from prefilter_scene import SEEDS, Job

from kiosk.simulate.levels import GLARE_MAX
from kiosk.vision.prefilter import Prefilter

_PAGES = ROOT / "docs" / "benchmarks"
_PARTS = ("reads", "wrong", "times", "megapixels", "memory", "corpus", "scenes")
_TIMED_MIN = 40
_FRAMES_MIN = 1000
_LEAST = {
    "count": (scores.LEVEL_SCENES, {"reads"}),
    "labels": (wrong.SCENES, {"wrong"}),
    "empties": (wrong.SCENES, {"wrong"}),
    "timed": (_TIMED_MIN, {"times", "megapixels"}),
    "frames": (_FRAMES_MIN, {"memory"}),
}
"""Of each amount what a verdict needs, and the parts it is an amount of."""

_DEVELOPMENT_WORDS = "DEVELOPMENT: these scenes are tuned to; they prove nothing."
_SMALL = "A small run: its figures inform and are NOT JUDGED, so that it ends with 1 ({})."
_DEVELOPMENT_TITLE = "DEVELOPMENT: "


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What to measure, and how much of it."""

    parts: frozenset[str]
    seeds: range
    count: int
    labels: int
    empties: int
    timed: int
    frames: int
    processes: int
    resume: bool
    cache: Path

    @property
    def dev(self) -> bool:
        """Tell whether these are the scenes that the program is tuned to."""
        return self.seeds == jobs.DEVELOPMENT

    @property
    def short(self) -> list[str]:
        """Say which figures have too little behind them to be judged."""
        return [
            f"{' and '.join(sorted(parts & self.parts))}: --{name} {getattr(self, name):,} of the"
            f" {least:,} that a verdict needs"
            for name, (least, parts) in _LEAST.items()
            if parts & self.parts and getattr(self, name) < least
        ]


@click.command()
@click.option("--only", multiple=True, type=click.Choice(_PARTS), help="This part; repeatable.")
@click.option("--corpus", is_flag=True, help="The shared photographs too; they must be there.")
@click.option("--scenes", is_flag=True, help="The shared scenes too; they must be there.")
@click.option("--count", type=click.IntRange(1, SEEDS), default=400, help="Scenes a level.")
@click.option("--labels", type=click.IntRange(0, SEEDS), default=5000, help="With a label, in all.")
@click.option(
    "--empties",
    type=click.IntRange(0, SEEDS),
    default=5000,
    help="Without a label; one in five shows another code, which breaks a rule of VINs.",
)
@click.option(
    "--timed",
    type=click.IntRange(1, 10_000),
    default=40,
    help="Timed frames a level; five times as many empty ones.",
)
@click.option("--frames", type=click.IntRange(10), default=1000, help="To watch the memory for.")
@click.option("--processes", type=click.IntRange(1), default=2, help="For reads and wrong VINs.")
@click.option("--resume", is_flag=True, help="Go on from what earlier runs of the same code kept.")
@click.option(
    "--cache",
    type=click.Path(file_okay=False, path_type=Path),
    default=ROOT / "build" / "bench",
    help="Folder of what is kept for --resume.  [default: build/bench]",
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

    Each part can be measured apart, say the times while nothing else runs: what --only PART finds
    is kept, and --write --resume makes one page of all of it.
    """
    if dev and write:
        raise click.UsageError("--dev proves nothing, so it writes nothing: leave --write out")
    if only and write:
        raise click.UsageError("a page holds all parts: leave --only out, --resume saves time")
    for name, (least, _) in _LEAST.items():
        if write and how[name] < least:
            raise click.UsageError(f"a page needs --{name} {least} at least: fewer are not judged")
    asked = {name for name, flag in (("corpus", corpus), ("scenes", scenes)) if flag}
    parts = _parts(set(only), asked)
    wanted = _Wanted(frozenset(parts), jobs.DEVELOPMENT if dev else jobs.EVALUATION, **how)
    if wanted.short:
        print(_SMALL.format("; ".join(wanted.short)), file=sys.stderr)
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
    # which folder kept the parts is nobody's business, and changes no figure
    words = re.sub(r" --resume| --cache[ =]\S+", "", shlex.join(["", *sys.argv[1:]])[2:])
    write_page(
        _PAGES / "prefilter.md",
        "The prefilter, measured",
        f"scripts/bench prefilter{words}",
        page,
    )


class _Bench:
    """Measures part after part, and keeps what the tables and plots are made of."""

    def __init__(self, wanted: _Wanted) -> None:
        self.plots: dict[str, str] = {}
        self._wanted = wanted
        self._tables: list[Table] = []
        self._name = "prefilter-dev" if wanted.dev else "prefilter"
        self._code = fingerprint()
        self._shelf = Shelf(wanted.cache, self._name, self._code, resume=wanted.resume)

    def measure(self) -> Iterator[Figure]:
        """Yield the figures of the parts that are wanted."""
        wanted = self._wanted
        if wanted.parts & {"reads", "wrong"}:
            yield from self._take(self._many_scenes())
        shared, timed = photos.shared_folder(), f"{wanted.timed} frames"
        measures: dict[str, tuple[str, Callable[[], Part]]] = {
            "times": (timed, self._times),
            "megapixels": (timed, self._sizes),
            "corpus": (photos.contents_of(shared, "corpus"), self._photos),
            "scenes": (photos.contents_of(shared, "scenes"), self._shared_scenes),
            "memory": (f"{wanted.frames} frames", self._memory),
        }
        for name, (amount, measure) in measures.items():
            if name in wanted.parts:
                yield from self._take(self._shelf.part(name, amount, measure))
        if self._shelf.taken:
            print(f"Kept by earlier runs: {', '.join(self._shelf.taken)}", file=sys.stderr)

    def page(self, figures: list[Figure], *, pictures: bool) -> str:
        """Lay all out: how it was measured, the figures, the tables, and where the plots are."""
        mark = _DEVELOPMENT_TITLE if self._wanted.dev else ""
        words = tables.how(_facts(self._wanted), self._shelf.taken)
        parts = [_DEVELOPMENT_WORDS if mark else words, table(figures, f"{mark}figure")]
        for one in self._tables:
            parts.append(f"## {mark}{one.title}\n\n{one.body}")
            if pictures:
                parts += [f"![{one.title}: {name}](prefilter-{name}.svg)" for name in one.plots]
        return "\n\n".join(parts)

    def _take(self, part: Part) -> tuple[Figure, ...]:
        self.plots |= part.plots
        self._tables += part.tables
        return part.figures

    def _many_scenes(self) -> Part:
        wanted = self._wanted
        path = wanted.cache / f"{self._name}.jsonl"
        with closing(Cache(path, self._code, resume=wanted.resume)) as cache:
            if cache.remark:
                print(cache.remark, file=sys.stderr)
            rows = examine_all(_jobs(wanted), cache, wanted.processes)
        return scenes_part.part_of(rows, wanted.parts, wanted.count, tell_missed=wanted.dev)

    def _times(self) -> Part:
        wanted = self._wanted
        levels = stopwatch.measure_levels(Prefilter(), wanted.timed, wanted.seeds.start)
        figures = scores.judged_from(stopwatch.time_figures(levels), wanted.timed, _TIMED_MIN)
        shown = Table("Time by stage", tables.stages_table(levels), ("stages",))
        return Part(tuple(figures), (shown,), {"stages": plots.stages(levels)})

    def _sizes(self) -> Part:
        wanted = self._wanted
        measured = sizes.measure_sizes(Prefilter(), wanted.timed, wanted.seeds.start)
        figures = scores.judged_from(sizes.size_figures(measured), wanted.timed, _TIMED_MIN)
        body = tables.sizes_table(measured)
        shown = Table("Time over the picture's size", body, ("megapixels",))
        return Part(tuple(figures), (shown,), {"megapixels": plots.over_megapixels(measured)})

    def _photos(self) -> Part:
        folder = photos.shared_folder()
        assert folder is not None
        looks = list(photos.look_at_photos(Prefilter(), folder / "corpus"))
        return Part(tuple(photos.photo_figures(looks)))

    def _shared_scenes(self) -> Part:
        folder = photos.shared_folder()
        assert folder is not None
        rows = photos.look_at_shared_scenes(Prefilter(), folder / "scenes")
        shown = Table("The scenes of another hand", tables.reads_table(rows))
        return Part(tuple(photos.shared_scene_figures(rows)), (shown,))

    def _memory(self) -> Part:
        frames, first = self._wanted.frames, self._wanted.seeds.start
        with tempfile.TemporaryDirectory(prefix="vin-kiosk-bench-") as folder:
            measured = prefilter_memory.memory_figures(Path(folder), frames, first)
            return Part(tuple(scores.judged_from(measured, frames, _FRAMES_MIN)))


def _jobs(wanted: _Wanted) -> list[Job]:
    """List the scenes of the parts that are wanted."""
    some = wanted.parts
    return jobs.jobs_of(
        wanted.seeds,
        thorough=wanted.count if "reads" in some else 0,
        labels=wanted.labels if "wrong" in some else 0,
        empties=wanted.empties if "wrong" in some else 0,
    )


def _facts(wanted: _Wanted) -> dict[str, object]:
    """Return the numbers that the words on how it was measured hold."""
    others = jobs.others_in(wanted.empties)
    return {
        "first": wanted.seeds.start,
        "last": wanted.seeds[-1],
        "peers": wanted.count,
        "zbar": zbar_version(),
        "wrong": wrong.SCENES,
        "bound": 300 / wrong.SCENES,
        "empties": max(wanted.empties, wanted.count + others),
        "textured": max(wanted.empties - others, wanted.count),
        "others": others,
        "glare": GLARE_MAX,
        "further": min(wanted.count, jobs.FURTHER_SCENES),
        "looks": stopwatch.LOOKS,
    }


if __name__ == "__main__":
    main()
