"""What is sent as a picture: the documented formats, and no more pixels than a lane can need."""

import struct
from collections.abc import Callable
from functools import partial
from typing import cast

import cv2
import numpy as np

from kiosk.model import Image

MAX_PIXELS = 40_000_000
_MARKER = 0xFF
_SOF_MARKERS = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}  # ITU-T T.81, table B.1
_STANDALONE = frozenset(range(0xD0, 0xD8)) | {0x01}


def decode_grey(data: bytes) -> Image | None:
    """Decode JPEG, PNG, GIF or BMP to H×W uint8, or None for whatever is not one of these.

    The size is read from the file's own header first: a few bytes can claim gigabytes. A
    rotation noted in EXIF is not applied: boxes are in pixels of the picture as it was sent.
    """
    size = dimensions_of(data)
    if size is None or not 0 < size[0] * size[1] <= MAX_PIXELS:
        return None
    flags = cv2.IMREAD_GRAYSCALE | cv2.IMREAD_IGNORE_ORIENTATION
    try:
        image = cv2.imdecode(np.frombuffer(data, np.uint8), flags)
    except cv2.error:
        return None
    return cast("Image | None", image)


def dimensions_of(data: bytes) -> tuple[int, int] | None:
    """Return width and height as the header states them, or None for an unknown format."""
    for magic, reader in _READERS:
        if data.startswith(magic):
            return reader(data)
    return None


def _jpeg(data: bytes) -> tuple[int, int] | None:
    at = 2
    while at + 4 <= len(data) and data[at] == _MARKER:
        marker = data[at + 1]
        if marker in _SOF_MARKERS:
            size = _pair(">HH", 5, data[at:])
            return size and (size[1], size[0])
        if marker == _MARKER:  # a fill byte before the marker
            at += 1
        elif marker in _STANDALONE:
            at += 2
        else:
            at += 2 + int.from_bytes(data[at + 2 : at + 4], "big")
    return None


def _pair(layout: str, at: int, data: bytes) -> tuple[int, int] | None:
    if len(data) < at + struct.calcsize(layout):
        return None
    first, second = struct.unpack_from(layout, data, at)
    return abs(first), abs(second)  # a BMP stored from the top has a negative height


_READERS: tuple[tuple[bytes, Callable[[bytes], tuple[int, int] | None]], ...] = (
    (b"\x89PNG\r\n\x1a\n", partial(_pair, ">II", 16)),
    (b"\xff\xd8\xff", _jpeg),
    (b"GIF87a", partial(_pair, "<HH", 6)),
    (b"GIF89a", partial(_pair, "<HH", 6)),
    (b"BM", partial(_pair, "<ii", 18)),
)
