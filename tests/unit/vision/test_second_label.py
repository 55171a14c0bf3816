"""A second VIN label in view is told, however many other things are: or the first is not sent."""

import cv2
import numpy as np
import pytest
from printed import PAPER, bars_of

from kiosk.model import Verdict
from kiosk.vision import survey
from kiosk.vision.confidence import Evidence
from kiosk.vision.judge import Look
from kiosk.vision.look import Budget
from kiosk.vision.prefilter import Prefilter

FIRST, SECOND, THIRD = "1HGCM82633A004352", "WBA3A5C50CF256985", "5YJSA1E26HF176534"


def put(page, text, place, module, height):
    (y, x), bars = place, bars_of(text, module, height)
    page[y : y + height, x : x + bars.shape[1]] = bars


def seen(page, softness):
    soft = cv2.GaussianBlur(page, (0, 0), softness)
    noise = np.random.default_rng(1).normal(0, 3, page.shape)
    return Prefilter().examine(np.clip(soft + noise, 0, 255).astype(np.uint8))


@pytest.mark.parametrize("gap", [3, 4, 8])
@pytest.mark.parametrize("height", [26, 40])
def test_two_soft_labels_hardly_apart_are_not_taken_for_text(gap, height):
    """Each of them is in half of the lines through their region."""
    page = np.full((600, 1000), float(PAPER), np.float32)
    put(page, FIRST, (60, 100), 2, 50)
    for number, text in enumerate((SECOND, THIRD)):
        put(page, text, (330 + number * (height + gap), 120), 2, height)
    page[250:] = cv2.GaussianBlur(page[250:], (0, 0), 1.3)
    turn = cv2.getRotationMatrix2D((400, 350), 5, 0.9)
    page = cv2.warpAffine(page, turn, (1000, 600), borderMode=cv2.BORDER_REPLICATE)
    reading = seen(page, 0.8)
    assert (reading.verdict, reading.vin, reading.crop) == (Verdict.UNREAD, None, None)


@pytest.mark.parametrize("others", [0, 5, 8])
def test_other_codes_do_not_hide_a_second_label(others):
    page = np.full((1080, 1920), PAPER, np.uint8)
    put(page, FIRST, (60, 60), 3, 80)
    for number in range(others):
        put(page, f"PART-{number}A7-XK4Z", (220 + number // 2 * 150, 60 + number % 2 * 1000), 2, 70)
    put(page, SECOND, (900, 1060), 2, 50)
    reading = seen(page, 0.8)
    assert set(reading.vins) == {FIRST, SECOND}
    assert (reading.two_labels, reading.vin, reading.crop) == (True, None, None)


def test_what_cannot_be_looked_at_any_more_may_be_a_second_label(monkeypatch):
    """However much a picture shows: a VIN goes out only if all that could be one was looked at."""
    monkeypatch.setattr(survey, "Budget", lambda: Budget(strips=1))
    page = np.full((700, 1200), PAPER, np.uint8)
    put(page, FIRST, (60, 60), 3, 80)
    assert seen(page, 0.8).vin == FIRST
    put(page, SECOND, (400, 60), 2, 80)
    reading = seen(page, 0.8)
    assert (reading.verdict, reading.vin, reading.crop) == (Verdict.UNREAD, None, None)


@pytest.mark.parametrize("degrees", [20, 21])
def test_labels_that_lie_askew_are_two_however_near_their_middles(degrees):
    """Their rows of bars are as long, and hardly apart: only their directions tell them apart."""
    page, other = (np.full((700, 1100), float(PAPER), np.float32) for _ in range(2))
    put(page, FIRST, (250, 140), 2, 26)
    put(other, SECOND, (384, 140), 2, 26)
    middle = 140 + bars_of(SECOND, 2, 26).shape[1] / 2, 397
    turn = cv2.getRotationMatrix2D(middle, degrees, 1.0)
    other = cv2.warpAffine(other, turn, (1100, 700), borderValue=PAPER)
    reading = seen(np.minimum(page, other), 0.8)
    assert set(reading.vins) == {FIRST, SECOND}
    assert reading.two_labels


@pytest.mark.parametrize(
    ("guess", "weakest", "counts"),
    [
        ("0X0%U2L2UPTPW7ZCH", 0.78, False),  # a line of print
        ("+TP750GA.HP781575", 0.86, True),  # a soft label that touches a grating
        (SECOND, 0.78, True),
        (None, 0.0, True),
    ],
)
def test_what_nobody_reads_beside_a_vin_is_a_second_label_unless_it_is_print(
    guess, weakest, counts
):
    evidence = guess and Evidence(guess, 2.0, weakest, (0.0, 0.0), 0)
    place = ((60, 400), (700, 400), (700, 480), (60, 480))
    look = Look(Verdict.UNREAD, place, guess=guess, evidence=evidence)
    assert survey._may_be_label(look) is counts
