"""Turn the bytes of a file into a picture, or say why not.

Bytes and pixels are capped before anything is decoded: a picture of a few hundred bytes can claim
to be gigapixels. The kind is told by its magic bytes, never by a file name.
"""

import struct
from collections.abc import Callable

import cv2
import numpy as np

from kiosk.errors import PictureError
from kiosk.model import Image

BYTES_MAX = 32 * 1024 * 1024
PIXELS_MAX = 64_000_000
_PNG = b"\x89PNG\r\n\x1a\n"
_JPEG = b"\xff\xd8\xff"
_STANDALONE = {0x01, *range(0xD0, 0xD9)}  # markers without a length (ITU-T T.81, B.1.1.3)
_NOT_FRAMES = {0xC4, 0xC8, 0xCC}  # in the range of frame headers, but tables
_SCAN = 0xDA

Size = tuple[int, int]


def decode_picture(data: bytes) -> Image:
    """Decode a JPEG, PNG, BMP or GIF (its first picture) into H×W×3 BGR uint8.

    A camera's EXIF orientation is obeyed, so that quads fit what a viewer shows. Raises
    PictureError with the reason for a person.
    """
    if not data:
        raise PictureError("The file is empty.")
    if len(data) > BYTES_MAX:
        raise PictureError(f"The file is larger than {BYTES_MAX // 2**20} MiB.")
    width, height = size_of(data)
    if width <= 0 or height <= 0:
        raise PictureError("The picture has no pixels.")
    if width * height > PIXELS_MAX:
        raise PictureError(
            f"The picture is too large: {width}×{height}; {PIXELS_MAX // 10**6} megapixels at most."
        )
    try:
        image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    except cv2.error as error:
        raise PictureError("The picture is damaged.") from error
    if image is None:
        raise PictureError("The picture is damaged.")
    return image.astype(np.uint8, copy=False)


def size_of(data: bytes) -> Size:
    """Read width and height from the header. Raises PictureError for any other kind of file."""
    for magic, reader in _READERS:
        if data.startswith(magic):
            try:
                return reader(data)
            except (struct.error, IndexError) as error:
                raise PictureError("The picture ends within its header.") from error
    raise PictureError("Not a picture this program reads (JPEG, PNG, BMP or GIF).")


def _png_size(data: bytes) -> Size:
    """Read the IHDR chunk, which must come first (ISO/IEC 15948)."""
    width, height = struct.unpack_from(">II", data, 16)
    return int(width), int(height)


def _gif_size(data: bytes) -> Size:
    """Read the logical screen, which holds every frame (GIF89a, section 18)."""
    width, height = struct.unpack_from("<HH", data, 6)
    return int(width), int(height)


def _bmp_size(data: bytes) -> Size:
    """Read the DIB header; a negative height means rows from the top."""
    (length,) = struct.unpack_from("<I", data, 14)
    core = 12
    width, height = struct.unpack_from("<HH" if length == core else "<ii", data, 18)
    return abs(int(width)), abs(int(height))


def _jpeg_size(data: bytes) -> Size:
    """Walk the segments to the first frame header (ITU-T T.81, B.2.2)."""
    at = 2
    while True:
        if data[at] != 0xFF:  # noqa: PLR2004 - every marker begins so
            raise PictureError("The JPEG's segments are damaged.")
        marker = data[at + 1]
        if marker == 0xFF:  # noqa: PLR2004 - fill byte
            at += 1
            continue
        if marker in _STANDALONE:
            at += 2
            continue
        if 0xC0 <= marker <= 0xCF and marker not in _NOT_FRAMES:  # noqa: PLR2004 - SOF0 … SOF15
            height, width = struct.unpack_from(">HH", data, at + 5)
            return int(width), int(height)
        if marker == _SCAN:
            raise PictureError("The JPEG has no frame header.")
        (length,) = struct.unpack_from(">H", data, at + 2)
        at += 2 + int(length)


_READERS: tuple[tuple[bytes, Callable[[bytes], Size]], ...] = (
    (_JPEG, _jpeg_size),
    (_PNG, _png_size),
    (b"GIF87a", _gif_size),
    (b"GIF89a", _gif_size),
    (b"BM", _bmp_size),
)
