"""What a technician can do about a label that was not found: a word on the last picture.

A picture in which nothing was found is looked at once more: its middle enlarged, and its light.
Whether bars show there that were too small for the lane is asked; nothing is read.
"""

from collections.abc import Callable
from enum import StrEnum

import cv2
import numpy as np

from kiosk.model import Image
from kiosk.vision.bars import lines_across, may_be_code
from kiosk.vision.locate import locate

_CLOSER = 1.5  # bars of two thirds of a pixel, the finest that a lens shows, become a whole one
_DARK, _WASHED_OUT = 50, 250  # of 255: the brightest in view is no white; half of it is only white
_BRIGHTEST = 0.99  # of the pixels: not a lamp's glint
_EVERY = 8  # of the pixels tells as much of the light
_LEAST = 32  # pixels a side; below is no picture of a lane


class Hint(StrEnum):
    """The detail of NO_LABEL: there is a text for each."""

    CLOSER = "closer"
    LIGHT = "light"


def hint_for(image: Image, should_stop: Callable[[], bool] = lambda: False) -> Hint | None:
    """Say what would help to find a label in ``image`` (H×W or H×W×3 BGR, uint8), if it shows.

    Takes no longer than a look at an empty lane, whatever is in the picture; None at once where
    ``should_stop`` says so.
    """
    if min(image.shape[:2]) < _LEAST or should_stop():
        return None
    median, brightest = _light(image)
    if brightest < _DARK:
        return Hint.LIGHT
    if _shows_bars(_closer(image)):
        return Hint.CLOSER
    return Hint.LIGHT if median >= _WASHED_OUT else None


def _light(image: Image) -> tuple[int, int]:
    """Return the median and the brightest value of a sample of the pixels, glints left out."""
    sample = np.ascontiguousarray(image[::_EVERY, ::_EVERY]).reshape(-1)
    counts = np.bincount(sample, minlength=256).cumsum()
    median, brightest = np.searchsorted(counts, (0.5 * counts[-1], _BRIGHTEST * counts[-1]))
    return int(median), int(brightest)


def _shows_bars(grey: Image) -> bool:
    """Tell whether one of the rows of parallel edges, sixteen at most, may be a bar code."""
    regions = locate(grey).regions
    return any(may_be_code(lines_across(grey, region.quad)) for region in regions)


def _closer(image: Image) -> Image:
    """Enlarge the middle to the whole picture's size, in grey."""
    height, width = image.shape[:2]
    top, left = (round(side * (1 - 1 / _CLOSER) / 2) for side in (height, width))
    middle = np.ascontiguousarray(image[top : height - top, left : width - left])
    if middle.ndim > 2:  # noqa: PLR2004 - rows and columns
        middle = cv2.cvtColor(middle, cv2.COLOR_BGR2GRAY).astype(np.uint8, copy=False)
    enlarged = cv2.resize(middle, (width, height), interpolation=cv2.INTER_CUBIC)
    return enlarged.astype(np.uint8, copy=False)
