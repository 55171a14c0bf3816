"""What it takes to call something a Code 39, and to take a text for a VIN."""

from dataclasses import replace

import cv2
import numpy as np
import pytest
from printed import crop_of

from kiosk.model import Verdict
from kiosk.simulate.code39 import encode
from kiosk.vision import judge as room
from kiosk.vision.decode import Match, read_profile
from kiosk.vision.judge import Look, judge, with_spares
from kiosk.vision.profile import profiles_of
from kiosk.vision.proof import proves
from kiosk.vision.rectify import Strip
from kiosk.vision.templates import soft_bank
from kiosk.vision.trials import tried

VIN, OTHER = "1HGCM82633A004352", "1HGCM82633A004353"
QUAD = ((0.0, 0.0), (900.0, 0.0), (900.0, 40.0), (0.0, 40.0))
GOOD = Match(
    VIN,
    first=10.0,
    last=990.0,
    fit=0.95,
    weakest=0.9,
    margin=60.0,
    clear=1.0,
    inverted=False,
    edges=tuple(np.linspace(8.0, 992.0, 20).tolist()),
    bank=soft_bank(),
)


def strip_of(text, module=3, height=40, quiet=30):
    row = [255] * quiet
    for number, element in enumerate(encode(text)):
        row += [0 if number % 2 == 0 else 255] * round(element * module)
    line = np.array([*row, *([255] * quiet)], np.uint8)
    return Strip(cv2.blur(np.repeat(line[None], height, axis=0), (3, 3)), np.eye(3))


def judged(text):
    strip = strip_of(text)
    return judge(strip, read_profile(profiles_of(strip.pixels).whole, 1.0))


def test_a_soft_label_is_worth_a_credit_and_a_grating_is_not():
    soft = replace(GOOD, fit=0.8, weakest=0.5, margin=0.4, clear=0.8)
    assert room._is_code39(soft)
    assert not room._is_code39(replace(soft, clear=0.5))
    assert not room._is_code39(replace(soft, fit=0.6))
    assert not room._is_code39(replace(soft, text="%3-OHC7ZM33X-50P -"))


def test_a_vin_is_read_with_the_crop_that_proves_it():
    look = judged(VIN)
    assert (look.verdict, look.vin) == (Verdict.VIN, VIN)
    assert look.crop().data == look.proven.data
    assert look.crop().strip is not None


# no digits at the end; a region that is none; digits alone with a wrong check digit
@pytest.mark.parametrize(
    "text", ["PART1234567ABCDEF", "00000000000000017", "56249270407147523", "61234567890123456"]
)
def test_seventeen_characters_that_no_vin_has_are_other_content(text):
    look = judged(text)
    assert (look.verdict, look.text, look.vin) == (Verdict.NOT_VIN, text, None)
    assert look.crop() is None


def test_a_part_number_that_follows_the_standard_cannot_be_told_from_a_vin():
    assert judged("ABCDEFGH123456789").verdict is Verdict.VIN


def test_a_vin_whose_crop_does_not_read_back_is_unread(monkeypatch):
    monkeypatch.setattr(room.proof, "proof_of", lambda _text, _trials: None)
    look = judged(VIN)
    assert (look.verdict, look.vin, look.text) == (Verdict.UNREAD, None, None)
    assert look.guess == VIN
    assert look.crop() is not None


def test_a_clear_label_that_lacks_its_check_digit_is_left_to_people():
    look = judged("1HGCM82643A004352")
    assert (look.verdict, look.vin) == (Verdict.UNREAD, None)
    assert look.crop() is not None


def further(*texts):
    """Crops that say so; no library reads one that is None."""
    return [tried(crop_of(text or VIN, softness=0.9 if text is None else 0.3)) for text in texts]


def looked(confidence):
    """A VIN in whose crop no library reads anything."""
    soft = tried(crop_of(VIN, softness=0.9))
    unread = Look(Verdict.UNREAD, QUAD, confidence=confidence, trial=soft, strip=strip_of(VIN))
    look = room.proven(VIN, unread, [soft])
    assert (look.verdict, look.trial) == (Verdict.VIN, soft)
    return look


def test_the_first_further_crop_that_a_library_reads_goes_out():
    spares = further(None, VIN, VIN)
    look = with_spares(looked(0.995), iter(spares))
    assert look.trial is spares[1]
    assert look.vin == VIN
    assert proves(look.crop(), VIN)


def test_a_vin_stays_what_it_is_where_no_further_crop_is_read():
    look = looked(0.995)
    assert with_spares(look, iter(further(None, None))) is look


@pytest.mark.parametrize(
    ("confidence", "verdict"), [(0.995, Verdict.UNREAD), (0.9995, Verdict.VIN)]
)
def test_a_further_crop_that_says_another_vin_ends_what_is_only_just_sure(confidence, verdict):
    look = with_spares(looked(confidence), iter(further(None, OTHER, VIN)))
    assert (look.verdict, look.text or look.guess) == (verdict, VIN)
    assert look.vin == (VIN if verdict is Verdict.VIN else None)


def test_an_unread_crop_in_which_a_library_sees_two_symbols_never_goes_out():
    two = tried(np.hstack([crop_of(VIN), crop_of(OTHER)]))
    look = Look(Verdict.UNREAD, QUAD, trial=two, strip=strip_of(VIN))
    assert len(two.zxing) == 2
    assert look.crop() is None
    assert replace(look, trial=tried(crop_of(VIN))).crop() is not None
