"""Other symbologies: a VIN in a QR code or a Data Matrix is told, but never uploaded.

The service reads Code 39 only, so this is a courtesy, and it must not slow an empty lane: zxing-cpp
looks only where something dense enough for a bar code was sighted.
"""

import math
import re

import cv2
import numpy as np

from kiosk.model import Image, Point, Quad, Reading, Verdict
from kiosk.vin import CHARACTERS, check_digit_passes, vin_of
from kiosk.vision.bars import lines_across, may_be_code
from kiosk.vision.locate import Sighting
from kiosk.vision.patches import Box, is_matrix
from kiosk.vision.readers import Found, zxing_any

_SMALL = 320_000  # pixels: such a picture is searched whole, for little more than it costs anyway
_PATCH = 60_000  # pixels: a matrix code that fills more is as readable smaller
_TOKEN = re.compile(rf"(?<![A-Z0-9])I?{CHARACTERS}(?![A-Z0-9])")
_NONE = Reading(Verdict.NONE)


def look_elsewhere(grey: Image, sighting: Sighting) -> Reading:
    """Search ``grey`` (H×W uint8) for matrix codes, and a small picture for anything."""
    blobs = (blob for blob in sighting.blobs if is_matrix(grey, blob))
    if grey.size <= _SMALL:
        worth = next(blobs, None) or any(
            may_be_code(lines_across(grey, one.quad)) for one in sighting.regions
        )
        return (_first(zxing_any(grey), (0, 0)) if worth else None) or _NONE
    for blob in blobs:  # rows of bars were looked at, one by one
        x, y, w, h = _around(grey, blob)
        patch = grey[y : y + h, x : x + w]
        scale = min(1.0, math.sqrt(_PATCH / patch.size))
        if scale < 1.0:
            small = cv2.resize(patch, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
            patch = np.asarray(small, np.uint8)
        reading = _first(zxing_any(patch, "matrix"), (x, y), scale)
        if reading is not None:
            return reading
    return _NONE


def vin_in(text: str) -> str | None:
    """Return the VIN that ``text`` is, or the only one it holds among other words."""
    whole = vin_of(text.strip())
    if whole:
        return whole
    found = {vin for token in _TOKEN.findall(text) if (vin := vin_of(token))}
    checked = {vin for vin in found if check_digit_passes(vin)}
    return checked.pop() if len(checked) == 1 else None


def _first(found: tuple[Found, ...], offset: tuple[int, int], scale: float = 1.0) -> Reading | None:
    """Make a reading of the first foreign symbol, the one with a VIN if there is one."""
    others = [one for one in found if one.symbology != "code39"]
    if not others:
        return None
    best = next((one for one in others if vin_in(one.text)), others[0])
    return Reading(
        Verdict.FOREIGN,
        text=best.text,
        vin=vin_in(best.text),
        confidence=1.0,
        symbology=best.symbology,
        quad=_moved(best.quad, offset, scale),
    )


def _moved(quad: Quad, offset: tuple[int, int], scale: float) -> Quad:
    """Move a quad of a cut-out, drawn at ``scale``, into the picture."""

    def moved(point: Point) -> Point:
        return point[0] / scale + offset[0], point[1] / scale + offset[1]

    return moved(quad[0]), moved(quad[1]), moved(quad[2]), moved(quad[3])


def _around(grey: Image, box: Box) -> tuple[int, int, int, int]:
    """Widen a box (x, y, w, h) by a third, for the quiet zone, inside the picture."""
    x, y, w, h = box
    grow = max(w, h) // 3 + 16
    left, top = max(0, x - grow), max(0, y - grow)
    right = min(grey.shape[1], x + w + grow)
    bottom = min(grey.shape[0], y + h + grow)
    return left, top, max(0, right - left), max(0, bottom - top)
