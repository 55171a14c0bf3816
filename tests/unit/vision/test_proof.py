"""The crop that goes out is small, and says what was read."""

from dataclasses import replace

import cv2
import numpy as np
import zxingcpp
from printed import crop_of

from kiosk.vision import crop as crops
from kiosk.vision.proof import holds_one, proof_of, proves, read_back, smallest
from kiosk.vision.trials import tried

VIN, OTHER = "1HGCM82633A004352", "1HGCM82633A004353"


def test_a_clean_symbol_goes_out_small_and_both_libraries_read_it():
    trial = tried(crop_of(VIN, softness=0.3))
    crop = smallest(trial)
    assert (crop.width, crop.height) == (round(trial.pixels.shape[1] * 3 / 6), 40)
    assert proves(crop, VIN)
    back = tried(cv2.imdecode(np.frombuffer(crop.data, np.uint8), cv2.IMREAD_GRAYSCALE))
    assert back.zxing == back.zbar == (VIN,)


def test_what_no_library_reads_goes_out_as_large_as_it_is():
    trial = tried(crop_of(VIN, softness=0.9))
    assert trial.texts == ()
    assert smallest(trial).width == trial.pixels.shape[1]


def test_a_crop_that_no_library_reads_is_proven_by_our_own_decoder():
    crop = crops.encode(crop_of(VIN, softness=0.9))
    assert proves(crop, VIN)
    assert not proves(crop, OTHER)


def test_a_crop_that_says_something_else_proves_nothing():
    crop = crops.encode(crop_of(OTHER))
    assert proves(crop, OTHER)
    assert not proves(crop, VIN)


def test_a_crop_of_two_symbols_proves_neither():
    crop = crops.encode(crop_of(VIN, OTHER))
    assert not proves(crop, VIN)
    assert not proves(crop, OTHER)


def test_it_is_the_bytes_that_are_read():
    other = crops.encode(crop_of(OTHER))
    assert not proves(replace(crops.encode(crop_of(VIN)), data=other.data), VIN)


def test_a_blank_crop_proves_nothing():
    assert not proves(crops.encode(np.full((40, 900), 230, np.uint8)), VIN)


def test_a_crop_beside_another_symbology_is_not_one_symbol():
    drawing = zxingcpp.create_barcode("PART-4711", zxingcpp.BarcodeFormat.Code128).to_image(scale=4)
    beside = cv2.resize(np.array(drawing), (600, 40), interpolation=cv2.INTER_NEAREST)
    alone = crop_of(VIN)
    crop = crops.encode(np.hstack([alone, beside]))
    assert holds_one(crops.encode(alone))
    assert not holds_one(crop)
    assert not proves(crop, VIN)


def test_our_own_decoder_vouches_only_where_no_library_reads_anything():
    unread, read, other = (
        tried(crop_of(text, softness=soft)) for text, soft in ((VIN, 0.9), (VIN, 0.3), (OTHER, 0.3))
    )
    assert proof_of(VIN, [unread, read])[0] is read
    assert proof_of(VIN, [unread])[0] is unread
    assert proof_of(VIN, [other]) is None
    assert proof_of(VIN, []) is None


def test_a_further_crop_counts_only_if_a_library_reads_it():
    unread, wrong, read = (
        tried(crop_of(text, softness=soft)) for text, soft in ((VIN, 0.9), (OTHER, 0.3), (VIN, 0.3))
    )
    assert read_back(VIN, unread) is None
    assert read_back(VIN, wrong) is None
    assert proves(read_back(VIN, read), VIN)
