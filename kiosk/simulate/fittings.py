"""Things on a door pillar: sealing rubber, creases, screws, plugs, the striker's plate."""

import math
import random

import cv2
import numpy as np

from kiosk.model import Image
from kiosk.simulate.spec import FRAME_HEIGHT, FRAME_WIDTH

_SHIFT = 4  # OpenCV's fixed-point drawing: sixteenths of a pixel
_Colour = tuple[int, int, int]


def draw_fittings(picture: Image, rng: random.Random) -> None:
    """Draw a handful of fittings over ``picture``, in place."""
    for _ in range(rng.randint(0, 3)):
        _crease(picture, rng)
    if rng.random() < 0.4:  # noqa: PLR2004 - a share of the scenes
        _seal(picture, rng)
    if rng.random() < 0.3:  # noqa: PLR2004 - a share of the scenes
        _plate(picture, rng)
    for _ in range(rng.randint(0, 3)):
        _plug(picture, rng)
    for _ in range(rng.randint(0, 4)):
        x, y = rng.uniform(0, FRAME_WIDTH), rng.uniform(0, FRAME_HEIGHT)
        _screw(picture, rng, x, y, rng.uniform(16, 40))


def _fixed(*values: float) -> list[int]:
    return [round(value * (1 << _SHIFT)) for value in values]


def _disc(picture: Image, x: float, y: float, radius: float, colour: _Colour) -> None:
    cx, cy, r = _fixed(x, y, radius)
    cv2.circle(picture, (cx, cy), max(r, 1), colour, -1, cv2.LINE_AA, _SHIFT)


def _line(
    picture: Image, a: tuple[float, float], b: tuple[float, float], colour: _Colour, width: int
) -> None:
    ax, ay, bx, by = _fixed(*a, *b)
    cv2.line(picture, (ax, ay), (bx, by), colour, width, cv2.LINE_AA, _SHIFT)


def _grey(level: float) -> _Colour:
    value = round(min(max(level, 0), 255))
    return value, value, value


def _across(rng: random.Random) -> tuple[tuple[float, float], tuple[float, float]]:
    """Pick a line from edge to edge, rather upright or rather level."""
    if rng.random() < 0.7:  # noqa: PLR2004 - pillars stand
        x = rng.uniform(0, FRAME_WIDTH)
        return (x, 0.0), (x + rng.gauss(0, 180), float(FRAME_HEIGHT))
    y = rng.uniform(0, FRAME_HEIGHT)
    return (0.0, y), (float(FRAME_WIDTH), y + rng.gauss(0, 120))


def _crease(picture: Image, rng: random.Random) -> None:
    """Draw a pressed edge: a dark line with light caught beside it."""
    a, b = _across(rng)
    width = rng.randint(2, 7)
    _line(picture, a, b, _grey(rng.uniform(10, 70)), width)
    beside = (a[0] + width, a[1] + width / 2), (b[0] + width, b[1] + width / 2)
    _line(picture, *beside, _grey(rng.uniform(120, 245)), max(1, width // 2))


def _seal(picture: Image, rng: random.Random) -> None:
    """Draw the door's rubber: a broad black band with two dull highlights."""
    a, b = _across(rng)
    width = rng.randint(50, 150)
    _line(picture, a, b, _grey(rng.uniform(14, 34)), width)
    for share in (-0.3, 0.12):
        offset = share * width
        line = (a[0] + offset, a[1] + offset), (b[0] + offset, b[1] + offset)
        _line(picture, *line, _grey(rng.uniform(40, 75)), max(2, width // 12))


def _plug(picture: Image, rng: random.Random) -> None:
    """Draw a hole or a rubber plug."""
    x, y = rng.uniform(0, FRAME_WIDTH), rng.uniform(0, FRAME_HEIGHT)
    radius, dark = rng.uniform(14, 70), rng.uniform(8, 40)
    _disc(picture, x + 3, y + 4, radius + 3, _grey(dark + 90))
    _disc(picture, x, y, radius, _grey(dark))
    if rng.random() < 0.5:  # noqa: PLR2004 - even odds
        _disc(picture, x, y, radius * 0.7, _grey(dark + 22))


def _plate(picture: Image, rng: random.Random) -> None:
    """Draw the striker's plate: bare metal, two screws, the bow's shadow."""
    x, y = rng.uniform(0, FRAME_WIDTH - 260), rng.uniform(0, FRAME_HEIGHT - 380)
    width, height = rng.uniform(150, 240), rng.uniform(240, 360)
    metal = rng.uniform(110, 175)
    for grow, level in ((6, 30.0), (0, metal)):
        corner, end = (
            (round(x - grow), round(y - grow)),
            (round(x + width + grow), round(y + height + grow)),
        )
        cv2.rectangle(picture, corner, end, _grey(level), -1, cv2.LINE_AA)
    _line(
        picture, (x + width / 2, y + height * 0.3), (x + width / 2, y + height * 0.7), _grey(40), 34
    )
    _line(
        picture,
        (x + width / 2 - 6, y + height * 0.3),
        (x + width / 2 - 6, y + height * 0.7),
        _grey(205),
        12,
    )
    for share in (0.13, 0.87):
        _screw(picture, rng, x + width / 2, y + height * share, width * 0.16)


def _screw(picture: Image, rng: random.Random, x: float, y: float, radius: float) -> None:
    """Draw a screw's head with its washer, highlight and drive."""
    metal = rng.uniform(70, 190)
    _disc(picture, x + 4, y + 5, radius * 1.25, _grey(metal * 0.25))
    _disc(picture, x, y, radius * 1.2, _grey(metal * 0.7))
    _disc(picture, x, y, radius, _grey(metal))
    _disc(picture, x - radius * 0.25, y - radius * 0.3, radius * 0.4, _grey(metal + 45))
    turn, arms = rng.uniform(0, math.pi), rng.choice((2, 3))
    if arms == 3:  # noqa: PLR2004 - a socket of six corners
        corners = [turn + corner * math.pi / 3 for corner in range(6)]
        socket = [
            _fixed(x + radius * 0.5 * math.cos(c), y + radius * 0.5 * math.sin(c)) for c in corners
        ]
        cv2.fillConvexPoly(picture, np.array(socket), _grey(metal * 0.3), cv2.LINE_AA, _SHIFT)
        return
    for quarter in (turn, turn + math.pi / 2):
        dx, dy = radius * 0.6 * math.cos(quarter), radius * 0.6 * math.sin(quarter)
        _line(
            picture,
            (x - dx, y - dy),
            (x + dx, y + dy),
            _grey(metal * 0.3),
            max(2, round(radius / 5)),
        )
