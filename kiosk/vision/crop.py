"""Make the exact bytes that would be uploaded.

A crop is evidence: the symbol may be moved, resampled, gained and filtered linearly, and nothing
else. This module never sees what the symbol says: it gets pixels and where the symbol lies.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from kiosk.errors import PictureError
from kiosk.model import Crop, Image
from kiosk.vision import blur
from kiosk.vision.blur import Blur
from kiosk.vision.profile import Doubles, take
from kiosk.vision.rectify import Strip

_MODULE_PX = 6  # of the crop; dev scenes: the libraries read most at this, fewer at 3 or at 8
_QUIET = 12  # modules on each side; the standard asks for 10
_OWN_QUIET = 3  # modules of it that are the picture's own; the rest is white, whatever stood there
_OWN_LEAST = 1  # the same where these are dark: the rim of glare, a border
_PAPER_MIN = 165.0  # grey of paper; readers part dark from light at about 128
_MORE_QUIET = 7  # modules: a symbol of VIN's length has 241 at least, and a guess at its ends is
# taken for 319 of them
_HEIGHT = 40  # px: enough scan lines for any reader
_LIGHT = 232.0  # restored spaces overshoot: room for it
_BEND = 4  # degree of the curve that perspective makes of even spacing
_REACH = 1.5  # characters: every one has a wide space, and most have a wide bar


@dataclass(frozen=True, slots=True)
class Place:
    """Where a symbol lies in a strip, in columns, left to right as the text runs.

    ``edges`` are the edges of its characters' cells, each ``pitch`` modules wide with half a gap
    of one module on each side. ``inverted``: light bars on dark.
    """

    edges: tuple[float, ...]
    pitch: float
    inverted: bool = False

    @property
    def cells(self) -> int:
        """The number of characters, start and stop included."""
        return len(self.edges) - 1

    @property
    def modules(self) -> float:
        """The symbol's width, first bar to last."""
        return self.cells * self.pitch - 1.0

    def columns(self, modules: Doubles) -> Doubles:
        """Return the columns at ``modules`` from the first bar; straight on outside the symbol."""
        number = np.arange(self.cells + 1)
        curve = np.polyfit(number, self.edges, min(_BEND, self.cells))
        cell = (modules + 0.5) / self.pitch
        inside = np.clip(cell, 0.0, self.cells)
        slope = np.polyval(np.polyder(curve), inside)
        return np.asarray(np.polyval(curve, inside) + slope * (cell - inside))


@dataclass(frozen=True, slots=True, eq=False)
class Scanline:
    """A symbol averaged along its bars.

    ``line`` holds its grey values (dark bars) at even steps in the picture, where the blur is the
    same everywhere; ``steps`` says at which of them the even steps on the label lie. ``blur`` is
    None where it is not known.
    """

    line: Doubles
    steps: Doubles
    pitch: float
    blur: Blur | None


@dataclass(frozen=True, slots=True)
class Finish:
    """How far to restore: the blur that may stay, in modules, and what to assume of the estimate.

    ``aim`` 0 restores nothing. ``width`` scales the estimated blur, ``noise`` the estimated noise.
    ``dark`` is the bars' grey: zbar takes ripples for bars, but not low ones. ``motion`` scales
    the estimated motion at the focus' cost: a spectrum tells how wide a blur is, less so its shape.
    """

    aim: float
    width: float
    noise: float
    dark: float
    motion: float = 1.0


FINISHES = (  # the gentle ones first, then what helps one library or the other
    Finish(0.30, 0.95, 4.0, 24.0),
    Finish(0.30, 0.95, 4.0, 120.0),
    Finish(0.36, 1.05, 0.4, 24.0),
    Finish(0.42, 1.00, 4.0, 120.0),
    Finish(0.30, 1.00, 4.0, 120.0),
    Finish(0.36, 1.00, 0.4, 24.0),
    Finish(0.36, 1.00, 1.2, 24.0),
    Finish(0.30, 1.00, 1.2, 24.0),
    Finish(0.0, 0.0, 0.0, 24.0),  # as it is: no estimate is right for every print
)


def scan(strip: Strip, place: Place, *, known: bool = True) -> Scanline:
    """Average ``strip`` along the bars of the symbol at ``place``.

    ``known``: ``place`` is that of a VIN-long Code 39, so that its blur can be estimated.
    """
    sign = -1.0 if place.inverted else 1.0
    count = round((place.modules + 2 * _QUIET) * _MODULE_PX)
    modules = (np.arange(count) + 0.5) / _MODULE_PX - _QUIET
    columns = place.columns(modules)
    middle = np.full(count, strip.pixels.shape[0] / 2.0)
    picture = strip.place(np.stack([columns, middle], axis=1))
    lengths = np.linalg.norm(np.diff(picture, axis=0), axis=1)
    way = np.concatenate([[0.0], np.cumsum(lengths)])
    way *= (count - 1) / max(float(way[-1]), 1e-9)
    even = np.interp(np.arange(count), way, columns)
    ends = place.columns(np.array([-_OWN_QUIET, place.modules + _OWN_QUIET]))
    line = take(strip.profiles.whole, np.clip(even, ends[0], ends[1])) * sign
    return Scanline(line, way, place.pitch, _blur(strip, place, sign) if known else None)


def render(scanline: Scanline, finish: Finish) -> Image:
    """Turn a scan line into an upright picture of its symbol: 40×W uint8, dark bars on light."""
    line = scanline.line
    if scanline.blur is not None and finish.aim > 0.0:
        line = _restore(line, scanline.blur, finish)
    line = take(line, scanline.steps)
    dark, light = _range(line, scanline.pitch, _MODULE_PX, _QUIET)
    grey = finish.dark + (line - dark) / np.maximum(light - dark, 1.0) * (_LIGHT - finish.dark)
    for side in (grey, grey[::-1]):
        _whiten(side[: _QUIET * _MODULE_PX], is_end=scanline.blur is not None)
    row = np.rint(np.clip(grey, 0.0, 255.0)).astype(np.uint8)
    return np.repeat(row[None, :], _HEIGHT, axis=0)


def _whiten(zone: Doubles, *, is_end: bool) -> None:
    """Make a quiet zone (grey values, from the crop's edge to the symbol) white, in place.

    The paper next to the symbol stays as it is; of what is dark there (``is_end``: and is not the
    symbol's own, whose end is known) only what the last bar's blur needs.
    """
    outside = (np.arange(zone.size) + 0.5) / _MODULE_PX
    own = zone[(outside > _QUIET - _OWN_QUIET - 1) & (outside < _QUIET - _OWN_LEAST)]
    left = _OWN_LEAST if is_end and float(own.min()) < _PAPER_MIN else _OWN_QUIET
    zone += np.clip(_QUIET - left - outside, 0.0, 1.0) * (_LIGHT - zone)


def widened(pixels: Image) -> Image:
    """Add white to a rendered crop of a symbol whose ends and modules are a guess: 40×W uint8."""
    more = _MORE_QUIET * _MODULE_PX
    return np.pad(pixels, ((0, 0), (more, more)), constant_values=round(_LIGHT))


def resized(pixels: Image, module_px: int) -> Image:
    """Draw a rendered crop with fewer pixels a module: 40×W uint8."""
    width = round(pixels.shape[1] * module_px / _MODULE_PX)
    row = cv2.resize(pixels[:1], (width, 1), interpolation=cv2.INTER_AREA)
    return np.repeat(np.asarray(row, np.uint8), _HEIGHT, axis=0)


def encode(pixels: Image) -> Crop:
    """Encode a crop's pixels (H×W uint8) losslessly; see `png`."""
    height, width = pixels.shape
    return Crop(png(pixels), width, height, "png")


def png(pixels: Image, level: int = 9) -> bytes:
    """Encode ``pixels`` as PNG. Raises PictureError where OpenCV cannot."""
    good, data = cv2.imencode(".png", pixels, [cv2.IMWRITE_PNG_COMPRESSION, level])
    if not good:
        raise PictureError("OpenCV could not encode the crop as PNG.")
    return data.tobytes()


def _blur(strip: Strip, place: Place, sign: float) -> Blur:
    """Estimate the symbol's blur; half of what the strip's halves differ by is noise."""
    count = round((place.modules + 2 * _OWN_QUIET) * blur.SAMPLES)
    columns = place.columns((np.arange(count) + 0.5) / blur.SAMPLES - _OWN_QUIET)
    line = take(strip.profiles.whole, columns) * sign
    upper, lower = (take(half, columns) for half in (strip.profiles.upper, strip.profiles.lower))
    dark, light = _range(line, place.pitch, blur.SAMPLES, _OWN_QUIET)
    span = np.maximum(light - dark, 1.0)
    ink, noise = (light - line) / span, (upper - lower) / (2.0 * span)
    return blur.estimate(ink, noise, place.cells, place.pitch)


def _restore(line: Doubles, known: Blur, finish: Finish) -> Doubles:
    """Undo the blur with Wiener's filter, which is linear."""
    pad = line.size // 8
    padded = np.pad(line, pad, mode="reflect")
    frequency = np.asarray(np.fft.rfftfreq(padded.size) * _MODULE_PX, np.float64)
    transfer = known.reshaped(finish.motion).transfer(frequency, finish.width)
    aim = np.exp(-2.0 * (np.pi * finish.aim * frequency) ** 2)
    wiener = aim * transfer / (transfer * transfer + finish.noise * known.noise)
    restored = np.fft.irfft(np.fft.rfft(padded) * wiener / wiener[0], padded.size)
    return np.asarray(restored[pad : pad + line.size], np.float64)


def _range(line: Doubles, pitch: float, samples: int, quiet: int) -> tuple[Doubles, Doubles]:
    """Return the levels of bars and spaces along a line: smooth, since light varies slowly."""
    inside = line[quiet * samples : -quiet * samples].astype(np.float32)[None, :]
    width = round(_REACH * pitch * samples) | 1
    window = np.ones((1, width), np.uint8)
    levels = []
    for extreme in (cv2.erode, cv2.dilate):
        level = extreme(inside, window, borderType=cv2.BORDER_REPLICATE)
        for size in (width, width // 2 | 1):
            level = cv2.blur(level, (size, 1), borderType=cv2.BORDER_REPLICATE)
        levels.append(np.pad(level[0].astype(np.float64), quiet * samples, mode="edge"))
    return levels[0], levels[1]
