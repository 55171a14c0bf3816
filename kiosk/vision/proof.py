"""Prove a crop by reading it back from the very bytes that would be uploaded.

A credit buys an answer, whatever the answer. So a VIN is only taken for read when its crop, decoded
from its bytes as the service will, says the same; and no smaller crop goes out than one that the
libraries read as well as a large one.
"""

from collections.abc import Sequence

import numpy as np

from kiosk.model import Crop
from kiosk.vin import vin_of
from kiosk.vision import crop as crops
from kiosk.vision.decode import read_profile
from kiosk.vision.picture import decode_picture
from kiosk.vision.readers import zxing_any
from kiosk.vision.trials import ROWS, Trial, tried

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


def proof_of(text: str, trials: Sequence[Trial]) -> tuple[Trial, Crop] | None:
    """Return the trial whose crop, read back from its bytes, says ``text``, and that crop.

    The first of ``trials`` (best first) that a library reads; where none does, the first of all if
    our own decoder reads it. None where no crop says so.
    """
    first: tuple[Trial, Crop, Trial] | None = None
    for trial in trials:
        crop = smallest(trial)
        back = _back_of(crop)
        if _is_read_as(text, back):
            return trial, crop
        first = first or (trial, crop, back)
    return first[:2] if first and _is_ours(text, first[2]) else None


def read_back(text: str, trial: Trial) -> Crop | None:
    """Return the trial's crop at its own size if a library reads ``text`` in its bytes, else None.

    Raises PictureError where OpenCV cannot encode.
    """
    if text not in trial.texts:
        return None
    crop = crops.encode(trial.pixels)
    return crop if _is_read_as(text, _back_of(crop)) else None


def holds_one(crop: Crop) -> bool:
    """Tell whether no library sees more than one symbol, of whatever kind, in the bytes."""
    return _holds_one(_back_of(crop))


def proves(crop: Crop, text: str) -> bool:
    """Tell whether the bytes of ``crop`` say ``text``, and nothing that could be taken for it.

    A library must read it; where none reads anything, our own decoder, and clearly.
    """
    back = _back_of(crop)
    return _is_read_as(text, back) or _is_ours(text, back)


def _is_read_as(text: str, back: Trial) -> bool:
    """Tell whether a library reads ``text`` in what came back, and neither another VIN nor more."""
    return text in back.texts and not back.contradicts(text) and _holds_one(back)


def _is_ours(text: str, back: Trial) -> bool:
    """Tell whether our own decoder reads ``text`` in what came back, and no library anything."""
    if back.texts or not _holds_one(back):
        return False
    match = read_profile(np.asarray(back.pixels.mean(axis=0), np.float64), 1.0)
    return match is not None and match.text == text and match.margin >= _MARGIN_MIN


def _holds_one(back: Trial) -> bool:
    """Tell whether neither library sees more than one symbol; zbar is asked for Code 39 only."""
    return back.holds_one and len(zxing_any(back.pixels[:ROWS])) <= 1


def _back_of(crop: Crop) -> Trial:
    """Decode the crop as any receiver would, and let the libraries read it."""
    return tried(np.asarray(decode_picture(crop.data, grey=True), np.uint8))
