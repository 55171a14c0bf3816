"""Measures the daemon of one lane: start, idle cost, memory, camera and display back."""

import shlex
import sys
import tempfile
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import lane_parts as parts
from figures import Figure, table, write_page
from lane_film import FPS, make_film, make_picture
from lane_process import BenchError

_PAGE = Path(__file__).resolve().parents[2] / "docs" / "benchmarks" / "lane.md"
_PARTS = ("start", "idle", "returns", "flat")
_FILMS = {"MJPEG": "lane.avi", "MPEG-4": "lane.mp4"}
_COLUMNS = 100
_HOW = """\
The daemon is `vin-kiosk run` as systemd starts it, with its display on a pseudo-terminal and the
sandbox for the service. Its camera is a film of {width}×{height} at {fps:g} pictures a second,
played in real time ({films}). Processor time is the kernel's count for the whole process, in
percent of one core; resident memory is what the kernel counts, libraries included. From exec to
READY=1 the program's files were in the page cache: from a cold card a start is slower. What comes
back is the simulated camera's picture and the pseudo-terminal; real devices are another trial's."""


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What to measure, and how long."""

    only: tuple[str, ...]
    films: tuple[str, ...]
    starts: int
    returns: int
    seconds: float
    minutes: float | None
    press_every: float
    size: tuple[int, int]


@click.command()
@click.option("--only", multiple=True, type=click.Choice(_PARTS), help="This part; repeatable.")
@click.option(
    "--film",
    "films",
    multiple=True,
    type=click.Choice(list(_FILMS)),
    default=list(_FILMS),
    help="What an idle lane sees; repeatable; the first one is the other parts' too.",
)
@click.option("--starts", type=click.IntRange(1), default=10, show_default=True)
@click.option("--returns", type=click.IntRange(1), default=10, show_default=True)
@click.option(
    "--seconds",
    type=click.FloatRange(0.1),
    default=60.0,
    show_default=True,
    help="How long to look at an idle lane, for each film.",
)
@click.option(
    "--minutes",
    type=click.FloatRange(0.01),
    help="Watch the memory of two lanes for so long, side by side; without it not at all.",
)
@click.option(
    "--press-every",
    type=click.FloatRange(0.1),
    default=10.0,
    show_default=True,
    help="Seconds between the scans of the second one.",
)
@click.option("--width", type=click.IntRange(160), default=1920, show_default=True)
@click.option("--height", type=click.IntRange(120), default=1080, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print one figure a line, as it is there.")
@click.option("--write", is_flag=True, help="Write docs/benchmarks/lane.md.")
def main(*, width: int, height: int, as_json: bool, write: bool, **how: Any) -> None:
    """Measure the daemon of one lane with real processes; exit 1 where a figure is missed.

    Processor times are the kernel's count and hold on a busy machine; wall times are medians, and
    want a quiet one. Without --minutes all takes four minutes.
    """
    figures: list[Figure] = []
    with tempfile.TemporaryDirectory(prefix="vin-kiosk-bench-") as folder:
        bench = _Bench(Path(folder), _Wanted(size=(width, height), **how))
        try:
            for figure in bench.measure():
                figures.append(figure)
                if as_json:
                    print(figure.as_json(), flush=True)
        except BenchError as error:
            raise click.ClickException(str(error)) from error
    page = "\n\n".join([bench.conditions(), table(figures), *bench.threads])
    if not as_json:
        print(page)
    if write:
        command = shlex.join(["scripts/bench", "lane", *sys.argv[1:]])
        write_page(_PAGE, "The lane's daemon, measured", command, page)
    sys.exit(not all(figure.is_reached for figure in figures))


class _Bench:
    """Measures part after part in ``folder``; ``threads`` are the idle lanes' tables."""

    def __init__(self, folder: Path, wanted: _Wanted) -> None:
        self.threads: list[str] = []
        self._folder = folder
        self._wanted = wanted
        self._films = {name: folder / _FILMS[name] for name in wanted.films}
        self._weights: list[str] = []

    def measure(self) -> Iterator[Figure]:
        """Yield the figures of the parts that are wanted."""
        wanted, size = self._wanted, self._wanted.size
        for name, path in self._films.items():
            self._weights.append(f"{name}, {make_film(path, size):.0f} kB a picture")
        film = str(self._films[wanted.films[0]])
        if self._wants("start"):
            yield from parts.starts(self._folder / "start", film, wanted.starts)
        if self._wants("idle"):
            yield from self._idle()
        if self._wants("returns"):
            picture = self._folder / "view.png"
            make_picture(picture, size)
            yield from parts.camera_returns(self._folder / "camera", picture, wanted.returns)
            yield from parts.display_returns(self._folder / "display", picture, wanted.returns)
        if self._wants("flat") and wanted.minutes is not None:
            yield from parts.flatness(self._folder, film, wanted.minutes, wanted.press_every)

    def conditions(self) -> str:
        """Say how it was measured."""
        width, height = self._wanted.size
        films = "; ".join(self._weights)
        text = _HOW.format(width=width, height=height, fps=FPS, films=films)
        return textwrap.fill(text, _COLUMNS, break_on_hyphens=False)

    def _wants(self, part: str) -> bool:
        return part in (self._wanted.only or _PARTS)

    def _idle(self) -> Iterator[Figure]:
        for name, film in self._films.items():
            idle = parts.idleness(
                self._folder / f"idle-{name}", str(film), name, self._wanted.seconds
            )
            self.threads.append(
                f"Idle, {name}, by thread in {idle.seconds:.0f} s:\n\n{idle.threads}"
            )
            yield from idle.figures
        empty = self._folder / "empty.avi"
        make_film(empty, self._wanted.size, empty=True)
        yield parts.presentation(
            self._folder / "idle-presentation", str(empty), self._wanted.seconds
        )


if __name__ == "__main__":
    main()
