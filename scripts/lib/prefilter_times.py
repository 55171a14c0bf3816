"""Times of the prefilter and of the two libraries on the same frames, in this process alone."""

import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from figures import Figure
from prefilter_run import Progress
from prefilter_scene import grey_of
from prefilter_stages import STAGES, metered

from kiosk.model import Image, Reading
from kiosk.simulate.levels import LEVELS, sample
from kiosk.simulate.scene import render
from kiosk.vision.prefilter import Prefilter
from kiosk.vision.readers import zbar_code39, zxing_code39

READERS = ("prefilter", "zbar", "zxing-cpp")
OURS, ZBAR, ZXING = range(3)

_GOALS = {
    ("empty", ZXING): 1.0,
    ("empty", ZBAR): 0.1,
    ("normal", ZBAR): 0.5,
    ("hard", ZBAR): 2.0,
}
"""Ours over the library's, medians."""

_EMPTY_TIMES = 5
"""So many times the frames for the level empty: whether anything is looked at closely there differs
from frame to frame, so that forty frames leave its median uncertain by a third."""

_DRAWS = 2000
LOOKS = 3  # at each frame: the quickest counts, since all else on a machine only adds time
Seconds = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class LevelTimes:
    """Processor seconds: ``frames``×3 (the columns are READERS), and means by stage."""

    level: str
    seconds: Seconds
    stages: dict[str, float]

    @property
    def medians(self) -> tuple[float, ...]:
        """Medians in milliseconds."""
        return tuple(float(value) for value in np.median(self.seconds, axis=0) * 1000)


def measure_levels(prefilter: Prefilter, count: int, first: int) -> list[LevelTimes]:
    """Time ``count`` frames of each level from seed ``first`` on, five times as many empty ones."""
    rows = []
    counts = {level: count * (_EMPTY_TIMES if level == "empty" else 1) for level in LEVELS}
    with Progress(sum(counts.values()), "timed frames") as progress:
        for level, many in counts.items():
            frames, seconds = [], []
            for seed in range(first, first + many):
                frame = grey_of(render(sample(level, seed)).image)
                seconds.append(time_readers(prefilter, frame, seed)[0])
                if len(frames) < count:  # the stages' means settle sooner than a median
                    frames.append(frame)
                progress.step()
            rows.append(LevelTimes(level, np.array(seconds), _stages_of(prefilter, frames)))
    return rows


def time_readers(
    prefilter: Prefilter, frame: Image, turn: int
) -> tuple[tuple[float, ...], Reading]:
    """Let all three look at a frame (H×W) three times, ``turn`` deciding who begins.

    Returns the least processor seconds of each, in the order of READERS, and the prefilter's
    reading.
    """
    looks: tuple[Callable[[], object], ...] = (
        lambda: prefilter.examine(frame),
        lambda: zbar_code39(frame),
        lambda: zxing_code39(frame, thorough=True),
    )
    spent = [math.inf] * len(looks)
    found: list[object] = [None] * len(looks)
    for step in range(LOOKS * len(looks)):
        who = (turn + step) % len(looks)
        began = time.process_time()
        found[who] = looks[who]()
        spent[who] = min(spent[who], time.process_time() - began)
    reading = found[OURS]
    assert isinstance(reading, Reading)
    return tuple(spent), reading


def _stages_of(prefilter: Prefilter, frames: Sequence[Image]) -> dict[str, float]:
    """Return the mean seconds a frame of each stage; one look each, for where the time goes."""
    with metered() as meter:
        for frame in frames:
            with meter.within("kiosk.vision.prefilter"):
                prefilter.examine(frame)
    names = [*STAGES, *(name for name in meter.seconds if name not in STAGES)]
    return {name: meter.seconds[name] / len(frames) for name in names if meter.seconds[name]}


def time_figures(levels: Sequence[LevelTimes]) -> Iterator[Figure]:
    """Yield each level's median, and its ratios to the libraries."""
    for row in levels:
        ours, zbar, zxing = row.medians
        most, slowest = np.percentile(row.seconds[:, OURS], [95, 100]) * 1000
        detail = (
            f"zbar {zbar:.1f} ms, zxing-cpp {zxing:.1f} ms; {len(row.seconds)} frames,"
            f" 19 of 20 within {most:.0f} ms, slowest {slowest:.0f} ms"
        )
        yield Figure(f"time, {row.level}: processor, median", ours, "ms", None, detail)
        for peer in (ZXING, ZBAR):
            goal = _GOALS.get((row.level, peer))
            if goal is not None:
                ratio, low, high = ratio_of(row.seconds[:, OURS], row.seconds[:, peer])
                detail = f"ratio of medians, 95 % interval {low:.3f} to {high:.3f}"
                name = f"time, {row.level}: prefilter over {READERS[peer]}"
                yield Figure(name, ratio, "", goal, detail)


def ratio_of(ours: Seconds, theirs: Seconds) -> tuple[float, float, float]:
    """Return the ratio of the medians, and its 95 % interval (bootstrap over frames)."""
    picks = np.random.default_rng(0).integers(0, len(ours), (_DRAWS, len(ours)))
    ratios = np.median(ours[picks], axis=1) / np.median(theirs[picks], axis=1)
    low, high = np.percentile(ratios, [2.5, 97.5])
    return float(np.median(ours) / np.median(theirs)), float(low), float(high)
