"""Find dense patches without one direction, as matrix codes are."""

import cv2
import numpy as np

from kiosk.model import Image
from kiosk.vision.bars import has_beat
from kiosk.vision.profile import Floats
from kiosk.vision.tensor import Field

Box = tuple[int, int, int, int]
"""Left, top, width and height in pixels."""

_BUSY = 6000.0  # Sobel² units: black and white modules, a few pixels each
_BLOBS_MAX = 3
_SIDE_MIN = 6  # cells: smaller, and no library reads the modules
_HALVES = (0.2, 0.7)  # the share of dark pixels in a matrix code
_PARTED = 0.82  # of the variance lies between dark and light; a bell curve has 0.64
_LINE_MIN = 64  # px
_CONTRAST_MIN = 40.0  # grey levels, between the means of dark and light


def patches_in(field: Field) -> tuple[Box, ...]:
    """Box the largest dense patches, largest first."""
    busy = np.asarray(cv2.compare(field.energy, np.array(_BUSY), cv2.CMP_GT), np.uint8)
    if cv2.countNonZero(busy) < _SIDE_MIN**2:
        return ()
    joined = cv2.morphologyEx(busy, cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8))
    solid = cv2.morphologyEx(joined, cv2.MORPH_OPEN, np.ones((_SIDE_MIN, _SIDE_MIN), np.uint8))
    outlines, _ = cv2.findContours(solid, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    boxes = []
    for outline in outlines:
        x, y, w, h = cv2.boundingRect(outline)
        area = cv2.countNonZero(solid[y : y + h, x : x + w])
        if area >= 0.6 * w * h and max(w, h) < 2.5 * min(w, h):
            boxes.append((x * field.size, y * field.size, w * field.size, h * field.size))
    boxes.sort(key=lambda box: -box[2] * box[3])
    return tuple(boxes[:_BLOBS_MAX])


def is_matrix(grey: Image, box: Box) -> bool:
    """Tell whether the patch in ``box`` of ``grey`` may be a matrix code.

    Its pixels are dark or light, about as many of each, and come at no one beat as a mesh does.
    Otsu's criterion (1979) measures how far the two part.
    """
    x, y, w, h = box
    patch = np.ascontiguousarray(grey[y : y + h : 2, x : x + w : 2])
    counts = cv2.calcHist([patch], [0], None, [256], [0, 256])
    if not _is_two_toned(np.asarray(counts, np.float32).ravel()):
        return False
    across = grey[y + 2 * h // 5 : y + 2 * h // 5 + 2, x : x + w]
    down = grey[y : y + h, x + 2 * w // 5 : x + 2 * w // 5 + 2].T
    return not all(_has_beat(line) for line in (across, down))  # a mesh has two beats


def _has_beat(line: Image) -> bool:
    """Tell whether edges along a line (2×W) come at one beat."""
    return line.shape[1] >= _LINE_MIN and has_beat(line)


def _is_two_toned(counts: Floats) -> bool:
    """Tell whether grey levels, counted, fall into two parts of about the same size."""
    share = counts.astype(np.float64) / float(counts.sum())
    levels = np.arange(share.size)
    dark = share.cumsum()
    below = (share * levels).cumsum()
    mean = float(below[-1])
    between = (mean * dark - below) ** 2 / np.maximum(dark * (1.0 - dark), 1e-9)
    at = int(np.argmax(between))
    spread = float(share @ (levels - mean) ** 2)
    apart = float(between[at]) / max(float(dark[at] * (1.0 - dark[at])), 1e-9)
    even = _HALVES[0] < float(dark[at]) < _HALVES[1]
    return even and apart > _CONTRAST_MIN**2 and float(between[at]) > _PARTED * spread
