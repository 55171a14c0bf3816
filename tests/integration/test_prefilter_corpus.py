"""Photographs of real labels: what would be uploaded can be read, and nothing else is uploaded."""

import csv

import cv2
import numpy as np
import pytest

from kiosk.model import Verdict
from kiosk.vision.picture import decode_picture
from kiosk.vision.prefilter import Prefilter
from kiosk.vision.readers import zbar_code39, zxing_code39

WIDTH, HEIGHT = 1920, 1080


def as_it_is(picture):
    return picture


def fitted(picture):
    """Scale to the largest size that fits a frame: all that is on it becomes as large."""
    scale = min(WIDTH / picture.shape[1], HEIGHT / picture.shape[0])
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    return cv2.resize(picture, None, fx=scale, fy=scale, interpolation=method)


def framed(picture):
    """Paste it into the middle of a plain frame."""
    picture = fitted(picture)
    frame = np.full((HEIGHT, WIDTH, 3), 96, np.uint8)
    height, width = picture.shape[:2]
    top, left = (HEIGHT - height) // 2, (WIDTH - width) // 2
    frame[top : top + height, left : left + width] = picture
    return frame


def examined(shared_dir, kind, form=as_it_is):
    folder = shared_dir / "corpus"
    with (folder / "manifest.csv").open(newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["file"].startswith(f"{kind}/")]
    assert rows
    prefilter = Prefilter()
    for row in rows:
        yield row, prefilter.examine(form(decode_picture((folder / row["file"]).read_bytes())))


def test_every_vin_label_is_read_and_their_crops_can_be_read_by_others(shared_dir):
    right = 0
    for row, reading in examined(shared_dir, "vin"):
        assert (reading.verdict, reading.text) == (Verdict.VIN, row["code39_plain"]), row["file"]
        crop = decode_picture(reading.crop.data)[:, :, 0]
        right += row["code39_plain"] in {*zbar_code39(crop), *zxing_code39(crop)}
    assert right >= 4


@pytest.mark.parametrize("form", [fitted, framed])
def test_every_vin_label_is_read_at_the_size_of_a_frame(shared_dir, form):
    for row, reading in examined(shared_dir, "vin", form):
        assert (reading.verdict, reading.text) == (Verdict.VIN, row["code39_plain"]), row["file"]
        assert reading.crop is not None


def test_other_code_39_is_never_uploaded(shared_dir):
    for row, reading in examined(shared_dir, "code39-not-vin"):
        assert reading.crop is None, row["file"]
        assert reading.vin is None, row["file"]


def test_other_symbologies_are_never_uploaded(shared_dir):
    for row, reading in examined(shared_dir, "foreign"):
        assert reading.crop is None, row["file"]
        assert reading.verdict in {Verdict.FOREIGN, Verdict.NONE}, row["file"]
