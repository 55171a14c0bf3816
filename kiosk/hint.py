"""What a technician can do about a label that was not found: a word on the last picture.

A picture in which nothing was found is looked at once more: its light, and its middle enlarged. A
label that is found then was too small for the lane, and is no reading: nobody is to pay for it.
"""

from enum import StrEnum

import cv2
import numpy as np

from kiosk.gate import Examiner
from kiosk.model import Image, Verdict

_CLOSER = 1.5  # bars of two thirds of a pixel, the finest that a lens shows, become a whole one
_DARK, _WASHED_OUT = 50, 250  # of 255: the brightest in view is no white; half of it is only white
_BRIGHTEST = 99  # percentile: not a lamp's glint
_EVERY = 8  # of the pixels tells as much of the light
_LEAST = 32  # pixels a side; below is no picture of a lane


class Hint(StrEnum):
    """The detail of NO_LABEL: there is a text for each."""

    CLOSER = "closer"
    LIGHT = "light"


def hint_for(image: Image, examiner: Examiner) -> Hint | None:
    """Say what would help to find a label in ``image`` (H×W or H×W×3 BGR, uint8), if it shows.

    Takes as long as one more look at a picture of this size.
    """
    if min(image.shape[:2]) < _LEAST:
        return None
    sample = image[::_EVERY, ::_EVERY]
    if np.percentile(sample, _BRIGHTEST) < _DARK or np.median(sample) >= _WASHED_OUT:
        return Hint.LIGHT
    found = examiner.examine(_closer(image)).verdict
    return Hint.CLOSER if found in {Verdict.VIN, Verdict.UNREAD, Verdict.NOT_VIN} else None


def _closer(image: Image) -> Image:
    """Enlarge the middle to the whole picture's size."""
    height, width = image.shape[:2]
    top, left = (round(side * (1 - 1 / _CLOSER) / 2) for side in (height, width))
    middle = image[top : height - top, left : width - left]
    enlarged = cv2.resize(middle, (width, height), interpolation=cv2.INTER_CUBIC)
    return enlarged.astype(np.uint8, copy=False)
