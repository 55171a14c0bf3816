"""Ratios, exponents, stages, windows and drawings of the prefilter's bench."""

import pkgutil
import time
from types import FunctionType
from xml.etree import ElementTree as ET

import numpy as np
import prefilter_calibrate as calibrate
import prefilter_megapixels as sizes
import prefilter_plots as plots
import prefilter_tables as tables
import prefilter_times as stopwatch
import pytest
from hypothesis import given
from hypothesis import strategies as st
from prefilter_scores import Share
from prefilter_stages import _STAGES, UNSEEN, StageMeter, _watched, metered
from prefilter_times import LevelTimes, ratio_of, time_figures
from rows import empty, label, peers

import kiosk.vision
from kiosk.model import Reading, Verdict
from kiosk.simulate.geometry import quad_of
from kiosk.simulate.symbols import symbol_of
from kiosk.vision import confidence
from kiosk.vision import prefilter as room
from kiosk.vision.prefilter import Prefilter

DRAWS = np.random.default_rng(3)


def test_a_ratio_is_that_of_the_medians_and_lies_in_its_interval():
    theirs = DRAWS.lognormal(0, 0.2, 60)
    ratio, low, high = ratio_of(np.array([*theirs[1:] * 0.5, 9.0]), theirs)
    assert ratio == pytest.approx(0.5, rel=0.1)
    assert low <= ratio <= high
    assert high - low < 0.2


@pytest.mark.parametrize("exponent", [0.5, 1.0, 1.3])
def test_the_exponent_of_a_power_law_is_found(exponent):
    seconds = np.array(sizes.megapixels()) ** exponent * np.full((5, 1), 0.02)
    assert sizes.exponent_of(seconds, sizes.megapixels()) == pytest.approx((exponent,) * 3)
    measured = sizes.SizeTimes(np.stack([seconds] * 3, axis=2), (Share(5, 5),) * 5)
    *exponents, small, _, _, _, large = sizes.size_figures(measured)
    assert [figure.is_reached for figure in exponents] == [exponent <= 1] * 2
    assert (small.value, large.value) == (100.0, 100.0)


def test_a_cheap_small_picture_does_not_hide_a_dear_large_one():
    seconds = np.tile([0.05, 0.05, 0.05, 0.15, 0.45], (5, 1))
    measured = sizes.SizeTimes(np.stack([seconds] * 3, axis=2), (Share(5, 5),) * 5)
    whole, large = list(sizes.size_figures(measured))[:2]
    assert whole.is_reached
    assert not large.is_reached


@pytest.mark.parametrize(
    ("level", "ours", "reached"),
    [("empty", 5.0, True), ("empty", 6.0, False), ("normal", 40.0, True), ("normal", 41.0, False)],
)
def test_times_are_held_against_the_libraries(level, ours, reached):
    row = LevelTimes(level, np.tile([ours, 80.0, 5.0], (9, 1)) / 1000, {})
    assert all(figure.is_reached for figure in time_figures([row])) == reached


@given(
    st.floats(0, 3839), st.floats(0, 2159), st.sampled_from(sizes.SIZES)
)  # fmt: skip
def test_a_window_has_its_size_and_holds_its_place(x, y, size):
    whole = np.zeros((2160, 3840), np.uint8)
    whole[int(y), int(x)] = 1
    window = sizes.window_of(whole, (x, y), size)
    assert window.shape == size[::-1]
    assert window.any()


@given(st.integers(700_000, 799_999))
def test_a_label_fits_into_the_smallest_window_with_its_quiet_zones(seed):
    spec = sizes._spec_of(seed)
    symbol = symbol_of(spec)
    corners = np.array(quad_of(spec, symbol.width + 2 * spec.quiet, symbol.height))
    assert 1.4 <= spec.module_px <= 2.2
    assert np.all(np.ptp(corners, axis=0) <= np.array(sizes.SIZES[0]))


def test_stages_add_up_to_the_whole_and_the_rooms_are_left_as_they_were():
    before = {name: vars(room)[name] for name in vars(room)}
    prefilter = Prefilter()
    picture = DRAWS.integers(0, 255, (400, 700)).astype(np.uint8)
    with metered() as meter:
        assert isinstance(room.locate, FunctionType)
        assert room.locate is not before["locate"]
        with meter.within("kiosk.vision.prefilter"):
            prefilter.examine(picture)
    assert {name: vars(room)[name] for name in vars(room)} == before
    assert meter.seconds["locate"] > 0
    total = sum(meter.seconds.values())
    prefilter.examine(picture)
    assert sum(meter.seconds.values()) == total, "the meter is off"


def busy(seconds):
    end = time.process_time() + seconds
    while time.process_time() < end:
        pass


def drawn():
    for number in range(3):
        busy(0.01)
        yield number
    busy(0.01)


def test_what_a_generator_does_is_booked_on_its_own_room():
    meter = StageMeter()
    drawn.__module__ = "kiosk.vision.rectify"
    with meter.within("kiosk.vision.look"):
        for _ in _watched(drawn, meter)():
            busy(0.02)
    assert meter.seconds["rectify"] == pytest.approx(0.04, abs=0.008)
    assert meter.seconds["read"] == pytest.approx(0.06, abs=0.008)


def test_a_generator_that_is_left_early_is_closed():
    ended = []

    def endless():
        try:
            while True:
                yield 1
        finally:
            ended.append(True)

    made = _watched(endless, StageMeter())()
    assert next(made) == 1
    made.close()
    assert ended == [True]


def test_every_room_has_its_stage():
    rooms = {found.name for found in pkgutil.iter_modules(kiosk.vision.__path__)}
    assert rooms - UNSEEN <= _STAGES.keys()


class Clock:
    """Processor time that goes on by what the looks take."""

    def __init__(self):
        self.now = 0.0


def test_the_quickest_of_three_looks_counts(monkeypatch):
    clock, takes = Clock(), {name: iter(values) for name, values in LOOKS.items()}

    def look(name, result=None):
        clock.now += next(takes[name])
        return result

    reading = Reading(Verdict.NONE)
    monkeypatch.setattr(stopwatch.time, "process_time", lambda: clock.now)
    monkeypatch.setattr(stopwatch, "zbar_code39", lambda frame: look("zbar"))
    monkeypatch.setattr(stopwatch, "zxing_code39", lambda frame, *, thorough: look("zxing"))
    prefilter = type("Eyes", (), {"examine": lambda self, frame: look("ours", reading)})()
    seconds, said = stopwatch.time_readers(prefilter, np.zeros((4, 4), np.uint8), 1)
    assert seconds == pytest.approx((2, 1, 4))
    assert said is reading


LOOKS = {"ours": (3, 2, 9), "zbar": (1, 5, 5), "zxing": (6, 5, 4)}


def test_the_surroundings_of_the_mosaics_lie_within_the_seeds_and_are_used_once():
    seeds = [seed for number in range(40) for seed in sizes.empty_seeds(1_000_000, number)]
    assert len(set(seeds)) == 120
    assert 1_090_000 < min(seeds) <= max(seeds) == 1_099_999


def test_the_weights_of_confidence_are_those_that_were_fitted_to_these_features_and_finishes():
    now = calibrate.fingerprint(confidence._WEIGHTS, confidence._BIAS)
    assert now == calibrate.FITTED_FOR, (
        "fit again: scripts/lib/prefilter_calibrate.py prints the weights and FITTED_FOR"
    )


def test_other_features_or_finishes_are_told(monkeypatch):
    before = calibrate.fingerprint((1.0,), 0.0)
    assert calibrate.fingerprint((1.1,), 0.0) != before
    monkeypatch.setattr(calibrate, "FINISHES", calibrate.FINISHES[:-1])
    assert calibrate.fingerprint((1.0,), 0.0) != before


def drawings():
    rows = [
        label(module_px=1.5 + seed / 20, peers=peers(zxing=seed > 20), confidence=seed / 40)
        for seed in range(40)
    ]
    levels = [LevelTimes("hard", np.ones((2, 3)), {"locate": 0.01, "read": 0.02})]
    seconds = np.array([[[size * ms for ms in (0.02, 0.05, 0.004)] for size in range(1, 6)]])
    measured = sizes.SizeTimes(seconds, (Share(1, 1),) * 5)
    yield plots.by_levels(rows)
    yield plots.over_module([*rows, empty()])
    yield plots.over_blur(rows)
    yield plots.reliability(rows)
    yield plots.reliability([])
    yield plots.stages(levels)
    yield plots.over_megapixels(measured)
    yield tables.stages_table(levels)
    yield tables.sizes_table(measured)
    yield tables.reads_table(rows)


def test_drawings_are_sound_and_the_same_each_time():
    first, again = list(drawings()), list(drawings())
    assert first == again
    for drawing in first[:7]:
        root = ET.fromstring(drawing)
        assert root.tag.endswith("svg")
        assert "nan" not in drawing
    for table in first[7:]:
        heading, *lines = table.splitlines()
        assert {line.count("|") for line in lines} == {heading.count("|")}
