"""The stack light: few bytes, and never two colours by accident."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.errors import UsageError
from kiosk.station.codecs.lights import LIGHTS, Lamps, light_named
from kiosk.station.decoders.adafruit_tower import TowerDecoder

GREEN, RED_ALARM = Lamps(green=True), Lamps(red=True, buzzer=True)
anything = st.builds(Lamps, *[st.booleans()] * 4)
tower = light_named("adafruit_tower")


@pytest.mark.parametrize(
    ("before", "after", "sent"),
    [
        (None, Lamps(), "21 22 24 28"),
        (None, GREEN, "21 22 28 14"),
        (Lamps(), Lamps(red=True), "11"),
        (Lamps(), Lamps(yellow=True), "12"),
        (Lamps(), Lamps(buzzer=True), "18"),
        (GREEN, RED_ALARM, "24 11 18"),
        (RED_ALARM, Lamps(red=True), "28"),
        (GREEN, GREEN, ""),
    ],
)
def test_golden_bytes(before, after, sent):
    assert tower.change(before, after) == bytes.fromhex(sent)


def test_a_family_is_found_by_its_name_and_an_unknown_one_is_named():
    assert all(light_named(name).name == name for name in LIGHTS)
    with pytest.raises(UsageError, match=r"'beacon'.*adafruit_tower"):
        light_named("beacon")


def lit(lamps):
    return lamps.red, lamps.yellow, lamps.green, lamps.buzzer


@settings(max_examples=30, deadline=None)
@given(wishes=st.lists(anything, min_size=1, max_size=10))
def test_any_life_ends_with_the_light_as_meant(wishes):
    light, before = TowerDecoder(), None
    for wish in wishes:
        sent = tower.change(before, wish)
        assert before is None or len(sent) <= 4
        light.feed(sent)
        assert light.lit == lit(wish)
        before = wish
    assert light.misunderstood == b""


@settings(max_examples=30, deadline=None)
@given(states=st.tuples(anything, anything), lost=st.integers(0, 3))
def test_saying_all_of_it_heals_a_lost_byte(states, lost):
    light = TowerDecoder()
    sent = tower.change(None, states[0])
    light.feed(sent[:lost] + sent[lost + 1 :])
    light.feed(tower.change(None, states[1]))
    assert light.lit == lit(states[1])


def test_between_two_colours_there_are_never_both():
    for before, after in itertools.permutations((GREEN, RED_ALARM, Lamps(yellow=True)), 2):
        light = TowerDecoder()
        light.feed(tower.change(None, before))
        for byte in tower.change(before, after):
            light.feed(bytes([byte]))
            assert sum(light.lit[:3]) <= 1


def test_the_modelled_light_wonders_about_other_bytes():
    light = TowerDecoder()
    light.feed(b"\x44\x13\x00A")
    assert light.lit == (False, False, False, False)  # 44 blinks
    assert light.misunderstood == b"\x13\x00"
