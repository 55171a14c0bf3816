"""The command ``vin-kiosk read``."""

import json
import os
import subprocess
import sys

import cv2
import numpy as np
import pytest
import zxingcpp
from click.testing import CliRunner

from kiosk.commands.read import command
from kiosk.errors import KioskError, OutcomeError, UsageError
from kiosk.vision.picture import decode_picture
from kiosk.vision.readers import zbar_code39

VIN = "1HGCM82633A004352"
OTHER_VIN = "1M8GDM9AXKP042788"
FIELDS = [
    *("file", "verdict", "text", "vin", "confidence", "symbology", "quad", "crop", "ms"),
    "vins",
]


def drawn(vin):
    made = zxingcpp.create_barcode(vin, zxingcpp.BarcodeFormat.Code39Std)
    row = np.array(made.to_image(scale=3, add_quiet_zones=False))[:1]
    return cv2.copyMakeBorder(
        np.repeat(row, 100, axis=0), 80, 80, 80, 80, cv2.BORDER_CONSTANT, value=255
    )


@pytest.fixture
def label(tmp_path):
    path = tmp_path / "label.png"
    cv2.imwrite(str(path), drawn(VIN))
    return path


@pytest.fixture
def two_labels(tmp_path):
    path = tmp_path / "two.png"
    cv2.imwrite(str(path), np.vstack([drawn(VIN), drawn(OTHER_VIN)]))
    return path


@pytest.fixture
def covered(tmp_path):
    """A label whose middle nobody can read."""
    page = drawn(VIN)
    page[:, 470:500] = 255
    path = tmp_path / "covered.png"
    cv2.imwrite(str(path), page)
    return path


@pytest.fixture
def blank(tmp_path):
    path = tmp_path / "blank.jpg"
    cv2.imwrite(str(path), np.full((300, 400), 90, np.uint8))
    return path


def run(*arguments):
    return CliRunner().invoke(command, [str(argument) for argument in arguments])


def lines(result):
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_one_object_a_line_with_every_field(label, blank):
    result = run("--json", label, blank)
    assert result.exit_code == 0
    vin, none = lines(result)
    assert list(vin) == list(none) == FIELDS
    assert (vin["file"], vin["verdict"], vin["text"], vin["vin"]) == (str(label), "vin", VIN, VIN)
    assert vin["symbology"] == "code39"
    assert 0.9 < vin["confidence"] <= 1.0
    (left, top), (right, _), (_, bottom), _ = vin["quad"]
    assert (left, top) == pytest.approx((80, 80), abs=4)
    assert bottom == pytest.approx(180, abs=4)
    assert right > 800
    assert set(vin["crop"]) == {"width", "height", "bytes", "format"}
    assert none["verdict"] == "none"
    assert [none[field] for field in FIELDS[2:8]] == [None] * 6
    assert vin["vins"] is none["vins"] is None


def test_two_labels_are_told_as_two(two_labels):
    (line,) = lines(run("--json", two_labels))
    assert (line["verdict"], line["vins"]) == ("unread", [VIN, OTHER_VIN])
    assert [line[field] for field in ("text", "vin", "confidence", "crop")] == [None] * 4
    said = run(two_labels).stdout
    assert f": two labels in view, show only one: {VIN} and {OTHER_VIN}, " in said


def test_a_text_that_is_not_shown_has_no_confidence(covered):
    (line,) = lines(run("--json", covered))
    assert (line["verdict"], line["text"], line["confidence"]) == ("unread", None, None)
    assert "cannot be read surely" in run(covered).stdout


def test_crops_are_the_bytes_that_would_go_out(label, blank, tmp_path):
    result = run("--json", "--crops", tmp_path / "new" / "crops", label, blank)
    assert result.exit_code == 0
    (written,) = (tmp_path / "new" / "crops").iterdir()
    assert written.name == "label.png"
    crop = lines(result)[0]["crop"]
    assert written.stat().st_size == crop["bytes"]
    picture = decode_picture(written.read_bytes())
    assert picture.shape[:2] == (crop["height"], crop["width"])
    assert zbar_code39(picture[:, :, 0]) == (VIN,)


def test_a_file_that_is_no_picture_does_not_stop_the_others(label, tmp_path):
    text = tmp_path / "notes.txt"
    text.write_text("not a picture")
    result = run("--json", text, tmp_path / "missing.png", tmp_path, label)
    assert isinstance(result.exception, OutcomeError)
    assert result.exception.exit_code == 1
    assert "3 files" in str(result.exception)
    notes, missing, folder, good = lines(result)
    assert list(notes) == list(missing) == ["file", "error"]
    assert "Not a picture" in notes["error"]
    assert "No such file" in missing["error"]
    assert "directory" in folder["error"]
    assert good["vin"] == VIN


def test_words_for_a_person(label, blank, tmp_path):
    result = run(label, blank, tmp_path / "missing.png")
    said = result.stdout.splitlines()
    assert said[0].startswith(f"{label}: VIN {VIN}, ")
    assert said[1].startswith(f"{blank}: no barcode, ")
    assert "No such file" in said[2]
    assert "One file" in str(result.exception)


def test_two_files_that_would_write_one_crop_are_refused(label, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    (other / "label.png").write_bytes(label.read_bytes())
    result = run("--crops", tmp_path / "crops", label, other / "label.png")
    assert isinstance(result.exception, UsageError)
    assert "same crop" in str(result.exception)
    assert not (tmp_path / "crops").exists()


def test_a_crop_never_takes_the_place_of_its_picture(label):
    before = label.read_bytes()
    result = run("--crops", label.parent, label)
    assert result.exit_code != 0
    assert "another folder" in str(result.exception)
    assert label.read_bytes() == before


def test_a_folder_that_cannot_be_made_or_written_is_told(label, blank, tmp_path):
    result = run("--crops", blank / "under", label)
    assert isinstance(result.exception, KioskError)
    assert result.exception.exit_code == 2
    (tmp_path / "crops" / "label.png").mkdir(parents=True)
    result = run("--crops", tmp_path / "crops", label)
    assert "cannot be written" in str(result.exception)


def test_a_foreign_symbol_is_named_with_the_vin_it_holds(tmp_path):
    made = zxingcpp.create_barcode("I" + VIN, zxingcpp.BarcodeFormat.QRCode)
    cv2.imwrite(str(tmp_path / "qr.png"), np.array(made.to_image(scale=8)))
    said = run(tmp_path / "qr.png").stdout
    assert f"qr, not Code 39: I{VIN} (holds the VIN {VIN})" in said


def test_the_help_states_the_exit_codes():
    said = " ".join(run("--help").stdout.split())
    assert "Exit code 0" in said
    assert "1: at least one is none" in said


def test_progress_is_told_on_a_terminal_and_never_into_the_output(label):
    person, terminal = os.openpty()
    process = subprocess.run(
        [sys.executable, "-m", "kiosk", "read", "--json", str(label)],
        stdout=subprocess.PIPE,
        stderr=terminal,
        check=True,
    )
    os.close(terminal)
    shown = os.read(person, 4096).decode()
    os.close(person)
    assert "looking … (1 of 1)" in shown
    assert shown.endswith("\r\x1b[K")
    assert json.loads(process.stdout)["vin"] == VIN
