"""Code 39 symbols on one sheet of paper, seen at an angle, and where they truly lie."""

from dataclasses import dataclass

import cv2
import numpy as np

from kiosk.simulate.code39 import encode
from kiosk.vision.locate import Region

FINER = 4  # the sheet's pixels a pixel of the picture
PAPER, INK, PAINT = 230, 40, 150


@dataclass(frozen=True)
class Printed:
    """A grey picture, and each symbol's corners in it: 4×2, clockwise from the upper left."""

    grey: np.ndarray
    quads: list

    def region(self, grow=1.2):
        """A loose frame around all of the symbols, as `locate` would give."""
        x, y = np.concatenate(self.quads).min(axis=0), np.concatenate(self.quads).max(axis=0)
        middle, half = (x + y) / 2, (y - x) / 2 * grow
        signs = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]])
        quad = (middle + signs * half).astype(np.float32)
        return Region(quad, strength=500.0, length=float(2 * half[0]), fill=0.9)


def bars_of(text, module, height):
    """One symbol, ``module`` and ``height`` in pixels."""
    row = np.concatenate(
        [np.full(round(w * module), PAPER if n % 2 else INK) for n, w in enumerate(encode(text))]
    )
    return np.repeat(row[None].astype(np.uint8), height, axis=0)


def printed(placed, *, module=2.5, height=60, roll=0.0, tilt=0.0, noise=3.0, blur=0.6, seed=0):
    """Print symbols, each (text, x, y) in the picture's pixels, on paper, and photograph it.

    ``roll`` turns the paper in the picture and ``tilt`` leans it away, to the right, by degrees.
    """
    drawn = [(bars_of(text, module * FINER, height * FINER), x, y) for text, x, y in placed]
    quads = []
    for bars, x, y in drawn:
        w, h = bars.shape[1] / FINER, bars.shape[0] / FINER
        quads.append(np.array([[x, y], [x + w, y], [x + w, y + h], [x, y + h]], np.float64))
    corner = np.concatenate(quads).max(axis=0) + 40
    size = np.ceil(corner).astype(int)
    paper = np.full((size[1] * FINER, size[0] * FINER), PAPER, np.uint8)
    for bars, x, y in drawn:
        left, top = round(x * FINER), round(y * FINER)
        paper[top : top + bars.shape[0], left : left + bars.shape[1]] = bars
    pose = _pose(size, roll, tilt)
    room = cv2.perspectiveTransform(
        np.array([[[0, 0], [size[0], 0], size, [0, size[1]]]], float), pose
    )
    low, high = room[0].min(axis=0) - 30, room[0].max(axis=0) + 30
    pose = np.array([[1, 0, -low[0]], [0, 1, -low[1]], [0, 0, 1]]) @ pose
    width, depth = (int(side) for side in np.ceil(high - low))
    finer = np.diag([FINER, FINER, 1.0])
    warp = finer @ pose @ np.linalg.inv(finer)
    big = cv2.warpPerspective(
        paper,
        warp,
        (width * FINER, depth * FINER),
        borderMode=cv2.BORDER_CONSTANT,
        borderValue=PAINT,
    )
    grey = cv2.resize(big, (width, depth), interpolation=cv2.INTER_AREA).astype(np.float64)
    grey = cv2.GaussianBlur(grey, (0, 0), blur) if blur else grey
    grey += np.random.default_rng(seed).normal(0, noise, grey.shape)
    seen = [cv2.perspectiveTransform(quad[None], pose)[0] for quad in quads]
    return Printed(np.clip(np.rint(grey), 0, 255).astype(np.uint8), seen)


def _pose(size, roll, tilt):
    """A pinhole camera a sheet's width and a half away."""
    far = 1.5 * size[0]
    a, b = np.radians(tilt), np.radians(roll)
    lean = np.array([[np.cos(a), 0, 0], [0, 1, 0], [np.sin(a), 0, far]])
    turn = np.array([[np.cos(b), -np.sin(b), 0], [np.sin(b), np.cos(b), 0], [0, 0, 1]])
    centre = np.array([[1, 0, -size[0] / 2], [0, 1, -size[1] / 2], [0, 0, 1]])
    return np.diag([far, far, 1.0]) @ turn @ lean @ centre


def crop_of(*texts, wide=2.5, softness=0.0, module=6):
    """Draw symbols side by side as a crop shows them, ``module`` px a module; softness in modules.

    40×W uint8, dark bars on white.
    """
    row = []
    for text in texts:
        row += [255] * (12 * module)
        for number, element in enumerate(encode(text, wide)):
            row += [24 if number % 2 == 0 else 255] * round(element * module)
    line = np.array([*row, *([255] * 12 * module)], np.uint8)
    pixels = np.repeat(line[None], 40, axis=0)
    return cv2.GaussianBlur(pixels, (0, 0), softness * module) if softness else pixels
