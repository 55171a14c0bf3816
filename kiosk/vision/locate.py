"""Find the places in a picture that look like a bar code: many parallel edges, side by side."""

import heapq
import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np

from kiosk.model import Image
from kiosk.vision.cells import FOUR, Mask, closed, core_of, dense, dense_wide
from kiosk.vision.patches import Box, patches_in
from kiosk.vision.profile import Doubles, Floats
from kiosk.vision.tensor import BINS, CELL, Field, tensor_fields

Cluster = tuple[int, int, int, int, int]
"""Left, top, width and height in cells, and how many of those it holds."""

_PEAK_REACH = 7  # bins: what makes one peak
_PEAK = 2 * _PEAK_REACH + 1
_WINDOW = 13  # bins: perspective turns the bars of one label by a few degrees
_PEAK_MIN = 60  # cells
_CELLS_MIN = 80  # with the gaps between the bars; the smallest VIN label covers 160
_BARS_MIN = 50  # of them with bars; dev scenes: 87 at least in VIN labels without rails
_THIN_MIN = 40  # the same of a row as long as a VIN's, beside others of its direction: rails above
# and below low bars leave cells one or two deep
_LONG = 35  # cells: 319 modules of hardly a pixel
_GROWN_MIN = 150  # cells: fewer cannot be a label and something else
_LENGTH_MIN = 14  # cells
_MOST = 0.5  # of a ragged cluster's cells: parts with less may have left the label out
_FILL_MIN = 0.5  # of the frame: less, and a label has grown together with something else
_PEAKS_MAX = 8
_REGIONS_MAX = 16
_CLUSTERS_MAX = 100  # of one direction: a wall of gratings must not stall the lane
_ENOUGH = 1500  # cells: more do not frame a region better
_ALIKE = 0.75  # of the length, of two frames around the same bars
_APART = 0.25
_LEVEL = math.cos(math.radians(10.0))  # between their rows of bars


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
        found = _strongest(_regions(field))
        regions += [one for one in found if not _is_known(one, regions)]
    return Sighting(tuple(_strongest(regions)), patches_in(fields[0]))


def _strongest(regions: list[Region]) -> list[Region]:
    """Return the strongest regions, strongest first."""
    return heapq.nlargest(_REGIONS_MAX, regions, key=lambda region: region.strength)


def _regions(field: Field) -> list[Region]:
    """Frame the rows of bars of the main directions."""
    regions: list[Region] = []
    counts = cv2.calcHist([field.bins], [0], None, [BINS], [0, BINS]).ravel()
    for _ in range(_PEAKS_MAX):
        around = np.concatenate((counts[-_PEAK_REACH - 1 :], counts, counts[:_PEAK_REACH]))
        total = around.cumsum()
        sums = total[_PEAK:] - total[:-_PEAK]
        peak = int(sums.argmax())
        if sums[peak] < _PEAK_MIN:
            break
        near = np.arange(peak - _WINDOW, peak + _WINDOW + 1) % BINS
        table = np.zeros(256, np.uint8)
        table[near] = FOUR  # also what an earlier peak had: a label may be halved
        counts[near] = 0.0
        every = np.asarray(cv2.LUT(field.bins, table), np.uint8)
        found = _regions_along(field, every, peak)
        regions += [one for one in found if not _is_known(one, regions)]
    return regions


def _is_known(region: Region, others: list[Region]) -> bool:
    """Tell whether the same bars were already shown: by a finer field, a stronger peak."""
    centre, along = region.quad.mean(axis=0), _along(region)
    return any(
        _ALIKE < region.length / other.length < 1.0 / _ALIKE
        and abs(float(along @ _along(other))) > _LEVEL
        and float(np.linalg.norm(centre - other.quad.mean(axis=0))) < _APART * region.length
        for other in others
    )


def _along(region: Region) -> Doubles:
    """Return the unit vector along a region's row of bars."""
    side = (region.quad[1] - region.quad[0]).astype(np.float64)
    return np.asarray(side / np.linalg.norm(side), np.float64)


def _regions_along(field: Field, every: Mask, peak: int) -> list[Region]:
    """Frame the clusters of the cells in ``every`` (0 or 4), whose direction is near ``peak``."""
    core = core_of(every)
    if core is None:
        return []
    near = every[core] // FOUR
    corner = core[1].start, core[0].start
    joined = dense(closed(near, peak), peak)  # a seam in the metal is only one edge
    if cv2.countNonZero(joined) < _THIN_MIN:
        return []
    return list(_clusters(field, near, joined, peak, corner=corner, retry=True))


def _clusters(
    field: Field, near: Mask, joined: Mask, peak: int, *, corner: tuple[int, int], retry: bool
) -> Iterator[Region]:
    """Frame the clusters of ``joined``; a ragged one once more, without its narrower parts.

    ``near`` and ``joined`` are cut out of the field at ``corner``.
    """
    _, labels, stats, _ = cv2.connectedComponentsWithStats(joined, ltype=_label_type(joined))
    for label, (x, y, w, h, cells) in _largest(stats.tolist()):
        box = slice(y, y + h), slice(x, x + w)
        same = cv2.compare(labels[box], np.full((h, w), label, labels.dtype), cv2.CMP_EQ)
        own = np.asarray(cv2.bitwise_and(same, joined[box]), np.uint8)
        left, top = corner[0] + x, corner[1] + y
        region = _frame(field, np.asarray(cv2.bitwise_and(own, near[box]), np.uint8), (left, top))
        parts: list[Region] = []
        ragged = region is None or region.fill < _FILL_MIN
        if retry and ragged and cells >= _GROWN_MIN:
            wide = dense_wide(own, peak)
            parts += _clusters(field, near[box], wide, peak, corner=(left, top), retry=False)
        yield from parts
        if region is not None and sum(one.strength for one in parts) < _MOST * region.strength:
            yield region


def _label_type(mask: Mask) -> int:
    """Return the smallest type for the most clusters that can be: one in two by two cells.

    Half the bytes take half the time.
    """
    rows, cols = ((length + 1) // 2 for length in mask.shape)
    return cv2.CV_16U if rows * cols < np.iinfo(np.uint16).max else cv2.CV_32S


def _largest(stats: list[Cluster]) -> list[tuple[int, Cluster]]:
    """Return the clusters large enough for a row of bars, with their labels, in bounded number.

    ``stats`` is of all clusters, after a first row for what none of them holds.
    """
    large = [
        (label, (x, y, w, h, cells))
        for label, (x, y, w, h, cells) in enumerate(stats[1:], 1)
        if cells >= _THIN_MIN  # most are specks
        and cells >= (_CELLS_MIN if math.hypot(w, h) < _LONG else _THIN_MIN)
        and math.hypot(w, h) >= _LENGTH_MIN - 2
        and w * h >= _CELLS_MIN
    ]
    if len(large) <= _CLUSTERS_MAX:
        return large  # in the order of the picture: equals stay mixed
    return heapq.nlargest(_CLUSTERS_MAX, large, key=lambda one: one[1][2] * one[1][3])


def _frame(field: Field, mask: Mask, corner: tuple[int, int]) -> Region | None:
    """Put a parallelogram around cells: sides along the row of bars and along the bars."""
    found = cv2.findNonZero(mask)
    if found is None or len(found) < _THIN_MIN:
        return None
    size = field.size
    cosine, sine = _mean_direction(field, mask, corner)
    thin = 1 + len(found) // _ENOUGH
    cells = np.asarray(found[::thin], np.float64).reshape(-1, 2)
    turn = np.array([[cosine, sine], [-sine, cosine]])
    places = turn @ cells.T
    middle = places.sum(axis=1) / len(cells)
    s, t = (places - middle[:, None]) * float(size)
    s0, s1 = _bounds(s, 0.005)
    length = s1 - s0 + size
    if length < (_LENGTH_MIN if len(found) >= _BARS_MIN else _LONG) * size:
        return None  # a single edge or a word
    slope = _slope(s, t)
    t0, t1 = _bounds(t - slope * s, 0.03)  # a tilted label's bars are not square on its axis
    height = t1 - t0 + size
    if length < 0.7 * height:
        return None
    pad = 2.0 * size + 0.04 * length
    slack = 0.5 * size + 0.15 * height  # the slope is a first guess
    left, right, top, bottom = s0 - pad, s1 + pad, t0 - slack, t1 + slack
    sheared = np.array([[left, top], [right, top], [right, bottom], [left, bottom]])
    along = [cosine - slope * sine, sine + slope * cosine]
    across = np.array([along, [-sine, cosine]])
    centre = middle @ turn + np.array(corner) + 0.5
    quad = (sheared @ across + centre * size).astype(np.float32)
    fill = len(found) * size * size / (length * height)
    return Region(quad, len(found) * (size / CELL) ** 2, length, fill)


def _mean_direction(field: Field, mask: Mask, corner: tuple[int, int]) -> tuple[float, float]:
    """Return cosine and sine of the mean direction of the cells in ``mask``, cut at ``corner``."""
    x, y = corner
    bins = field.bins[y : y + mask.shape[0], x : x + mask.shape[1]]
    counts = np.bincount(bins[mask > 0], minlength=BINS)[:BINS]
    cosine, sine = (counts.astype(np.float64) @ _turns()).tolist()
    angle = 0.5 * math.atan2(sine, cosine)
    return math.cos(angle), math.sin(angle)


@cache
def _turns() -> Doubles:
    """Return the cosine and sine of every direction's angle, doubled: BINS×2."""
    twice = 2.0 * np.pi * (np.arange(BINS) + 0.5) / BINS
    return np.column_stack([np.cos(twice), np.sin(twice)])


def _bounds(values: Doubles, share: float) -> tuple[float, float]:
    """Return the quantiles at ``share`` and one minus ``share``."""
    skip = int(share * (values.size - 1))
    ordered = values.copy()
    ordered.partition([skip, values.size - 1 - skip])
    return float(ordered[skip]), float(ordered[values.size - 1 - skip])


def _slope(s: Doubles, t: Doubles) -> float:
    """Return the axis's slope against the bars' normal: a line through the (centred) cells."""
    spread = float(s @ s)
    if spread < 4.0 * float(t @ t):
        return 0.0  # as high as long: the cells do not tell
    return min(max(float(s @ t) / spread, -0.6), 0.6)
