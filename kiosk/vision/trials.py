"""Crops of one symbol, in several finishes, and what the two libraries read in each."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from kiosk.model import Image
from kiosk.vin import VIN_LENGTH, vin_of
from kiosk.vision import crop as crops
from kiosk.vision.readers import zbar_code39, zxing_code39
from kiosk.vision.rectify import Strip

_VIN_LENGTHS = (VIN_LENGTH, VIN_LENGTH + 1)
_ROWS = 8  # of a crop: enough for both libraries
SPARE_SIZES = (5, 4)  # px a module


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


def trials_of(strip: Strip, place: crops.Place, finishes: tuple[crops.Finish, ...]) -> list[Trial]:
    """Make crops, one finish after the other, until both libraries read the same in one."""
    scanline = crops.scan(strip, place)
    trials = []
    for finish in finishes:
        trials.append(tried(crops.render(scanline, finish)))
        if trials[-1].agreed is not None:
            break
    return trials


def spares_of(strip: Strip, place: crops.Place) -> Iterator[Trial]:
    """Yield further crops, as small as they would go out, for whoever found none that is read."""
    scanline = crops.scan(strip, place)
    for finish in crops.SPARES:
        pixels = crops.render(scanline, finish)
        for module_px in SPARE_SIZES:
            yield tried(crops.resized(pixels, module_px))


def tried(pixels: Image) -> Trial:
    """Let both libraries read a crop; all its rows are the same."""
    some = pixels[:_ROWS]
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
