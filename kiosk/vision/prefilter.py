"""The prefilter: from a picture to a verdict and, where one is due, the crop to upload.

picture ─▶ locate ─▶ rectify ─▶ read ─▶ crop
"""

import time
from dataclasses import replace

import cv2
import numpy as np

from kiosk.model import Image, Reading, Verdict
from kiosk.vin import vin_of
from kiosk.vision.confidence import SURE, confidence_in
from kiosk.vision.decode import make_ready
from kiosk.vision.foreign import look_elsewhere
from kiosk.vision.judge import Look
from kiosk.vision.locate import Sighting, locate
from kiosk.vision.readers import load_readers
from kiosk.vision.survey import looks_of

_GREY, _COLOUR = 2, 3  # dimensions
_CHANNELS = 3
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
        looks = looks_of(grey, sighting.regions)
        reading = _verdict_on(looks)
        if reading is None or reading.verdict is Verdict.NOT_VIN:
            elsewhere = look_elsewhere(grey, sighting)
            reading = elsewhere if reading is None or elsewhere.vin else reading
        return replace(reading, ms=round((time.perf_counter() - started) * 1000.0, 2))


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


def _vins_in(looks: list[Look]) -> tuple[str, ...]:
    """Return the VINs read and, beside one, what another symbol surely says, VIN or not.

    Nothing is paid for while it is open which of two cars is meant.
    """
    read = {look.vin for look in looks if look.vin and look.verdict is Verdict.VIN}
    if read:
        read |= {look.vin for look in looks if look.vin and look.verdict is Verdict.FOREIGN}
        guesses = (
            look.guess for look in looks if look.evidence and confidence_in(look.evidence) >= SURE
        )
        read |= {vin for guess in guesses if guess and (vin := vin_of(guess))}
    return tuple(sorted(read))


def _is_alone(best: Look, looks: list[Look]) -> bool:
    """Tell whether a VIN is the only label in view that may hold one: then only may it go out."""
    frame = np.array(best.quad, np.float32)
    middles = (np.mean(one.quad, axis=0) for one in looks if one.verdict is Verdict.UNREAD)
    return best.verdict is not Verdict.VIN or all(
        cv2.pointPolygonTest(frame, (float(x), float(y)), measureDist=False) >= 0
        for x, y in middles
    )


def _verdict_on(looks: list[Look]) -> Reading | None:
    """Sum up the rows of bars in view; None where none is a bar code."""
    if not looks:
        return None
    vins = _vins_in(looks)
    best = min(looks, key=lambda look: (_RANK.index(look.verdict), -look.confidence))
    if len(vins) > 1:
        return Reading(Verdict.UNREAD, symbology="code39", quad=best.quad, vins=vins)
    if not _is_alone(best, looks):
        return Reading(Verdict.UNREAD, symbology="code39", quad=best.quad)
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
