"""Estimate how the camera blurred a symbol, from its spectrum and without reading it.

All Code 39 symbols of one length and ratio share an expected power spectrum; what the picture's
spectrum lacks of it, the blur took. The blur is fitted by Whittle's likelihood (1953): every
frequency's power is exponentially distributed about the model's.
"""

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from kiosk.vision.profile import Doubles
from kiosk.vision.templates import ALPHABET, bars_of, ratio_of

SAMPLES = 4  # of the line, per module
_SIZE = 512 * SAMPLES  # of the transform: more than the longest symbol
_BINS = slice(31, 339, 2)
_FREQUENCY = np.arange(_SIZE // 2 + 1)[_BINS] * SAMPLES / _SIZE  # 0.06 … 0.66 cycles a module
_UNEVEN = 0.25  # cycles a module: uneven light is slower
_HIGH = _FREQUENCY > _UNEVEN
_LIKELY = ALPHABET[:36]  # VINs hold no others
_SIGMAS = np.arange(0.2, 1.35, 0.1)
_SMEARS = np.arange(0.0, 3.0, 0.4)
_FINER = np.array([-0.05, -0.025, 0.0, 0.025, 0.05])
_POWER = (0.3, 4.0)  # of the symbol, against the one its range of grey suggests
_ROUNDS = 3
_RATIO_STEP = 0.05  # of wide to narrow: finer changes the spectrum less than its own chance does
_FLOORS = (1.0, 6.0, 36.0)  # of the noise: light that is not quite even leaves more
_TAPER = 2 * SAMPLES  # at each end: the paper beside the symbol must not end in a step


@dataclass(frozen=True, slots=True)
class Blur:
    """A Gaussian of standard deviation ``sigma`` and a box ``smear`` wide (motion), in modules.

    ``noise`` is its power over the symbol's, of the unblurred symbol at high frequencies.
    """

    sigma: float
    smear: float
    noise: float

    def reshaped(self, motion: float) -> "Blur":
        """Return a blur of the same variance whose smear is ``motion`` times as wide.

        A Gaussian's variance is its σ², a box's the twelfth of its width's square. No smear is made
        wider than that variance allows.
        """
        variance = self.sigma**2 + self.smear**2 / 12.0
        smear = min(motion * self.smear, math.sqrt(12.0 * variance))
        return Blur(math.sqrt(max(variance - smear**2 / 12.0, 0.0)), smear, self.noise)

    def transfer(self, frequency: Doubles, scale: float = 1.0) -> Doubles:
        """Return what the blur, ``scale`` times as wide, leaves at ``frequency`` per module."""
        gaussian = np.exp(-2.0 * (np.pi * scale * self.sigma * frequency) ** 2)
        return np.asarray(gaussian * np.sinc(scale * self.smear * frequency))


@dataclass(frozen=True, slots=True)
class _Fit:
    """A blur, the symbol's strength and the floor of its spectrum; the least cost is likeliest."""

    cost: float
    sigma: float
    smear: float
    strength: float
    floor: float


def estimate(ink: Doubles, noise: Doubles, cells: int, pitch: float) -> Blur:
    """Estimate the blur of ``cells`` characters, each ``pitch`` modules wide with its gap.

    ``ink`` is 0 on paper and about 1 in the bars, `SAMPLES` a module; ``noise`` is a line as long
    with noise alone, as strong as in ``ink``.
    """
    rise = 0.5 - 0.5 * np.cos(np.pi * (np.arange(_TAPER) + 0.5) / _TAPER)
    taper = np.concatenate([rise, np.ones(ink.size - 2 * _TAPER), rise[::-1]])
    power, noises = (
        np.abs(np.fft.rfft(line * taper, _SIZE)[_BINS] / SAMPLES) ** 2 for line in (ink, noise)
    )
    floor = max(float(noises[_HIGH].mean()), 1e-6)
    expected = _expected(round(ratio_of(pitch) / _RATIO_STEP), cells)
    fits = [_fit(power, floor * more, expected, _SIGMAS, _SMEARS) for more in _FLOORS]
    best = min(fits, key=lambda fit: fit.cost)
    near = (
        np.maximum(best.sigma + _FINER, _FINER[-1]),
        np.maximum(best.smear + 4.0 * _FINER, 0.0),
    )
    best = _fit(power, best.floor, expected, *near)
    return Blur(
        best.sigma, best.smear, best.floor / (best.strength * float(expected[_HIGH].mean()))
    )


def _fit(power: Doubles, floor: float, expected: Doubles, sigmas: Doubles, smears: Doubles) -> _Fit:
    """Return the likeliest of the ``sigmas`` and ``smears``."""
    gaussians = np.exp(-2.0 * (np.pi * sigmas[:, None] * _FREQUENCY) ** 2)
    boxes = np.sinc(smears[:, None] * _FREQUENCY)
    model = expected * ((gaussians[:, None] * boxes[None]) ** 2 + 1e-9)
    strength = np.ones(model.shape[:2])
    for _ in range(_ROUNDS):
        signal = strength[..., None] * model
        weight = (signal / (signal + floor)) ** 2
        ratio = ((power - floor) / model * weight).sum(axis=-1) / weight.sum(axis=-1)
        strength = np.clip(ratio, *_POWER)
    total = strength[..., None] * model + floor
    cost = (np.log(total) + power / total).sum(axis=-1)
    i, j = np.unravel_index(int(np.argmin(cost)), cost.shape)
    return _Fit(float(cost[i, j]), float(sigmas[i]), float(smears[j]), float(strength[i, j]), floor)


@lru_cache(maxsize=256)
def _expected(ratio_steps: int, cells: int) -> Doubles:
    """Return the mean power spectrum, at `_FREQUENCY`, of symbols of ``cells`` random characters.

    The characters' spectra differ from their mean by chance, so that their powers add up; the mean
    is common to all cells, which interfere as a grating's slits do.
    """
    ratio = ratio_steps * _RATIO_STEP
    turn = -2j * np.pi * _FREQUENCY
    spectra = np.array(
        [
            sum((np.exp(turn * stop) - np.exp(turn * start)) / turn for start, stop in bars)
            for bars in (bars_of(char, ratio) for char in _LIKELY)
        ]
    )
    common = np.abs(spectra.mean(axis=0)) ** 2
    single = (np.abs(spectra) ** 2).mean(axis=0)
    pitch = 7.0 + 3.0 * ratio
    row = np.abs(np.exp(turn[:, None] * pitch * np.arange(cells)).sum(axis=1)) ** 2
    return np.asarray(cells * (single - common) + common * row, np.float64)
