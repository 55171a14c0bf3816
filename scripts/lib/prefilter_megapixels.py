"""Time and reads over the size of the picture: one label, windows of 0.5 to 8 megapixels."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from figures import Figure
from prefilter_run import Progress
from prefilter_scene import SEEDS, grey_of
from prefilter_scores import Share
from prefilter_times import time_readers

from kiosk.model import Image, Verdict
from kiosk.simulate.geometry import quad_of
from kiosk.simulate.levels import sample
from kiosk.simulate.scene import render
from kiosk.simulate.spec import FRAME_HEIGHT, FRAME_WIDTH, SceneSpec
from kiosk.simulate.symbols import symbol_of
from kiosk.vision.prefilter import Prefilter

SIZES = ((944, 530), (1334, 750), (1886, 1060), (2668, 1500), (3772, 2122))
"""Width and height of the windows: 0.5, 1, 2, 4 and 8 megapixels."""

_FRAME = 2  # of these: a camera's frame; what is cheap below it must not hide what is dear above
_ROLL_MAX = 0.4  # of the level's: a label of 700 px must lie within the smallest window
_READ_MIN = 95.0  # percent: the goal of the level whose labels these are
_EXPONENT_MAX = 1.0  # at most linear
_EMPTIES = 3  # beside the scene
_DRAWS = 2000


@dataclass(frozen=True, slots=True)
class SizeTimes:
    """Processor seconds scenes×sizes×3 (prefilter, zbar, zxing-cpp), and what was read."""

    seconds: npt.NDArray[np.float64]
    reads: tuple[Share, ...]


def measure_sizes(prefilter: Prefilter, count: int, first: int) -> SizeTimes:
    """Look at ``count`` labels of the level hard, each in windows of all sizes."""
    seconds = np.zeros((count, len(SIZES), 3))
    right = np.zeros((count, len(SIZES)), bool)
    with Progress(count, "scenes in all sizes") as progress:
        for number in range(count):
            spec = _spec_of(first + number)
            whole, at = _mosaic(spec, empty_seeds(first, number), number % 4)
            for place, size in enumerate(SIZES):
                window = np.ascontiguousarray(window_of(whole, at, size))
                seconds[number, place], reading = time_readers(prefilter, window, number)
                right[number, place] = reading.verdict is Verdict.VIN and reading.text == spec.text
            progress.step()
    return SizeTimes(seconds, tuple(Share(int(column.sum()), count) for column in right.T))


def _spec_of(seed: int) -> SceneSpec:
    """Draw a label of the level hard, rolled less, in the middle of its frame."""
    spec = sample("hard", seed)
    centre = FRAME_WIDTH / 2, FRAME_HEIGHT / 2
    moved = centre[0] - spec.centre[0], centre[1] - spec.centre[1]
    glare = spec.glare_at[0] + moved[0], spec.glare_at[1] + moved[1]
    return replace(spec, roll_deg=spec.roll_deg * _ROLL_MAX, centre=centre, glare_at=glare)


def empty_seeds(first: int, number: int) -> range:
    """Return the seeds of the empty scenes around label ``number``: the last of those from first.

    The other parts of the bench use the first ones.
    """
    end = first + SEEDS - _EMPTIES * number
    return range(end - _EMPTIES, end)


def _mosaic(spec: SceneSpec, seeds: range, turn: int) -> tuple[Image, tuple[float, float]]:
    """Lay the scene beside three empty ones; return it grey, and the label's middle in it."""
    pictures = [grey_of(render(spec).image)]
    pictures += [grey_of(render(sample("empty", seed)).image) for seed in seeds]
    placed = pictures[-turn:] + pictures[:-turn]
    whole = np.vstack([np.hstack(placed[:2]), np.hstack(placed[2:])])
    symbol = symbol_of(spec)
    corners = np.array(quad_of(spec, symbol.width, symbol.height))
    middle = (corners.min(axis=0) + corners.max(axis=0)) / 2
    row, column = divmod(turn, 2)
    return whole, (middle[0] + column * FRAME_WIDTH, middle[1] + row * FRAME_HEIGHT)


def window_of(whole: Image, at: tuple[float, float], size: tuple[int, int]) -> Image:
    """Cut a window out, its middle as near to ``at`` as the picture's edges allow."""
    starts = (
        min(max(round(centre - length / 2), 0), extent - length)
        for centre, length, extent in zip(at, size, whole.shape[1::-1], strict=True)
    )
    left, top = starts
    return whole[top : top + size[1], left : left + size[0]]


def megapixels() -> tuple[float, ...]:
    """Return the windows' sizes in millions of pixels."""
    return tuple(width * height / 1e6 for width, height in SIZES)


def size_figures(measured: SizeTimes) -> Iterator[Figure]:
    """Yield the exponents of time over megapixels, and the reads of each size."""
    ours = measured.seconds[:, :, 0]
    for name, start in (("", 0), (f" from {megapixels()[_FRAME]:.0f} up", _FRAME)):
        slope, low, high = exponent_of(ours[:, start:], megapixels()[start:])
        medians = np.median(ours[:, start:], axis=0) * 1000
        told = ", ".join(
            f"{mega:.1f}: {ms:.0f} ms"
            for mega, ms in zip(megapixels()[start:], medians, strict=True)
        )
        detail = f"95 % interval {low:.2f} to {high:.2f}; {told}"
        value = round(slope, 6)
        yield Figure(f"time over megapixels{name}, exponent", value, "", _EXPONENT_MAX, detail)
    for mega, reads in zip(megapixels(), measured.reads, strict=True):
        detail = f"{reads.hits} of {reads.total}, modules of 1.4 to 2.2 px"
        yield Figure(f"read at {mega:.1f} megapixels", reads.percent, "%", None, detail, _READ_MIN)


def exponent_of(
    seconds: npt.NDArray[np.float64], sizes: Sequence[float]
) -> tuple[float, float, float]:
    """Fit median time (scenes×sizes) ∝ size^e; return e and its 95 % interval (bootstrap)."""
    size = np.log(sizes)
    picks = np.random.default_rng(0).integers(0, len(seconds), (_DRAWS, len(seconds)))
    drawn = np.log(np.median(seconds[picks], axis=1))
    slopes = np.polyfit(size, drawn.T, 1)[0]
    low, high = np.percentile(slopes, [2.5, 97.5])
    slope = np.polyfit(size, np.log(np.median(seconds, axis=0)), 1)[0]
    return float(slope), float(low), float(high)


def size_rows(measured: SizeTimes) -> Sequence[tuple[float, tuple[float, ...]]]:
    """Return (megapixels, medians in ms of prefilter, zbar and zxing-cpp) for each size."""
    medians = np.median(measured.seconds, axis=0) * 1000
    return list(zip(megapixels(), map(tuple, medians.tolist()), strict=True))
