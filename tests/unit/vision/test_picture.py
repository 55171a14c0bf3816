"""Bytes become pictures, or a clear reason why not."""

import struct
import zlib

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.errors import PictureError
from kiosk.vision import picture
from kiosk.vision.picture import decode_picture, size_of

IMAGE = np.zeros((20, 30, 3), np.uint8)
IMAGE[:, :15] = (10, 200, 60)


def encoded(kind):
    return cv2.imencode(kind, IMAGE)[1].tobytes()


def with_orientation(jpeg, value):
    """Put an EXIF segment with an orientation behind the JPEG's first marker."""
    tiff = (
        b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01" + struct.pack(">HH", value, 0) + b"\0" * 4
    )
    body = b"Exif\0\0" + tiff
    return jpeg[:2] + b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body + jpeg[2:]


@pytest.mark.parametrize("kind", [".png", ".bmp", ".gif", ".jpg"])
def test_each_kind_is_decoded(kind):
    data = encoded(kind)
    assert size_of(data) == (30, 20)
    image = decode_picture(data)
    assert image.shape == (20, 30, 3)
    assert image.dtype == np.uint8
    assert np.abs(image.astype(int) - IMAGE).mean() < 12


def test_a_camera_on_its_side_is_turned_upright():
    assert decode_picture(with_orientation(encoded(".jpg"), 6)).shape == (30, 20, 3)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty"),
        (b"hello, this is text", "Not a picture"),
        (b"\x89PNG\r\n\x1a\n", "ends within"),
        (b"\xff\xd8\xff", "ends within"),
        (b"\xff\xd8\xff\xda\0\0", "no frame header"),
        (b"\xff\xd8\xff\xe0\0\x02\0\0\0\0", "segments are damaged"),
        (b"GIF89a\0\0\0\0", "no pixels"),
        (encoded(".png")[:60], "damaged"),
    ],
)
def test_the_reason_is_told(data, reason):
    with pytest.raises(PictureError, match=reason):
        decode_picture(data)


def test_a_small_file_that_claims_gigapixels_is_not_decoded():
    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    chunk = b"IHDR" + header
    data = (
        b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + chunk + struct.pack(">I", zlib.crc32(chunk))
    )
    with pytest.raises(PictureError, match="too large: 60000×60000"):
        decode_picture(data)


def test_bytes_are_capped_before_anything_else(monkeypatch):
    monkeypatch.setattr(picture, "BYTES_MAX", 100)
    with pytest.raises(PictureError, match="larger than"):
        decode_picture(b"\x89PNG" + b"\0" * 200)


@pytest.mark.parametrize("marker", [0xFF, 0x01, 0xD0])
def test_fill_bytes_and_bare_markers_are_passed_over(marker):
    jpeg = encoded(".jpg")
    assert size_of(jpeg[:2] + b"\xff" + bytes([marker]) * (marker != 0xFF) + jpeg[2:]) == (30, 20)


@given(st.sampled_from([b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF89a", b"BM"]), st.binary())
def test_damaged_headers_are_pictures_errors_only(magic, rest):
    try:
        width, height = size_of(magic + rest)
    except PictureError:
        return
    assert width >= 0
    assert height >= 0
