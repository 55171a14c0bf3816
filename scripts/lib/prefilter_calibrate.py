"""Fit the prefilter's confidence to simulated labels, spoilt until a good part is misread.

Prints the numbers for kiosk/vision/confidence.py, and what they promise of readings that they were
not fitted to. Development seeds only: what the benchmark measures is never looked at here.
"""

import hashlib
import math
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

import click
import cv2
import numpy as np
import numpy.typing as npt

from kiosk.model import Image
from kiosk.simulate.levels import sample
from kiosk.simulate.scene import Scene, render
from kiosk.vision import confidence
from kiosk.vision.confidence import Evidence, features_of
from kiosk.vision.crop import FINISHES
from kiosk.vision.locate import locate
from kiosk.vision.look import look_at

FITTED_FOR = "444dab85ed95"
"""What the numbers in kiosk/vision/confidence.py were printed with: see `fingerprint`."""

_FIRST_SEED = 760_000
_SEEDS = 40_000  # up to those that are for nothing
_LEVELS = ("hard", "hard", "normal", "upright", "hard", "other", "empty", "upright")
_SPOILS = 4  # of each scene, and the scene as it is
_SHORTEST_VIN = 17
_AROUND = 60  # px about the symbol
_RIDGE = 0.05
_ROUNDS = 100
_STEPS = (0.5, 0.9, 0.99, 0.995, 0.999)

Doubles = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Reading:
    """One reading: what was known of it, whether it was right, and if its text was there at all.

    ``checks``: kept back from the fit to check it; all readings of one scene are on one side.
    """

    evidence: Evidence
    right: bool
    labelled: bool
    checks: bool


@click.command()
@click.option(
    "--count", type=click.IntRange(1, _SEEDS), default=320, show_default=True, help="Scenes."
)
@click.option("--processes", default=2, show_default=True)
def main(count: int, processes: int) -> None:
    """Fit weights and bias to half of the scenes, and check them on the other half."""
    seeds = range(_FIRST_SEED, _FIRST_SEED + count)
    with ProcessPoolExecutor(processes) as pool:
        found = [one for some in pool.map(_readings, seeds, chunksize=4) for one in some]
    fitted, kept = ([one for one in found if one.checks == side] for side in (False, True))
    for name, some in (("fitted to", fitted), ("checked on", kept)):
        wrong = sum(not one.right for one in some)
        chance = sum(not one.labelled for one in some)
        print(f"{name} {len(some)} readings, {wrong} wrong, {chance} of scenes without a VIN label")
    if not fitted or all(one.right for one in fitted):
        sys.exit("nothing was misread: fit to more scenes")
    weights, bias = _fit(fitted)
    print("_WEIGHTS =", weights)
    print("_BIAS =", bias)
    print(f'FITTED_FOR = "{fingerprint(weights, bias)}"')
    _tell("fitted, on what it was fitted to", fitted, _chance(weights, bias))
    _tell("fitted, on what was kept back", kept, _chance(weights, bias))
    _tell("as it stands in the program, on what was kept back", kept, confidence.confidence_in)


def fingerprint(weights: Sequence[float], bias: float) -> str:
    """Tell apart what weights are good for: themselves, the features, the crops' finishes.

    The libraries get as many tries at a label as there are finishes; with other ones their
    agreement weighs more or less.
    """
    probes = [
        Evidence("", margin, 0.9, (margin, 2.0), backing)
        for margin in (3, 30)
        for backing in (0, 2)
    ]
    features = [[round(value, 6) for value in features_of(probe)] for probe in probes]
    facts = repr((tuple(weights), bias, features, FINISHES))
    return hashlib.sha256(facts.encode()).hexdigest()[:12]


def _chance(weights: Sequence[float], bias: float) -> Callable[[Evidence], float]:
    def chance(evidence: Evidence) -> float:
        return 1 / (1 + math.exp(-bias - float(np.dot(weights, features_of(evidence)))))

    return chance


def _tell(name: str, found: Sequence[Reading], chance: Callable[[Evidence], float]) -> None:
    """Print how many readings are above some confidences, and how many of these are wrong."""
    print(f"{name}:")
    told = [(chance(one.evidence), one.right) for one in found]
    for least in _STEPS:
        above = [right for value, right in told if value >= least]
        promised = sum(1 - value for value, _ in told if value >= least)
        print(
            f"  from {least}: {len(above)} readings, {above.count(False)} wrong,"
            f" {promised:.1f} expected"
        )


def _readings(seed: int) -> list[Reading]:
    """Read one scene, as it is and spoilt."""
    cv2.setNumThreads(1)
    place, turn = seed % len(_LEVELS), seed // len(_LEVELS)
    scene = render(sample(_LEVELS[place], seed))
    labelled = _LEVELS[place] not in {"other", "empty"}
    return [
        Reading(evidence, evidence.text == scene.text, labelled, checks=turn % 2 == 1)
        for picture in _pictures(scene, seed)
        for evidence in _evidence_in(picture)
    ]


def _evidence_in(picture: Image) -> Iterator[Evidence]:
    for region in locate(picture).regions:
        for look in look_at(picture, region):
            if look.evidence is not None and len(look.evidence.text) >= _SHORTEST_VIN:
                yield look.evidence


def _pictures(scene: Scene, seed: int) -> Iterator[Image]:
    """Yield the scene's symbol as it is and spoilt; the whole scene where it has none."""
    grey = np.asarray(cv2.cvtColor(scene.image, cv2.COLOR_BGR2GRAY), np.uint8)
    if scene.quad is None:
        yield grey
    else:
        yield from _spoilt(grey, np.array(scene.quad), np.random.default_rng(seed))


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


def _fit(found: list[Reading]) -> tuple[tuple[float, ...], float]:
    """Fit by Newton's method with a little ridge; the weights are for the plain features."""
    features = np.array([features_of(one.evidence) for one in found])
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
    bias = round(float(at[-1] - weights @ mean), 2)
    return tuple(round(float(weight), 2) for weight in weights), bias


if __name__ == "__main__":
    main()
