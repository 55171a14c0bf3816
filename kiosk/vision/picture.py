"""Turn the bytes of a file into a picture, or say why not.

Bytes, pixels and what a decoder would have to do are capped before anything is decoded: a picture
of a few hundred bytes can claim to be gigapixels.
"""

import cv2
import numpy as np

from kiosk.errors import PictureError
from kiosk.model import Image
from kiosk.vision.header import Header, read_header

BYTES_MAX = 32 * 1024 * 1024
PIXELS_MAX = 64_000_000
PIXELS_MAX_HEAVY = 16_000_000  # a decoder needs eleven bytes a pixel and more for these
_LAYERS = 4  # blue, green, red, opacity


def decode_picture(data: bytes, *, grey: bool = False) -> Image:
    """Decode a JPEG, PNG, GIF (its first picture) or BMP into H×W×3 BGR uint8, or H×W ``grey``.

    Grey is all the prefilter looks at, and takes half the time of a JPEG's colours. A camera's EXIF
    orientation is obeyed, so that quads fit what a viewer shows (not in transparent pictures, which
    no camera makes; what can be seen through in them is white paper). Raises PictureError with the
    reason for a person.
    """
    if not data:
        raise PictureError("The file is empty.")
    if len(data) > BYTES_MAX:
        raise PictureError(f"The file is larger than {BYTES_MAX // 2**20} MiB.")
    header = read_header(data)
    _check_size(header)
    if header.transparent:
        layers = _decode(data, cv2.IMREAD_UNCHANGED)
        if layers.shape[2:] == (_LAYERS,):
            image = _on_paper(layers)
            return cv2.cvtColor(image, cv2.COLOR_BGR2GRAY).astype(np.uint8) if grey else image
    return _decode(data, cv2.IMREAD_GRAYSCALE if grey else cv2.IMREAD_COLOR)


def _check_size(header: Header) -> None:
    """Refuse a picture without pixels, or with more than there is room for."""
    width, height = header.width, header.height
    if width <= 0 or height <= 0:
        raise PictureError("The picture has no pixels.")
    most = PIXELS_MAX_HEAVY if header.heavy else PIXELS_MAX
    if width * height > most:
        kind = " for one that is animated or transparent" if header.heavy else ""
        raise PictureError(
            f"The picture is too large: {width}×{height}; {most // 10**6} megapixels at most{kind}."
        )


def _decode(data: bytes, flags: int) -> Image:
    """Decode with OpenCV; ``flags`` choose how many channels."""
    try:
        image = cv2.imdecode(np.frombuffer(data, np.uint8), flags)
    except cv2.error as error:
        raise PictureError("The picture is damaged or cut short.") from error
    if image is None:
        raise PictureError("The picture is damaged or cut short.")
    if image.dtype == np.uint16:
        image = np.asarray(image, np.uint16) >> 8
    return image.astype(np.uint8, copy=False)


def _on_paper(layers: Image) -> Image:
    """Lay H×W×4 (BGR and how opaque, uint8) on white: H×W×3."""
    ink = 255 - layers[..., :3]
    opaque = layers[..., 3]
    for channel in range(3):
        ink[..., channel] = cv2.multiply(ink[..., channel], opaque, scale=1.0 / 255.0)
    return 255 - ink
