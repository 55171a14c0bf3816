"""Bytes become pictures, or a clear reason why not."""

import struct
import zlib

import cv2
import numpy as np
import pytest
from encoded_pictures import chunk, encoded, label, png, with_orientation

from kiosk.errors import PictureError
from kiosk.model import Verdict
from kiosk.vision import picture
from kiosk.vision.picture import PIXELS_MAX, PIXELS_MAX_HEAVY, decode_picture
from kiosk.vision.prefilter import Prefilter

IMAGE = np.zeros((20, 30, 3), np.uint8)
IMAGE[:, :15] = (10, 200, 60)


@pytest.mark.parametrize("kind", [".png", ".bmp", ".gif", ".jpg"])
def test_each_kind_is_decoded(kind):
    image = decode_picture(encoded(kind, IMAGE))
    assert (image.shape, image.dtype) == ((20, 30, 3), np.uint8)
    assert np.abs(image.astype(int) - IMAGE).mean() < 12
    grey = decode_picture(encoded(kind, IMAGE), grey=True)
    assert (grey.shape, grey.dtype) == ((20, 30), np.uint8)
    same = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
    assert np.abs(grey.astype(int) - same).mean() < 2


@pytest.mark.parametrize("grey", [False, True])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_quad_fits_what_a_viewer_shows_however_the_camera_was_held(orientation, grey):
    shown = label()
    stored = {  # what a camera stores so that a viewer shows `shown` (Exif 2.3, 4.6.4)
        1: shown,
        2: shown[:, ::-1],
        3: shown[::-1, ::-1],
        4: shown[::-1],
        5: shown.T,
        6: shown.T[::-1],
        7: shown.T[::-1, ::-1],
        8: shown.T[:, ::-1],
    }[orientation]
    jpeg = with_orientation(encoded(".jpg", np.ascontiguousarray(stored)), orientation)
    reading = Prefilter().examine(decode_picture(jpeg, grey=grey))
    expected = Prefilter().examine(shown)
    assert (reading.verdict, reading.text) == (Verdict.VIN, expected.text)
    assert np.abs(np.array(reading.quad) - np.array(expected.quad)).max() < 3


def test_what_can_be_seen_through_is_paper():
    # a label generator's black bars on nothing: without care, black on black
    black = np.zeros((*label().shape, 4), np.uint8)
    black[..., 3] = 255 - label()
    image = decode_picture(encoded(".png", black))
    assert image.shape == (*label().shape, 3)
    assert np.abs(image[..., 0].astype(int) - label()).max() <= 1
    assert Prefilter().examine(decode_picture(encoded(".png", black), grey=True)).vin


def test_sixteen_bits_palettes_and_half_transparency_become_eight_bits():
    deep = (np.arange(600).reshape(20, 30) * 109).astype(np.uint16)
    assert np.abs(decode_picture(encoded(".png", deep), grey=True) - (deep >> 8)).max() <= 1
    layers = np.full((4, 4, 4), 0x8000, np.uint16)
    layers[..., :3] = 0
    assert decode_picture(encoded(".png", layers))[0, 0].tolist() == pytest.approx([127] * 3, abs=1)
    palette = chunk(b"PLTE", b"\0\0\0\x10\x20\x30")
    rows = b"\0\x55" * 2
    flat = png(8, 2, depth=1, colour=3, rows=rows, before=palette)
    assert decode_picture(flat)[0, :2].tolist() == [[0, 0, 0], [0x30, 0x20, 0x10]]
    glass = png(8, 2, depth=1, colour=3, rows=rows, before=palette + chunk(b"tRNS", b"\0\xff"))
    assert decode_picture(glass)[0, :2].tolist() == [[255, 255, 255], [0x30, 0x20, 0x10]]
    words = png(8, 2, depth=8, rows=b"\0" * 18, before=chunk(b"tEXt", b"tRNS"))
    assert decode_picture(words).max() == 0


def flat_cmyk(values):
    """A JPEG of 8×8 pixels in four inks as Adobe writes them: 255 is no ink (T.81, B.2)."""
    quantisers = b"\xff\xdb\0\x43\0" + bytes([8] * 64)
    frame = b"\xff\xc0\0\x14\x08\0\x08\0\x08\x04"
    frame += b"".join(bytes([number, 0x11, 0]) for number in range(1, 5))
    levels = b"\xff\xc4\0\x15\x00\0\x02" + bytes(14) + b"\x00\x07"  # codes 00 and 01
    ends = b"\xff\xc4\0\x14\x10\0\x01" + bytes(14) + b"\x00"
    scan = b"\xff\xda\0\x0e\x04" + b"".join(bytes([n, 0]) for n in range(1, 5)) + b"\0\x3f\0"
    bits = "".join("01" + ("1" * 7 if value else "0" * 7) + "00" for value in values)
    coded = int(bits + "1111", 2).to_bytes(6, "big").replace(b"\xff", b"\xff\0")
    adobe = b"\xff\xee\0\x0eAdobe\0\x64\0\0\0\0\0"
    return b"\xff\xd8" + adobe + quantisers + frame + levels + ends + scan + coded + b"\xff\xd9"


@pytest.mark.parametrize(
    ("inks", "light"), [((1, 1, 1, 1), 255), ((1, 1, 1, 0), 0), ((0, 0, 0, 1), 0)]
)
def test_four_inks_are_seen_as_printed(inks, light):
    for grey in (False, True):
        assert np.abs(decode_picture(flat_cmyk(inks), grey=grey).astype(int) - light).max() < 3


def test_of_an_animation_the_first_picture_counts():
    frames = [np.full((20, 30, 3), level, np.uint8) for level in (40, 200)]
    animation = cv2.Animation()
    animation.frames, animation.durations = frames, [100, 100]
    for kind in (".gif", ".png"):
        _, data = cv2.imencodeanimation(kind, animation)
        assert 30 < decode_picture(data.tobytes()).mean() < 50


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty"),
        (b"hello, this is text", "Not a picture"),
        (b"\x89PNG\r\n\x1a\n", "ends within"),
        (b"\xff\xd8\xff", "ends within"),
        (b"\xff\xd8\xff\xe1\x40\0Exif", "ends within"),
        (b"\xff\xd8\xff\xda\0\0", "no frame header"),
        (b"\xff\xd8\xff\xe0\0\x02\0\0\0\0", "segments are damaged"),
        (b"GIF89a\0\0\0\0", "no pixels"),
        (encoded(".png", IMAGE)[:60], "damaged"),
        (encoded(".jpg", label())[:-900], "cut short"),
        (encoded(".bmp", IMAGE)[:-9], "cut short"),
        (encoded(".gif", np.dstack([label()] * 3))[:-900], "cut short"),
        (b"II*\0" + bytes(40), "TIFF is not read here: save it as JPEG or PNG"),
        (b"\0\0\0\x18ftypheic" + bytes(40), "HEIC"),
        (b"\0\0\0\x18ftypavif" + bytes(40), "AVIF"),
        (encoded(".webp", IMAGE), "WebP is not read here"),
        (encoded(".jp2", label()), "JPEG 2000"),
        (encoded(".hdr", IMAGE.astype(np.float32)), "Not a picture"),
        (encoded(".ppm", IMAGE), "Not a picture"),
        (encoded(".ras", IMAGE), "Not a picture"),
    ],
)
def test_the_reason_is_told(data, reason):
    with pytest.raises(PictureError, match=reason):
        decode_picture(data)


def bmp(width, height):
    return b"BM" + struct.pack("<IHHIIiiHHIIiiII", 0, 0, 0, 54, 40, width, height, 1, 24, *[0] * 6)


@pytest.mark.parametrize(
    ("data", "claim"),
    [
        (png(60_000, 60_000, depth=1, rows=b"\0" * 7501 * 60), "60000×60000; 64 megapixels"),
        (png(2**31 - 1, 2**31 - 1), "2147483647×2147483647"),
        (b"GIF89a" + b"\xff" * 200, "65535×65535; 16 megapixels at most for one that is animated"),
        (bmp(60_000, -60_000), "60000×60000"),
        (bmp(-(2**31), 1), "2147483648×1"),
        (b"\xff\xd8\xff\xc0\0\x08\x08" + struct.pack(">HHB", 65_500, 65_500, 0), "65500×65500"),
    ],
)
def test_a_small_file_that_claims_gigapixels_is_never_decoded(data, claim, monkeypatch):
    monkeypatch.setattr(cv2, "imdecode", None)
    with pytest.raises(PictureError, match=f"too large: {claim}"):
        decode_picture(data + b"\xff\xda\0\x08\x01" + bytes(9))


def test_what_a_decoder_holds_several_times_may_have_fewer_pixels(monkeypatch):
    side = int(PIXELS_MAX**0.5)
    assert side * side > PIXELS_MAX_HEAVY
    monkeypatch.setattr(cv2, "imdecode", None)
    moving = chunk(b"acTL", struct.pack(">II", 2, 0))
    for data in (png(side, side, colour=6), png(side, side, before=moving)):
        with pytest.raises(PictureError, match="16 megapixels at most for one that is animated"):
            decode_picture(data)


def test_bytes_are_capped_before_anything_else(monkeypatch):
    monkeypatch.setattr(picture, "BYTES_MAX", 100)
    with pytest.raises(PictureError, match="larger than"):
        decode_picture(b"\x89PNG" + b"\0" * 200)


def test_text_of_five_hundred_megabytes_in_a_png_is_not_unpacked():
    packer = zlib.compressobj(9)
    bomb = b"".join([*(packer.compress(bytes(10**6)) for _ in range(100)), packer.flush()])
    plain = encoded(".png", IMAGE)
    data = plain[:33] + chunk(b"zTXt", b"k\0\0" + bomb) + plain[33:]
    assert decode_picture(data).shape == (20, 30, 3)
