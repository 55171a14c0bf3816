"""A camera's JPEG as a frame: kept as it came, decoded only when somebody looks.

Cameras that call their stream "AVI1" MJPEG leave the Huffman tables out (those of ITU-T T.81,
Annex K.3 are meant). libjpeg-turbo, which OpenCV's wheels carry, puts them in by itself.
"""

from functools import partial

from kiosk.model import Frame
from kiosk.vision.picture import decode_picture

_START = b"\xff\xd8\xff"  # SOI and the next marker's first byte
_END = b"\xff\xd9"  # EOI; within coded data an FF is always followed by 00 (T.81, B.1.1.5)
_AFTER_END = 4096  # some cameras leave rubbish of the last, longer frame behind the end


def jpeg_frame(data: bytes, taken_at: float, number: int) -> Frame:
    """Make a frame of one JPEG; ``taken_at`` is monotonic s.

    Its ``look`` decodes anew each time and raises PictureError for a damaged one. It gives H×W
    grey: half the time of colours, at which nobody looks. The caps of ``decode_picture`` hold.
    """
    return Frame(partial(decode_picture, data, grey=True), taken_at, number)


def looks_whole(data: bytes) -> bool:
    """Tell by its two ends whether a JPEG came whole: cheap, and blind for damage within.

    Zeros behind the end are allowed: drivers fill the frame's buffer up with them.
    """
    if not data.startswith(_START):
        return False
    filled = data.rstrip(b"\0")
    return filled.rfind(_END, max(len(_START), len(filled) - _AFTER_END)) >= 0
