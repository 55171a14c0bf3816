"""The scenes that the demo tells its story with."""

import random

import pytest

from kiosk.simulate import presets
from kiosk.simulate.scene import render
from kiosk.simulate.spec import Symbology
from kiosk.simulate.vins import random_vin

VIN, OTHER = "1HGCM82633A004352", "5YJSA1E27HF000337"


def test_a_car_shows_its_vin(readers):
    vin = random_vin(random.Random(4))
    assert readers.zxing(render(presets.car(vin, seed=2)).image) == {vin}


def test_the_same_car_in_another_pose_keeps_its_label_and_moves(readers):
    first = presets.car(VIN, seed=2)
    again = presets.another_pose(first, seed=5)
    scenes = render(first), render(again)
    assert [readers.zxing(scene.image) for scene in scenes] == [{VIN}, {VIN}]
    assert scenes[0].quad != scenes[1].quad
    assert (again.seed, again.inverted, again.layout) == (first.seed, first.inverted, first.layout)


def test_an_empty_lane_has_no_label(readers):
    scene = render(presets.empty_lane(3))
    assert (scene.text, scene.quad) == (None, None)
    assert readers.anything(scene.image) == set()


def test_an_empty_lane_stays_empty_in_another_pose():
    assert render(presets.another_pose(presets.empty_lane(3), seed=4)).quad is None


@pytest.mark.parametrize(
    ("text", "symbology", "name"),
    [
        ("PALLET 42", Symbology.CODE128, "Code128"),
        (VIN, Symbology.CODE128, "Code128"),
        ("4006381333931", Symbology.EAN13, "EAN13"),
        ("https://example.com/lane", Symbology.QRCODE, "QRCode"),
        (VIN, Symbology.DATAMATRIX, "DataMatrix"),
    ],
)
@pytest.mark.parametrize("seed", [0, 1])
def test_a_foreign_barcode_reads_as_what_it_is(readers, text, symbology, name, seed):
    scene = render(presets.foreign(text, symbology, seed))
    assert readers.anything(scene.image) == {(name, text)}
    assert scene.vin == (VIN if text == VIN else None)


@pytest.mark.parametrize("text", ["", "12A"])
def test_a_text_the_symbology_cannot_hold_is_refused(text):
    with pytest.raises(ValueError, match=r"."):
        render(presets.foreign(text, Symbology.EAN13))


def test_a_pallet_label_is_code_39_and_no_vin(readers):
    scene = render(presets.not_a_vin())
    assert readers.zxing(scene.image) == {"PALLET-0042"}
    assert (scene.text, scene.vin) == ("PALLET-0042", None)


def test_two_labels_are_both_in_view(readers):
    scene = render(presets.two_labels(VIN, OTHER))
    assert readers.zxing(scene.image) == {VIN, OTHER}
    assert scene.vin == VIN
