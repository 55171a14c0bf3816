"""What is measured of a lane: its start, its idleness, its memory, and how it heals."""

import statistics
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from figures import Figure, times
from lane_process import BenchError, LaneProcess
from lane_site import LaneSite, lane_site
from process_meter import Memory, ProcessMeter, ThreadTime, by_thread, share_of_a_core

READY_S = 2.0
IDLE_PERCENT = 10.0
RESIDENT_MB = 180.0
BACK_S = 5.0
FLAT_MB = 3.0  # of growth, half a picture: a lane that kept one would show
_SETTLE_S = 3.0  # the first pictures and the display's first text are no idleness
_SAMPLE_EVERY_S = 10.0
_SAMPLES_MIN = 8  # of a run too short to say much
_PRESSES = 8  # the film shows nobody for a quarter of its time


@dataclass(frozen=True, slots=True)
class Idleness:
    """An idle lane: its figures, and where its processor time went."""

    figures: list[Figure]
    threads: str  # a table
    seconds: float


@dataclass(slots=True)
class _Watched:
    """A lane under observation for long; ``samples`` are (s since the start, memory)."""

    name: str
    process: LaneProcess
    meter: ProcessMeter
    samples: list[tuple[float, Memory]] = field(default_factory=list)
    outcomes: Counter[str] = field(default_factory=Counter)


def starts(folder: Path, source: str, count: int) -> list[Figure]:
    """Start the daemon ``count`` times; from exec to READY=1."""
    seconds, processor = [], []
    with lane_site(folder, source) as site:
        for _ in _progress("starts", range(count)):
            with site.start() as lane:
                processor.append(sum(ProcessMeter(lane.pid).read().whole))
                seconds.append(lane.ready_after_s)
    return [
        times("start to READY", seconds, READY_S, of_all=False),
        times("start to READY: processor", processor, None, of_all=False),
    ]


def idleness(folder: Path, source: str, name: str, seconds: float) -> Idleness:
    """Measure a lane that has scanned once and waits for the button."""
    with lane_site(folder, source) as site, site.start() as lane:
        meter = ProcessMeter(lane.pid)
        _scan_a_car(lane)
        _pause(min(_SETTLE_S, seconds))
        before = meter.read()
        _pause(seconds)
        after = meter.read()
        memory, peak = meter.memory(), meter.peak()
    figures = [
        Figure(
            f"idle, {name}: processor",
            share_of_a_core(before, after),
            "% of a core",
            IDLE_PERCENT,
            f"over {seconds:.0f} s",
        ),
        Figure(
            f"idle, {name}: resident after a scan",
            memory.resident,
            "MB",
            RESIDENT_MB,
            f"PSS {memory.share:.0f}, private {memory.private:.0f}, at most {peak:.0f} MB",
        ),
    ]
    return Idleness(figures, _thread_table(by_thread(before, after)), after.at - before.at)


def presentation(folder: Path, source: str, seconds: float) -> Figure:
    """Measure a lane that looks by itself into an empty lane."""
    with lane_site(folder, source, "presentation") as site, site.start() as lane:
        meter = ProcessMeter(lane.pid)
        _pause(min(_SETTLE_S, seconds))
        before = meter.read()
        _pause(seconds)
        after = meter.read()
    return Figure(
        "idle, presentation, empty lane: processor",
        share_of_a_core(before, after),
        "% of a core",
        None,
        f"over {seconds:.0f} s",
    )


def _thread_table(threads: Sequence[ThreadTime]) -> str:
    rows = ["| thread | user s | system s |", "|---|---|---|"]
    rows += [
        f"| {thread.name} | {thread.user_s:.2f} | {thread.system_s:.2f} |"
        for thread in threads
        if thread.user_s + thread.system_s > 0
    ]
    return "\n".join(rows)


def camera_returns(folder: Path, picture: Path, count: int) -> list[Figure]:
    """Take the simulated camera's picture away and put it back."""
    away = picture.with_suffix(".away")
    seconds = []
    with lane_site(folder, f"simulated:{picture}") as site, site.start() as lane:
        for number in _progress("camera returns", range(count)):
            mark = lane.mark()
            picture.rename(away)
            lane.line_after(mark, "camera lost")
            _pause(_away_s(number))
            mark, begun = lane.mark(), time.monotonic()
            away.rename(picture)
            seconds.append(lane.line_after(mark, "camera back").at - begun)
    return [times("camera back", seconds, BACK_S, of_all=True)]


def display_returns(folder: Path, picture: Path, count: int) -> list[Figure]:
    """Pull the display's plug and put it back; it counts from then until it shows text again."""
    with lane_site(folder, f"simulated:{picture}") as site, site.start() as lane:
        seconds = [
            _display_return(site, lane, _away_s(number))
            for number in _progress("display returns", range(count))
        ]
    return [times("display back", seconds, BACK_S, of_all=True)]


def _away_s(number: int) -> float:
    """Stay away for 0 to 1.5 s: returns meet the lane's retries at every phase."""
    return number * 0.37 % 1.5


def _display_return(site: LaneSite, lane: LaneProcess, away_s: float) -> float:
    if not site.station.wait_for(lambda glass: bool(glass.text.strip())):
        raise BenchError("the display shows nothing")
    mark = lane.mark()
    site.station.unplug()
    lane.line_after(mark, "display lost")
    _pause(away_s)
    begun = time.monotonic()
    site.station.replug()
    if not site.station.wait_for(lambda glass: bool(glass.text.strip()), 60.0):
        raise BenchError("the display stays dark")
    return time.monotonic() - begun


def flatness(folder: Path, source: str, minutes: float, press_every_s: float) -> list[Figure]:
    """Watch two lanes at once for long: one that idles, one that scans every ``press_every_s``."""
    with ExitStack() as exits:
        idle, busy = (_watch(exits, name, folder / name, source) for name in ("idle", "scanning"))
        begun = time.monotonic()
        presser = exits.enter_context(ThreadPoolExecutor(1))
        presses = presser.submit(_press_on, busy, begun + 60 * minutes, press_every_s)
        samples = max(_SAMPLES_MIN, round(60 * minutes / _SAMPLE_EVERY_S))
        for number in _progress("samples", range(1, samples + 1)):
            _pause(begun + number * 60 * minutes / samples - time.monotonic())
            for lane in (idle, busy):
                lane.samples.append((time.monotonic() - begun, lane.meter.memory()))
        presses.result()
    return [figure for lane in (idle, busy) for figure in _growth(lane, minutes)]


def _watch(exits: ExitStack, name: str, folder: Path, source: str) -> _Watched:
    site = exits.enter_context(lane_site(folder, source))
    lane = exits.enter_context(site.start())
    _scan_a_car(lane)
    return _Watched(name, lane, ProcessMeter(lane.pid))


def _press_on(lane: _Watched, until: float, every_s: float) -> None:
    while time.monotonic() + every_s < until:
        _pause(every_s)
        lane.outcomes[lane.process.press()] += 1


def _growth(lane: _Watched, minutes: float) -> list[Figure]:
    """Compare medians of a quarter each, once the first quarter has warmed the lane up.

    The allocator keeps what the first few dozen scans needed at most. PSS is no measure here: it
    falls whenever another process uses the same libraries.
    """
    warm_up = len(lane.samples) // 4
    resident = [memory.resident for _, memory in lane.samples]
    kept = resident[warm_up:]
    quarter = max(1, len(kept) // 4)
    first, last = statistics.median(kept[:quarter]), statistics.median(kept[-quarter:])
    slope = (
        statistics.linear_regression([at for at, _ in lane.samples[warm_up:]], kept).slope * 3600
    )
    scans = ", ".join(f"{count} {what}" for what, count in sorted(lane.outcomes.items()))
    return [
        Figure(
            f"{lane.name} for {minutes:g} minutes: growth",
            last - first,
            "MB",
            FLAT_MB,
            f"resident, from {first:.1f} to {last:.1f} MB, fitted slope {slope:+.2f} MB an hour"
            + (f"; scans: {scans}" if scans else ""),
        ),
        Figure(
            f"{lane.name} for {minutes:g} minutes: most resident", max(resident), "MB", RESIDENT_MB
        ),
    ]


def _scan_a_car(lane: LaneProcess) -> None:
    for _ in range(_PRESSES):
        if lane.press() == "vin":
            return
    raise BenchError(f"no label was read in {_PRESSES} scans: is the picture large enough?")


def _pause(seconds: float) -> None:
    time.sleep(max(0.0, seconds))  # a measurement takes its time


def _progress(what: str, numbers: range) -> Iterator[int]:
    """Count on a terminal while a part is measured."""
    for done, number in enumerate(numbers, start=1):
        if sys.stderr.isatty():
            print(f"\r\033[K{what}: {done} of {len(numbers)}", end="", file=sys.stderr, flush=True)
        yield number
    if sys.stderr.isatty():
        print("\r\033[K", end="", file=sys.stderr)
