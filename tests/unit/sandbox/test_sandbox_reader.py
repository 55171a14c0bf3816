import struct

import cv2
import numpy as np
import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.sandbox.picture import MAX_PIXELS, decode_grey, dimensions_of
from kiosk.sandbox.reader import capture

VIN = "1HGCM82633A004352"
PNG = b"\x89PNG\r\n\x1a\n"


@pytest.mark.parametrize("ending", ["png", "jpg", "bmp", "gif"])
def test_every_documented_format_is_read(label, label_image, ending):
    data = label(VIN, ending)
    height, width = label_image(VIN).shape
    assert dimensions_of(data) == (width, height)
    assert capture(data).text == VIN


def test_the_box_is_in_pixels_of_the_sent_picture(label, label_image):
    box = capture(label(VIN))
    ink = np.argwhere(label_image(VIN) < 128)
    (top, left), (bottom, right) = ink.min(axis=0), ink.max(axis=0)
    assert (box.left, box.left + box.width) == pytest.approx((left, right), abs=3)
    assert (box.top, box.top + box.height) == pytest.approx((top, bottom), abs=3)


def test_the_data_identifier_is_not_captured(label):
    assert capture(label("I" + VIN)).text == VIN


def test_other_code_39_text_is_captured_as_it_stands(label):
    assert capture(label("STOCK-4711")).text == "STOCK-4711"


def test_other_symbologies_are_not_read(label_image):
    image = label_image(VIN, zxingcpp.BarcodeFormat.Code128)
    assert capture(cv2.imencode(".png", image)[1].tobytes()) is None


def test_a_picture_without_a_symbol_is_not_read():
    assert capture(cv2.imencode(".png", np.full((90, 90), 200, np.uint8))[1].tobytes()) is None


def test_a_note_of_rotation_does_not_turn_the_picture(label):
    jpeg = label(VIN, "jpg")
    tiff = b"MM\x00*" + struct.pack(">IHHHIHHI", 8, 1, 0x0112, 3, 1, 6, 0, 0)
    exif = b"Exif\x00\x00" + tiff
    segment = b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif
    turned = jpeg[:2] + segment + jpeg[2:]
    assert cv2.imdecode(np.frombuffer(turned, np.uint8), 0).shape != decode_grey(turned).shape
    assert capture(turned) == capture(jpeg)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"BM",
        b"no picture",
        PNG,
        PNG + struct.pack(">I4sII", 13, b"IHDR", 100_000, 100_000),
        PNG + struct.pack(">I4sII", 13, b"IHDR", 0, 10),
        PNG + struct.pack(">I4sII", 13, b"IHDR", 10, 10) + b"rubbish",
        b"GIF89a\x01",
        b"\xff\xd8\xff\xd9",
        b"\xff\xd8\xff\xff\xff\xd0\xff",
    ],
)
def test_what_is_no_picture_is_not_decoded(data):
    assert decode_grey(data) is None


def test_a_large_picture_is_refused_by_its_header_alone():
    side = int(MAX_PIXELS**0.5) + 1
    white = cv2.imencode(".png", np.full((1, side), 255, np.uint8))[1].tobytes()
    assert decode_grey(white).shape == (1, side)
    assert decode_grey(white[:20] + struct.pack(">I", side) + white[24:]) is None


def test_a_bmp_stored_from_the_top_has_its_size(label_image):
    data = bytearray(cv2.imencode(".bmp", label_image(VIN))[1].tobytes())
    width, height = dimensions_of(bytes(data))
    data[22:26] = struct.pack("<i", -height)
    assert dimensions_of(bytes(data)) == (width, height)


@settings(deadline=None)
@given(st.binary(max_size=200), st.sampled_from([PNG, b"\xff\xd8\xff", b"GIF87a", b"BM"]))
def test_any_header_is_measured_or_not(data, magic):
    size = dimensions_of(magic + data)
    assert size is None or min(size) >= 0
