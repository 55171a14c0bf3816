"""Films for a lane's camera: cars with labels, and between them nobody, noisy as a sensor is."""

import random
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import cv2
import numpy as np
from cv2.typing import MatLike

from kiosk.simulate.presets import car, empty_lane
from kiosk.simulate.scene import render
from kiosk.simulate.vins import random_vin

FPS = 15.0
_SECONDS_EACH = 2
_CARS = 3
_NOISE_SD = 3.0  # grey levels; noise is what makes a camera's pictures hard to compress
_SEED = 2026
# quality 70 of a picture with such noise: about as heavy as USB cameras send them
_KINDS = {
    ".avi": (cv2.CAP_OPENCV_MJPEG, "MJPG", 70.0),
    ".mp4": (cv2.CAP_FFMPEG, "mp4v", None),
}


def make_film(path: Path, size: tuple[int, int], *, empty: bool = False) -> float:
    """Write a film, MJPEG (.avi) or MPEG-4 (.mp4); ``size`` is (width, height).

    ``empty``: of nobody at all. Returns kB a picture. Raises OSError where it cannot be written.
    """
    views = _views(size)[-1:] if empty else _views(size)
    return write_film(path, size, views, int(FPS) * _SECONDS_EACH)


def write_film(
    path: Path,
    size: tuple[int, int],
    views: Iterable[MatLike],
    each: int,
    *,
    noise_sd: float = _NOISE_SD,
) -> float:
    """Write a film of BGR ``views`` of that size, each for so many pictures; as `make_film`.

    ``noise_sd`` is the noise that no two pictures share, in grey levels.
    """
    api, codec, quality = _KINDS[path.suffix]
    film = cv2.VideoWriter(str(path), api, cv2.VideoWriter.fourcc(*codec), FPS, size)
    if quality is not None:
        film.set(cv2.VIDEOWRITER_PROP_QUALITY, quality)
    if not film.isOpened():
        raise OSError(f"OpenCV cannot write {path}")
    rng = np.random.default_rng(_SEED)
    plane = rng.normal(0.0, noise_sd, (2 * size[1], size[0])).round().astype(np.int8)
    noise = cv2.merge([plane] * 3)
    pictures = 0
    for view in views:
        for _ in range(each):
            shift = int(rng.integers(0, size[1]))
            film.write(cv2.add(view, noise[shift : shift + size[1]], dtype=cv2.CV_8U))
            pictures += 1
    film.release()
    return path.stat().st_size / pictures / 1000


def make_picture(path: Path, size: tuple[int, int]) -> None:
    """Write one picture for the simulated camera."""
    if not cv2.imwrite(str(path), _views(size)[0]):
        raise OSError(f"OpenCV cannot write {path}")


@cache
def _views(size: tuple[int, int]) -> tuple[np.ndarray, ...]:
    rng = random.Random(_SEED)  # noqa: S311 - pictures, no secrets
    specs = [car(random_vin(rng), seed) for seed in range(_CARS)]
    pictures = [render(spec).image for spec in [*specs, empty_lane(_CARS)]]
    return tuple(cv2.resize(picture, size, interpolation=cv2.INTER_AREA) for picture in pictures)
