"""The crop that goes out is small, and says what was read."""

from dataclasses import replace

import cv2
import numpy as np
import zxingcpp

from kiosk.simulate.code39 import encode
from kiosk.vision import crop as crops
from kiosk.vision.proof import holds_one, proof_of, proves, smallest
from kiosk.vision.trials import tried

VIN, OTHER = "1HGCM82633A004352", "1HGCM82633A004353"
MODULE = 6


def drawn(*texts, wide=2.5, softness=0.0):
    """Draw symbols side by side as a crop shows them, 6 px a module."""
    row = []
    for text in texts:
        row += [255] * (12 * MODULE)
        for number, element in enumerate(encode(text, wide)):
            row += [24 if number % 2 == 0 else 255] * round(element * MODULE)
    line = np.array([*row, *([255] * 12 * MODULE)], np.uint8)
    pixels = np.repeat(line[None], 40, axis=0)
    return cv2.GaussianBlur(pixels, (0, 0), softness * MODULE) if softness else pixels


def test_a_clean_symbol_goes_out_small_and_both_libraries_read_it():
    trial = tried(drawn(VIN, softness=0.3))
    crop = smallest(trial)
    assert (crop.width, crop.height) == (round(trial.pixels.shape[1] * 3 / 6), 40)
    assert proves(crop, VIN)
    back = tried(cv2.imdecode(np.frombuffer(crop.data, np.uint8), cv2.IMREAD_GRAYSCALE))
    assert back.zxing == back.zbar == (VIN,)


def test_what_no_library_reads_goes_out_as_large_as_it_is():
    trial = tried(drawn(VIN, softness=0.9))
    assert trial.texts == ()
    assert smallest(trial).width == trial.pixels.shape[1]


def test_a_crop_that_no_library_reads_is_proven_by_our_own_decoder():
    crop = crops.encode(drawn(VIN, softness=0.9))
    assert proves(crop, VIN)
    assert not proves(crop, OTHER)


def test_a_crop_that_says_something_else_proves_nothing():
    crop = crops.encode(drawn(OTHER))
    assert proves(crop, OTHER)
    assert not proves(crop, VIN)


def test_a_crop_of_two_symbols_proves_neither():
    crop = crops.encode(drawn(VIN, OTHER))
    assert not proves(crop, VIN)
    assert not proves(crop, OTHER)


def test_it_is_the_bytes_that_are_read():
    other = crops.encode(drawn(OTHER))
    assert not proves(replace(crops.encode(drawn(VIN)), data=other.data), VIN)


def test_a_blank_crop_proves_nothing():
    assert not proves(crops.encode(np.full((40, 900), 230, np.uint8)), VIN)


def test_a_crop_beside_another_symbology_is_not_one_symbol():
    drawing = zxingcpp.create_barcode("PART-4711", zxingcpp.BarcodeFormat.Code128).to_image(scale=4)
    beside = cv2.resize(np.array(drawing), (600, 40), interpolation=cv2.INTER_NEAREST)
    alone = drawn(VIN)
    crop = crops.encode(np.hstack([alone, beside]))
    assert holds_one(crops.encode(alone))
    assert not holds_one(crop)
    assert not proves(crop, VIN)


def test_a_spare_that_a_library_reads_comes_before_our_own_decoder():
    unread, wrong, read = (
        tried(drawn(text, softness=soft)) for text, soft in ((VIN, 0.9), (OTHER, 0.3), (VIN, 0.3))
    )
    found = proof_of(VIN, [unread], iter([unread, wrong, read]))
    assert found is not None
    assert found[0] is read
    assert proof_of(VIN, [unread], iter([wrong]))[0] is unread


def test_spares_are_not_made_where_a_library_reads_a_crop():
    spares = iter([tried(drawn(OTHER))])
    trial = tried(drawn(VIN, softness=0.3))
    assert proof_of(VIN, [trial], spares)[0] is trial
    assert next(spares, None) is not None
