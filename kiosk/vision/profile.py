"""The bars' profile: a strip averaged along its bars, and where the row of bars begins and ends."""

import numpy as np
import numpy.typing as npt

from kiosk.model import Image

Doubles = npt.NDArray[np.float64]

_ACTIVE = 0.18  # of the usual activity inside the bars; soft focus leaves some characters little


def profile_of(pixels: Image) -> Doubles:
    """Average the strip ``pixels`` (H×W uint8) along its bars: W grey values, float64."""
    return np.asarray(pixels.mean(axis=0, dtype=np.float64))


def halves_of(pixels: Image) -> tuple[Doubles, Doubles]:
    """Return the profiles of the upper and the lower half: two looks with noise of their own."""
    middle = pixels.shape[0] // 2
    return profile_of(pixels[:middle]), profile_of(pixels[middle:])


def extent_of(profile: Doubles) -> tuple[float, float] | None:
    """Return the first and last position at which bars follow closely on each other.

    A rough guess, good to a few modules: quiet zones part the bars from a label's border.
    """
    activity = np.abs(np.diff(profile, prepend=profile[0]))
    span = max(5, profile.size // 24)  # some 16 modules of a VIN label
    smooth = np.convolve(activity, np.ones(span) / span, mode="same")
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
    span = max(3, one.size // 100)
    edges = [soften(np.diff(profile), span / 3.0) for profile in (one, other)]
    return float(standardise(edges[0]) @ standardise(edges[1]))


def take(profile: Doubles, positions: Doubles) -> Doubles:
    """Sample the profile at fractional ``positions`` (any shape), linearly."""
    return np.interp(positions, np.arange(profile.size), profile)


def soften(profile: Doubles, sigma: float) -> Doubles:
    """Blur the profile with a Gaussian of ``sigma`` samples."""
    radius = max(1, int(3.0 * sigma))
    kernel = np.exp(-0.5 * (np.arange(-radius, radius + 1) / max(sigma, 0.1)) ** 2)
    padded = np.pad(profile, radius, mode="edge")
    return np.convolve(padded, kernel / kernel.sum(), mode="valid")


def standardise(windows: Doubles) -> Doubles:
    """Give the last axis zero mean and unit length; flat windows become zero."""
    centred = windows - windows.mean(axis=-1, keepdims=True)
    length = np.sqrt((centred * centred).sum(axis=-1, keepdims=True))
    return np.asarray(centred / np.maximum(length, 1e-6), np.float64)
