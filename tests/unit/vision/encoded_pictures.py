"""Pictures as files hold them: well made, and with headers that no encoder writes."""

import struct
import zlib

import cv2
import numpy as np

from kiosk.simulate.code39 import encode


def label(text="1HGCM82633A004352", module=3):
    """A clean label as H×W grey uint8."""
    row = []
    for number, element in enumerate(encode(text)):
        row += [255 if number % 2 else 0] * round(element * module)
    bars = np.repeat(np.array([row], np.uint8), 90, axis=0)
    return cv2.copyMakeBorder(bars, 60, 60, 60, 60, cv2.BORDER_CONSTANT, value=255)


def encoded(kind, image, *options):
    """The bytes of a picture, of the ``kind`` that a file name's end tells."""
    return cv2.imencode(kind, image, list(options))[1].tobytes()


def chunk(kind, data):
    """One chunk of a PNG."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width, height, *, depth=8, colour=0, rows=b"", before=b""):
    """A PNG with any claims in its header; ``before`` are chunks before the pixels."""
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    pixels = chunk(b"IDAT", zlib.compress(rows))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + before + pixels + chunk(b"IEND", b"")


def with_orientation(jpeg, value):
    """Put an EXIF segment with an orientation behind a JPEG's first marker."""
    tiff = (
        b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01" + struct.pack(">HH", value, 0) + b"\0" * 4
    )
    body = b"Exif\0\0" + tiff
    return jpeg[:2] + b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body + jpeg[2:]
