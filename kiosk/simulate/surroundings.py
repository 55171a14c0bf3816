"""What the camera sees around the label: painted metal with its folds, or something coarser."""

import math
import random

import cv2
import numpy as np
import numpy.typing as npt

from kiosk.model import Image
from kiosk.simulate.fittings import draw_fittings
from kiosk.simulate.spec import FRAME_HEIGHT, FRAME_WIDTH, SceneSpec, Surface, seeded
from kiosk.simulate.stripes import draw_louvres, draw_mesh, draw_stripes

_COARSE = 4  # shading is smooth: it is computed on every fourth pixel
_PAINTS = (
    (182, 184, 186),  # silver; all BGR
    (214, 216, 214),  # white
    (34, 32, 31),  # black
    (82, 78, 74),  # graphite
    (104, 62, 34),  # blue
    (38, 34, 128),  # red
    (58, 74, 48),  # green
    (118, 146, 160),  # champagne
    (44, 62, 88),  # brown
    (160, 140, 112),  # ice blue
)

_Field = npt.NDArray[np.float32]


def draw_surroundings(spec: SceneSpec) -> Image:
    """Draw the scene without labels: 1080×1920×3 BGR uint8."""
    rng = seeded("surroundings", spec.seed, spec.surface)
    paint = np.array(rng.choice(_PAINTS), np.float32)
    coarse = spec.surface is Surface.LINER
    gain = _pillar(rng) * _mottle(rng, 0.14 if coarse else rng.choice((0.006, 0.01, 0.02)))
    picture = _painted(paint, gain)
    _add_grain(picture, rng, 26 if coarse else 3)
    if spec.surface is Surface.VENTS:
        draw_louvres(picture, rng)
    elif spec.surface is Surface.GRILLE:
        draw_mesh(picture, rng)
    if not coarse:
        draw_fittings(picture, rng)
    for _ in range(spec.stripes):
        draw_stripes(picture, rng)
    return picture


def _pillar(rng: random.Random) -> _Field:
    """Shade a pressed pillar: brightness changes in folds along one direction of the picture."""
    angle = math.radians(rng.gauss(0, 14) + rng.choice((0, 0, 0, 90)))
    y, x = np.mgrid[0:FRAME_HEIGHT:_COARSE, 0:FRAME_WIDTH:_COARSE].astype(np.float32)
    across = x * math.cos(angle) + y * math.sin(angle)
    places, values = [-2000.0], [rng.uniform(0.7, 1.1)]
    while places[-1] < FRAME_WIDTH + 2000:
        # A flat panel, then a fold: a crease of a few pixels or a wide curve.
        places += [places[-1] + rng.uniform(250, 900)]
        values += [values[-1] * rng.uniform(0.95, 1.05)]
        places += [places[-1] + rng.choice((4.0, 10.0, 60.0, 160.0))]
        values += [rng.uniform(0.55, 1.2)]
    along = (y * math.cos(angle) - x * math.sin(angle)) / FRAME_WIDTH
    shading = np.interp(across, places, values) * (1 + rng.uniform(-0.25, 0.25) * along)
    shaded: _Field = (shading * _shadow(rng, x, y)).astype(np.float32)
    return shaded


def _shadow(rng: random.Random, x: _Field, y: _Field) -> _Field:
    """Darken one side of a slanted line: the door's or a hand's shadow, in half of the scenes."""
    angle, width = rng.uniform(0, 2 * math.pi), rng.uniform(6, 120)
    depth = rng.uniform(0.1, 0.45) if rng.random() < 0.5 else 0.0  # noqa: PLR2004 - even odds
    place = rng.uniform(-700, 700)
    distance = (x - FRAME_WIDTH / 2) * math.cos(angle) + (y - FRAME_HEIGHT / 2) * math.sin(angle)
    share = 1 / (1 + np.exp(np.clip((place - distance) / width, -30, 30)))
    return (1 - depth * share).astype(np.float32)


def _mottle(rng: random.Random, strength: float) -> _Field:
    """Make soft clouds of brightness: dust, wear, uneven coating."""
    noise = np.random.default_rng(rng.getrandbits(64))
    height, width = FRAME_HEIGHT // _COARSE, FRAME_WIDTH // _COARSE
    total = np.ones((height, width), np.float32)
    for cells in (8, 40, 160):
        cloud = noise.standard_normal((cells * 9 // 16 + 2, cells + 2), dtype=np.float32)
        total += strength * cv2.resize(cloud, (width, height), interpolation=cv2.INTER_CUBIC)
    return np.clip(total, 0.2, 1.8).astype(np.float32, copy=False)


def _painted(paint: _Field, gain: _Field) -> Image:
    """Apply the paint; metal gives back some white light where it is brightest."""
    white = 60 * np.clip(gain - 0.9, 0, 1)[:, :, None]
    small = np.clip(paint * gain[:, :, None] + white, 0, 255).astype(np.uint8)
    picture: Image = cv2.resize(small, (FRAME_WIDTH, FRAME_HEIGHT)).astype(np.uint8, copy=False)
    return picture


def _add_grain(picture: Image, rng: random.Random, strength: int) -> None:
    """Roughen the surface, in place: orange peel of paint, fibres of a liner.

    One small tile repeats over the picture: it only has to look rough.
    """
    noise = np.random.default_rng(rng.getrandbits(64))
    white = noise.standard_normal((256, 384), dtype=np.float32)
    tile = cv2.GaussianBlur(white, (0, 0), 1.6).astype(np.float32, copy=False)
    tile *= strength / tile.std()
    full = np.tile(tile, (5, 5))[:FRAME_HEIGHT, :FRAME_WIDTH]
    up, down = np.clip(full, 0, 255).astype(np.uint8), np.clip(-full, 0, 255).astype(np.uint8)
    for sign, amount in ((cv2.add, up), (cv2.subtract, down)):
        sign(picture, cv2.merge([amount, amount, amount]), dst=picture)
