"""Striped things that are no barcode: combs, slots, hazard tape, louvres, meshes."""

import math
import random

import cv2
import numpy as np

from kiosk.model import Image
from kiosk.simulate.spec import FRAME_HEIGHT, FRAME_WIDTH

_SHIFT = 4  # OpenCV's fixed-point drawing: sixteenths of a pixel


def draw_stripes(picture: Image, rng: random.Random) -> None:
    """Draw one striped distractor of 8 to 60 stripes somewhere, in place."""
    kind = rng.choice((_comb, _sticker, _slots, _hazard))
    kind(picture, rng, rng.uniform(0, FRAME_WIDTH), rng.uniform(0, FRAME_HEIGHT))


def draw_louvres(picture: Image, rng: random.Random) -> None:
    """Draw one or two blocks of long slots, each with light on its lower lip, in place."""
    for _ in range(rng.randint(1, 2)):
        angle = math.radians(rng.gauss(0, 20) + rng.choice((0, 90)))
        x, y = rng.uniform(100, FRAME_WIDTH - 100), rng.uniform(100, FRAME_HEIGHT - 100)
        pitch, length = rng.uniform(14, 55), rng.uniform(250, 900)
        dark, light = rng.randint(8, 40), rng.randint(110, 230)
        for row in range(rng.randint(6, 22)):
            _slab(picture, x, y, angle, (0, row * pitch, length, pitch * 0.5), dark)
            _slab(picture, x, y, angle, (0, row * pitch + pitch * 0.5, length, pitch * 0.12), light)


def draw_mesh(picture: Image, rng: random.Random) -> None:
    """Cover a part of the picture with a mesh of crossing bars, in place."""
    pitch, angle = rng.uniform(16, 60), math.radians(rng.uniform(0, 90))
    bar = pitch * rng.uniform(0.15, 0.4)
    width, height = rng.uniform(500, 1400), rng.uniform(350, 900)
    x, y = rng.uniform(0, FRAME_WIDTH - 300), rng.uniform(0, FRAME_HEIGHT - 200)
    _slab(picture, x, y, angle, (0, 0, width, height), rng.randint(4, 24))
    level, steep = rng.randint(60, 210), rng.choice((math.pi / 2, math.pi / 3))
    for step in range(int(height / pitch)):
        _slab(picture, x, y, angle, (0, step * pitch, width, bar), level)
    for step in range(int(width / pitch)):
        left = step * pitch
        foot = x + left * math.cos(angle), y + left * math.sin(angle)
        _slab(picture, *foot, angle + steep, (0, 0, height / math.sin(steep), bar), level * 9 // 10)


def _slab(
    picture: Image,
    x: float,
    y: float,
    angle: float,
    box: tuple[float, float, float, float],
    level: int | tuple[int, int, int],
) -> None:
    """Fill a box (left, top, width, height) given in axes that start in (x, y) and are turned."""
    left, top, width, height = box
    cos, sin = math.cos(angle), math.sin(angle)
    corners = ((left, top), (left + width, top), (left + width, top + height), (left, top + height))
    points = [(x + u * cos - v * sin, y + u * sin + v * cos) for u, v in corners]
    fixed = np.rint(np.array(points) * (1 << _SHIFT)).astype(np.int32)
    colour = (level, level, level) if isinstance(level, int) else level
    cv2.fillConvexPoly(picture, fixed, colour, cv2.LINE_AA, _SHIFT)


def _comb(picture: Image, rng: random.Random, x: float, y: float) -> None:
    """Draw bars of random widths that hang from one line and end unevenly."""
    angle, dark = math.radians(rng.gauss(0, 25)), rng.randint(5, 60)
    u = 0.0
    for _ in range(rng.randint(12, 50)):
        width = rng.choice((3.0, 5.0, 8.0))
        _slab(picture, x, y, angle, (u, 0, width, rng.uniform(50, 160)), dark)
        u += width + rng.uniform(2, 9)


def _sticker(picture: Image, rng: random.Random, x: float, y: float) -> None:
    """Draw a small light sticker with a block of stripes, like an inspection mark."""
    angle, paper = math.radians(rng.gauss(0, 25)), rng.randint(170, 240)
    stripes, pitch = rng.randint(8, 40), rng.uniform(3, 9)
    _slab(picture, x, y, angle, (-14, -40, stripes * pitch + 28, 120), paper)
    for stripe in range(stripes):
        width = pitch * rng.uniform(0.3, 0.75)
        _slab(picture, x, y, angle, (stripe * pitch, 0, width, 60), rng.randint(10, 40))


def _slots(picture: Image, rng: random.Random, x: float, y: float) -> None:
    """Draw an even row of slots, like a speaker's or a drain's."""
    angle, dark = math.radians(rng.uniform(0, 180)), rng.randint(5, 45)
    pitch, length = rng.uniform(8, 26), rng.uniform(60, 220)
    share = rng.uniform(0.35, 0.65)
    for slot in range(rng.randint(8, 30)):
        _slab(picture, x, y, angle, (slot * pitch, 0, pitch * share, length), dark)


def _hazard(picture: Image, rng: random.Random, x: float, y: float) -> None:
    """Draw a strip of warning tape: slanted black on yellow."""
    angle, pitch = math.radians(rng.gauss(0, 40)), rng.uniform(18, 50)
    count, height = rng.randint(8, 20), rng.uniform(25, 70)
    yellow = (rng.randint(10, 50), rng.randint(150, 200), rng.randint(190, 235))
    _slab(picture, x, y, angle, (0, 0, count * pitch, height), yellow)
    for stripe in range(count - 1):
        at = stripe * pitch
        foot = x + at * math.cos(angle), y + at * math.sin(angle)
        _slab(
            picture, *foot, angle + 0.5, (0, 0, pitch * 0.5, height / math.cos(0.5)), (20, 20, 20)
        )
