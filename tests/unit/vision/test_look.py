"""Looks at regions: two at the same bars must agree, and their number is bounded."""

from dataclasses import replace

import numpy as np
import pytest

from kiosk.model import Verdict
from kiosk.vision.confidence import Evidence
from kiosk.vision.judge import Look
from kiosk.vision.locate import locate
from kiosk.vision.look import Budget, _agreed, look_at
from kiosk.vision.trials import Trial

VIN, OTHER = "1HGCM82633A004352", "1HGCM82633A004353"
HERE = ((0.0, 0.0), (9.0, 0.0), (9.0, 9.0), (0.0, 9.0))
TRIAL = Trial(np.zeros((1, 1), np.uint8), (), ())


def known(text, margin=60.0, backing=0):
    return Evidence(text, margin, 0.9, (40.0, 40.0), backing)


READ = Look(
    Verdict.VIN, HERE, text=VIN, vin=VIN, confidence=0.995, evidence=known(VIN), trial=TRIAL
)
UNREAD = Look(
    Verdict.UNREAD, HERE, guess=VIN, confidence=0.4, evidence=known(VIN, 3.0), trial=TRIAL
)
OTHERWISE = replace(READ, text=OTHER, vin=OTHER, confidence=0.9999, evidence=known(OTHER))
PART = Look(Verdict.NOT_VIN, HERE, text="PART-1", confidence=0.99)


def test_two_sure_looks_that_differ_are_no_reading():
    for one, other in [(READ, OTHERWISE), (OTHERWISE, READ), (READ, PART), (PART, READ)]:
        look = _agreed(one, other)
        assert (look.verdict, look.vin, look.text) == (Verdict.UNREAD, None, None)
        assert look.trial is TRIAL


def test_of_two_that_agree_the_one_that_a_library_confirms_counts():
    confirmed = replace(READ, evidence=known(VIN, backing=1), confidence=0.991)
    assert _agreed(READ, confirmed) is confirmed
    assert _agreed(confirmed, READ) is confirmed


@pytest.mark.parametrize("pair", [(READ, UNREAD), (UNREAD, READ)])
def test_a_sure_look_counts_for_more_than_an_unsure_one(pair):
    assert _agreed(*pair) is READ


def test_what_one_library_alone_reads_does_not_replace_an_unread_vin():
    assert _agreed(UNREAD, replace(PART, confidence=0.6)) is UNREAD


def test_of_two_unsure_looks_the_likelier_counts():
    likelier = replace(UNREAD, confidence=0.8)
    assert _agreed(UNREAD, likelier) is likelier


def test_no_strip_is_read_beyond_the_budget(scene_of):
    grey = scene_of("clear", 2009).image[:, :, 1].copy()
    budget = Budget(strips=0)
    assert [look for region in locate(grey).regions for look in look_at(grey, region, budget)] == []
    looks = [look for region in locate(grey).regions for look in look_at(grey, region)]
    assert any(look.verdict is Verdict.VIN for look in looks)
