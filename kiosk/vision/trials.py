"""Crops of one symbol, in several finishes, and what the two libraries read in each."""

import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache

from kiosk.model import Image
from kiosk.vin import VIN_LENGTH, vin_of
from kiosk.vision import crop as crops
from kiosk.vision.readers import zbar_code39, zxing_code39

_VIN_LENGTHS = (VIN_LENGTH, VIN_LENGTH + 1)
ROWS = 8  # of a crop: enough for both libraries
SPARES_MAX = 96
"""Further crops of one symbol, and of a whole picture: a page of soft labels must not stall."""
_SIZES = (5, 4)  # px a module
_MOTIONS = (0.0, 1.0, 1.25)
_AIM, _WIDTH, _NOISE, _DARK = (0.16, 0.42), (0.9, 1.1), (0.3, 2.0), (20.0, 90.0)  # of a `Finish`
_BASES = (2, 3, 5, 7)


@dataclass(frozen=True, slots=True, eq=False)
class Trial:
    """A crop (``pixels``, H×W uint8) and what the two libraries read in it."""

    pixels: Image
    zxing: tuple[str, ...]
    zbar: tuple[str, ...]

    @property
    def texts(self) -> tuple[str, ...]:
        """Everything that was read, once for each library."""
        return self.zxing + self.zbar

    @property
    def agreed(self) -> str | None:
        """The text that both libraries read, and nothing else."""
        both = set(self.texts)
        return both.pop() if len(both) == 1 and self.zxing and self.zbar else None

    @property
    def holds_one(self) -> bool:
        """Tell whether neither library sees more than one symbol in the crop."""
        return len(self.zxing) <= 1 and len(self.zbar) <= 1

    def backers(self, text: str) -> Iterator[str]:
        """Name the libraries that read exactly ``text``."""
        if set(self.zxing) == {text}:
            yield "zxing"
        if set(self.zbar) == {text}:
            yield "zbar"

    def contradicts(self, text: str) -> bool:
        """Tell whether a library reads another VIN in the crop than ``text``."""
        return any(other != text and vin_of(other) for other in self.texts)


def trials_of(scanline: crops.Scanline, finishes: tuple[crops.Finish, ...]) -> list[Trial]:
    """Make crops, one finish after the other, until both libraries read the same in one."""
    trials = []
    for finish in finishes:
        trials.append(tried(crops.render(scanline, finish)))
        if trials[-1].agreed is not None:
            break
    return trials


def spares_of(scanline: crops.Scanline) -> Iterator[Trial]:
    """Yield further crops, as small as they would go out, for whoever found none that is read."""
    for finish, module_px in _further():
        yield tried(crops.resized(crops.render(scanline, finish), module_px))


@cache
def _further() -> tuple[tuple[crops.Finish, int], ...]:
    """Return further finishes, and how large to draw them: no one is better than another.

    So they are spread evenly, however few of them are tried (Halton 1960).
    """

    def among(least: float, most: float, place: float) -> float:
        return least + (most - least) * place

    found = []
    for index in range(1, SPARES_MAX + 1):
        aim, width, noise, dark = (_halton(index, base) for base in _BASES)
        noisy = math.exp(among(math.log(_NOISE[0]), math.log(_NOISE[1]), noise))
        motion = _MOTIONS[index % len(_MOTIONS)]
        finish = crops.Finish(among(*_AIM, aim), among(*_WIDTH, width), noisy, among(*_DARK, dark))
        size = _SIZES[index // len(_MOTIONS) % len(_SIZES)]
        found.append((replace(finish, motion=motion), size))
    return tuple(found)


def _halton(index: int, base: int) -> float:
    """Return a member of the van der Corput sequence, in 0 to 1: the index's digits, reversed."""
    share, place = 1.0, 0.0
    while index:
        share /= base
        index, digit = divmod(index, base)
        place += share * digit
    return place


def tried(pixels: Image) -> Trial:
    """Let both libraries read a crop; all its rows are the same."""
    some = pixels[:ROWS]
    return Trial(pixels, zxing_code39(some), zbar_code39(some))


def misread(text: str) -> bool:
    """Tell whether a text as long as a VIN's holds what no VIN does: a library took it for one."""
    return len(text) in _VIN_LENGTHS and vin_of(text) is None


def ranked(trials: list[Trial]) -> list[Trial]:
    """Order crops by how much the libraries read in them, and what most of them read.

    Those that show a library more than one symbol are left out: such a crop must not go out.
    """
    alone = [trial for trial in trials if trial.holds_one]
    votes = Counter(text for trial in alone for text in trial.texts if not misread(text))
    return sorted(alone, key=lambda trial: -sum(votes[text] for text in trial.texts))
