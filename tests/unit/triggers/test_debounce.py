"""A press is a press once, and a stuck button never pays."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.triggers.debounce import Debounce

gaps = st.lists(st.floats(0.0, 3.0), max_size=60)


def press_times(times):
    debounce = Debounce()
    return [at for at in times if debounce.signal(at)]


def times_of(gaps):
    at = 100.0
    for gap in gaps:
        at += gap
        yield at


def test_the_first_signal_is_a_press_and_its_bounces_are_not():
    assert press_times([0.0, 0.001, 0.02, 0.2, 0.449]) == [0.0]


def test_a_second_press_counts_after_the_quiet_time():
    assert press_times([0.0, 0.25, 0.75]) == [0.0, 0.25, 0.75]


def test_a_held_key_that_repeats_is_one_press():
    assert press_times([tick * 0.03 for tick in range(2000)]) == [0.0]


@given(gaps)
def test_presses_are_never_closer_than_the_quiet_time(gaps):
    presses = press_times(times_of(gaps))
    assert all(later - earlier >= 0.25 - 1e-9 for earlier, later in itertools.pairwise(presses))


@given(gaps)
def test_after_a_second_of_quiet_every_press_counts(gaps):
    times = list(times_of(gaps))
    debounce = Debounce()
    for at in times:
        debounce.signal(at)
    assert debounce.signal((times or [0.0])[-1] + 1.001)


@pytest.mark.parametrize("period", [0.1, 0.3, 0.9])
def test_a_button_that_repeats_longer_than_ten_seconds_is_stuck_and_ignored(period):
    debounce = Debounce()
    ticks = [tick * period for tick in range(int(30 / period))]
    presses = [at for at in ticks if debounce.signal(at)]
    assert presses[-1] <= 10.0
    assert debounce.is_stuck(ticks[-1] + 0.5)


def test_a_stuck_button_that_let_go_works_again():
    debounce = Debounce()
    for tick in range(300):
        debounce.signal(tick * 0.05)
    assert debounce.is_stuck(14.96)
    assert not debounce.is_stuck(16.0)
    assert debounce.signal(16.0)
    assert not debounce.is_stuck(16.1)


def test_a_new_button_is_not_stuck():
    assert not Debounce().is_stuck(1e6)


@given(st.lists(st.floats(1.0, 3.9), min_size=80, max_size=120))
def test_presses_every_few_seconds_count_and_are_told_after_two_minutes(gaps):
    debounce = Debounce()
    for at in (times := list(itertools.accumulate(gaps))):
        assert debounce.signal(at), "somebody may be in a hurry"
        assert debounce.is_restless(at) is (at - times[0] > 120.0)
    assert not debounce.is_restless(times[-1] + 4.1)
    assert debounce.signal(times[-1] + 4.1)
    assert not debounce.is_restless(times[-1] + 4.6), "a new series"


def test_a_busy_day_is_not_restless():
    debounce = Debounce()
    for press in range(2000):
        debounce.signal(press * 4.1)
        assert not debounce.is_restless(press * 4.1)
