"""What the prefilter says of whole pictures."""

import cv2
import numpy as np
import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis.extra import numpy as hnp

from kiosk.model import Verdict
from kiosk.simulate.code39 import encode
from kiosk.vision.picture import decode_picture
from kiosk.vision.prefilter import Prefilter
from kiosk.vision.readers import zbar_code39, zxing_code39

VIN = "1HGCM82633A004352"


def barcode(text, module=3, height=90, kind="Code39Std", quiet=30):
    """Draw a symbol with zxing-cpp's writer on a white sheet."""
    made = zxingcpp.create_barcode(text, getattr(zxingcpp.BarcodeFormat, kind))
    drawn = np.array(made.to_image(scale=module, add_quiet_zones=False))
    if kind not in {"QRCode", "DataMatrix"}:
        drawn = np.repeat(drawn[:1], height, axis=0)
    return cv2.copyMakeBorder(drawn, quiet, quiet, quiet, quiet, cv2.BORDER_CONSTANT, value=255)


def sheet(*pieces, size=(1080, 1920), level=200):
    """Put pieces, each (picture, x, y), on a grey sheet."""
    page = np.full(size, level, np.uint8)
    for piece, x, y in pieces:
        page[y : y + piece.shape[0], x : x + piece.shape[1]] = piece
    return page


def corners(reading):
    return np.array(reading.quad)


# what lies beside the bars looks more like start or stop, or belongs to the row of bars
BESIDE = [("clear", 3005), ("upright", 8015), ("upright", 8019)]
# another label's bars run into the row; hatching does; a short symbol stands above; a grating does
SHARED = [("hard", 720022), ("hard", 720137), ("hard", 720134), ("normal", 700035)]
# parts of regions that hold far more: a grating, a lattice, a rubber seal
RAGGED = [("upright", 720053), ("normal", 710125), ("hard", 710197), ("normal", 700038)]


# only a part of the label makes a region, for its bars are low; a strip is too low for the bars;
# half of a label's cells lean as a grating beside it does
IN_PART = [("hard", 780010), ("hard", 780801), ("hard", 781382)]
# a grating stands in the strip's corner; the bars end in the dark
FOLLOWED = [780603, 780900]


# clear 2009: the label's border is the strongest "start" of an inverted symbol
# normal 1010: the label grows together with a door's rubber seal
@pytest.mark.parametrize(
    ("level", "seed"),
    [
        *[("clear", 2009), ("normal", 3), ("normal", 1010), ("upright", 4)],
        *[*BESIDE, *SHARED, *RAGGED, *IN_PART],
    ],
)
def test_a_label_in_a_scene_is_read_and_its_crop_stands_alone(scene_of, level, seed):
    scene = scene_of(level, seed)
    reading = Prefilter().examine(scene.image)
    assert (reading.verdict, reading.text) == (Verdict.VIN, scene.text)
    assert reading.vin == scene.text[-17:]
    assert reading.symbology == "code39"
    assert np.abs(corners(reading) - np.array(scene.quad)).max() < 12
    crop = decode_picture(reading.crop.data)
    assert crop.shape[:2] == (reading.crop.height, reading.crop.width)
    assert scene.text in {*zbar_code39(crop[:, :, 0]), *zxing_code39(crop[:, :, 0])}


@pytest.mark.parametrize("seed", [3, *FOLLOWED])
def test_a_scene_far_too_hard_for_the_libraries_is_read(scene_of, seed):
    scene = scene_of("hard", seed)
    grey = cv2.cvtColor(scene.image, cv2.COLOR_BGR2GRAY)
    assert not {*zbar_code39(grey), *zxing_code39(grey, thorough=True)}
    assert Prefilter().examine(scene.image).text == scene.text


@pytest.mark.parametrize("seed", [1, 5, 1015, 1028])
def test_an_empty_lane_uploads_nothing(scene_of, seed):
    # 1015 and 1028: a grating and hatched tape that fit the templates well
    reading = Prefilter().examine(scene_of("empty", seed).image)
    assert reading.crop is None
    assert reading.vin is None


def test_the_quad_follows_the_text_when_the_label_stands_on_its_head():
    page = sheet((barcode(VIN), 200, 300))
    upright = Prefilter().examine(page)
    turned = Prefilter().examine(np.ascontiguousarray(page[::-1, ::-1]))
    assert (upright.text, turned.text) == (VIN, VIN)
    assert corners(upright)[0][0] < corners(upright)[1][0]
    mirrored = np.array([1919, 1079]) - corners(turned)
    assert np.abs(mirrored - corners(upright)).max() < 6


def test_an_inverted_label_is_read_and_its_crop_has_dark_bars():
    page = sheet((255 - barcode(VIN), 200, 300), level=60)
    reading = Prefilter().examine(page)
    assert reading.text == VIN
    crop = decode_picture(reading.crop.data)[:, :, 0]
    assert zbar_code39(crop) == (VIN,)
    assert crop[:, :20].mean() > 200


def test_two_different_vins_in_view_upload_nothing():
    page = sheet((barcode(VIN), 100, 100), (barcode("JH4KA9650MC000001"), 400, 700))
    reading = Prefilter().examine(page)
    assert reading.verdict is Verdict.UNREAD
    assert reading.two_labels
    assert reading.vins == (VIN, "JH4KA9650MC000001")
    assert (reading.crop, reading.vin, reading.text) == (None, None, None)


def rotated(page, degrees=3):
    turn = cv2.getRotationMatrix2D((960, 540), degrees, 1.0)
    return cv2.warpAffine(page, turn, (1920, 1080), borderMode=cv2.BORDER_REPLICATE)


@pytest.mark.parametrize("gap", [4, 20])
def test_two_vins_on_one_label_upload_nothing(gap):
    one, other = (barcode(text, 2, 70, quiet=0) for text in (VIN, "JH4KA9650MC000001"))
    reading = Prefilter().examine(rotated(sheet((one, 300, 300), (other, 300, 370 + gap))))
    assert reading.vins == (VIN, "JH4KA9650MC000001")
    assert reading.crop is None


@pytest.mark.parametrize("gap", [4, 20])
def test_a_part_number_above_the_vin_does_not_hide_it(gap):
    part, vin = (barcode(text, 2, 70, quiet=0) for text in ("PART-1234", VIN))
    reading = Prefilter().examine(rotated(sheet((part, 300, 300), (vin, 300, 370 + gap))))
    assert (reading.verdict, reading.vin) == (Verdict.VIN, VIN)


def test_a_second_label_of_half_the_size_is_seen():
    small = barcode("JH4KA9650MC000001", 2, 60)
    reading = Prefilter().examine(sheet((barcode(VIN, 4, 120), 100, 100), (small, 800, 700)))
    assert reading.two_labels


def test_a_second_vin_that_is_only_probable_stops_the_upload():
    doubtful = "1HGCM82643A004352"  # its check digit fails
    page = sheet((barcode("JH4KA9650MC000001"), 100, 100), (barcode(doubtful), 400, 700))
    reading = Prefilter().examine(page)
    assert reading.vins == (doubtful, "JH4KA9650MC000001")
    assert (reading.verdict, reading.crop) == (Verdict.UNREAD, None)


def test_a_part_number_does_not_hide_the_vin_in_a_qr_code():
    page = sheet((barcode("PART-1234"), 100, 100), (barcode(VIN, 6, kind="QRCode"), 900, 500))
    reading = Prefilter().examine(page)
    assert (reading.verdict, reading.symbology, reading.vin) == (Verdict.FOREIGN, "qr", VIN)


@pytest.mark.parametrize("gap", [30, 50])
def test_a_part_number_beside_the_vin_does_not_hide_it(gap):
    part, vin = (barcode(text, 2, 70, quiet=0) for text in ("PART-12345678", VIN))
    page = sheet((part, 120, 400), (vin, 120 + part.shape[1] + gap, 400))
    soft = cv2.GaussianBlur(rotated(page), (0, 0), 1.4)
    assert Prefilter().examine(soft).vin == VIN


def test_the_same_vin_twice_is_one_label():
    page = sheet((barcode(VIN), 100, 100), (barcode(VIN), 400, 700))
    reading = Prefilter().examine(page)
    assert (reading.verdict, reading.vin, reading.two_labels) == (Verdict.VIN, VIN, False)


def test_the_data_identifier_stays_in_the_text_only():
    reading = Prefilter().examine(sheet((barcode("I" + VIN), 100, 100)))
    assert (reading.text, reading.vin) == ("I" + VIN, VIN)


@pytest.mark.parametrize("text", ["PART-1234", "ABC", "1HGCM82633AOO4352", "X" * 25])
def test_other_content_is_never_uploaded(text):
    reading = Prefilter().examine(sheet((barcode(text), 100, 100)))
    assert reading.verdict is Verdict.NOT_VIN
    assert reading.text == text
    assert (reading.crop, reading.vin) == (None, None)


@pytest.mark.parametrize(
    ("kind", "symbology", "text", "vin"),
    [
        ("Code128", "code128", VIN, VIN),
        ("Code128", "code128", "PART 1234 / 5678", None),
        ("ITF", "itf", "123456789012345678901234", None),
        ("QRCode", "qr", f"https://example.org/v?vin={VIN}&x=1", VIN),
        ("DataMatrix", "datamatrix", "I" + VIN, VIN),
    ],
)
def test_other_symbologies_are_told_and_never_uploaded(kind, symbology, text, vin):
    piece = barcode(text, module=6 if kind in {"QRCode", "DataMatrix"} else 3, kind=kind)
    reading = Prefilter().examine(sheet((piece, 400, 300)))
    assert (reading.verdict, reading.symbology) == (Verdict.FOREIGN, symbology)
    assert (reading.text, reading.vin, reading.crop) == (text, vin, None)


def test_a_covered_character_is_never_guessed():
    label = barcode(VIN, module=4)
    label[:, 700:735] = 255  # a scratch through one character, full height
    reading = Prefilter().examine(sheet((label, 100, 300)))
    assert reading.verdict is not Verdict.VIN
    assert (reading.text, reading.vin) == (None, None)


@pytest.mark.parametrize(("vin", "verdict"), [(VIN, "vin"), ("1HGCM82633A004353", "unread")])
def test_wide_gaps_leave_the_reading_to_the_libraries(vin, verdict):
    # gaps of four modules: our own decoder knows one; a failed check digit is then too much doubt
    row = []
    for number, element in enumerate(encode(vin)):
        width = 4 if number % 10 == 9 else 3 if element > 1 else 1
        row += [255 if number % 2 else 0] * (width * 3)
    label = np.repeat(np.array([row], np.uint8), 90, axis=0)
    label = cv2.copyMakeBorder(label, 40, 40, 40, 40, cv2.BORDER_CONSTANT, value=255)
    reading = Prefilter().examine(sheet((label, 100, 300)))
    assert reading.verdict == verdict
    assert reading.vin == (vin if verdict == "vin" else None)
    assert reading.crop is not None


def test_looks_are_without_memory(scene_of):
    prefilter = Prefilter()
    prefilter.examine(scene_of("clear", 2009).image)
    assert prefilter.examine(np.zeros((600, 800), np.uint8)).verdict is Verdict.NONE


@settings(max_examples=40, deadline=None)
@given(hnp.arrays(np.uint8, hnp.array_shapes(min_dims=2, max_dims=2, min_side=0, max_side=70)))
def test_any_small_picture_gets_a_verdict(image):
    reading = Prefilter().examine(image)
    assert reading.crop is None
    assert Prefilter().examine(np.dstack([image] * 3)).crop is None


@pytest.mark.parametrize(
    "image",
    [
        np.zeros((10, 10), np.uint16),
        np.zeros((10, 10), np.float32),
        np.zeros((10, 10, 4), np.uint8),
        np.zeros((10, 10, 1), np.uint8),
        np.zeros(10, np.uint8),
    ],
    ids=lambda image: f"{image.dtype}-{image.shape}",
)
def test_other_arrays_are_refused_clearly(image):
    with pytest.raises(ValueError, match="picture must be"):
        Prefilter().examine(image)
