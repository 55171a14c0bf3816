"""Headers are read in bounded work, whatever they claim."""

import re
import resource
import struct

import cv2
import numpy as np
import pytest
from encoded_pictures import chunk, encoded, label, png
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.errors import PictureError
from kiosk.vision import header
from kiosk.vision.header import read_header
from kiosk.vision.picture import decode_picture
from kiosk.vision.prefilter import Prefilter

IMAGE = np.dstack([label()[40:120, :200]] * 3)
HEIGHT, WIDTH = IMAGE.shape[:2]
JPEG = encoded(".jpg", IMAGE)
PROGRESSIVE = encoded(".jpg", IMAGE, cv2.IMWRITE_JPEG_PROGRESSIVE, 1)
FILES = {
    "baseline": JPEG,
    "progressive": PROGRESSIVE,
    "intervals": encoded(".jpg", IMAGE, cv2.IMWRITE_JPEG_RST_INTERVAL, 4),
    "png": encoded(".png", IMAGE),
    "transparent": encoded(".png", np.dstack([IMAGE, IMAGE[..., 0]])),
    "gif": encoded(".gif", IMAGE),
    "bmp": encoded(".bmp", IMAGE),
}


class Counted:
    """A pattern that counts how often it is asked."""

    def __init__(self, pattern):
        self.pattern, self.asked = pattern, 0

    def match(self, *arguments):
        self.asked += 1
        return self.pattern.match(*arguments)

    def search(self, *arguments):
        self.asked += 1
        return self.pattern.search(*arguments)


@pytest.fixture
def asked(monkeypatch):
    """Every step of a walk over a JPEG."""
    patterns = [Counted(header._MARKER), Counted(header._BEHIND_SCAN)]
    monkeypatch.setattr(header, "_MARKER", patterns[0])
    monkeypatch.setattr(header, "_BEHIND_SCAN", patterns[1])
    return lambda: sum(pattern.asked for pattern in patterns)


@pytest.mark.parametrize("name", FILES)
def test_the_size_is_told_before_anything_is_decoded(name):
    found = read_header(FILES[name])
    assert (found.width, found.height) == (WIDTH, HEIGHT)
    assert found.transparent == (name == "transparent")
    assert found.heavy == (name in {"transparent", "gif"})


@pytest.mark.parametrize("between", [b"\xff" * 100_000, b"\xff\x01", b"\xff\xd0" * 1000])
def test_fill_bytes_and_bare_markers_are_passed_over(between, asked):
    found = read_header(JPEG[:2] + between + JPEG[2:])
    assert (found.width, found.height) == (WIDTH, HEIGHT)
    assert asked() < 1100


def test_a_million_comments_are_not_all_read(asked):
    with pytest.raises(PictureError, match="segments are damaged"):
        read_header(JPEG[:2] + b"\xff\xfe\0\x02" * 1_000_000 + JPEG[2:])
    assert asked() < 5000


@pytest.mark.parametrize("kind", [b"IDAT", b"tEXt", b"IEND", b"fdAT"])
@pytest.mark.parametrize("length", [0x1000, 0x1000_0000, 0x7FFF_FFFF, 0xFFFF_FFF4])
def test_a_chunk_that_claims_gigabytes_never_reaches_the_decoder(kind, length, monkeypatch):
    # OpenCV makes room for what a chunk claims before it reads it: 4 GiB for a file of 86 bytes
    monkeypatch.setattr(cv2, "imdecode", None)
    data = png(80, 80, rows=bytes(81 * 80))
    at = data.index(b"IDAT") - 4
    with pytest.raises(PictureError, match="damaged or cut short"):
        decode_picture(data[:at] + struct.pack(">I", length) + kind + data[at + 8 :])


def test_a_png_in_a_million_pieces_is_refused(monkeypatch):
    monkeypatch.setattr(cv2, "imdecode", None)
    pieces = chunk(b"IDAT", b"") * 1_000_000
    with pytest.raises(PictureError, match="too many pieces"):
        decode_picture(png(80, 80, before=pieces))


def scans_of(jpeg):
    """Where each scan of a progressive JPEG begins, and where the last one ends."""
    return [found.start() for found in re.finditer(b"\xff\xda|\xff\xd9", jpeg)]


def test_what_an_encoder_makes_has_far_fewer_scans_than_are_allowed():
    assert 2 < len(scans_of(PROGRESSIVE)) - 1 < header._SCANS_MAX // 2
    assert decode_picture(PROGRESSIVE).shape == IMAGE.shape


@pytest.mark.parametrize("more", [25, 100_000])
def test_a_small_jpeg_of_very_many_scans_is_refused(more, asked):
    *_, last, end = scans_of(PROGRESSIVE)
    bomb = PROGRESSIVE[:last] + PROGRESSIVE[last:end] * more + PROGRESSIVE[end:]
    with pytest.raises(PictureError, match="too many scans"):
        decode_picture(bomb)
    assert asked() < 2 * header._SEGMENTS_MAX


def test_a_scan_of_some_components_only_is_counted_too():
    # baseline, but each component in scans of its own: the decoder holds them all back
    start = JPEG.index(b"\xff\xda")
    one = b"\xff\xda\0\x08\x01\x01\0\0\x3f\0" + b"\0"
    with pytest.raises(PictureError, match="too many scans"):
        read_header(JPEG[:start] + one * 100 + b"\xff\xd9")
    assert read_header(JPEG[:start] + one * 3 + b"\xff\xd9").width == WIDTH


def test_what_stands_behind_the_picture_does_not_count():
    # telephones append previews and films
    assert read_header(PROGRESSIVE + b"\xff\xda" * 1000).width == WIDTH


@given(st.sampled_from([b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF89a", b"BM"]), st.binary())
def test_damaged_headers_are_pictures_errors_only(magic, rest):
    try:
        found = read_header(magic + rest)
    except PictureError:
        return
    assert found.width >= 0
    assert found.height >= 0


def peak_memory():
    """The most memory that this process ever had, in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


HARMFUL = [b"\0\0", b"\xff\xff", b"\x7f\xff", b"\xff\xda"]


@st.composite
def damaged(draw):
    """A real file with bytes changed, taken out, doubled, or its end cut off."""
    data = bytearray(FILES[draw(st.sampled_from(sorted(FILES)))])
    for _ in range(draw(st.integers(1, 4))):
        # headers are where the harm is
        span = draw(st.sampled_from([60, 700, len(data)]))
        at = draw(st.integers(0, min(span, len(data)) - 1))
        kind = draw(st.sampled_from(["flip", "set", "cut", "out", "twice"]))
        if kind == "flip":
            data[at] ^= 1 << draw(st.integers(0, 7))
        elif kind == "set":
            data[at : at + 2] = draw(
                st.sampled_from([b"\0\0", b"\xff\xff", b"\x7f\xff", b"\xff\xda"])
            )
        elif kind == "cut":
            data = data[: max(at, 1)]
        elif kind == "out":
            del data[at : at + draw(st.integers(1, 40))]
            data = data or bytearray(b"\0")
        else:
            data[at:at] = data[at : at + draw(st.integers(1, 400))]
    return bytes(data)


@settings(max_examples=400, deadline=None)
@given(damaged(), st.booleans())
def test_a_damaged_file_is_a_picture_or_a_pictures_error(data, grey):
    before = peak_memory()
    try:
        image = decode_picture(data, grey=grey)
    except PictureError:
        return
    finally:
        assert peak_memory() - before < 700 * 2**20
    assert image.dtype == np.uint8
    assert image.shape[2:] == (() if grey else (3,))
    found = read_header(data)
    assert sorted(image.shape[:2]) == sorted((found.width, found.height))
    if image.size < 500_000:
        Prefilter().examine(image)


def test_a_long_run_of_fill_bytes_costs_no_more_than_its_length():
    # each byte of the run began a search to its end: the square of 4 million
    tail = PROGRESSIVE.rindex(b"\xff\xd9")
    limit = resource.getrusage(resource.RUSAGE_SELF).ru_utime + 5.0
    header_read = read_header(PROGRESSIVE[:tail] + b"\xff" * 4_000_000 + b"\x00" * 10)
    assert (header_read.width, header_read.height) == (WIDTH, HEIGHT)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_utime < limit
