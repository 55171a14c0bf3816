"""Memory of `vin-kiosk read` over a folder of frames: the most, and whether it stays flat."""

import itertools
import os
import statistics
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from figures import Figure
from prefilter_run import Progress
from process_meter import ProcessMeter

from kiosk.simulate.levels import LEVELS, sample
from kiosk.simulate.scene import render

_PEAK_MAX = 200.0  # MB
_GROWTH_MAX = 4.0
"""MB over 800 frames, 5 kB a frame. A grey frame is 2 MB and a strip some 100 kB: of either one
leaked every twentieth frame would show, and what the allocator keeps does not."""

_SETTLED = 0.2  # of the frames: by then every room has been used
_WINDOW = 20  # samples whose median counts, since frames differ
_PICTURES_A_LEVEL = 8


def memory_figures(folder: Path, frames: int, first: int) -> Iterator[Figure]:
    """Let a process read ``frames`` frames in ``folder``; yield its peak and its growth."""
    resident, peak = _watch(list(_frames_in(folder, frames, first)))
    settled = int(len(resident) * _SETTLED)
    window = min(_WINDOW, max(1, len(resident) - settled))
    before = statistics.median(resident[settled : settled + window])
    after = statistics.median(resident[-window:])
    detail = f"vin-kiosk read, {frames} frames of 1920×1080"
    yield Figure("memory: peak resident", peak, "MB", _PEAK_MAX, detail)
    yield Figure(
        f"memory: growth from frame {settled} to {frames}",
        after - before,
        "MB",
        _GROWTH_MAX,
        f"resident, from {before:.1f} to {after:.1f} MB",
    )


def _frames_in(folder: Path, frames: int, first: int) -> Iterator[Path]:
    """Write scenes of all levels, and as many names for them as there are to be frames."""
    written = []
    count = min(_PICTURES_A_LEVEL, -(-frames // len(LEVELS)))
    for level, seed in itertools.product(LEVELS, range(first, first + count)):
        jpeg = render(sample(level, seed)).jpeg
        assert jpeg is not None
        written.append(folder / f"{level}-{seed}.jpg")
        written[-1].write_bytes(jpeg)
    for number, source in zip(range(frames), itertools.cycle(written), strict=False):
        name = folder / f"frame-{number:05d}.jpg"
        os.link(source, name)
        yield name


def _watch(files: list[Path]) -> tuple[list[float], float]:
    """Run the process; return what was resident (MB) after each frame, and the peak."""
    command = [sys.executable, "-m", "kiosk", "read", "--json", *map(str, files)]
    resident, peak = [], 0.0
    with (
        subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process,
        Progress(len(files), "frames in one process") as progress,
    ):
        meter = ProcessMeter(process.pid)
        assert process.stdout is not None
        for _ in process.stdout:
            try:
                resident.append(meter.memory().resident)
                peak = max(peak, meter.peak())
            except OSError:
                break  # it ended after its last line
            progress.step()
        process.stdout.read()
    if process.returncode or len(resident) < len(files) - 1:
        raise RuntimeError(f"vin-kiosk read ended with {process.returncode}")
    return resident, peak
