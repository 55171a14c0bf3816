"""The encoder against two encoders and two readers that know nothing of it."""

import itertools

import numpy as np
import pytest
import zxingcpp
from barcode import Code39
from hypothesis import given
from hypothesis import strategies as st

from kiosk.simulate.code39 import GUARD, PATTERNS, encode
from kiosk.simulate.spec import SceneSpec
from kiosk.simulate.symbols import symbol_of

CHARACTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-. $/+%"
texts = st.text(CHARACTERS, min_size=1, max_size=24)


def drawn(widths):
    """Spell whole widths out as a string of modules, dark ``1``."""
    return "".join(("1" if i % 2 == 0 else "0") * round(width) for i, width in enumerate(widths))


def zxing_modules(text):
    image = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.Code39Std).to_image(
        scale=1, add_hrt=False, add_quiet_zones=False
    )
    return "".join("1" if value == 0 else "0" for value in np.asarray(image)[0])


def test_the_set_is_the_standards_43_characters():
    assert sorted(PATTERNS) == sorted(CHARACTERS)


def test_every_pattern_has_three_wide_elements_of_nine_and_is_unique():
    patterns = [*PATTERNS.values(), GUARD]
    assert len(set(patterns)) == 44
    assert all(len(p) == 9 and p.count("1") == 3 for p in patterns)


@pytest.mark.parametrize("char", CHARACTERS)
def test_every_character_is_as_zxing_and_python_barcode_write_it(char):
    text = f"A{char}9"  # zxing trims a lone space
    assert drawn(encode(text, 2.0)) == zxing_modules(text)
    assert drawn(encode(text, 3.0)) == Code39(text, add_checksum=False).build()[0]


@given(texts)
def test_any_text_is_as_python_barcode_writes_it(text):
    assert drawn(encode(text, 3.0)) == Code39(text, add_checksum=False).build()[0]


@given(texts.filter(lambda text: text == text.strip()))
def test_any_text_is_as_zxing_writes_it(text):
    assert drawn(encode(text, 2.0)) == zxing_modules(text)


@given(texts, st.floats(1.5, 3.5))
def test_elements_are_narrow_or_wide_and_nothing_else(text, wide):
    widths = encode(text, wide)
    assert set(widths) == {1.0, wide}
    assert len(widths) == 10 * (len(text) + 2) - 1
    # Six narrow and three wide elements a character, one narrow gap between two of them.
    assert sum(widths) == pytest.approx((len(text) + 2) * (7 + 3 * wide) - 1)


def test_18_characters_at_three_to_one_are_319_modules():
    assert sum(encode("I1HGCM82633A004352", 3.0)) == 319


@pytest.mark.parametrize("text", ["abc", "VIN*", "Ä", "A\n"])
def test_a_character_outside_the_set_is_refused(text):
    with pytest.raises(ValueError, match="Code 39 has no"):
        encode(text)


def test_a_ratio_that_tells_nothing_apart_is_refused():
    with pytest.raises(ValueError, match="above 1"):
        encode("A", 1.0)


@pytest.mark.parametrize(
    ("text", "wide"),
    [
        *itertools.product(["WDDWPHKT879603849", "I4T1KC94R14V579145"], [2.0, 2.37, 3.0]),
        (CHARACTERS[:22], 2.5),
        (f"A{CHARACTERS[22:]}", 2.5),
    ],
)
def test_a_plain_print_is_read_by_both_readers(readers, text, wide):
    cover = symbol_of(SceneSpec(text=text, wide=wide)).coverage(3)
    picture = np.pad(255 - np.rint(cover * 255).astype(np.uint8), 40, constant_values=255)
    assert readers.zxing(picture) == {text}
    assert readers.zbar(picture) == {text}


def test_edges_between_pixels_keep_their_share_of_ink():
    symbol = symbol_of(SceneSpec(text="VIN", wide=2.37, height=9.0))
    cover = symbol.coverage(5)
    bars = sum(encode("VIN", 2.37)[::2])
    assert cover.shape == (45, np.ceil(symbol.width * 5))
    assert cover[7].sum() == pytest.approx(bars * 5, rel=1e-5)
    assert 0 < ((cover > 0.01) & (cover < 0.99)).mean() < 0.5
