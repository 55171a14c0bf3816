"""What else may stand by a label: a second VIN label in view, or another code on the same one."""

import math
import random
from dataclasses import replace

import cv2
import numpy as np

from kiosk.model import Point
from kiosk.simulate.geometry import homography, project
from kiosk.simulate.label import bars_of, extent_of
from kiosk.simulate.sheet import Box
from kiosk.simulate.spec import (
    FRAME_HEIGHT,
    FRAME_WIDTH,
    Neighbour,
    SceneSpec,
    Side,
    Symbology,
)

EDGE_PX = 6.0  # bars and their quiet zones keep this far from the frame's edge
GAP = (10.0, 25.0)  # modules between two symbols; ISO/IEC 16388 asks for ten
_CONTRAST = (0.45, 1.0)
_CODE_LENGTHS = 4, 10  # characters of the code beside a label
_LETTERS, _DIGITS = "ABCDEFGHJKLMNPRSTUVWXYZ", "0123456789"
_TRIES = 60  # places for two labels, before both are taken from further away
_FURTHER = 0.92


def with_code(spec: SceneSpec, rng: random.Random) -> SceneSpec:
    """Print another code, Code 39 or Code 128, on the label of ``spec``; move all into view."""
    count = rng.randint(*_CODE_LENGTHS)
    text = rng.choice(_LETTERS) + "".join(rng.choices(_LETTERS + _DIGITS, k=count - 1))
    symbology = rng.choice((Symbology.CODE39, Symbology.CODE128))
    height = spec.height * rng.uniform(0.6, 1.0)
    return in_view(replace(spec, neighbour=_neighbour(spec, text, symbology, height, rng)), rng)


def on_one_sheet(spec: SceneSpec, text: str, rng: random.Random) -> SceneSpec:
    """Print a second VIN, ``text``, on the label of ``spec``; move all into view."""
    there = _neighbour(spec, text, Symbology.CODE39, spec.height, rng)
    return in_view(replace(spec, neighbour=there), rng)


def _neighbour(
    spec: SceneSpec, text: str, symbology: Symbology, height: float, rng: random.Random
) -> Neighbour:
    gap, side = rng.uniform(*GAP), rng.choice(list(Side))
    return Neighbour(text, symbology, spec.wide, height, gap, side)


def in_view(spec: SceneSpec, rng: random.Random) -> SceneSpec:
    """Move the label so that all its bars and quiet zones lie within the frame.

    Where they are too large for that, the camera is further away.
    """
    while True:
        corners = np.array(_corners(replace(spec, centre=(0.0, 0.0)), bars_of(spec)))
        low = EDGE_PX - corners.min(axis=0)
        high = np.array([FRAME_WIDTH, FRAME_HEIGHT]) - 1 - EDGE_PX - corners.max(axis=0)
        if (low <= high).all():
            x, y = (rng.uniform(a, b) for a, b in zip(low.tolist(), high.tolist(), strict=True))
            return replace(spec, centre=(x, y))
        spec = replace(spec, module_px=spec.module_px * _FURTHER)


def two_in_view(first: SceneSpec, second: SceneSpec, rng: random.Random) -> SceneSpec:
    """Show both labels, one of them fainter, where neither covers the other.

    The lens is as sharp for both: ``defocus`` is that of the label with the smaller modules.
    """
    sharp = first.defocus
    faded = [1.0, rng.uniform(*_CONTRAST)]
    rng.shuffle(faded)
    first, second = (
        replace(spec, contrast=contrast)
        for spec, contrast in zip((first, second), faded, strict=True)
    )
    for turn in range(1, 1000):
        first, second = in_view(first, rng), in_view(second, rng)
        if not _overlap(first, second):
            break
        if turn % _TRIES == 0:
            first, second = (
                replace(spec, module_px=spec.module_px * _FURTHER) for spec in (first, second)
            )
    defocus = sharp * min(1.0, second.module_px / first.module_px)
    return replace(first, defocus=defocus, second=second)


def _overlap(first: SceneSpec, second: SceneSpec) -> bool:
    one, two = (np.array(_corners(spec, extent_of(spec)), np.float32) for spec in (first, second))
    return not math.isclose(cv2.intersectConvexConvex(one, two)[0], 0.0)


def _corners(spec: SceneSpec, box: Box) -> list[Point]:
    left, top, right, bottom = box
    return project(homography(spec), [(left, top), (right, top), (right, bottom), (left, bottom)])
