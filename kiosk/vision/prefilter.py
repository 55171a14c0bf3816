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
from kiosk.vision.decode import make_ready
from kiosk.vision.foreign import look_elsewhere
from kiosk.vision.judge import Look
from kiosk.vision.locate import Region, Sighting, halves_of, locate
from kiosk.vision.look import Budget, look_at
from kiosk.vision.readers import load_readers, zxing_any

_GREY, _COLOUR = 2, 3  # dimensions
_CHANNELS = 3
_VIN_PX = 280.0  # 319 modules of hardly a pixel: nothing shorter can be read as a VIN
_SHORT_MAX = 2
_RAGGED = 0.6  # of a region's frame: less is filled where it holds more than a row of bars
_BANDS = 4  # of lines across a ragged region
_RIVAL = (
    0.08  # of the strength of a label that was read: a second one, of modules 3.5 times smaller
)
_LOOKS_MAX = 6  # a frame full of railings must not stall the lane
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
        make_ready()
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

    After a sure reading only regions that may be a second label are looked at.
    """
    looks: list[Look] = []
    budget = Budget()
    floor = 0.0
    likely = (one for one in regions if one.length >= _VIN_PX and _is_code(grey, one))
    for region in islice(likely, _LOOKS_MAX):
        if budget.is_spent:
            break
        found = _looks_at(grey, region, budget) if region.strength >= floor else []
        looks += found
        if any(look.verdict is Verdict.VIN for look in found):
            floor = max(floor, _RIVAL * region.strength)
    if not looks:
        shorter = islice((one for one in regions if one.length < _VIN_PX), _SHORT_MAX)
        for region in shorter:
            looks += look_at(grey, region, budget) if _is_short(grey, region) else []
    return looks


def _looks_at(grey: Image, region: Region, budget: Budget) -> list[Look]:
    """Look at a region and, if it shows nothing and is ragged, at its halves that may be a code.

    A large grating beside a label draws all attention to itself.
    """
    looks = look_at(grey, region, budget)
    if looks or region.fill > _RAGGED:
        return looks
    halves = (half for half in halves_of(region) if _is_code(grey, half))
    return [look for half in halves for look in look_at(grey, half, budget)]


def _is_code(grey: Image, region: Region) -> bool:
    """Tell cheaply whether a region may be a bar code; of a ragged one, whether a part of it."""
    lines = lines_across(grey, region.quad)
    if may_be_code(lines):
        return True
    parts = np.array_split(lines, _BANDS) if region.fill < _RAGGED else []
    return any(may_be_code(part) for part in parts)


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
    vins = tuple(sorted({look.vin for look in looks if look.vin and look.verdict is Verdict.VIN}))
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
