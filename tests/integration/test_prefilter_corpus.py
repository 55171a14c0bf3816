"""Photographs of real labels: what would be uploaded can be read, and nothing else is uploaded."""

import csv

from kiosk.model import Verdict
from kiosk.vision.picture import decode_picture
from kiosk.vision.prefilter import Prefilter
from kiosk.vision.readers import zbar_code39, zxing_code39


def examined(shared_dir, kind):
    folder = shared_dir / "corpus"
    with (folder / "manifest.csv").open(newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["file"].startswith(f"{kind}/")]
    assert rows
    prefilter = Prefilter()
    for row in rows:
        yield row, prefilter.examine(decode_picture((folder / row["file"]).read_bytes()))


def test_every_vin_label_is_read_and_their_crops_can_be_read_by_others(shared_dir):
    right = 0
    for row, reading in examined(shared_dir, "vin"):
        assert (reading.verdict, reading.text) == (Verdict.VIN, row["code39_plain"]), row["file"]
        crop = decode_picture(reading.crop.data)[:, :, 0]
        right += row["code39_plain"] in {*zbar_code39(crop), *zxing_code39(crop)}
    assert right >= 4


def test_other_code_39_is_never_uploaded(shared_dir):
    for row, reading in examined(shared_dir, "code39-not-vin"):
        assert reading.crop is None, row["file"]
        assert reading.vin is None, row["file"]


def test_other_symbologies_are_never_uploaded(shared_dir):
    for row, reading in examined(shared_dir, "foreign"):
        assert reading.crop is None, row["file"]
        assert reading.verdict in {Verdict.FOREIGN, Verdict.NONE}, row["file"]
