"""A camera's uncompressed pictures, turned into the arrays that vision takes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import cv2
import numpy as np

from kiosk.errors import PictureError
from kiosk.model import Image


@dataclass(frozen=True, slots=True)
class Geometry:
    """How a picture lies in its buffer: pixels, and bytes from one line to the next."""

    width: int
    height: int
    stride: int


def convert(data: bytes, fourcc: str, geometry: Geometry) -> Image:
    """Give the picture as H×W×3 BGR uint8, or H×W for a grey one.

    ``fourcc`` is one of UNCOMPRESSED. Raises PictureError where bytes are missing.
    """
    try:
        return UNCOMPRESSED[fourcc](data, geometry)
    except ValueError as error:
        raise PictureError("The camera's picture came incomplete.") from error


def _lines(data: bytes, geometry: Geometry, lines: int, row: int) -> Image:
    """Cut ``lines`` lines of ``row`` bytes out of the buffer; ValueError where it is too short."""
    whole = np.frombuffer(data, np.uint8, lines * geometry.stride)
    return np.ascontiguousarray(whole.reshape(lines, geometry.stride)[:, :row])


def _pairs(code: int) -> Callable[[bytes, Geometry], Image]:
    def read(data: bytes, geometry: Geometry) -> Image:
        rows = _lines(data, geometry, geometry.height, 2 * geometry.width)
        return _colour(rows.reshape(geometry.height, geometry.width, 2), code)

    return read


def _triples(code: int | None) -> Callable[[bytes, Geometry], Image]:
    def read(data: bytes, geometry: Geometry) -> Image:
        rows = _lines(data, geometry, geometry.height, 3 * geometry.width)
        picture = rows.reshape(geometry.height, geometry.width, 3)
        return picture if code is None else _colour(picture, code)

    return read


def _nv12(data: bytes, geometry: Geometry) -> Image:
    rows = _lines(data, geometry, geometry.height * 3 // 2, geometry.width)
    return _colour(rows, cv2.COLOR_YUV2BGR_NV12)


def _yu12(data: bytes, geometry: Geometry) -> Image:
    """Read three planes; the lines of the two small ones are half as long, padding included."""
    height, width = geometry.height, geometry.width
    bright = _lines(data, geometry, height, width)
    half = Geometry(width // 2, height // 2, geometry.stride // 2)
    colours = _lines(data[height * geometry.stride :], half, height, width // 2)
    return _colour(
        np.concatenate((bright, colours.reshape(height // 2, width))), cv2.COLOR_YUV2BGR_I420
    )


def _grey(data: bytes, geometry: Geometry) -> Image:
    return _lines(data, geometry, geometry.height, geometry.width)


def _colour(picture: Image, code: int) -> Image:
    return cv2.cvtColor(picture, code).astype(np.uint8, copy=False)


UNCOMPRESSED: Mapping[str, Callable[[bytes, Geometry], Image]] = MappingProxyType(
    {
        "YUYV": _pairs(cv2.COLOR_YUV2BGR_YUYV),
        "UYVY": _pairs(cv2.COLOR_YUV2BGR_UYVY),
        "NV12": _nv12,
        "YU12": _yu12,
        "GREY": _grey,
        "BGR3": _triples(None),
        "RGB3": _triples(cv2.COLOR_RGB2BGR),
    }
)
"""Formats by their letters (linux/videodev2.h), in the order of preference."""
