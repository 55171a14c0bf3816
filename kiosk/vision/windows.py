"""Gradients along a strip, summed in windows: where bars are, how clean they are, how they lean.

The sums are those of the structure tensor (Bigün and Granlund 1987), over a character or two each.
They run down the rows, so that any stretch of a window costs two look-ups.
"""

import math
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from kiosk.model import Image
from kiosk.vision.profile import Doubles, Floats

_WIDTH = (16, 40)  # px: a character or two
_WASHED_OUT = 225.0  # grey, of a window's row: glare


class Sums(NamedTuple):
    """What a stretch of rows of one window holds, xx … being products of gradients.

    ``across`` is the sum of xx - yy, ``slant`` of xy, ``energy`` of xx + yy; ``bars`` is that of
    `Windows.bars`.
    """

    across: float
    slant: float
    energy: float
    bars: float

    @property
    def lean(self) -> float:
        """The bars' dx per dy: positive where they lead to the right as they go down."""
        return -math.tan(0.5 * math.atan2(2.0 * self.slant, self.across))

    @property
    def cleanness(self) -> float:
        """How much of the gradients is across upright bars: 1 is all of them, noise has 0."""
        return self.across / (self.energy + 1.0)


@dataclass(frozen=True, eq=False)
class Windows:
    """A strip's gradients, rows × windows.

    ``edges`` are the columns between the windows, one more than there are windows. ``bars`` is
    xx - yy, smoothed over three rows, ``energy`` xx + yy; ``light`` the mean grey value.
    ``running`` is windows × (rows + 1) × 4: the `Sums` of the rows above each.
    """

    edges: npt.NDArray[np.intp]
    bars: Floats
    energy: Floats
    light: Floats
    running: Doubles

    @property
    def count(self) -> int:
        """The number of windows."""
        return int(self.bars.shape[1])

    @cached_property
    def columns(self) -> Floats:
        """`bars`, windows × rows, each window's in one piece."""
        return np.ascontiguousarray(self.bars.T)

    def over(self, at: int, top: float, bottom: float) -> Sums:
        """Sum window ``at`` over the rows ``top`` to ``bottom``, both within the strip."""
        running = self.running[at]
        return Sums(*(running[int(bottom) + 1] - running[int(top)]).tolist())

    def is_washed_out(self, at: int, top: float, bottom: float) -> bool:
        """Tell whether glare may hide bars of window ``at`` between two rows, of any strip."""
        rows = self.light[max(0, int(top)) : max(0, int(bottom) + 1), at]
        return bool(rows.size and rows.max() > _WASHED_OUT)


def windows_of(pixels: Image) -> Windows:
    """Sum the products of gradients of ``pixels`` (H×W uint8) in windows half as wide as high."""
    rows, cols = pixels.shape
    width = int(np.clip(rows // 2, *_WIDTH))
    edges = np.linspace(0, cols, max(1, cols // width) + 1).astype(np.intp)
    dx = np.asarray(cv2.Sobel(pixels, cv2.CV_32F, 1, 0), np.float32)
    dy = np.asarray(cv2.Sobel(pixels, cv2.CV_32F, 0, 1), np.float32)
    xx, yy, xy = (
        np.add.reduceat(product, edges[:-1], axis=1).astype(np.float32)
        for product in (dx * dx, dy * dy, dx * dy)
    )
    across, energy = xx - yy, xx + yy
    bars = np.asarray(cv2.blur(across, (1, 3), borderType=cv2.BORDER_REPLICATE), np.float32)
    light = np.add.reduceat(pixels, edges[:-1], axis=1, dtype=np.float32) / np.diff(edges)
    running = np.zeros((bars.shape[1], rows + 1, len(Sums._fields)))
    np.cumsum(np.stack([across, xy, energy, bars]).T, axis=1, dtype=np.float64, out=running[:, 1:])
    return Windows(edges, bars, energy, light.astype(np.float32), running)
