"""Find dense patches that may be matrix codes: edges square to each other, dark and light mixed."""

import math

import cv2
import numpy as np
import numpy.typing as npt

from kiosk.model import Image
from kiosk.vision.tensor import Field

Box = tuple[int, int, int, int]
"""Left, top, width and height in pixels."""

_BUSY = 6000.0  # Sobel² units: black and white modules, a few pixels each
_BLOBS_MAX = 3
_SIDE_MIN = 6  # cells: smaller, and no library reads the modules
_FULL = 0.6  # of a blob's box: less, and it is a bent or a hollow thing
_SLIM = 2.5  # width over height, or height over width: Data Matrix is 2:1 at most here

_SEEN = 96  # px square, in the patch's middle: enough to tell its directions
_SQUARE_MIN = 0.15  # dev scenes: 0.18 at least in 99 of 100 codes; 0.05 in noise and rough metal
_ONE_WAY_MAX = 0.8  # dev scenes: 0.58 at most in 99 of 100 codes; bars and gratings have 0.9
_DRAWN = 96  # px: side of the upright square, at most
_INSIDE = 0.95  # of the largest square that fits into the box
_MARGIN = 0.2  # of the upright square, on each side: may be quiet zone
_SHARE = 0.25  # of the lines: a finder pattern's border is without turns
_TURNS_MIN = 2  # in all other lines: a mesh, a word, a screw have lines without
_TURNS_USUAL = 3  # in half of them: a cross and a bolt's head have two
_CONTRAST_MIN = 40.0  # grey levels, between the means of dark and light


def patches_in(field: Field) -> tuple[Box, ...]:
    """Box the largest dense patches of ``field``, largest first, at most three."""
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
        if area >= _FULL * w * h and max(w, h) < _SLIM * min(w, h):
            boxes.append((x * field.size, y * field.size, w * field.size, h * field.size))
    boxes.sort(key=lambda box: -box[2] * box[3])
    return tuple(boxes[:_BLOBS_MAX])


def is_matrix(grey: Image, box: Box) -> bool:
    """Tell whether the patch in ``box`` (64 px a side at least) of ``grey`` may be a matrix code.

    Its edges run in two directions square to each other, and nearly every line along either goes
    from dark to light and back. Bars have one direction, noise and rough metal have all; lines
    through a mesh, between words or beside a screw do not turn.
    """
    angle = _square_angle(grey, box)
    return angle is not None and _turns_everywhere(_upright(grey, box, angle))


def _square_angle(grey: Image, box: Box) -> float | None:
    """Return the angle (radians, ±45°) of edges square to each other; None if they are not.

    The sum of squared gradients, their angles times four, is long where they are; with their
    angles doubled, as in the structure tensor (Bigün and Granlund 1987), where all are parallel.
    """
    x, y, w, h = box
    left, top = x + max(0, w - _SEEN) // 2, y + max(0, h - _SEEN) // 2
    middle = grey[top : top + min(h, _SEEN), left : left + min(w, _SEEN)]
    gradients = cv2.spatialGradient(np.ascontiguousarray(middle))
    dx, dy = (one[::2].astype(np.float32) for one in gradients)  # half of them tell as much
    xx, yy = dx * dx, dy * dy
    energy, cosine, sine = xx + yy, xx - yy, 2.0 * dx * dy
    total = float(energy.sum()) + 1e-6
    if math.hypot(float(cosine.sum()), float(sine.sum())) > _ONE_WAY_MAX * total:
        return None
    again = 1.0 / np.maximum(energy, 1.0)
    real = float((again * (cosine * cosine - sine * sine)).sum())
    imaginary = float((again * (2.0 * cosine * sine)).sum())
    if math.hypot(real, imaginary) < _SQUARE_MIN * total:
        return None
    return 0.25 * math.atan2(imaginary, real)


def _upright(grey: Image, box: Box, angle: float) -> Image:
    """Cut the largest square at ``angle`` out of ``box``: N×N uint8, N ≤ 128."""
    x, y, w, h = box
    cosine, sine = math.cos(angle), math.sin(angle)
    side = _INSIDE * min(w, h) / (abs(cosine) + abs(sine))
    size = max(8, min(_DRAWN, int(side)))
    along, across, half = side / size * cosine, side / size * sine, size / 2.0
    left, top = x + w / 2.0 - (along - across) * half, y + h / 2.0 - (across + along) * half
    square = cv2.warpAffine(
        grey,
        np.array([[along, -across, left], [across, along, top]]),
        (size, size),
        flags=cv2.WARP_INVERSE_MAP | cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return np.asarray(square, np.uint8)


def _turns_everywhere(square: Image) -> bool:
    """Tell whether nearly all lines of an upright square (N×N uint8) go from dark to light."""
    edge = int(_MARGIN * square.shape[0])
    inner = cv2.blur(square, (3, 3))[edge:-edge, edge:-edge]
    _, tones = cv2.threshold(inner, 0.0, 1.0, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    light = tones.astype(np.bool_)
    if cv2.mean(inner, tones)[0] - cv2.mean(inner, 1 - tones)[0] < _CONTRAST_MIN:
        return False  # where all is light, no line turns
    return all(
        _are_many(np.count_nonzero(lines[:, 1:] != lines[:, :-1], axis=1))
        for lines in (light, light.T)
    )


def _are_many(turns: npt.NDArray[np.intp]) -> bool:
    """Tell whether lines turn as often, each of them, as those through a matrix code do."""
    few, half = int(_SHARE * turns.size), turns.size // 2
    ordered = np.sort(turns)
    return bool(ordered[few] >= _TURNS_MIN and ordered[half] >= _TURNS_USUAL)
