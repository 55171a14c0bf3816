"""The prefilter: from a picture to a verdict and, where one is due, the crop to upload.

picture ─▶ locate ─▶ rectify ─▶ read ─▶ crop
"""

import time
from dataclasses import replace
from itertools import islice

import cv2
import numpy as np

from kiosk.model import Image, Reading, Verdict
from kiosk.vision.bars import lines_across, may_be_code
from kiosk.vision.foreign import look_elsewhere
from kiosk.vision.locate import Region, Sighting, locate
from kiosk.vision.look import Look, look_at
from kiosk.vision.readers import load_readers, zxing_any
from kiosk.vision.templates import draw_templates

_GREY, _COLOUR = 2, 3  # dimensions
_CHANNELS = 3
_VIN_PX = 280.0  # 319 modules of hardly a pixel: nothing shorter can be read as a VIN
_SHORT_MAX = 2
_LOOKS_MAX = 6  # a frame full of railings must not stall the lane
_RIVAL = 0.25  # of the strength of a label that was read
_RANK = (Verdict.VIN, Verdict.UNREAD, Verdict.NOT_VIN, Verdict.FOREIGN)


class Prefilter:
    """Looks at pictures. Holds no state between them; one thread at a time.

    Making one takes a third of a second and raises MachineError where libzbar is missing.
    """

    def __init__(self) -> None:
        # One core is enough for one lane, and OpenCV's pool would only wake the others; the
        # setting is the process's, which is what the lane wants.
        cv2.setNumThreads(1)
        # The first car must not wait for what can be made ready now, nor find zbar missing.
        draw_templates()
        load_readers()

    def examine(self, image: Image) -> Reading:
        """Return the verdict on ``image``: H×W grey or H×W×3 BGR, uint8, of any size.

        Raises ValueError for any other array, MachineError where libzbar is missing.
        """
        started = time.perf_counter()
        grey = _grey(image)
        sighting = locate(grey) if grey.size else Sighting((), ())
        looks = _looks(grey, sighting.regions)
        reading = _verdict_on(looks) or look_elsewhere(grey, sighting)
        return replace(reading, ms=round((time.perf_counter() - started) * 1000.0, 2))


def _looks(grey: Image, regions: tuple[Region, ...]) -> list[Look]:
    """Look at the regions that could hold a VIN; at shorter ones only where those show nothing.

    After a sure reading only regions as strong are looked at: they may be a second label.
    """
    looks: list[Look] = []
    floor = 0.0
    likely = (one for one in regions if one.length >= _VIN_PX and _is_code(grey, one))
    for region in islice(likely, _LOOKS_MAX):
        look = look_at(grey, region) if region.strength >= floor else None
        if look is not None:
            looks.append(look)
            if look.verdict is Verdict.VIN:
                floor = max(floor, _RIVAL * region.strength)
    if not looks:
        shorter = islice((one for one in regions if one.length < _VIN_PX), _SHORT_MAX)
        looks = [look for one in shorter if _is_short(grey, one) and (look := look_at(grey, one))]
    return looks


def _is_code(grey: Image, region: Region) -> bool:
    """Tell cheaply whether a region may be a bar code."""
    return may_be_code(lines_across(grey, region.quad))


def _is_short(grey: Image, region: Region) -> bool:
    """Tell whether a library reads a symbol too short for a VIN: no other such is worth a look."""
    lines = lines_across(grey, region.quad)
    return may_be_code(lines) and bool(zxing_any(lines, "linear"))


def _grey(image: Image) -> Image:
    """Check the array at the door and make it grey and contiguous."""
    if image.dtype != np.uint8:
        raise ValueError(f"A picture must be uint8, not {image.dtype}.")
    if image.ndim == _GREY:
        return np.ascontiguousarray(image)
    if image.ndim != _COLOUR or image.shape[2] != _CHANNELS:
        raise ValueError(f"A picture must be H×W or H×W×3 (BGR), not {image.shape}.")
    if image.size == 0:
        return np.zeros(image.shape[:2], np.uint8)
    return cv2.cvtColor(np.ascontiguousarray(image), cv2.COLOR_BGR2GRAY).astype(
        np.uint8, copy=False
    )


def _verdict_on(looks: list[Look]) -> Reading | None:
    """Sum up the rows of bars in view; None where none is a bar code."""
    if not looks:
        return None
    vins = tuple(sorted({look.vin for look in looks if look.vin and look.pixels is not None}))
    best = min(looks, key=lambda look: (_RANK.index(look.verdict), -look.confidence))
    if len(vins) > 1:
        return Reading(Verdict.UNREAD, symbology="code39", quad=best.quad, vins=vins)
    return Reading(
        best.verdict,
        text=best.text,
        vin=best.vin,
        confidence=best.confidence,
        symbology=best.symbology,
        quad=best.quad,
        crop=best.crop(),
        vins=vins,
        guess=best.guess,
    )
