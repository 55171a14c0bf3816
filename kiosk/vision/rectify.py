"""Turn a region upright: bars vertical, the row of bars level, top and bottom edges known.

The corners of the symbol fix a homography, so perspective is undone as far as four corners can
tell. They are found in the strip itself: the bars' lean and the rows they cover are measured in
windows along the strip, and the strip is taken again from the better corners.
"""

from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np
import numpy.typing as npt

from kiosk.model import Image
from kiosk.vision.locate import Region

Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]

_WINDOWS = 9
_WIDTHS = (320, 1400)  # px of the final strip: two samples a pixel for small labels
_HEIGHTS = (12, 96)
_CHANGES_MIN = 30  # a short symbol has 80 edges; soft focus hides half of them
_TRIM = 0.08  # of the height, off each edge: no half-lit rows in the average


@dataclass(frozen=True, slots=True, eq=False)
class Strip:
    """An upright piece of a picture.

    ``pixels`` is H×W uint8; ``to_image`` the 3×3 homography from its pixels to the picture's.
    """

    pixels: Image
    to_image: Doubles

    def place(self, points: Doubles) -> Doubles:
        """Map N×2 points of the strip into the picture."""
        moved = cv2.perspectiveTransform(points.reshape(1, -1, 2), self.to_image)
        return moved.reshape(-1, 2).astype(np.float64)

    @property
    def bars(self) -> tuple[float, float]:
        """The bars' upper and lower ends, in rows: a straightened strip is trimmed by a bit."""
        rows = self.pixels.shape[0] - 1.0
        over = rows * _TRIM / (1.0 - 2.0 * _TRIM)
        return -over, rows + over

    def turned(self) -> "Strip":
        """Return the strip turned by 180°."""
        height, width = self.pixels.shape
        flip = np.array([[-1, 0, width - 1], [0, -1, height - 1], [0, 0, 1]], np.float64)
        return Strip(np.ascontiguousarray(self.pixels[::-1, ::-1]), self.to_image @ flip)


@dataclass(frozen=True, slots=True, eq=False)
class _Measure:
    """What a loose strip tells: lines over x (slope, offset), in strip pixels."""

    lean: Doubles  # dx per dy of the bars
    top: Doubles
    bottom: Doubles


def straighten(grey: Image, region: Region) -> Strip | None:
    """Return the region's strip, its rows within the bars; None where no row of bars shows."""
    loose = sample(grey, region.quad, fine=False)
    if _changes(loose.pixels) < _CHANGES_MIN:
        return None
    for margin in (0.2, -_TRIM):
        measure = _measure(loose.pixels)
        if measure is None:
            return None
        quad = _corners(loose, measure, margin)
        loose = sample(grey, quad, fine=margin < 0)
    return loose


def sample(grey: Image, quad: Floats, *, fine: bool) -> Strip:
    """Resample ``quad`` (4×2: upper left, going round) of ``grey`` into an upright strip."""
    sides = np.linalg.norm(quad - np.roll(quad, -1, axis=0), axis=1)
    length, depth = float(max(sides[0], sides[2])), float(max(sides[1], sides[3]))
    width = int(np.clip((2.0 if fine else 1.0) * length, *_WIDTHS))
    height = int(np.clip(depth, *_HEIGHTS))
    frame = np.array([[0, 0], [width - 1, 0], [width - 1, height - 1], [0, height - 1]], np.float32)
    to_image = cv2.getPerspectiveTransform(frame, quad.astype(np.float32))
    pixels = cv2.warpPerspective(
        grey,
        to_image,
        (width, height),
        flags=cv2.WARP_INVERSE_MAP | (cv2.INTER_CUBIC if fine else cv2.INTER_LINEAR),
        borderMode=cv2.BORDER_REPLICATE,
    )
    return Strip(pixels.astype(np.uint8, copy=False), to_image.astype(np.float64))


def _changes(pixels: Image) -> int:
    """Count how often the middle of a loose strip goes from dark to light or back."""
    rows = pixels.shape[0]
    line = pixels[rows // 2 - 1 : rows // 2 + 2].mean(axis=0)
    span = max(9, line.size // 24)
    swing = line - cv2.blur(line[None, :], (span, 1))[0]
    clear = swing[np.abs(swing) > 0.3 * float(swing.std())]
    return int(np.count_nonzero(np.diff(clear > 0.0)))


def _corners(strip: Strip, measure: _Measure, margin: float) -> Floats:
    """Return the corners, in the picture, of the measured bars, ``margin`` heights wider."""
    width = strip.pixels.shape[1] - 1.0
    corners = []
    for x in (0.0, width):
        top, bottom = _at(measure.top, x), _at(measure.bottom, x)
        middle, half = (top + bottom) / 2.0, (bottom - top) * (0.5 + margin)
        lean = _at(measure.lean, x)
        corners += [(x + lean * sign * half, middle + sign * half) for sign in (-1, 1)]
    upper_left, lower_left, upper_right, lower_right = corners
    ordered = np.array([upper_left, upper_right, lower_right, lower_left])
    return strip.place(ordered).astype(np.float32)


def _at(line: Doubles, x: float) -> float:
    """Return a line's value at ``x``."""
    return float(line[0] * x + line[1])


def _measure(pixels: Image) -> _Measure | None:
    """Measure the bars' lean and the rows they cover, in windows along the strip."""
    dx = np.asarray(cv2.Sobel(pixels, cv2.CV_32F, 1, 0), np.float32)
    dy = np.asarray(cv2.Sobel(pixels, cv2.CV_32F, 0, 1), np.float32)
    width = pixels.shape[1]
    edges = np.linspace(0.05 * width, 0.95 * width, _WINDOWS + 1).astype(int)
    inside = slice(None, edges[-1])
    products = [
        np.add.reduceat(product[:, inside], edges[:-1], axis=1) / np.diff(edges)
        for product in (dx * dx, dy * dy, dx * dy)
    ]
    found = [
        (0.5 * (a + b), *window)
        for index, (a, b) in enumerate(pairwise(edges))
        if (window := _window(*(product[:, index] for product in products))) is not None
    ]
    if len(found) < _WINDOWS // 2:
        return None
    x, top, bottom, lean, weight = np.array(found, np.float64).T
    return _Measure(
        lean=_line(x, lean, weight),
        top=_line(x, top, weight),
        bottom=_line(x, bottom, weight),
    )


def _window(xx: Doubles, yy: Doubles, xy: Doubles) -> tuple[float, float, float, float] | None:
    """Return the top and bottom rows of the bars, their lean and a weight.

    The arguments are the rows' mean products of the gradients.
    """
    barness = np.convolve(np.pad(xx - yy, 1, mode="edge"), np.ones(3) / 3.0, mode="valid")
    rows = barness.size
    middle = barness[rows // 4 : rows - rows // 4]
    peak = rows // 4 + int(np.argmax(middle))
    upper = np.sort(middle)[middle.size // 2 :]
    level = 0.2 * float(upper[(upper.size - 1) // 2] + upper[upper.size // 2])  # 0.4 of the median
    if level <= 0.0:
        return None
    top = bottom = peak
    while top > 0 and barness[top - 1] > level:
        top -= 1
    while bottom < rows - 1 and barness[bottom + 1] > level:
        bottom += 1
    inside = slice(top, bottom + 1)
    jxx, jyy, jxy = (float(part[inside].sum()) for part in (xx, yy, xy))
    lean = -np.tan(0.5 * np.arctan2(2.0 * jxy, jxx - jyy))
    return float(top), float(bottom), float(lean), (jxx - jyy) / (jxx + jyy + 1.0)


def _line(x: Doubles, y: Doubles, weight: Doubles) -> Doubles:
    """Fit a line (slope, offset), then again without what lies far off it."""
    line = _least_squares(x, y, weight)
    for _ in range(2):
        off = np.abs(y - line[0] * x - line[1])
        good = off <= max(2.0 * float(np.sort(off)[off.size // 2]), 1e-3)
        if int(good.sum()) < 4:  # noqa: PLR2004 - a line needs more than its two points
            break
        line = _least_squares(x[good], y[good], weight[good])
    return line


def _least_squares(x: Doubles, y: Doubles, weight: Doubles) -> Doubles:
    """Fit a weighted line: slope and offset."""
    total = float(weight.sum())
    mx, my = float(weight @ x) / total, float(weight @ y) / total
    spread = float(weight @ (x - mx) ** 2)
    slope = float(weight @ ((x - mx) * (y - my))) / spread if spread > 0.0 else 0.0
    return np.array([slope, my - slope * mx])
