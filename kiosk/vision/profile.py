"""The bars' profile: a strip averaged along its bars, and where the row of bars begins and ends."""

from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np
import numpy.typing as npt

from kiosk.model import Image

Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]

SYMBOL_MODULES = 20 * 16 - 1.0
"""The longest symbol of a VIN, in modules: 20 characters, with start, stop and identifier.

A character has six narrow and three wide elements and a gap (ISO/IEC 16388): 16 modules where wide
is three narrow, 13 where it is two. The last has no gap.
"""

_BANDS = 8
_BANDS_MIN = 2  # to weigh against each other
_BAND_ROWS = 3  # at least
_SPANS = 8  # of a strip: some three characters of a VIN's each
_BRIGHT = 190.0  # grey, on average over bars and paper: glare
_EXTENT_MIN = 16  # samples: less is not a symbol
_ONE = np.ones(1)
_ACTIVE = 0.18  # of the usual activity inside the bars; soft focus leaves some characters little


@dataclass(frozen=True, slots=True, eq=False)
class Profiles:
    """A strip averaged along its bars, and its halves: two looks with noise of their own.

    ``whole`` is of all rows, ``upper`` and ``lower`` of the halves; each is W grey values, float64.
    """

    whole: Doubles
    upper: Doubles
    lower: Doubles


def profiles_of(pixels: Image) -> Profiles:
    """Average ``pixels`` (H×W uint8) along its bars, all of it and each half.

    Where glare washes out some of the rows, the others count for more: each band of rows is
    weighted by its contrast about there, as a matched filter does (Turin 1960).
    """
    rows = pixels.shape[0]
    halves = pixels[: max(1, rows // 2)], pixels[rows // 2 :]
    upper, lower = (_sum(half) for half in halves)
    whole = upper + lower if rows > 1 else lower
    return Profiles(
        _weighed(pixels, whole / rows),
        *(
            _weighed(half, line / len(half))
            for half, line in zip(halves, (upper, lower), strict=True)
        ),
    )


def _sum(pixels: Image) -> Doubles:
    """Add up the rows."""
    return np.asarray(cv2.reduce(pixels, 0, cv2.REDUCE_SUM, dtype=cv2.CV_32S)[0], np.float64)


def _weighed(pixels: Image, plain: Doubles) -> Doubles:
    """Return the mean of the rows, ``plain``; under glare those with contrast count for more."""
    bands = min(_BANDS, pixels.shape[0] // _BAND_ROWS)
    span = max(9, plain.size // _SPANS) | 1
    usual = _smooth(plain[None], span)[0]
    if bands < _BANDS_MIN or float(usual.max()) < _BRIGHT:
        return plain
    edges = np.linspace(0, pixels.shape[0], bands + 1).astype(np.intp).tolist()
    parts = np.array([_sum(pixels[top:end]) / (end - top) for top, end in pairwise(edges)])
    swing = parts - _smooth(parts, span)
    weight = _smooth(swing * swing, span) + 1e-3
    return np.asarray(usual + (weight * swing).sum(axis=0) / weight.sum(axis=0))


def _smooth(lines: Doubles, span: int) -> Doubles:
    """Average every line over ``span`` samples."""
    return np.asarray(cv2.blur(lines, (span, 1), borderType=cv2.BORDER_REPLICATE), np.float64)


def extent_of(profile: Doubles) -> tuple[float, float] | None:
    """Return the first and last position at which bars follow closely on each other.

    A rough guess, good to a few modules: quiet zones part the bars from a label's border.
    """
    if profile.size < _EXTENT_MIN:
        return None
    activity = np.abs(np.diff(profile, prepend=profile[0]))
    span = max(5, profile.size // 24)  # some 16 modules of a VIN label
    smooth = cv2.blur(activity[None], (span, 1), borderType=cv2.BORDER_CONSTANT)[0]
    quarter = profile.size // 4
    usual = float(np.median(smooth[quarter:-quarter]))
    if usual <= 0.0:
        return None
    active = smooth > _ACTIVE * usual
    middle = profile.size // 2
    quiet = np.flatnonzero(~active)
    first = int(quiet[quiet < middle].max(initial=-1)) + 1
    last = int(quiet[quiet > middle].min(initial=profile.size)) - 1
    if last - first < profile.size // 4:
        return None
    return float(first), float(last)


def likeness(one: Doubles, other: Doubles) -> float:
    """Correlate the edges of two profiles: bars run through both halves of a strip, text not."""
    return float(standardise(changes_along(one)) @ standardise(changes_along(other)))


def changes_along(profile: Doubles) -> Doubles:
    """Return the changes from each of N grey values to the next, without most of their noise."""
    return soften(np.diff(profile), max(3, profile.size // 100) / 3.0)


def take(profile: Doubles, positions: Doubles) -> Doubles:
    """Sample the profile at fractional ``positions`` (any shape), linearly."""
    return np.interp(positions, np.arange(profile.size), profile)


def soften(profile: Doubles, sigma: float) -> Doubles:
    """Blur the profile with a Gaussian of ``sigma`` samples."""
    radius = max(1, int(3.0 * sigma))
    kernel = np.exp(-0.5 * (np.arange(-radius, radius + 1) / max(sigma, 0.1)) ** 2)
    soft = cv2.sepFilter2D(
        profile[None], cv2.CV_64F, kernel / kernel.sum(), _ONE, borderType=cv2.BORDER_REPLICATE
    )
    return np.asarray(soft[0], np.float64)


def standardise(windows: Doubles) -> Doubles:
    """Give the last axis zero mean and unit length; flat windows become zero."""
    centred = windows - windows.mean(axis=-1, keepdims=True)
    length = np.sqrt((centred * centred).sum(axis=-1, keepdims=True))
    return np.asarray(centred / np.maximum(length, 1e-6), np.float64)


def level(windows: Doubles) -> Doubles:
    """Take a slope out of standardised windows, as uneven light puts in; standardised again."""
    size = windows.shape[-1]
    ramp = (np.arange(size) - (size - 1) / 2.0) / np.sqrt(size * (size * size - 1.0) / 12.0)
    return standardise(windows - (windows @ ramp)[..., None] * ramp)
