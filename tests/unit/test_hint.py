"""What is told where no label was found: true of the picture, or nothing."""

from dataclasses import replace

import numpy as np
import pytest

from kiosk.hint import Hint, hint_for
from kiosk.model import Reading, Verdict
from kiosk.simulate.presets import car, empty_lane
from kiosk.simulate.scene import render
from kiosk.simulate.spec import FRAME_HEIGHT, FRAME_WIDTH
from kiosk.vision.prefilter import Prefilter

VIN = "1M8GDM9AXKP042788"
MIDDLE = (FRAME_WIDTH / 2 + 90, FRAME_HEIGHT / 2 - 50)


class Fixed:
    """An examiner that always finds the same, and keeps what it was shown."""

    def __init__(self, verdict):
        self.reading = Reading(verdict)
        self.shown = []

    def examine(self, image):
        self.shown.append(image)
        return self.reading


@pytest.fixture(scope="module")
def prefilter():
    return Prefilter()


def grey(level, shape=(240, 320)):
    return np.full(shape, level, np.uint8)


@pytest.mark.parametrize("seed", [700_001, 700_002, 700_006])
def test_a_label_that_is_too_small_is_to_come_closer(prefilter, seed):
    far = render(replace(car(VIN, seed=seed), module_px=0.7, centre=MIDDLE)).image
    assert prefilter.examine(far).verdict is Verdict.NONE
    assert hint_for(far, prefilter) is Hint.CLOSER


@pytest.mark.parametrize("seed", range(700_000, 700_004))
def test_an_empty_lane_gives_no_hint(prefilter, seed):
    assert hint_for(render(empty_lane(seed)).image, prefilter) is None


@pytest.mark.parametrize("level", [0, 30, 252, 255])
@pytest.mark.parametrize("shape", [(240, 320), (240, 320, 3)])
def test_a_picture_without_light_or_of_nothing_but_light_asks_for_other_light(level, shape):
    examiner = Fixed(Verdict.UNREAD)
    assert hint_for(grey(level, shape), examiner) is Hint.LIGHT
    assert examiner.shown == [], "nothing can be found in it"


def test_a_dark_picture_with_something_white_in_it_is_light_enough():
    picture = grey(20)
    picture[80:160, 80:240] = 200
    assert hint_for(picture, Fixed(Verdict.NONE)) is None


@pytest.mark.parametrize(
    ("found", "hint"),
    [
        (Verdict.VIN, Hint.CLOSER),
        (Verdict.UNREAD, Hint.CLOSER),
        (Verdict.NOT_VIN, Hint.CLOSER),
        (Verdict.FOREIGN, None),
        (Verdict.NONE, None),
    ],
)
def test_only_a_code_39_in_the_middle_is_worth_coming_closer(found, hint):
    assert hint_for(grey(120), Fixed(found)) is hint


@pytest.mark.parametrize("shape", [(1080, 1920), (33, 35, 3), (241, 319)])
def test_the_second_look_costs_what_the_first_did_and_is_at_the_middle(shape):
    picture = grey(120, shape)
    height, width = shape[:2]
    picture[height // 2 - 2 : height // 2 + 2, width // 2 - 2 : width // 2 + 2] = 255
    examiner = Fixed(Verdict.NONE)
    hint_for(picture, examiner)
    (shown,) = examiner.shown
    assert (shown.shape, shown.dtype) == (shape, np.uint8)
    rows, columns = np.nonzero((shown > 200).reshape(height, width, -1).any(axis=2))
    assert abs(rows.mean() - height / 2) < 2
    assert abs(columns.mean() - width / 2) < 2
    assert 4 < np.ptp(rows) + 1 < 8, "half as large again"


def test_a_picture_that_is_hardly_one_gives_no_hint():
    assert hint_for(grey(0, (2, 2)), Fixed(Verdict.VIN)) is None
