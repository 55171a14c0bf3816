"""A blank label to print on: lengths and places in modules, the drawing in pixels."""

import math
from dataclasses import dataclass

import cv2
import numpy as np

from kiosk.simulate.lettering import Ink, stamp, typeset
from kiosk.simulate.symbols import Symbol

Box = tuple[float, float, float, float]  # left, top, right, bottom in modules


@dataclass(frozen=True, slots=True)
class Sheet:
    """Grey ``print``, H×W uint8, at ``scale`` pixels a module.

    Coordinates count from the symbol's middle, right and down; (``left``, ``top``) is the
    sheet's upper left corner. Whatever lies outside the sheet is not printed.
    """

    print: Ink
    scale: int
    left: float
    top: float

    @classmethod
    def blank(cls, box: Box, scale: int, ground: int) -> "Sheet":
        """Cut a sheet to ``box``, of grey ``ground``."""
        left, top, right, bottom = box
        size = round((bottom - top) * scale), round((right - left) * scale)
        return cls(np.full(size, ground, np.uint8), scale, left, top)

    def fill(self, box: Box, ink: int) -> None:
        """Print a plain rectangle, at least a pixel thick."""
        left, top = self._pixel(box[0], box[1])
        right, bottom = self._pixel(box[2], box[3])
        area = (
            slice(max(top, 0), max(bottom, top + 1, 0)),
            slice(max(left, 0), max(right, left + 1, 0)),
        )
        self.print[area] = ink

    def text(
        self, text: str, at: tuple[float, float], cap: float, room: float, narrow: float, ink: int
    ) -> None:
        """Print a line whose capitals' upper left is ``at``, at most ``room`` modules long."""
        patch = typeset(text, cap * self.scale, room * self.scale, narrow)
        stamp(self.print, patch, *self._pixel(*at), ink)

    def text_upwards(
        self, text: str, at: tuple[float, float], cap: float, room: float, ink: int
    ) -> None:
        """Print a line that runs upwards, centred on ``at``."""
        patch = cv2.rotate(
            typeset(text, cap * self.scale, room * self.scale), cv2.ROTATE_90_COUNTERCLOCKWISE
        )
        x, y = self._pixel(*at)
        height, width = patch.shape
        stamp(self.print, patch.astype(np.uint8, copy=False), x - width // 2, y - height // 2, ink)

    def symbol(self, symbol: Symbol, ink: int, at: tuple[float, float] = (0.0, 0.0)) -> None:
        """Print the symbol around ``at``; along the text exact to the share of a pixel."""
        _, y = self._pixel(0.0, at[1] - symbol.height / 2)
        start = (at[0] - symbol.width / 2 - self.left) * self.scale
        phase = start - math.floor(start)
        patch = np.rint(symbol.coverage(self.scale, phase) * 255).astype(np.uint8)
        stamp(self.print, patch, math.floor(start), y, ink)

    def rounded(self, radius: float) -> Ink:
        """Return the mask of the sheet with rounded corners: 255 inside, 0 outside, H×W."""
        height, width = self.print.shape
        reach = min(round(radius * self.scale), height // 2, width // 2)
        mask = np.zeros((height, width), np.uint8)
        mask[reach : height - reach, :] = 255
        mask[:, reach : width - reach] = 255
        for x in (reach, width - 1 - reach):
            for y in (reach, height - 1 - reach):
                cv2.circle(mask, (x, y), reach, 255, -1, cv2.LINE_AA)
        return mask

    def _pixel(self, u: float, v: float) -> tuple[int, int]:
        return round((u - self.left) * self.scale), round((v - self.top) * self.scale)
