"""What is told where no label was found: true of the picture, or nothing."""

import time
from dataclasses import replace

import cv2
import numpy as np
import pytest
from hostile_pictures import soft_sheet

from kiosk.hint import Hint, hint_for
from kiosk.model import Verdict
from kiosk.simulate.presets import car, empty_lane
from kiosk.simulate.scene import render
from kiosk.simulate.spec import FRAME_HEIGHT, FRAME_WIDTH
from kiosk.vision.prefilter import Prefilter

VIN = "1M8GDM9AXKP042788"
MIDDLE = (FRAME_WIDTH / 2 + 90, FRAME_HEIGHT / 2 - 50)


@pytest.fixture(scope="module")
def prefilter():
    return Prefilter()


def grey(level, shape=(240, 320)):
    return np.full(shape, level, np.uint8)


def far_label(seed):
    return render(replace(car(VIN, seed=seed), module_px=0.7, centre=MIDDLE)).image


def wall_of_labels(white=225):
    """Tile a picture with labels too small to be found."""
    small = cv2.resize(soft_sheet(), None, fx=0.45, fy=0.45, interpolation=cv2.INTER_AREA)
    return np.minimum(np.tile(small, (3, 3))[:1080, :1920], white)


@pytest.mark.parametrize("seed", [700_001, 700_002, 700_006])
def test_a_label_that_is_too_small_is_to_come_closer(prefilter, seed):
    far = far_label(seed)
    assert prefilter.examine(far).verdict is Verdict.NONE
    assert hint_for(far) is Hint.CLOSER


@pytest.mark.parametrize("seed", range(700_000, 700_004))
def test_an_empty_lane_gives_no_hint(seed):
    assert hint_for(render(empty_lane(seed)).image) is None


def test_a_wall_of_small_labels_costs_no_more_than_a_look_at_an_empty_lane():
    wall = wall_of_labels()
    began = time.thread_time()
    assert hint_for(wall) is Hint.CLOSER
    assert time.thread_time() - began < 0.5, "to read each of them takes seconds"


def test_small_labels_on_white_paper_are_to_come_closer():
    page = np.where(wall_of_labels(255) > 200, 255, wall_of_labels(255)).astype(np.uint8)
    assert np.median(page) >= 250
    assert hint_for(page) is Hint.CLOSER


@pytest.mark.parametrize("level", [0, 30, 252, 255])
@pytest.mark.parametrize("shape", [(240, 320), (240, 320, 3)])
def test_a_picture_without_light_or_of_nothing_but_light_asks_for_other_light(level, shape):
    assert hint_for(grey(level, shape)) is Hint.LIGHT


def test_a_dark_picture_with_something_white_in_it_is_light_enough():
    picture = grey(20)
    picture[80:160, 80:240] = 200
    assert hint_for(picture) is None


@pytest.mark.parametrize("shape", [(33, 35, 3), (241, 319)])
def test_a_picture_of_any_size_is_looked_at(shape):
    assert hint_for(grey(120, shape)) is None


def test_only_the_middle_is_looked_at():
    far = far_label(700_001)
    assert hint_for(np.roll(far, FRAME_HEIGHT // 2, axis=0)) is None


def test_who_stops_is_not_kept_waiting():
    assert hint_for(grey(0), lambda: True) is None


def test_a_picture_that_is_hardly_one_gives_no_hint():
    assert hint_for(grey(0, (2, 2))) is None
