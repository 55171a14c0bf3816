"""The 44 characters of Code 39 as a blurred camera sees them.

Bar patterns: ISO/IEC 16388. Nine elements a character, bar first, three of them wide.
"""

from dataclasses import dataclass
from functools import cache
from itertools import product

import numpy as np
import numpy.typing as npt

from kiosk.vision.profile import Doubles, standardise

SAMPLES = 48  # of one character cell: its nine elements and half a gap on each side
QUIET = 14  # samples of the quiet zone that help to find the start
STAR = 43  # the index of start and stop
ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-. $/+%*"
# fmt: off
_WIDE = (
    "000110100", "100100001", "001100001", "101100000", "000110001", "100110000", "001110000",
    "000100101", "100100100", "001100100", "100001001", "001001001", "101001000", "000011001",
    "100011000", "001011000", "000001101", "100001100", "001001100", "000011100", "100000011",
    "001000011", "101000010", "000010011", "100010010", "001010010", "000000111", "100000110",
    "001000110", "000010110", "110000001", "011000001", "111000000", "010010001", "110010000",
    "011010000", "010000101", "110000100", "011000100", "010101000", "010100010", "010001010",
    "000101010", "010010100",
)
# fmt: on
_RATIOS = (2.0, 2.35, 2.7, 3.05)
_BLURS = (0.3, 0.6, 0.9, 1.25)  # standard deviations, in modules
_GAINS = (-0.25, 0.0, 0.25)  # modules that ink adds to a bar
_FINE = 12  # points a module while drawing
_NEIGHBOUR = 1.6  # modules of the next character's bar that blur into the cell


@dataclass(frozen=True, slots=True, eq=False)
class Bank:
    """Templates for one kind of label and focus.

    ``shapes`` is 44×SAMPLES, each of zero mean and unit length, dark bars negative. A cell is
    ``modules`` narrow elements wide.
    """

    shapes: Doubles
    modules: float


@cache
def banks() -> tuple[Bank, ...]:
    """Return a bank for every wide-to-narrow ratio, blur and print gain."""
    return tuple(_bank(*kind) for kind in product(_RATIOS, _BLURS, _GAINS))


@cache
def soft_bank() -> Bank:
    """Return the bank to search with before the label's own is known: soft, so it forgives."""
    return _bank(2.5, 1.1, 0.0)


@cache
def soft_start() -> Doubles:
    """Return the start character with its quiet zone: QUIET + SAMPLES values, standardised."""
    return standardise(_character(_WIDE[STAR], 2.5, 1.1, 0.0, quiet=True))


def draw_templates() -> None:
    """Draw them all now, so that the first label does not wait for it."""
    banks()
    soft_bank()
    soft_start()


def _bank(ratio: float, blur: float, gain: float) -> Bank:
    """Draw the 44 characters."""
    modules = _modules(ratio)
    shapes = np.stack([_character(wide, ratio, blur, gain) for wide in _WIDE])
    return Bank(standardise(shapes), modules)


def bars_of(char: str, ratio: float) -> list[tuple[float, float]]:
    """Return where a character's five bars begin and end, in modules from its cell's left edge."""
    return _bars(_WIDE[ALPHABET.index(char)], ratio)


def ratio_of(modules: float) -> float:
    """Return the wide-to-narrow ratio of a cell ``modules`` wide."""
    return (modules - 7.0) / 3.0


def _modules(ratio: float) -> float:
    """Return a cell's width: six narrow and three wide elements and a gap of one module."""
    return 7.0 + 3.0 * ratio


def _character(
    wide: str, ratio: float, blur: float, gain: float, *, quiet: bool = False
) -> Doubles:
    """Draw one cell: half a gap, nine elements, half a gap, and blur in the neighbours' bars.

    With ``quiet``, white stands before it in place of a neighbour: QUIET samples more.
    """
    margin = 12.0
    modules = _modules(ratio)
    x = np.arange(int((modules + 2 * margin) * _FINE)) / _FINE - margin
    light = np.ones_like(x)
    for start, stop in _bars(wide, ratio):
        light[(x >= start - gain / 2) & (x < stop + gain / 2)] = 0.0
    neighbours = (-0.5 - _NEIGHBOUR, modules + 0.5)
    for start in neighbours[1:] if quiet else neighbours:
        light[(x >= start) & (x < start + _NEIGHBOUR)] = 0.0
    radius = int(4 * blur * _FINE)
    kernel = np.exp(-0.5 * (np.arange(-radius, radius + 1) / (blur * _FINE)) ** 2)
    blurred = np.convolve(light, kernel / kernel.sum(), mode="same")
    lead = QUIET if quiet else 0
    at = (np.arange(-lead, SAMPLES) + 0.5) * modules / SAMPLES
    return np.interp(at, x + 0.5 / _FINE, blurred)


def _bars(wide: str, ratio: float) -> list[tuple[float, float]]:
    """Return where the five bars begin and end, in modules from the cell's left edge."""
    widths = [ratio if flag == "1" else 1.0 for flag in wide]
    edges = 0.5 + np.cumsum([0.0, *widths])
    return [(float(edges[i]), float(edges[i + 1])) for i in range(0, 9, 2)]


def characters(indices: npt.NDArray[np.intp]) -> str:
    """Spell the characters at ``indices``."""
    return "".join(ALPHABET[int(index)] for index in indices)
