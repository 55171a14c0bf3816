"""Find the places in a picture that look like a bar code: many parallel edges, side by side."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np
import numpy.typing as npt

from kiosk.model import Image
from kiosk.vision.patches import Box, patches_in
from kiosk.vision.profile import Doubles, Floats
from kiosk.vision.tensor import BINS, CELL, Field, tensor_fields

Mask = npt.NDArray[np.uint8]
Cells = npt.NDArray[np.int64]

_PEAK_REACH = 7  # bins: what makes one peak
_WINDOW = 13  # bins: perspective turns the bars of one label by a few degrees
_PEAK_MIN = 100  # cells
_CELLS_MIN = 60  # the smallest VIN label covers 160
_LENGTH_MIN = 14  # cells
_CORE = 9  # cells square
_CORE_MIN = 16  # of them, somewhere in every label
_REACH = 5  # cells to each side in which a row of bars is dense
_DENSE = 0.5
_DENSE_WIDE = 0.7  # over twice the reach: a door's rubber seal is not as wide as a label
_FILL_MIN = 0.5  # of the frame: less, and a label has grown together with something else
_PEAKS_MAX = 8
_REGIONS_MAX = 16
_ALIKE = 0.75  # of the length, of two frames around the same bars
_APART = 0.25


@dataclass(frozen=True, slots=True, eq=False)
class Region:
    """A loose frame around parallel edges.

    ``quad`` is 4×2 float32: the corners of a parallelogram in image pixels, going round, its first
    side along the row of bars. Which end is the start, and whether bars are dark, is not known
    yet. ``strength`` ranks regions: cells that hold parallel edges. ``length`` is that of the row
    of bars, in pixels, ``fill`` the share of the frame that holds such cells.
    """

    quad: Floats
    strength: float
    length: float
    fill: float


@dataclass(frozen=True, slots=True, eq=False)
class Sighting:
    """What a picture shows: rows of bars, strongest first, and other dense patches, as boxes."""

    regions: tuple[Region, ...]
    blobs: tuple[Box, ...]


def locate(grey: Image) -> Sighting:
    """Sight what looks like a bar code in ``grey`` (H×W uint8)."""
    if min(grey.shape) < 2 * CELL:
        return Sighting((), ())
    fields = tensor_fields(grey)
    regions: list[Region] = []
    for field in fields:
        regions += [one for one in _regions(field) if not _is_known(one, regions)]
    regions.sort(key=lambda region: -region.strength)
    return Sighting(tuple(regions[:_REGIONS_MAX]), patches_in(fields[0]))


def _regions(field: Field) -> list[Region]:
    """Frame the rows of bars of the main directions."""
    regions: list[Region] = []
    counts = cv2.calcHist([field.bins], [0], None, [256], [0, 256]).ravel()[:BINS]
    kernel = np.ones(2 * _PEAK_REACH + 1, np.float32)
    for _ in range(_PEAKS_MAX):
        around = np.concatenate([counts[-_PEAK_REACH:], counts, counts[:_PEAK_REACH]])
        window = np.convolve(around, kernel, "valid")
        peak = int(np.argmax(window))
        if window[peak] < _PEAK_MIN:
            break
        bins = np.arange(peak - _WINDOW, peak + _WINDOW + 1) % BINS
        table = np.zeros(256, np.uint8)
        table[bins[counts[bins] > 0.0]] = 1
        counts[bins] = 0.0
        near = np.asarray(cv2.LUT(field.bins, table), np.uint8)
        regions += _regions_along(field, near, peak)
    return regions


def _is_known(region: Region, others: list[Region]) -> bool:
    """Tell whether a finer field already showed the same bars."""
    centre = region.quad.mean(axis=0)
    return any(
        _ALIKE < region.length / other.length < 1.0 / _ALIKE
        and float(np.linalg.norm(centre - other.quad.mean(axis=0))) < _APART * region.length
        for other in others
    )


def _regions_along(field: Field, every: Mask, peak: int) -> list[Region]:
    """Frame the clusters of the cells in ``every``, whose direction is near ``peak``."""
    counts = cv2.boxFilter(
        every, -1, (_CORE, _CORE), normalize=False, borderType=cv2.BORDER_CONSTANT
    )
    x, y, w, h = cv2.boundingRect(_at_least(np.asarray(counts, np.uint8), _CORE_MIN))
    if w == 0:
        return []
    corner = max(0, x - _CORE), max(0, y - _CORE)
    near = every[corner[1] : y + h + _CORE, corner[0] : x + w + _CORE]
    closed = np.asarray(cv2.morphologyEx(near, cv2.MORPH_CLOSE, _line_kernel(peak, 2)), np.uint8)
    # a seam in the metal is only one edge
    joined = _dense(closed, peak, _REACH, _DENSE)
    if cv2.countNonZero(joined) < _CELLS_MIN:
        return []
    return list(_clusters(field, near, joined, peak, corner=corner, retry=True))


def _clusters(
    field: Field, near: Mask, joined: Mask, peak: int, *, corner: tuple[int, int], retry: bool
) -> Iterator[Region]:
    """Frame the clusters of ``joined``; a ragged one once more, without its narrower parts.

    ``near`` and ``joined`` are cut out of the field at ``corner``.
    """
    outlines, _ = cv2.findContours(joined, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    for outline in outlines:
        if len(outline) < _LENGTH_MIN:
            continue  # most are specks
        x, y, w, h = cv2.boundingRect(outline)
        if w * h < _CELLS_MIN or math.hypot(w, h) < _LENGTH_MIN - 2:
            continue
        box = slice(y, y + h), slice(x, x + w)
        inside = np.zeros((h, w), np.uint8)
        cv2.drawContours(inside, [outline], 0, (1.0,), cv2.FILLED, offset=(-x, -y))
        own = np.asarray(cv2.bitwise_and(inside, joined[box]), np.uint8)
        if cv2.countNonZero(own) < _CELLS_MIN:
            continue
        left, top = corner[0] + x, corner[1] + y
        region = _frame(field, cv2.bitwise_and(own, near[box]).astype(np.uint8), (left, top))
        if region is None:
            continue
        parts: list[Region] = []
        if retry and region.fill < _FILL_MIN:
            wide = _dense(own, peak, 2 * _REACH, _DENSE_WIDE)
            parts += _clusters(field, near[box], wide, peak, corner=(left, top), retry=False)
        yield from parts or [region]


def _dense(mask: Mask, angle: int, reach: int, share: float) -> Mask:
    """Keep the cells of ``mask`` with so many others along ``angle``, up to ``reach`` each way."""
    counts = cv2.filter2D(mask, -1, _steps(angle, reach), borderType=cv2.BORDER_CONSTANT)
    enough = _at_least(np.asarray(counts, np.uint8), share * (2 * reach + 1))
    return np.asarray(cv2.bitwise_and(mask, enough), np.uint8)


def _at_least(counts: Mask, least: float) -> Mask:
    """Mark the cells whose count is at least ``least`` with 255."""
    return np.asarray(cv2.compare(counts, np.array(float(math.ceil(least))), cv2.CMP_GE), np.uint8)


@cache
def _steps(angle: int, reach: int) -> Floats:
    """Return a kernel of cells along ``angle`` degrees, a step each."""
    kernel = np.zeros((2 * reach + 1, 2 * reach + 1), np.float32)
    for step in range(-reach, reach + 1):
        x = reach + round(step * math.cos(math.radians(angle)))
        y = reach + round(step * math.sin(math.radians(angle)))
        kernel[y, x] += 1.0
    return kernel


@cache
def _line_kernel(angle: int, reach: int) -> Mask:
    """Return a line along ``angle`` degrees: across the bars, but not to the text above."""
    kernel = np.zeros((2 * reach + 1, 2 * reach + 1), np.uint8)
    step = np.array([math.cos(math.radians(angle)), math.sin(math.radians(angle))]) * reach
    ends = [tuple(round(float(v)) for v in reach + sign * step) for sign in (-1, 1)]
    cv2.line(kernel, ends[0], ends[1], (1.0,))
    return kernel


def _frame(field: Field, mask: Mask, corner: tuple[int, int]) -> Region | None:
    """Put a parallelogram around cells: sides along the row of bars and along the bars."""
    ys, xs = np.nonzero(mask)
    if xs.size < _CELLS_MIN // 2:
        return None
    size = field.size
    counts = np.bincount(field.bins[ys + corner[1], xs + corner[0]], minlength=BINS)[:BINS]
    angle = 0.5 * float(np.angle(counts @ _turns()))
    normal = np.array([math.cos(angle), math.sin(angle)])
    bars = np.array([-normal[1], normal[0]])
    x, y = xs * float(size), ys * float(size)
    middle = np.array([x.sum(), y.sum()]) / xs.size
    x -= middle[0]
    y -= middle[1]
    s = normal[0] * x + normal[1] * y
    if float(s.max() - s.min()) < (_LENGTH_MIN - 2) * size:
        return None  # a single edge or a word
    t = bars[0] * x + bars[1] * y
    centre = middle + (np.array(corner) + 0.5) * size
    slope = _slope(s, t)
    s0, s1 = _bounds(s, 0.005)
    t0, t1 = _bounds(t - slope * s, 0.03)  # a tilted label's bars are not square on its axis
    length, height = s1 - s0 + size, t1 - t0 + size
    if length < _LENGTH_MIN * size or length < 0.7 * height:
        return None
    pad = 2.0 * size + 0.04 * length
    slack = 0.5 * size + 0.15 * height  # the slope is a first guess
    along, across = normal + slope * bars, bars
    top, bottom = centre + across * (t0 - slack), centre + across * (t1 + slack)
    left, right = along * (s0 - pad), along * (s1 + pad)
    quad = np.array([top + left, top + right, bottom + right, bottom + left], np.float32)
    fill = xs.size * size * size / (length * height)
    return Region(quad, xs.size * (size / CELL) ** 2, length, fill)


@cache
def _turns() -> npt.NDArray[np.complex128]:
    """Return every direction as a number of the unit circle, its angle doubled."""
    return np.asarray(np.exp(2j * np.pi * (np.arange(BINS) + 0.5) / BINS), np.complex128)


def _bounds(values: Doubles, share: float) -> tuple[float, float]:
    """Return the quantiles at ``share`` and one minus ``share``."""
    skip = int(share * (values.size - 1))
    ends = [skip, values.size - 1 - skip]
    ordered = np.partition(values, ends)
    return float(ordered[ends[0]]), float(ordered[ends[1]])


def _slope(s: Doubles, t: Doubles) -> float:
    """Return the axis's slope against the bars' normal: a line through the (centred) cells."""
    spread = float(s @ s)
    if spread < 4.0 * float(t @ t):
        return 0.0  # as high as long: the cells do not tell
    return min(max(float(s @ t) / spread, -0.6), 0.6)
