"""Matrix codes anywhere in a large picture are told; where nothing is, no library is asked."""

import numpy as np
import pytest
import zxingcpp
from hypothesis import given
from hypothesis import strategies as st
from test_patches import CODES, OTHERS, TEXT, code

from kiosk.model import Verdict
from kiosk.vision.foreign import look_elsewhere, vin_in
from kiosk.vision.locate import locate

FOREIGN = {"QRCode": "qr", "DataMatrix": "datamatrix"}


def page_with(*pieces):
    """Put pieces (picture, x, y) on a dark page of 1080p."""
    page = np.full((1080, 1920), 70, np.uint8)
    for piece, x, y in pieces:
        page[y : y + piece.shape[0], x : x + piece.shape[1]] = piece
    return page


@pytest.mark.parametrize(("kind", "text"), CODES)
@pytest.mark.parametrize(("module", "angle"), [(4, 0), (5, 30), (8, 15), (14, 100)])
def test_a_matrix_code_is_told_with_its_place(kind, text, module, angle):
    piece, _ = code(kind, text, module, angle, noise=3.0)
    page = page_with((piece, 300, 100))
    reading = look_elsewhere(page, locate(page))
    assert (reading.verdict, reading.symbology) == (Verdict.FOREIGN, FOREIGN[kind])
    assert (reading.text, reading.vin) == (text, TEXT)
    middle = np.array(reading.quad).mean(axis=0) - [300, 100]
    assert np.abs(middle - piece.shape[0] / 2).max() < 0.1 * piece.shape[0]
    assert reading.crop is None


def test_a_code_is_told_beside_a_larger_patch_that_is_none():
    piece, _ = code("QRCode", TEXT, 5, 10)
    page = page_with((OTHERS["noise"], 100, 100), (OTHERS["words"], 500, 600), (piece, 1200, 200))
    assert look_elsewhere(page, locate(page)).text == TEXT


@pytest.mark.parametrize("name", OTHERS)
def test_no_library_is_asked_about_other_patches(monkeypatch, name):
    page = page_with((OTHERS[name], 400, 300))
    sighting = locate(page)
    monkeypatch.setattr(zxingcpp, "read_barcodes", None)  # calling it would fail
    assert look_elsewhere(page, sighting).verdict is Verdict.NONE


def test_a_small_picture_is_searched_whole_if_anything_is_there(monkeypatch):
    piece, _ = code("DataMatrix", TEXT, 6, 15)
    reading = look_elsewhere(piece, locate(piece))
    assert (reading.symbology, reading.vin) == ("datamatrix", TEXT)
    monkeypatch.setattr(zxingcpp, "read_barcodes", None)
    flat = np.full((400, 400), 90, np.uint8)
    assert look_elsewhere(flat, locate(flat)).verdict is Verdict.NONE


@pytest.mark.parametrize(
    ("text", "vin"),
    [
        (TEXT, TEXT),
        (f" {TEXT}\n", TEXT),
        (f"I{TEXT}", TEXT),
        (f"https://example.org/?vin={TEXT}&lot=12345678901234567", TEXT),
        (f"{TEXT};1HGCM82633A004353", TEXT),  # of two, the one that passes its check digit
        (f"{TEXT};11111111111111111", None),  # both pass
        ("https://example.org/?vin=1HGCM82633A004353", None),
        (f"X{TEXT}", None),
        ("", None),
    ],
)
def test_a_vin_among_other_words(text, vin):
    assert vin_in(text) == vin


@given(st.text(max_size=80))
def test_any_text_holds_a_vin_or_none(text):
    found = vin_in(text)
    assert found is None or (len(found) == 17 and found in text)
