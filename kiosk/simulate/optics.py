"""What lens, light and sensor do to a picture."""

import cv2
import numpy as np
import numpy.typing as npt

from kiosk.model import Image
from kiosk.simulate.spec import SceneSpec

_COARSE = 8  # light changes slowly: it is computed on every eighth pixel
_VIGNETTING = 0.16  # loss of light in the corners
_READ_NOISE = 0.35  # share of the noise that is there in the dark
_CHROMA_NOISE = 0.4  # of the noise, in blue and red, two pixels wide
_MID_GREY = 128.0
_BAND = 60  # rows worked on at once: they stay in the processor's cache

_Field = npt.NDArray[np.float32]


def photograph(picture: Image, spec: SceneSpec) -> Image:
    """Blur, light and expose ``picture`` (H×W×3 uint8) as ``spec`` says; same shape and type."""
    height, width = picture.shape[:2]
    gain, glare = _light(width, height, spec)
    blurred = _blur(picture, spec)
    planes = [_lit(np.asarray(plane, np.uint8), gain, glare) for plane in cv2.split(blurred)]
    noises = _noise(planes[1], spec)
    # OpenCV rounds and saturates on the way to eight bits, in one pass.
    exposed = [
        cv2.add(plane, noise, dtype=cv2.CV_8U) for plane, noise in zip(planes, noises, strict=True)
    ]
    return cv2.merge(exposed).astype(np.uint8, copy=False)


def _lit(plane: Image, gain: _Field, glare: _Field | None) -> _Field:
    lit = cv2.multiply(plane, gain, dtype=cv2.CV_32F).astype(np.float32, copy=False)
    if glare is not None:
        lit += glare
    return lit


def _blur(picture: Image, spec: SceneSpec) -> Image:
    sigma = spec.defocus * spec.module_px
    if sigma > 0:
        picture = cv2.GaussianBlur(picture, (0, 0), sigma).astype(np.uint8, copy=False)
    if spec.motion_px > 0:
        kernel = _motion_kernel(spec.motion_px, spec.motion_deg)
        picture = cv2.filter2D(picture, -1, kernel).astype(np.uint8, copy=False)
    return picture


def _motion_kernel(length: float, degrees: float) -> _Field:
    """Draw a line of light ``length`` pixels long, fine enough that halves of a pixel count."""
    size = 2 * int(np.ceil(length / 2)) + 3
    kernel = np.zeros((size, size), np.float32)
    angle = np.deg2rad(degrees)
    for step in np.linspace(-length / 2, length / 2, 33):
        x, y = size // 2 + step * np.cos(angle), size // 2 + step * np.sin(angle)
        left, top = int(x), int(y)
        right_share, lower_share = x - left, y - top
        kernel[top, left] += (1 - right_share) * (1 - lower_share)
        kernel[top, left + 1] += right_share * (1 - lower_share)
        kernel[top + 1, left] += (1 - right_share) * lower_share
        kernel[top + 1, left + 1] += right_share * lower_share
    kernel /= kernel.sum()
    return kernel


def _light(width: int, height: int, spec: SceneSpec) -> tuple[_Field, _Field | None]:
    """Return the gain of every pixel and the light that glare adds to it, if there is a spot."""
    y, x = np.mgrid[0:height:_COARSE, 0:width:_COARSE].astype(np.float32) + (_COARSE - 1) / 2
    across = (x - width / 2) / width, (y - height / 2) / height
    angle = np.deg2rad(spec.gradient_deg)
    slope = across[0] * np.cos(angle) + across[1] * np.sin(angle)
    gain = spec.exposure * np.clip(1 - spec.gradient * (slope + 0.25), 0.12, 1.5)
    gain *= 1 - _VIGNETTING * 2 * (across[0] ** 2 + across[1] ** 2)
    if not spec.glare:
        return _enlarge(gain, width, height), None
    distance = (x - spec.glare_at[0]) ** 2 + (y - spec.glare_at[1]) ** 2
    glare = spec.glare * np.exp(-distance / (2 * spec.glare_px**2))
    return _enlarge(gain, width, height), _enlarge(glare, width, height)


def _enlarge(field: npt.NDArray[np.floating], width: int, height: int) -> _Field:
    enlarged = cv2.resize(field.astype(np.float32), (width, height), interpolation=cv2.INTER_LINEAR)
    return enlarged.astype(np.float32, copy=False)


def _noise(green: _Field, spec: SceneSpec) -> tuple[_Field, _Field, _Field]:
    """Draw shot noise (its power follows the light) and read noise for blue, green and red.

    Most of it is common to the three, as demosaicing leaves it; ``spec.noise`` is the standard
    deviation at mid grey.
    """
    rng = np.random.default_rng([spec.seed, spec.frame])
    height, width = green.shape
    luma = np.empty_like(green)
    for top in range(0, height, _BAND):
        band = luma[top : top + _BAND]
        light = np.clip(green[top : top + _BAND], 0, 255)
        light *= (1 - _READ_NOISE**2) / _MID_GREY
        light += _READ_NOISE**2
        rng.standard_normal(dtype=np.float32, out=band)
        band *= np.sqrt(light, out=light)
        band *= spec.noise
    chroma = rng.standard_normal((2, height // 2, width // 2), dtype=np.float32)
    chroma *= _CHROMA_NOISE * spec.noise
    blue, red = (
        np.asarray(cv2.resize(part, (width, height), interpolation=cv2.INTER_LINEAR), np.float32)
        for part in chroma
    )
    blue += luma
    red += luma
    return blue, luma, red
