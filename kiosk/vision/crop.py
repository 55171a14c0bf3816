"""Make the exact bytes that would be uploaded.

A crop is evidence: the symbol may be moved, resampled, gained and filtered linearly, and nothing
else. This module never sees what the symbol says: it gets pixels and where the symbol lies.
"""

import cv2
import numpy as np

from kiosk.errors import PictureError
from kiosk.model import Crop, Image
from kiosk.vision.profile import Doubles, profile_of, take

_MODULES = 320  # of a VIN-long symbol: 17 or 18 characters, start and stop
_MODULE_PX = 4  # of the crop
_QUIET = 12  # modules on each side; the standard asks for 10
_OWN_QUIET = 3  # modules of it that are the picture's own; its edge is drawn out to fill the rest
_HEIGHT = 32  # px: enough scan lines for any reader
_DARK, _LIGHT = 16.0, 240.0
_NOISE = 0.004  # of the power: keeps the restoration from blowing up noise
_AIM = 0.35  # modules of blur that may stay
BLURS = (0.0, 0.5, 0.7, 0.9)  # modules: the blurs that a crop may be restored from


def average(pixels: Image, first: float, last: float, blur: float, *, inverted: bool) -> Image:
    """Turn a strip into an upright picture of its symbol, averaged along the bars.

    ``pixels`` is the strip (H×W uint8); ``first`` and ``last`` are the symbol's outer edges, in
    its columns, left to right as the text runs. ``inverted`` turns light bars dark. A ``blur`` of
    so many modules is undone as far as noise allows. Returns 32×W uint8, dark bars on light.
    """
    profile = profile_of(pixels) * (-1.0 if inverted else 1.0)
    module = abs(last - first) / _MODULES
    reach = np.copysign((_QUIET + 0.5) * module, last - first)
    width = (_MODULES + 2 * _QUIET + 1) * _MODULE_PX
    positions = np.linspace(first - reach, last + reach, width)
    near = sorted((first - _OWN_QUIET / _QUIET * reach, last + _OWN_QUIET / _QUIET * reach))
    line = take(profile, np.clip(positions, *near))
    if blur > 0.0:
        line = _restore(line, blur * _MODULE_PX)
    line = _level(line, _MODULE_PX * _QUIET)
    return np.repeat(np.rint(line).astype(np.uint8)[None, :], _HEIGHT, axis=0)


def encode(pixels: Image, strip: Image) -> Crop:
    """Encode a crop's pixels losslessly, and the unprocessed strip beside it."""
    height, width = pixels.shape
    return Crop(png(pixels), width, height, "png", png(strip, level=1))


def png(pixels: Image, level: int = 9) -> bytes:
    """Encode ``pixels`` as PNG. Raises PictureError where OpenCV cannot."""
    good, data = cv2.imencode(".png", pixels, [cv2.IMWRITE_PNG_COMPRESSION, level])
    if not good:
        raise PictureError("OpenCV could not encode the crop as PNG.")
    return data.tobytes()


def _restore(line: Doubles, sigma: float) -> Doubles:
    """Undo a Gaussian blur of ``sigma`` pixels with Wiener's filter, which is linear."""
    padded = np.pad(line, line.size // 8, mode="reflect")
    frequency = np.fft.rfftfreq(padded.size)
    transfer = np.exp(-2.0 * (np.pi * sigma * frequency) ** 2)
    aim = np.exp(-2.0 * (np.pi * _AIM * _MODULE_PX * frequency) ** 2)
    wiener = aim * transfer / (transfer * transfer + _NOISE)
    restored = np.fft.irfft(np.fft.rfft(padded) * wiener / wiener[0], padded.size)
    return np.asarray(restored[line.size // 8 :][: line.size], np.float64)


def _level(line: Doubles, quiet: int) -> Doubles:
    """Gain the symbol to the full range, evening out light that falls off along it."""
    inside = line[quiet : line.size - quiet]
    parts = np.array_split(np.arange(inside.size), 8)
    middle = np.array([quiet + part.mean() for part in parts])
    dark = np.array([np.percentile(inside[part], 4) for part in parts])
    light = np.array([np.percentile(inside[part], 96) for part in parts])
    x = np.arange(line.size)
    low, high = (np.polyval(np.polyfit(middle, level, 1), x) for level in (dark, light))
    paper = np.interp(x, [0, x[-1]], [line[: quiet // 2].mean(), line[-quiet // 2 :].mean()])
    high = np.where(paper > (low + high) / 2.0, np.minimum(high, paper), high)
    span = np.maximum(high - low, 1.0)
    return np.asarray(np.clip(_DARK + (line - low) / span * (_LIGHT - _DARK), 0, 255), np.float64)
