"""A station's life with a plug that is pulled: an hour in compressed time, and real hang-ups.

The long form is `scripts/torture station`.
"""

import pytest
from mutants import MUTANTS
from station_day import BACK_S, Day
from station_hangups import hang_up

MISTAKES = {
    "hoarding": "descriptors and threads",
    "forgetful": "has begun",
    "unpainted": "instead of",
    "halved": "a press that nobody made",
    "echoing": "bytes that nobody composed",
}


@pytest.mark.parametrize("display", ["cd5220", "epson"])
def test_an_hour_of_pulled_plugs_garbage_and_floods(display):
    found = Day(0.5, 7, display).run()
    assert found.faults == []
    assert found.pulls > 10
    assert found.floods == 5
    assert found.garbage > 500_000
    assert found.scans > 20
    assert 0 < found.longest_back_s <= BACK_S


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_seen(mistake, monkeypatch):
    MUTANTS[mistake](monkeypatch.setattr)
    found = Day(1.0, 7).run()
    assert any(MISTAKES[mistake] in fault for fault in found.faults), found.faults


def test_real_hang_ups_leave_nothing_behind():
    found = hang_up(40, seed=7, stations=10)
    assert found.faults == []
    assert len(found.backs_s) == 40
    assert max(found.backs_s) <= BACK_S
