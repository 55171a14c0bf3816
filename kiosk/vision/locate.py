"""Find the places in a picture that look like a bar code: many parallel edges, side by side.

The structure tensor (Bigün and Granlund 1987; Jähne, "Digital Image Processing") of small cells
tells how strong the edges are, and how much they agree on one direction. Noise and text are
strong but disagree; bars agree. Gradients are taken at full resolution, since a module may be as
small as 1.4 px and would alias away in a smaller picture; only their products are averaged.
"""

import math
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from kiosk.model import Image

Floats = npt.NDArray[np.float32]
Mask = npt.NDArray[np.uint8]
Box = tuple[int, int, int, int]
"""Left, top, width and height in pixels."""

_CELL = 8  # px: three cells still fit across bars 25 px high
_LONG_SIDE = 2600  # px: larger stills get larger cells
_COHERENCE_MIN = 0.42  # noise alone reaches 0.3 in a cell
_ENERGY_MIN = 250.0  # Sobel² units: bars some 8 grey levels apart
_BINS = 36  # of 5° over the half circle
_WINDOW_DEG = 13.0  # perspective turns the bars of one label by a few degrees
_CELLS_MIN = 12
_LENGTH_MIN = 9  # cells
_REACH = 5  # cells to each side in which a row of bars is dense
_DENSE = 0.5
_DENSE_WIDE = 0.7  # over twice the reach: a door's rubber seal is not as wide as a label
_FILL_MIN = 0.5  # of the frame: less, and a label has grown together with something else
_PEAKS_MAX = 8
_REGIONS_MAX = 8
_BLOBS_MAX = 3
_BUSY = 6000.0  # Sobel² units: black and white modules, a few pixels each


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


@dataclass(frozen=True, slots=True, eq=False)
class _Field:
    """The structure tensor of every cell (rows×cols float32), and which cells hold bars."""

    size: int
    energy: Floats
    angle: Floats  # degrees of the gradient, 0 … 180
    mask: Mask


def locate(grey: Image) -> Sighting:
    """Sight what looks like a bar code in ``grey`` (H×W uint8)."""
    height, width = grey.shape
    size = _CELL * max(1, math.ceil(max(height, width) / _LONG_SIDE))
    if min(height, width) < 2 * size:
        return Sighting((), ())
    field = _tensor_field(grey, size)
    regions: list[Region] = []
    left = np.flatnonzero(field.mask)
    for _ in range(_PEAKS_MAX):
        angles = field.angle.ravel()[left]
        peak = _main_direction(angles)
        if peak is None:
            break
        near = np.abs((angles - peak + 90.0) % 180.0 - 90.0) < _WINDOW_DEG
        regions += _regions_along(field, left[near], peak)
        left = left[~near]
    regions.sort(key=lambda region: -region.strength)
    return Sighting(tuple(regions[:_REGIONS_MAX]), _blobs(field))


def _blobs(field: _Field) -> tuple[Box, ...]:
    """Box the dense patches that have no one direction, as matrix codes are."""
    busy = (field.energy > _BUSY).astype(np.uint8)
    joined = cv2.morphologyEx(busy, cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8))
    patches = cv2.morphologyEx(joined, cv2.MORPH_OPEN, np.ones((4, 4), np.uint8))
    _, _, stats, _ = cv2.connectedComponentsWithStats(patches, connectivity=8)
    boxes = []
    for x, y, w, h, area in stats[1:].tolist():
        if area >= 0.6 * w * h and max(w, h) < 2.5 * min(w, h):
            boxes.append((x * field.size, y * field.size, w * field.size, h * field.size))
    boxes.sort(key=lambda box: -box[2] * box[3])
    return tuple(boxes[:_BLOBS_MAX])


def _tensor_field(grey: Image, size: int) -> _Field:
    """Gather the covariance of the gradients in cells of ``size`` pixels.

    The covariance, not the plain product: a soft shadow has one strong direction too, but its
    gradient hardly varies, while bars go up and down.
    """
    rows, cols = grey.shape[0] // size, grey.shape[1] // size
    sums = np.empty((5, rows, cols), np.float32)
    band = max(1, 64 // size)  # bands of rows stay in the processor's cache
    for top in range(0, rows, band):
        some = min(band, rows - top)
        part = np.ascontiguousarray(grey[top * size : (top + some) * size, : cols * size])
        sums[:, top : top + some] = _sums(part, some, cols)
    dx, dy, dxx, dyy, dxy = sums / (size * size // 2)
    jxx, jyy, jxy = dxx - dx * dx, dyy - dy * dy, dxy - dx * dy
    energy = jxx + jyy
    along, across = jxx - jyy, 2.0 * jxy
    coherence = cv2.magnitude(along, across) / (energy + 1.0)
    angle = cv2.phase(along, across, angleInDegrees=True) / 2.0
    mask = (coherence > _COHERENCE_MIN) & (energy > _ENERGY_MIN)
    return _Field(size, energy, angle.astype(np.float32), mask.astype(np.uint8))


def _sums(part: Image, rows: int, cols: int) -> Floats:
    """Sum gradients and their products over cells; every second row of pixels is enough."""
    size = part.shape[0] // rows
    dx, dy = (one[::2].astype(np.float32) for one in cv2.spatialGradient(part))
    planes = (dx, dy, cv2.multiply(dx, dx), cv2.multiply(dy, dy), cv2.multiply(dx, dy))
    means = [cv2.resize(plane, (cols, rows), interpolation=cv2.INTER_AREA) for plane in planes]
    return np.asarray(np.stack(means) * np.float32(size * size // 2), np.float32)


def _main_direction(angles: Floats) -> float | None:
    """Return the gradient direction, in degrees, that most of the ``angles`` share."""
    if angles.size < _CELLS_MIN:
        return None
    bins = np.minimum((angles * (_BINS / 180.0)).astype(np.intp), _BINS - 1)
    counts = np.bincount(bins, minlength=_BINS)
    smooth = counts + np.roll(counts, 1) + np.roll(counts, -1)
    best = int(np.argmax(smooth))
    if smooth[best] < _CELLS_MIN:
        return None
    return (best + 0.5) * 180.0 / _BINS


def _regions_along(field: _Field, cells: npt.NDArray[np.intp], peak: float) -> list[Region]:
    """Frame the clusters of ``cells`` (flat indices), whose direction is near ``peak``."""
    near = np.zeros_like(field.mask)
    near.ravel()[cells] = 1
    closed = cv2.morphologyEx(near, cv2.MORPH_CLOSE, _line_kernel(peak, 2))
    joined: Mask = np.asarray(closed, np.uint8)
    # a seam in the metal is only one edge
    joined[_density(joined, peak, _REACH) < _DENSE * (2 * _REACH + 1)] = 0
    x, y, w, h = cv2.boundingRect(joined)
    if w == 0:
        return []
    inside = slice(y, y + h), slice(x, x + w)
    return _clusters(field, near[inside], joined[inside], peak, corner=(x, y), retry=True)


def _clusters(
    field: _Field, near: Mask, joined: Mask, peak: float, *, corner: tuple[int, int], retry: bool
) -> list[Region]:
    """Frame the clusters of ``joined``; a ragged one once more, without its narrower parts.

    ``near`` and ``joined`` are cut out of the field at ``corner``.
    """
    _, labels, stats, _ = cv2.connectedComponentsWithStats(joined, connectivity=8)
    found = []
    for index, (x, y, w, h, area) in enumerate(stats.tolist()):
        if index == 0 or area < _CELLS_MIN or math.hypot(w, h) < _LENGTH_MIN - 2:
            continue
        box = slice(y, y + h), slice(x, x + w)
        own = labels[box] == index
        ys, xs = np.nonzero(own & (near[box] > 0))
        if xs.size < _CELLS_MIN:
            continue
        left, top = corner[0] + x, corner[1] + y
        angle = _mean_angle(field.angle[ys + top, xs + left])
        region = _frame(xs + left, ys + top, angle, field.size)
        if region is None:
            continue
        if retry and region.fill < _FILL_MIN:
            part = own.astype(np.uint8)
            part[_density(part, peak, 2 * _REACH) < _DENSE_WIDE * (4 * _REACH + 1)] = 0
            parts = _clusters(field, near[box], part, peak, corner=(left, top), retry=False)
            found += parts or [region]
        else:
            found.append(region)
    return found


def _density(mask: Mask, angle: float, reach: int) -> Mask:
    """Count the set cells along ``angle`` degrees, up to ``reach`` to each side."""
    rows, cols = mask.shape
    padded = np.pad(mask, reach)
    count = np.zeros_like(mask)
    for step in range(-reach, reach + 1):
        x = reach + round(step * math.cos(math.radians(angle)))
        y = reach + round(step * math.sin(math.radians(angle)))
        count += padded[y : y + rows, x : x + cols]
    return count


def _line_kernel(angle: float, reach: int) -> Mask:
    """Return a line along ``angle`` degrees: across the bars, but not to the text above."""
    kernel = np.zeros((2 * reach + 1, 2 * reach + 1), np.uint8)
    step = np.array([math.cos(math.radians(angle)), math.sin(math.radians(angle))]) * reach
    ends = [tuple(round(float(v)) for v in reach + sign * step) for sign in (-1, 1)]
    cv2.line(kernel, ends[0], ends[1], 1)
    return kernel


def _mean_angle(angles: Floats) -> float:
    """Return the mean of axial directions, in radians."""
    twice = np.radians(2.0 * angles.astype(np.float64))
    return 0.5 * math.atan2(float(np.sin(twice).mean()), float(np.cos(twice).mean()))


def _frame(
    xs: npt.NDArray[np.intp], ys: npt.NDArray[np.intp], angle: float, size: int
) -> Region | None:
    """Put a parallelogram around cells: sides along the row of bars and along the bars."""
    normal = np.array([math.cos(angle), math.sin(angle)])
    bars = np.array([-normal[1], normal[0]])
    points = (np.stack([xs, ys], axis=1) + 0.5) * size
    centre = points.mean(axis=0)
    s, t = (points - centre) @ normal, (points - centre) @ bars
    if float(np.ptp(s)) < (_LENGTH_MIN - 2) * size:
        return None  # a single edge or a word
    slope = _slope(s, t)
    lean = t - slope * s  # a tilted label's bars do not stand square on its axis
    s0, s1 = _bounds(s, 0.005)
    t0, t1 = _bounds(lean, 0.03)
    length, height = s1 - s0 + size, t1 - t0 + size
    if length < _LENGTH_MIN * size or length < 0.7 * height:
        return None
    fill = float(xs.size * size * size / (length * height))
    pad = 2.0 * size + 0.04 * length
    axis = normal + slope * bars
    slack = 0.5 * size + 0.15 * height  # the slope is a first guess
    top, bottom = t0 - slack, t1 + slack
    corners = [
        centre + axis * along + bars * across
        for along, across in (
            (s0 - pad, top),
            (s1 + pad, top),
            (s1 + pad, bottom),
            (s0 - pad, bottom),
        )
    ]
    return Region(np.array(corners, np.float32), float(xs.size), float(length), fill)


def _bounds(values: npt.NDArray[np.float64], share: float) -> tuple[float, float]:
    """Return the quantiles at ``share`` and one minus ``share``."""
    ordered = np.sort(values)
    at = np.array([share, 1.0 - share]) * (ordered.size - 1)
    low, high = np.interp(at, np.arange(ordered.size), ordered)
    return float(low), float(high)


def _slope(s: npt.NDArray[np.float64], t: npt.NDArray[np.float64]) -> float:
    """Return the axis's slope against the bars' normal: a line through the cells."""
    spread = float(s.var())
    if spread < 4.0 * float(t.var()):
        return 0.0  # as high as long: the cells do not tell
    return float(np.clip((s * t).mean() / spread, -0.6, 0.6))
