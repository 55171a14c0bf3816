"""Prove a crop by reading it back from the very bytes that would be uploaded.

A credit buys an answer, whatever the answer. So a VIN is only taken for read when its crop, decoded
from its bytes as the service will, says the same; and no smaller crop goes out than one that the
libraries read as well as a large one.
"""

from collections.abc import Iterable, Sequence

import numpy as np

from kiosk.model import Crop, Image
from kiosk.vin import vin_of
from kiosk.vision import crop as crops
from kiosk.vision.decode import read_profile
from kiosk.vision.picture import decode_picture
from kiosk.vision.readers import zxing_any
from kiosk.vision.trials import Trial, tried

_SIZES = (3, 4)  # px a module; a scan line should have two for the narrowest bar
_MARGIN_MIN = 10.0  # nats, of our own decoder where no library reads the crop


def smallest(trial: Trial) -> Crop:
    """Encode the trial's crop as small as both libraries still read what they read in it.

    Where neither reads it large, a small crop that one reads goes out. Raises PictureError where
    OpenCV cannot encode.
    """
    for module_px in _SIZES:
        pixels = crops.resized(trial.pixels, module_px)
        back = tried(pixels)
        same = (back.zxing, back.zbar) == (trial.zxing, trial.zbar)
        if same if trial.texts else any(vin_of(text) for text in back.texts):
            return crops.encode(pixels)
    return crops.encode(trial.pixels)


def proof_of(
    text: str, trials: Sequence[Trial], spares: Iterable[Trial] = ()
) -> tuple[Trial, Crop] | None:
    """Return the trial whose crop, read back from its bytes, says ``text``, and that crop.

    The first that a library reads, of ``trials`` (best first) or else of ``spares``, which are not
    made smaller; where none does, the first of all if our own decoder reads it. None where no crop
    says so.
    """
    for trial in trials:
        crop = smallest(trial)
        if _is_read_as(text, crop):
            return trial, crop
    for trial in spares:
        if text in trial.texts and _is_read_as(text, crop := crops.encode(trial.pixels)):
            return trial, crop
    if not trials:
        return None
    crop = smallest(trials[0])
    return (trials[0], crop) if proves(crop, text) else None


def holds_one(crop: Crop) -> bool:
    """Tell whether no library sees more than one symbol, of whatever kind, in the bytes."""
    pixels = _decoded(crop)
    return len(zxing_any(pixels)) <= 1 and tried(pixels).holds_one


def proves(crop: Crop, text: str) -> bool:
    """Tell whether the bytes of ``crop`` say ``text``, and nothing that could be taken for it.

    A library must read it; where none reads anything, our own decoder, and clearly.
    """
    if _is_read_as(text, crop):
        return True
    pixels = _decoded(crop)
    back = tried(pixels)
    if text in back.texts or back.contradicts(text) or not holds_one(crop):
        return False
    match = read_profile(np.asarray(pixels.mean(axis=0), np.float64), 1.0)
    return match is not None and match.text == text and match.margin >= _MARGIN_MIN


def _is_read_as(text: str, crop: Crop) -> bool:
    """Tell whether a library reads ``text`` in the bytes, and neither another VIN or more of it."""
    back = tried(_decoded(crop))
    return text in back.texts and not back.contradicts(text) and holds_one(crop)


def _decoded(crop: Crop) -> Image:
    """Decode the crop as any receiver would."""
    return np.asarray(decode_picture(crop.data, grey=True), np.uint8)
