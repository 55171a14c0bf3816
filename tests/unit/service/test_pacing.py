import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.service.pacing import Pacing, PacingSettings

SETTINGS = PacingSettings(first_s=1, max_s=300, failures=5, doubts=3, retry_s=900)


def pacing():
    return Pacing(SETTINGS, random.Random(1))


def test_waits_double_up_to_the_longest():
    pace, waits = pacing(), []
    for _ in range(14):
        pace.failed(0.0)
        waits.append(pace.seconds_to_wait(0.0))
    for count, wait in enumerate(waits):
        ceiling = min(300, 2**count)
        assert ceiling / 2 <= wait <= ceiling


def test_after_the_configured_failures_a_probe_goes_first():
    pace = pacing()
    for _ in range(4):
        pace.failed(0.0)
    assert not pace.must_probe
    pace.failed(0.0)
    assert pace.must_probe
    pace.probed()
    assert not pace.must_probe
    assert pace.seconds_to_wait(0.0) == 0


def test_a_person_at_the_display_skips_a_back_off_but_not_the_services_wish():
    pace = pacing()
    pace.failed(0.0)
    pace.hurry()
    assert pace.seconds_to_wait(0.0) == 0
    pace.failed(0.0, retry_after_s=120)
    pace.hurry()
    assert pace.seconds_to_wait(0.0) >= 120


def test_retry_after_is_honoured_up_to_an_hour():
    pace = pacing()
    pace.failed(10.0, retry_after_s=40)
    assert pace.seconds_to_wait(10.0) >= 40
    pace.failed(10.0, retry_after_s=1e9)
    assert pace.seconds_to_wait(10.0) == 3600


def test_doubts_in_a_row_hold_the_queue_and_three_more_need_a_person():
    pace = pacing()
    waits = []
    for _ in range(3):
        assert not pace.is_open
        pace.doubted(0.0)
    waits.append(pace.seconds_to_wait(0.0))
    pace.hurry()
    assert pace.seconds_to_wait(0.0) == 900, "no press may skip the breaker of doubts"
    for _ in range(2):
        pace.doubted(0.0)
        waits.append(pace.seconds_to_wait(0.0))
        assert not pace.must_pause
    pace.doubted(0.0)
    assert waits == [900, 1800, 3600]
    assert pace.must_pause
    pace.resumed()
    assert not pace.must_pause
    assert pace.seconds_to_wait(0.0) == 0


def test_a_failure_does_not_shorten_the_wait_after_doubts():
    pace = pacing()
    for _ in range(3):
        pace.doubted(0.0)
    pace.failed(1.0)
    assert pace.seconds_to_wait(1.0) == 899


@given(st.lists(st.sampled_from(["failed", "doubted", "answered", "probed", "hurry", "resumed"])))
def test_whatever_happens_an_answer_makes_all_well(happenings):
    pace = pacing()
    for what in happenings:
        getattr(pace, what)(*([5.0] if what in {"failed", "doubted"} else []))
        assert pace.seconds_to_wait(5.0) >= 0
        assert pace.must_pause <= pace.is_open
    pace.answered()
    assert (pace.seconds_to_wait(0.0), pace.must_probe, pace.is_open) == (0, False, False)


@pytest.mark.parametrize("count", [0, 1, 2])
def test_fewer_doubts_than_configured_do_not_hold_anything(count):
    pace = pacing()
    for _ in range(count):
        pace.doubted(0.0)
    assert pace.seconds_to_wait(0.0) == 0


def test_a_wait_says_whose_it_is():
    pace = pacing()
    pace.failed(0.0)
    assert "could not be reached" in pace.why_waiting
    pace.failed(0.0, retry_after_s=120)
    assert "asked for a pause" in pace.why_waiting
    for _ in range(3):
        pace.doubted(0.0)
    assert "failed after taking pictures" in pace.why_waiting, "our own breaker, not its wish"


@pytest.mark.parametrize(("doubts", "wait"), [(0, 0), (2, 0), (3, 900), (4, 1800), (9, 7200)])
def test_doubts_that_the_ledger_remembers_hold_the_queue_after_a_restart(doubts, wait):
    """A lane that dies after each tail must not burn a credit at each start."""
    pace = Pacing(SETTINGS, random.Random(1), doubts=doubts, now=50.0)
    assert pace.seconds_to_wait(50.0) == wait
    assert pace.is_open == (wait > 0)
    assert pace.is_well == (doubts == 0)
    assert "the service failed" not in pace.why_waiting, "the lane may have lost its power"
    pace.resumed()
    assert pace.seconds_to_wait(50.0) == 0
