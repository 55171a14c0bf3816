"""Measures what a technician waits for: press to SCANNING, press to VIN, answer to OK."""

import json
import math
import shlex
import statistics
import sys
import tempfile
import textwrap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import click
import svg
from figures import Figure, grid, table, write_page
from lane_film import FPS
from lane_process import BenchError
from station_scans import EACH, SIZE, Measured, Times, make_scenes_film, measure

_PAGE = Path(__file__).resolve().parents[2] / "docs" / "benchmarks" / "station.md"
_PLOT = _PAGE.with_suffix(".svg")
_COLUMNS = 100
_SCANNING_MS, _VIN_MS, _SHOWN_MS = 50.0, 250.0, 50.0
_HOW = """\
The daemon is `vin-kiosk run` as systemd starts it, its display and button on a pseudo-terminal, the
sandbox on loopback for the service, which takes 200 ms for an answer. The camera is a film of
{width}×{height} at {fps:g} pictures a second, MJPEG, {weight:.0f} kB each, played in real time:
{scenes} scenes of the level `normal`, {each:.1f} s each. The button is pressed at any moment of it.

A press counts from its byte being put on the line, before the lane has read it. A message counts
when its first byte has been read at the line's other end, so that the reader's own delay is in the
figure. An answer is on the disk when the fdatasync of the ledger's WAL returns that the sending
thread begins first after it received the answer's last bytes: strace tells when, and stops the lane
at no other system calls than syncs and received bytes. Where the film shows the very picture of an
earlier scan again nothing is sent: ALREADY SCANNED is the VIN's message then, and no answer comes.
On a real line a message's bytes then take the time of the last column."""
_SLOW = """\
On the slow disk (*) each fsync and fdatasync of the lane begins {delay:g} ms late (strace). The VIN
is shown when its scan is saved, which takes two syncs one after the other, of its number and of the
WAL (decisions 14 and 18): that figure is for information, its bound is for a disk that is not
slowed. SCANNING and the confirmed display may wait for none, and are judged."""


@dataclass(frozen=True, slots=True)
class _Wait:
    """One of the things waited for: where its time is, and what is asked of which of its values."""

    name: str
    short: str
    of: Callable[[Times], float | None]
    share: float  # of the scans that must be as asked
    at_most_ms: float
    syncs: int = 0  # that it has to wait for
    is_of_answers: bool = False


_WAITS = (
    _Wait("press to SCANNING", "SCANNING", lambda scan: scan.scanning, 1.0, _SCANNING_MS),
    _Wait("press to the VIN", "VIN", lambda scan: scan.vin, 0.95, _VIN_MS, syncs=2),
    _Wait(
        "answer on disk to OK", "OK", lambda scan: scan.shown, 1.0, _SHOWN_MS, is_of_answers=True
    ),
)


@click.command()
@click.option("--scans", type=click.IntRange(1), default=200, show_default=True, help="A disk.")
@click.option(
    "--delay",
    type=click.FloatRange(0.0, 1000.0),
    default=100.0,
    show_default=True,
    help="Milliseconds that each sync of the slow disk takes longer; 0 leaves it out.",
)
@click.option("--scenes", type=click.IntRange(1, 500), default=60, show_default=True)
@click.option("--seed", type=int, default=1, show_default=True, help="Of the presses' moments.")
@click.option("--json", "as_json", is_flag=True, help="Print one figure a line.")
@click.option("--write", is_flag=True, help="Write docs/benchmarks/station.md and its plot.")
def main(*, scans: int, delay: float, scenes: int, seed: int, as_json: bool, write: bool) -> None:
    """Measure a lane's answers to a technician; exit 1 where a figure is missed.

    All times are wall times: they want a quiet machine. With 200 scans a disk it takes about ten
    minutes. Needs strace, and the right to use it.
    """
    measured: dict[float, Measured] = {}
    with tempfile.TemporaryDirectory(prefix="vin-kiosk-bench-") as name:
        folder = Path(name)
        film = folder / "normal.avi"
        try:
            weight = make_scenes_film(film, scenes)
            for late in (0.0, delay) if delay else (0.0,):
                site = folder / f"late-{late:g}"
                measured[late] = measure(site, film, scans, late / 1000, seed)
        except BenchError as error:
            raise click.ClickException(str(error)) from error
    figures = [one for late, series in measured.items() for one in _figures(series, late)]
    page = "\n\n".join(
        [_conditions(weight, scenes, delay), _distributions(measured), table(figures)]
    )
    if as_json:
        for figure in figures:
            print(figure.as_json())
        print(json.dumps({"scans_ms": {f"{late:g}": _raw(one) for late, one in measured.items()}}))
    else:
        print(page)
    if write:
        _write(page, measured)
    sys.exit(not all(figure.is_reached for figure in figures))


def _figures(series: Measured, late: float) -> list[Figure]:
    where = f", {late:g} ms a sync" if late else ""
    figures = []
    for wait in _WAITS:
        times = _times(series, wait)
        what = "longest" if wait.share == 1 else f"p{100 * wait.share:.0f}"
        asked = None if late and wait.syncs else wait.at_most_ms
        came = sum(math.isfinite(one) for one in times)
        figures.append(
            Figure(
                f"{wait.name}{where}, {what}",
                _quantile(times, wait.share),
                "ms",
                asked,
                f"{came} of {len(times)} scans"
                + (f"; {wait.syncs} syncs are in it" if late and wait.syncs else ""),
            )
        )
    return figures


def _times(series: Measured, wait: _Wait) -> list[float]:
    """Return the scans' times (ms), sorted; of one that did not come to it: infinite."""
    found = (wait.of(scan) for scan in series.scans if scan.was_sent or not wait.is_of_answers)
    return sorted(math.inf if one is None else 1000 * one for one in found)


def _quantile(ordered: Sequence[float], share: float) -> float:
    """Return the smallest value that as many are not above: no value between two is made up."""
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def _distributions(measured: Mapping[float, Measured]) -> str:
    head = ("first byte, after ms", "least", "median", "p95", "most", "scans", "then on the line")
    rows: list[Sequence[str]] = [head]
    for late, series in measured.items():
        for wait, line_s in zip(_WAITS, series.on_the_line, strict=True):
            times = _times(series, wait)
            values = (times[0], statistics.median(times), _quantile(times, 0.95), times[-1])
            rows.append(
                (
                    wait.name + (f", {late:g} ms a sync" if late else ""),
                    *(f"{value:.1f}" for value in values),
                    str(len(times)),
                    f"{1000 * line_s:.0f} ms at 9600 baud",
                )
            )
    return grid(rows)


def _conditions(weight: float, scenes: int, delay: float) -> str:
    width, height = SIZE
    text = _HOW.format(
        width=width, height=height, fps=FPS, weight=weight, scenes=scenes, each=EACH / FPS
    )
    if delay:
        text += "\n\n" + _SLOW.format(delay=delay)
    return "\n\n".join(
        textwrap.fill(one, _COLUMNS, break_on_hyphens=False) for one in text.split("\n\n")
    )


def _raw(series: Measured) -> dict[str, list[float | None]]:
    """List each wait's times (ms), sorted; null for one that never came."""
    return {
        wait.short: [round(one, 2) if math.isfinite(one) else None for one in _times(series, wait)]
        for wait in _WAITS
    }


def _plot(measured: Mapping[float, Measured]) -> str:
    lines = [
        svg.Series(
            wait.short + ("*" if late else ""),
            [(_quantile(times, step / 20), 5.0 * step) for step in range(21)],
            dashed=bool(late),
        )
        for late, series in measured.items()
        for wait in _WAITS
        for times in [_times(series, wait)]
    ]
    title = "From the press, or from the answer on disk, to the first byte (*: slow disk)"
    x = svg.Axis("milliseconds", [0, 100, 200, 300, 400, 500, 600])
    y = svg.Axis("% of the scans", [0, 20, 40, 60, 80, 100])
    return svg.lines(title, x, y, lines)


def _write(page: str, measured: Mapping[float, Measured]) -> None:
    command = shlex.join(["scripts/bench", "station", *sys.argv[1:]])
    picture = f"![What share of the scans has come to it after how long]({_PLOT.name})"
    write_page(_PAGE, "What a technician waits for, measured", command, f"{page}\n\n{picture}")
    _PLOT.write_text(_plot(measured), "utf-8")


if __name__ == "__main__":
    main()
