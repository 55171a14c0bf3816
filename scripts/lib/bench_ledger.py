"""Measures the ledger with thousands of scans queued: start, list, drain, memory, writes."""

import gc
import json
import os
import shlex
import shutil
import statistics
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import click
import ledger_parts as parts
import svg
from figures import Figure, table, times, write_page
from lane_film import make_picture
from lane_process import BenchError
from lane_site import lane_site
from ledger_child import LIMIT, Sender, base_crop
from process_meter import ProcessMeter

from kiosk.clock import SystemClock
from kiosk.ledger.ledger import Ledger
from kiosk.model import Crop

_DOCS = Path(__file__).resolve().parents[2] / "docs" / "benchmarks"
_PARTS = ("start", "list", "drain", "memory", "writes")
_START_S, _LIST_S, _AS_FAST, _GROWTH_MB = 2.0, 1.0, 95.0, 3.0
_STARTS, _LISTS = 3, 3
_SETTLES = 500  # pictures until the memory is what it will be
_COLUMNS = 100
_SIZE = (1920, 1080)
_HOW = """\
{count} scans are queued, each with the crop ({crop} bytes) and the strip ({strip} bytes) that the
prefilter made of a rendered car. The ledger lies on {folder}. A start is that of a fresh process,
its files in the page cache; a list is that of a whole command, its modules compiled as in an
installation. The service is the sandbox in a process of its own, which takes 20 or
300 ms for its answer beside reading the picture. Beside the uploader, in turn and in blocks of
pictures, the same requests leave by a bare loop over http.client: a fresh connection for each, the
bodies made beforehand, nothing written anywhere. How fast: the ratio of the medians of the blocks.
Syncs and bytes are counted by strace, as the difference of a long and a short run."""


@dataclass(frozen=True, slots=True)
class _Wanted:
    only: tuple[str, ...]
    count: int
    blocks: int
    drained: int
    scans: int


@click.command()
@click.option("--only", multiple=True, type=click.Choice(_PARTS), help="This part; repeatable.")
@click.option("--count", type=click.IntRange(200), default=10_000, show_default=True)
@click.option(
    "--blocks",
    type=click.IntRange(1),
    default=8,
    show_default=True,
    help="Blocks of 50 pictures with each service (of 10 where it takes 300 ms).",
)
@click.option(
    "--drained",
    type=click.IntRange(10),
    default=3000,
    show_default=True,
    help="Pictures to send while the memory is watched.",
)
@click.option(
    "--scans",
    type=click.IntRange(1),
    default=100,
    show_default=True,
    help="Scans of which the writes are counted.",
)
@click.option(
    "--dir",
    "where",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="The disk to work on; by default that of temporary files.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one figure a line, as it is there.")
@click.option("--write", is_flag=True, help="Write docs/benchmarks/ledger.md and its drawing.")
def main(*, where: Path | None, as_json: bool, write: bool, **how: object) -> None:
    """Measure a ledger with 10,000 scans queued; exit 1 where a figure is missed.

    Wants a quiet machine. All of it takes some four minutes.
    """
    figures: list[Figure] = []
    with tempfile.TemporaryDirectory(prefix="vin-kiosk-bench-", dir=where) as folder:
        bench = _Bench(Path(folder), _Wanted(**how))  # type: ignore[arg-type]
        try:
            for figure in bench.measure():
                figures.append(figure)
                if as_json:
                    print(figure.as_json(), flush=True)
        except (BenchError, subprocess.CalledProcessError) as error:
            raise click.ClickException(str(error)) from error
    shown = [bench.conditions(), table(figures), *bench.drawings(write=write), *bench.remarks]
    page = "\n\n".join(shown)
    if not as_json:
        print(page)
    if write:
        command = shlex.join(["scripts/bench", "ledger", *sys.argv[1:]])
        write_page(_DOCS / "ledger.md", "The ledger and the uploader, measured", command, page)
    sys.exit(not all(figure.is_reached for figure in figures))


class _Bench:
    """Measures part after part in ``folder``."""

    def __init__(self, folder: Path, wanted: _Wanted) -> None:
        self._folder = folder
        self._wanted = wanted
        self._base: Crop = base_crop()
        self._pace_rows: list[tuple[str, list[float]]] = []
        self.remarks: list[str] = []

    def measure(self) -> Iterator[Figure]:
        """Yield the figures of the parts that are wanted."""
        wanted = self._wanted.only or _PARTS
        if set(wanted) - {"writes"}:
            _say(f"queueing {self._wanted.count} scans")
            parts.filled(self._folder / "state", self._wanted.count)
        for part in _PARTS:
            if part in wanted:
                _say(part)
                yield from getattr(self, f"_{part}")()

    def conditions(self) -> str:
        """Say how it was measured."""
        text = _HOW.format(
            count=f"{self._wanted.count:,}",
            crop=len(self._base.data),
            strip=len(self._base.strip or b""),
            folder=_file_system(),
        )
        return textwrap.fill(text, _COLUMNS, break_on_hyphens=False)

    def drawings(self, *, write: bool) -> Iterator[str]:
        """Draw how fast the backlog drained, where that was measured."""
        if not self._pace_rows:
            return
        title = "How fast a backlog drains (a bare loop of the same requests: 100 %)"
        axis = svg.Axis("%", (0, 25, 50, 75, 100, 125))
        if write:
            drawing = svg.columns(title, axis, self._pace_rows, ["uploader", "asked"])
            (_DOCS / "ledger.svg").write_text(drawing, "utf-8")
        yield f"![{title}](ledger.svg)"

    def _start(self) -> Iterator[Figure]:
        state = self._folder / "state"
        name = f"start with {self._wanted.count:,} queued: the ledger"
        yield times(name, [parts.opening(state) for _ in range(_STARTS)], _START_S, of_all=False)
        picture = self._folder / "view.png"
        make_picture(picture, _SIZE)
        ready = []
        for number in range(_STARTS):
            with lane_site(self._folder / f"lane{number}", f"simulated:{picture}") as site:
                shutil.copytree(state, site.folder / "state")
                with site.start() as lane:
                    ready.append(lane.ready_after_s)
        name = f"start with {self._wanted.count:,} queued: the whole lane, to READY"
        yield times(name, ready, None, of_all=False)

    def _list(self) -> Iterator[Figure]:
        config = self._folder / "list.yaml"
        settings = {
            "lane": "bench",
            "state_dir": str(self._folder / "state"),
            "camera": {"source": f"simulated:{self._folder}"},
            "service": {"access_code_file": str(self._folder / "access-code")},
        }
        config.write_text(json.dumps(settings), "utf-8")  # JSON is YAML, too
        for name, options, terminal in (
            ("a table, to a terminal", (), True),
            ("a table, to a pipe", (), False),
            ("--json, to a pipe", ("--json",), False),
        ):
            took = []
            for _ in range(_LISTS):
                seconds, lines = parts.listing(config, *options, terminal=terminal)
                if lines < self._wanted.count:
                    raise BenchError(f"queue list wrote {lines} lines")
                took.append(seconds)
            yield times(f"queue list, {name}", took, _LIST_S, of_all=False)

    def _drain(self) -> Iterator[Figure]:
        blocks = self._wanted.blocks
        with self._ledger() as ledger:
            for latency_ms, count in ((20, 50), (300, 10)):
                for tls in (False, True):
                    where = f"{latency_ms} ms, {'TLS' if tls else 'plain'}"
                    _say(f"drain, {where}")
                    pace = parts.paces(
                        ledger, self._base, latency_ms / 1000, blocks, count, tls=tls
                    )
                    share = 100 * pace.ratio
                    self._pace_rows.append((where, [share, _AS_FAST]))
                    yield Figure(
                        f"drain, a service of {where}",
                        share,
                        "% as fast as a bare loop",
                        detail=_in_ms(pace, count),
                        at_least=_AS_FAST,
                    )

    def _memory(self) -> Iterator[Figure]:
        meter = ProcessMeter(os.getpid())
        wanted = min(self._wanted.drained, self._wanted.count // 2)
        with self._ledger() as ledger, parts.service(0.0) as there:
            sender = Sender(ledger, there.url)
            sender.until(min(_SETTLES, wanted // 2))
            gc.collect()
            before = meter.memory().resident
            sender.until(wanted)
            gc.collect()
            after = meter.memory().resident
            sender.stop()
        yield Figure(
            f"memory: growth over {wanted:,} drained",
            after - before,
            "MB",
            _GROWTH_MB,
            f"resident, from {before:.1f} to {after:.1f} MB; the bench's own process",
        )

    def _writes(self) -> Iterator[Figure]:
        if shutil.which("strace") is None:
            self.remarks.append("strace is not installed: syncs and bytes were not counted.")
            return
        with parts.service(0.0) as there:
            for how, name in (("live", "at the display"), ("backlog", "of a backlog")):
                cost = parts.written(self._folder, there.url, self._wanted.scans, how)
                by_file = ", ".join(f"{name} {kb:.1f}" for name, kb in cost.by_file.items() if kb)
                yield Figure(f"a scan {name}: syncs", cost.syncs, "fsync and fdatasync")
                yield Figure(f"a scan {name}: written", cost.kilobytes, "kB", detail=by_file)

    def _ledger(self) -> Ledger:
        return Ledger.open(self._folder / "state", SystemClock(), daily_credit_limit=LIMIT)


def _in_ms(pace: parts.Pace, count: int) -> str:
    bare, drain = (1000 * statistics.median(times) for times in (pace.bare, pace.drain))
    spread = f"{1000 * min(pace.drain):.1f} to {1000 * max(pace.drain):.1f}"
    blocks = f"{len(pace.bare)} blocks of {count}"
    return f"{drain:.1f} ({spread}) against {bare:.1f} ms a picture, {blocks}"


def _file_system() -> str:
    """Name the file system of temporary files: what a sync costs is its doing."""
    with tempfile.TemporaryDirectory() as folder:
        command = ["stat", "--file-system", "--format", "%T", folder]
        done = subprocess.run(command, check=False, stdout=subprocess.PIPE, text=True)
    return done.stdout.strip() or "an unknown file system"


def _say(what: str) -> None:
    print(what, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
