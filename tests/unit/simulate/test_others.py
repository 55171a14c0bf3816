"""Other codes than VIN labels: what they hold, and that they are what they say."""

import random
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.simulate.levels import sample
from kiosk.simulate.others import other_code, part_number
from kiosk.simulate.scene import render
from kiosk.simulate.spec import Symbology
from kiosk.simulate.symbols import symbol_of
from kiosk.vin import check_digit_passes, vin_of

NAMES = {
    Symbology.CODE39: "Code39",
    Symbology.CODE128: "Code128",
    Symbology.EAN13: "EAN13",
    Symbology.UPCA: "EAN13",  # with a leading 0
    Symbology.ITF: "ITF",
    Symbology.QRCODE: "QRCode",
    Symbology.DATAMATRIX: "DataMatrix",
}


@given(st.integers(0, 10**7))
def test_a_part_number_has_5_to_20_characters(seed):
    assert 5 <= len(part_number(random.Random(seed))) <= 20


def test_part_numbers_do_not_avoid_what_vins_look_like():
    texts = [part_number(random.Random(seed)) for seed in range(3000)]
    vins = [vin for vin in map(vin_of, texts) if vin]
    assert any(check_digit_passes(vin) and vin.isdecimal() for vin in vins)
    assert any(vin[0] in "6789" and vin.isdecimal() for vin in vins)
    assert any(vin[0].isalpha() and vin[-4:].isdecimal() for vin in vins)


def test_the_shares_are_as_told():
    codes = [other_code(random.Random(seed)) for seed in range(2000)]
    kinds = Counter(code.symbology for code in codes)
    assert kinds.keys() == set(Symbology)
    assert kinds[Symbology.CODE39] / 2000 == pytest.approx(0.6, abs=0.04)
    printed = [code.text for code in codes if code.symbology is Symbology.CODE39]
    assert sum(len(text) == 17 for text in printed) / len(printed) == pytest.approx(0.39, abs=0.06)
    assert sum(vin_of(text) is not None for text in printed) > 50
    assert any(vin_of(code.text) for code in codes if code.symbology is Symbology.QRCODE)


def test_each_kind_can_be_printed_and_read(readers):
    seen = set()
    for seed in range(700_000, 700_400):
        spec = sample("other", seed)
        if spec.symbology in seen or spec.glare or abs(spec.tilt_deg) > 8 or spec.defocus > 0.4:
            continue
        found = readers.anything(render(spec).image)
        lead = "0" if spec.symbology is Symbology.UPCA else ""
        if (NAMES[spec.symbology], lead + spec.text) in found:
            seen.add(spec.symbology)
        if seen == set(Symbology):
            break
    assert seen == set(Symbology)


@given(st.integers(0, 10**7))
def test_scenes_with_other_codes_hold_them(seed):
    spec = sample("other", seed)
    assert spec.label
    assert symbol_of(spec).width >= 10  # the smallest Data Matrix
    assert spec == sample("other", seed)


@given(st.integers(0, 10**7))
def test_stronger_glare_is_all_that_parts_glaring_labels_from_hard_ones(seed):
    hard, glaring = sample("hard", seed), sample("glaring", seed)
    assert (hard.glare > 0) == (glaring.glare > 0)
    assert hard.glare <= 160
    assert hard.glare <= glaring.glare <= 240
    assert replace(glaring, glare=hard.glare) == hard
