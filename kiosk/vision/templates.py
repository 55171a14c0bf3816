"""The 44 characters of Code 39 as a blurred camera sees them.

Bar patterns: ISO/IEC 16388. Nine elements a character, bar first, three of them wide.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import product

import numpy as np
import numpy.typing as npt

from kiosk.vision.profile import Doubles, standardise

SAMPLES = 48  # of one character cell: its nine elements and half a gap on each side
_OWN = slice(SAMPLES, 2 * SAMPLES)  # of three cells, the middle one
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
_NEIGHBOUR = 1.6  # modules of the next character's bar that blur into the cell
PLAIN = 2  # dimensions of a bank that is the same for all cells
_REACH = 8.0  # modules over which a blurred edge is drawn
_STEPS = 401  # points of it


@dataclass(frozen=True, slots=True)
class Kind:
    """How a label was printed and seen: all but the wide-to-narrow ``ratio`` in modules.

    ``blur`` is a Gaussian's standard deviation, ``smear`` the length of a motion, ``gain`` what ink
    adds to a bar.
    """

    ratio: float
    blur: float
    smear: float = 0.0
    gain: float = 0.0

    @property
    def modules(self) -> float:
        """A cell's width: six narrow and three wide elements and a gap of one module."""
        return 7.0 + 3.0 * self.ratio


@dataclass(frozen=True, slots=True, eq=False)
class Bank:
    """Templates for one kind of label and focus.

    ``light`` is 44×SAMPLES, 0 in a bar and 1 on paper; ``shapes`` is the same with zero mean and
    unit length. A cell is ``modules`` narrow elements wide. A bank for the cells of one symbol,
    each between its own neighbours, has cells×44×SAMPLES.
    """

    kind: Kind
    light: Doubles
    shapes: Doubles

    def washed_out(self, most: float, cell: int) -> Doubles:
        """Return a cell's shapes as a sensor sees them that cannot see more light than ``most``."""
        light = self.light if self.light.ndim == PLAIN else self.light[cell]
        return standardise(np.minimum(light, most))

    @property
    def modules(self) -> float:
        """A cell's width in narrow elements."""
        return self.kind.modules


@cache
def banks() -> tuple[Bank, ...]:
    """Return a bank for every wide-to-narrow ratio, blur and print gain."""
    kinds = (Kind(ratio, blur, 0.0, gain) for ratio, blur, gain in product(_RATIOS, _BLURS, _GAINS))
    return tuple(bank_of(kind) for kind in kinds)


@cache
def soft_bank() -> Bank:
    """Return the bank to search with before the label's own is known: soft, so it forgives."""
    return bank_of(Kind(2.5, 1.1))


@cache
def soft_start() -> Doubles:
    """Return the start character with its quiet zone: QUIET + SAMPLES values, standardised."""
    return standardise(_drawn([STAR], Kind(2.5, 1.1), quiet=True)[0])


def draw_templates() -> None:
    """Draw them all now, so that the first label does not wait for it."""
    banks()
    soft_bank()
    soft_start()


def bank_of(kind: Kind) -> Bank:
    """Draw the 44 characters."""
    light = _drawn(range(len(ALPHABET)), kind)
    return Bank(kind, light, standardise(light))


def bank_between(indices: Sequence[int], kind: Kind) -> Bank:
    """Draw the 44 characters for every cell of a symbol, between what stands beside it.

    ``indices`` is what its cells seem to say. Where focus is soft, the neighbours' bars reach into
    a cell, narrow ones less than wide ones, and the paper beside the symbol not at all.
    """
    ink = _ink(range(len(ALPHABET)), kind)
    light = 1.0 - ink[None, :, _OWN] - _reaching(ink[np.asarray(indices)])[:, None]
    return Bank(kind, light, standardise(light))


def shapes_between(indices: Sequence[int], kind: Kind) -> Doubles:
    """Draw a symbol's characters, each between its neighbours: cells×SAMPLES, standardised."""
    chars, which = np.unique(indices, return_inverse=True)
    ink = _ink(chars.tolist(), kind)[which]
    return standardise(1.0 - ink[:, _OWN] - _reaching(ink))


def _reaching(ink: Doubles) -> Doubles:
    """Return how much ink of its neighbours each of a symbol's cells holds: cells×SAMPLES."""
    beside = np.zeros((len(ink), SAMPLES))
    beside[1:] += ink[:-1, 2 * SAMPLES :]
    beside[:-1] += ink[1:, :SAMPLES]
    return beside


def _ink(indices: Iterable[int], kind: Kind) -> Doubles:
    """Draw the ink of characters alone, over the cells before and after as well: n×3·SAMPLES."""
    bars = np.array([_bars(_WIDE[index], kind.ratio) for index in indices])
    at = (np.arange(-SAMPLES, 2 * SAMPLES) + 0.5) * kind.modules / SAMPLES
    return _darkness(bars, at, kind)


def bars_of(char: str, ratio: float) -> list[tuple[float, float]]:
    """Return where a character's five bars begin and end, in modules from its cell's left edge."""
    return _bars(_WIDE[ALPHABET.index(char)], ratio)


def ratio_of(modules: float) -> float:
    """Return the wide-to-narrow ratio of a cell ``modules`` wide."""
    return (modules - 7.0) / 3.0


def _drawn(indices: Iterable[int], kind: Kind, *, quiet: bool = False) -> Doubles:
    """Draw cells: half a gap, nine elements, half a gap, and blur in the neighbours' bars.

    With ``quiet``, white stands before them in place of a neighbour: QUIET samples more.
    """
    modules = kind.modules
    after = (modules + 0.5, modules + 0.5 + _NEIGHBOUR)
    beside = [after] if quiet else [(-0.5 - _NEIGHBOUR, -0.5), after]
    bars = np.array([[*_bars(_WIDE[index], kind.ratio), *beside] for index in indices])
    lead = QUIET if quiet else 0
    at = (np.arange(-lead, SAMPLES) + 0.5) * modules / SAMPLES
    return 1.0 - _darkness(bars, at, kind)


def _darkness(bars: Doubles, at: Doubles, kind: Kind) -> Doubles:
    """Return how much of n×bars×2 ``bars`` is seen at places ``at``, in modules: n×places."""
    where, height = _edge(kind)
    half = kind.gain / 2.0
    begun = np.interp(at - bars[:, :, :1] + half, where, height)
    ended = np.interp(at - bars[:, :, 1:] - half, where, height)
    return np.asarray((begun - ended).sum(axis=1))


def _edge(kind: Kind) -> tuple[Doubles, Doubles]:
    """Return the dark side of a blurred edge: places in modules, and how dark it is there."""
    where = np.linspace(-_REACH, _REACH, _STEPS)
    step = where[1] - where[0]
    spread = np.exp(-0.5 * (where / max(kind.blur, step)) ** 2)
    if kind.smear > step:
        box = np.ones(round(kind.smear / step) | 1)
        spread = np.convolve(spread, box, mode="same")
    return where + step / 2.0, np.cumsum(spread) / spread.sum()


def _bars(wide: str, ratio: float) -> list[tuple[float, float]]:
    """Return where the five bars begin and end, in modules from the cell's left edge."""
    widths = [ratio if flag == "1" else 1.0 for flag in wide]
    edges = 0.5 + np.cumsum([0.0, *widths])
    return [(float(edges[i]), float(edges[i + 1])) for i in range(0, 9, 2)]


def characters(indices: npt.NDArray[np.intp]) -> str:
    """Spell the characters at ``indices``."""
    return "".join(ALPHABET[int(index)] for index in indices)
