"""Fit the prefilter's confidence to simulated labels, spoilt until a good part is misread.

Prints the numbers for kiosk/vision/confidence.py. Development seeds only: what the benchmark
measures is never looked at here.
"""

import math
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

import click
import cv2
import numpy as np
import numpy.typing as npt

from kiosk.model import Image
from kiosk.simulate.levels import sample
from kiosk.simulate.scene import render
from kiosk.vision.confidence import features_of
from kiosk.vision.locate import locate
from kiosk.vision.look import look_at

_FIRST_SEED = 760_000
_LEVELS = ("hard", "hard", "normal", "upright")
_SPOILS = 4  # of each scene, and the scene as it is
_SHORTEST_VIN = 17
_AROUND = 60  # px about the symbol
_RIDGE = 0.05
_ROUNDS = 100

Doubles = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Reading:
    """One reading: what was known of it, and whether it was right."""

    features: tuple[float, ...]
    right: bool


@click.command()
@click.option("--count", default=300, show_default=True, help="Scenes.")
@click.option("--processes", default=2, show_default=True)
def main(count: int, processes: int) -> None:
    """Fit and print weights, bias and what the fit promises of wrong readings."""
    seeds = range(_FIRST_SEED, _FIRST_SEED + count)
    with ProcessPoolExecutor(processes) as pool:
        found = [one for some in pool.map(_readings, seeds, chunksize=4) for one in some]
    weights, bias = _fit(found)
    print(f"{len(found)} readings, {sum(not one.right for one in found)} wrong")
    print("_WEIGHTS =", tuple(round(float(value), 2) for value in weights))
    print("_BIAS =", round(bias, 2))
    odds = [(bias + float(np.dot(weights, one.features)), one.right) for one in found]
    for least in (0.5, 0.9, 0.99, 0.995, 0.999):
        above = [right for value, right in odds if value > math.log(least / (1 - least))]
        print(f"confidence > {least}: {len(above)} readings, {above.count(False)} wrong")


def _readings(seed: int) -> list[Reading]:
    """Read one scene, as it is and spoilt."""
    cv2.setNumThreads(1)
    spec = sample(_LEVELS[seed % len(_LEVELS)], seed)
    scene = render(spec)
    grey = np.asarray(cv2.cvtColor(scene.image, cv2.COLOR_BGR2GRAY), np.uint8)
    assert scene.quad is not None
    rng = np.random.default_rng(seed)
    found = []
    for picture in _spoilt(grey, np.array(scene.quad), rng):
        for region in locate(picture).regions:
            look = look_at(picture, region)
            if (
                look is not None
                and look.evidence is not None
                and len(look.evidence.text) >= _SHORTEST_VIN
            ):
                right = look.evidence.text == scene.text
                found.append(Reading(features_of(look.evidence), right))
    return found


def _spoilt(grey: Image, quad: Doubles, rng: np.random.Generator) -> Iterator[Image]:
    """Yield the symbol's surroundings as they are, then blurred, noisy, smaller, dirty or lit."""
    left, top = np.maximum(quad.min(axis=0) - _AROUND, 0).astype(int)
    right, bottom = (quad.max(axis=0) + _AROUND).astype(int)
    near, quad = grey[top:bottom, left:right], quad - (left, top)
    yield near
    ways = (_blurred, _noisy, _smaller, _dirty, _dirty, _lit)
    for _ in range(_SPOILS):
        picture = ways[rng.integers(len(ways))](near.astype(np.float32), quad, rng)
        eight = np.clip(picture, 0, 255).astype(np.uint8)
        _, data = cv2.imencode(".jpg", eight, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(60, 95))])
        yield np.asarray(cv2.imdecode(data, cv2.IMREAD_GRAYSCALE), np.uint8)


def _blurred(picture: np.ndarray, _quad: Doubles, rng: np.random.Generator) -> np.ndarray:
    return cv2.GaussianBlur(picture, (0, 0), rng.uniform(0.5, 1.6))


def _noisy(picture: np.ndarray, _quad: Doubles, rng: np.random.Generator) -> np.ndarray:
    return picture + rng.normal(0, rng.uniform(6, 25), picture.shape)


def _smaller(picture: np.ndarray, quad: Doubles, rng: np.random.Generator) -> np.ndarray:
    scale = rng.uniform(0.55, 0.9)
    small = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return _noisy(small, quad, rng)


def _dirty(picture: np.ndarray, quad: Doubles, rng: np.random.Generator) -> np.ndarray:
    """Cover a few characters, wholly or in part, with something dark or light."""
    for _ in range(rng.integers(1, 4)):
        share, (low, high) = rng.uniform(0.03, 0.97), np.sort(rng.uniform(-0.1, 1.1, 2))
        upper = quad[0] * (1 - share) + quad[1] * share
        lower = quad[3] * (1 - share) + quad[2] * share
        ends = [tuple(int(value) for value in upper * (1 - at) + lower * at) for at in (low, high)]
        cv2.line(picture, ends[0], ends[1], float(rng.uniform(10, 250)), int(rng.integers(2, 30)))
    return picture


def _lit(picture: np.ndarray, quad: Doubles, rng: np.random.Generator) -> np.ndarray:
    share, width = rng.uniform(0.05, 0.95), rng.uniform(15, 90)
    x, y = (quad[0] + quad[3]) / 2 * (1 - share) + (quad[1] + quad[2]) / 2 * share
    ys, xs = np.mgrid[: picture.shape[0], : picture.shape[1]]
    spot = np.exp(-((xs - x) ** 2 + (ys - y) ** 2) / (2 * width * width))
    return picture + rng.uniform(80, 260) * spot


def _fit(found: list[Reading]) -> tuple[Doubles, float]:
    """Fit by Newton's method with a little ridge; the weights are for the plain features."""
    features = np.array([one.features for one in found])
    right = np.array([one.right for one in found], np.float64)
    mean, spread = features.mean(axis=0), features.std(axis=0)
    columns = np.column_stack([(features - mean) / spread, np.ones(len(found))])
    ridge = _RIDGE * np.eye(columns.shape[1])
    ridge[-1, -1] = 0.0
    at = np.zeros(columns.shape[1])
    for _ in range(_ROUNDS):
        chance = 1.0 / (1.0 + np.exp(-columns @ at))
        slope = columns.T @ (right - chance) - ridge @ at
        curve = (columns * (chance * (1 - chance))[:, None]).T @ columns + ridge
        at += np.linalg.solve(curve + 1e-6 * np.eye(len(at)), slope)
    weights = at[:-1] / spread
    return weights, float(at[-1] - weights @ mean)


if __name__ == "__main__":
    main()
