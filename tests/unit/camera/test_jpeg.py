import struct

import cv2
import numpy as np
import pytest

from kiosk.camera.jpeg import jpeg_frame, looks_whole
from kiosk.errors import PictureError


def picture():
    rows, columns = np.mgrid[0:64, 0:96]
    return np.stack([rows, columns, rows + columns], axis=2).astype(np.uint8)


def coded():
    return cv2.imencode(".jpg", picture())[1].tobytes()


def without_huffman_tables(jpeg):
    """What an "AVI1" camera sends: every segment up to the scan but the tables (DHT)."""
    kept, at = jpeg[:2], 2
    while jpeg[at + 1] != 0xDA:
        (length,) = struct.unpack_from(">H", jpeg, at + 2)
        if jpeg[at + 1] != 0xC4:
            kept += jpeg[at : at + 2 + length]
        at += 2 + length
    return kept + jpeg[at:]


def test_a_frame_gives_the_picture_that_was_coded():
    frame = jpeg_frame(coded(), 12.5, 7)
    assert (frame.taken_at, frame.number) == (12.5, 7)
    assert frame.look().shape == (64, 96)
    grey = cv2.cvtColor(picture(), cv2.COLOR_BGR2GRAY)
    assert np.abs(frame.look().astype(int) - grey).mean() < 2


def test_cameras_that_leave_the_huffman_tables_out_are_understood():
    bare = without_huffman_tables(coded())
    assert len(bare) < len(coded()) - 300
    assert looks_whole(bare)
    assert np.array_equal(jpeg_frame(bare, 0.0, 1).look(), jpeg_frame(coded(), 0.0, 1).look())


@pytest.mark.parametrize("behind", [b"", b"\0", bytes(100_000), b"\xaa" * 100])
def test_what_drivers_leave_behind_the_end_does_not_matter(behind):
    assert looks_whole(coded() + behind)
    assert np.array_equal(
        jpeg_frame(coded() + behind, 0.0, 1).look(), jpeg_frame(coded(), 0.0, 1).look()
    )


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff\xd8\xff",
        b"\xff\xd8\xff\xd9",
        bytes(5000),
        coded()[:-2],
        coded()[: len(coded()) // 2],
        coded()[: len(coded()) // 2] + bytes(5000),
        coded()[1:],
        b"\x89PNG\r\n\x1a\n" + coded(),
    ],
)
def test_what_is_not_whole_is_seen_without_decoding(data):
    assert not looks_whole(data)


def test_damage_within_is_told_when_somebody_looks():
    data = coded()
    damaged = data[:20] + bytes(200) + data[220:]
    assert looks_whole(damaged)
    with pytest.raises(PictureError):
        jpeg_frame(damaged, 0.0, 1).look()
