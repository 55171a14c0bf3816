"""The table of levels is kept by what is drawn from it."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.simulate.geometry import quad_of
from kiosk.simulate.levels import sample
from kiosk.simulate.symbols import symbol_of
from kiosk.vin import vin_of

# level: module px, tilt, roll, defocus, motion, noise, glare allowed
PROMISED = {
    "clear": ((2.6, 4.0), 8, 5, (0, 0.35), 0, (1, 4), False),
    "normal": ((1.8, 3.0), 20, 20, (0.2, 0.55), 2, (2, 7), True),
    "hard": ((1.4, 2.2), 32, 45, (0.3, 0.8), 4, (4, 12), True),
    "upright": ((1.6, 2.8), 12, 8, (0.3, 0.6), 2, (3, 8), False),
}
seeds = st.integers(0, 10**7)
levels = st.sampled_from(sorted(PROMISED))


@given(levels, seeds)
def test_every_number_lies_within_the_levels_range(level, seed):
    module, tilt, roll, defocus, motion, noise, glare = PROMISED[level]
    spec = sample(level, seed)
    assert module[0] <= spec.module_px <= module[1]
    assert abs(spec.tilt_deg) <= tilt
    assert abs(spec.roll_deg) <= roll
    assert defocus[0] <= spec.defocus <= defocus[1]
    assert 0 <= spec.motion_px <= motion
    assert noise[0] <= spec.noise <= noise[1]
    assert glare or spec.glare == 0
    assert 1.9 <= spec.wide <= 3.0
    assert 4 <= spec.quiet <= 14
    assert 70 <= spec.jpeg_quality <= 96
    assert spec.turn_deg in ((90, 270) if level == "upright" else (0, 180))
    assert spec.text.removeprefix("I") == vin_of(spec.text)


@given(levels, seeds)
def test_the_whole_symbol_with_its_quiet_zones_lies_within_the_frame(level, seed):
    spec = sample(level, seed)
    symbol = symbol_of(spec)
    for x, y in quad_of(spec, symbol.width + 2 * spec.quiet, symbol.height):
        assert 0 <= x <= 1919
        assert 0 <= y <= 1079


@given(seeds)
def test_the_empty_level_has_no_symbol(seed):
    assert sample("empty", seed).text is None


@given(st.sampled_from(["empty", *PROMISED]), seeds)
def test_a_seed_always_gives_the_same_spec(level, seed):
    assert sample(level, seed) == sample(level, seed)
    assert sample(level, seed) != sample(level, seed + 1)


def test_a_level_that_is_not_there_is_refused():
    with pytest.raises(KeyError):
        sample("impossible", 0)


def test_the_shares_are_those_of_real_labels():
    specs = [sample("hard", seed) for seed in range(800)]
    share = {name: count / 800 for name, count in Counter(traits(specs)).items()}
    # Three standard deviations of a draw of 800.
    assert share["identifier"] == pytest.approx(1 / 8, abs=0.035)
    assert share["european"] == pytest.approx(1 / 8, abs=0.035)
    assert share["upside down"] == pytest.approx(1 / 10, abs=0.032)
    assert share["glare"] == pytest.approx(0.3, abs=0.049)
    assert share["inverted"] == pytest.approx(1 / 4, abs=0.046)
    assert share["text above"] == pytest.approx(1 / 2, abs=0.053)
    assert len({spec.text for spec in specs}) == 800


def traits(specs):
    for spec in specs:
        if len(spec.text) == 18:
            yield "identifier"
        if vin_of(spec.text)[3:6] == "ZZZ":
            yield "european"
        if spec.turn_deg == 180:
            yield "upside down"
        if spec.glare:
            yield "glare"
        if spec.inverted:
            yield "inverted"
        if spec.text_above:
            yield "text above"


def test_normal_scenes_have_glare_at_their_odds():
    glared = sum(sample("normal", seed).glare > 0 for seed in range(800))
    assert glared / 800 == pytest.approx(0.15, abs=0.038)
