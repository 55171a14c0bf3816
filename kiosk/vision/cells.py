"""Masks of cells: where they are many, and where they stand in rows along a direction.

A mask is a rows×cols uint8 picture with a pixel a cell of the structure tensor. Closing is after
Serra ("Image Analysis and Mathematical Morphology", 1982); directions are in whole degrees.
"""

import math
from functools import cache

import cv2
import numpy as np
import numpy.typing as npt

from kiosk.vision.profile import Floats

Mask = npt.NDArray[np.uint8]

FOUR = 4  # what marks a cell in a mask of all cells: two by two average to their number
_CORE = 5  # times two cells: the side of a square
_CORE_MIN = 16  # of them, somewhere in every label
_REACH = 5  # cells to each side in which a row of bars is dense
_DENSE = 0.5
_DENSE_WIDE = 0.7  # over twice the reach: a door's rubber seal is not as wide as a label
_GAP = 2  # cells: between two bars of a code as large as can be


def core_of(every: Mask) -> tuple[slice, slice] | None:
    """Return the rows and columns around all places where cells (0 or 4) are many, or None.

    Two by two cells, of value four, average to their number; so a quarter of the work will do.
    """
    rows, cols = (length // 2 for length in every.shape)
    if min(rows, cols) == 0:
        return None
    even = every[: 2 * rows, : 2 * cols]  # an odd row or column at the end has its neighbours
    fours = cv2.resize(even, (cols, rows), interpolation=cv2.INTER_AREA)
    counts = cv2.boxFilter(
        fours, -1, (_CORE, _CORE), normalize=False, borderType=cv2.BORDER_CONSTANT
    )
    x, y, w, h = cv2.boundingRect(_at_least(np.asarray(counts, np.uint8), _CORE_MIN))
    if w == 0:
        return None
    rows = slice(max(0, y - _CORE) * 2, (y + h + _CORE) * 2)
    return rows, slice(max(0, x - _CORE) * 2, (x + w + _CORE) * 2)


def closed(mask: Mask, angle: int) -> Mask:
    """Close gaps in ``mask`` along ``angle``: across the bars, but not to the text above."""
    return np.asarray(cv2.morphologyEx(mask, cv2.MORPH_CLOSE, _line(angle)), np.uint8)


def dense(mask: Mask, angle: int) -> Mask:
    """Keep the cells of ``mask`` (0 or 1) with as many others along ``angle`` as bars have."""
    counts = cv2.filter2D(mask, -1, _steps(angle), borderType=cv2.BORDER_CONSTANT)
    enough = _at_least(np.asarray(counts, np.uint8), _DENSE * (2 * _REACH + 1))
    return np.asarray(cv2.bitwise_and(mask, enough), np.uint8)


def dense_wide(mask: Mask, angle: int) -> Mask:
    """Keep the cells of ``mask`` (0 or 1) that are dense over twice the reach.

    OpenCV turns to Fourier for a kernel as long, which takes ten times as long: two half ones do.
    """
    rows, cols = mask.shape
    framed = cv2.copyMakeBorder(mask, _REACH, _REACH, _REACH, _REACH, cv2.BORDER_CONSTANT, value=0)
    filtered = cv2.filter2D(framed, -1, _steps(angle), borderType=cv2.BORDER_CONSTANT)
    halves = np.asarray(filtered, np.uint8)
    x, y = (round(_REACH * side) for side in _direction(angle))
    counts = -mask  # the middle one is in both halves; bytes wrap, and wrap back
    for dx, dy in ((x, y), (-x, -y)):
        counts += halves[_REACH + dy : _REACH + dy + rows, _REACH + dx : _REACH + dx + cols]
    enough = _at_least(counts, _DENSE_WIDE * (4 * _REACH + 1))
    return np.asarray(cv2.bitwise_and(mask, enough), np.uint8)


def _at_least(counts: Mask, least: float) -> Mask:
    """Mark the cells whose count is at least ``least`` with 255."""
    _, enough = cv2.threshold(counts, math.ceil(least) - 1.0, 255.0, cv2.THRESH_BINARY)
    return np.asarray(enough, np.uint8)


@cache
def _steps(angle: int) -> Floats:
    """Return a kernel of cells along ``angle`` degrees, a step each."""
    kernel = np.zeros((2 * _REACH + 1, 2 * _REACH + 1), np.float32)
    dx, dy = _direction(angle)
    for step in range(-_REACH, _REACH + 1):
        kernel[_REACH + round(step * dy), _REACH + round(step * dx)] += 1.0
    return kernel


def _direction(angle: int) -> tuple[float, float]:
    """Return a step along ``angle`` degrees."""
    return math.cos(math.radians(angle)), math.sin(math.radians(angle))


@cache
def _line(angle: int) -> Mask:
    """Return a line along ``angle``, as long as a gap on both sides of its middle."""
    kernel = np.zeros((2 * _GAP + 1, 2 * _GAP + 1), np.uint8)
    step = np.array(_direction(angle)) * _GAP
    ends = [tuple(round(float(v)) for v in _GAP + sign * step) for sign in (-1, 1)]
    cv2.line(kernel, ends[0], ends[1], (1.0,))
    return kernel
