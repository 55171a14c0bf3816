"""Each family of displays on the real process: what a technician reads from press to confirmed.

The family's own decoder and modelled glass judge, written from its manual and not from our codec.
"""

import pytest
from lane_site import VIN, Site, running

from kiosk.sandbox.server import Sandbox
from kiosk.simulate.presets import car
from kiosk.simulate.scene import render
from kiosk.station.codecs import DISPLAYS
from kiosk.station.simulated import SimulatedStation

_STORY = (
    ("READY", "PRESS THE BUTTON"),
    ("SCANNING", "LOOKING FOR LABEL"),
    (VIN, "READ HERE - SENDING"),
    (VIN, "OK "),
)


@pytest.fixture(scope="module")
def sandbox():
    # The answer comes no sooner than a display has shown that it is awaited.
    with Sandbox(credits=2 * len(DISPLAYS), latency_s=0.1) as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def picture():
    return render(car(VIN, seed=3)).jpeg


def told_in_order(history, story):
    """Tell which lines of ``story`` were on the glass, each after the one before."""
    states = iter(history)
    return [
        line
        for line in story
        if any(upper == line[0] and lower.startswith(line[1]) for upper, lower in states)
    ]


@pytest.mark.parametrize("display", DISPLAYS)
def test_a_press_is_followed_to_confirmed(display, tmp_path, sandbox, picture):
    charged = sandbox.journal().charged
    with SimulatedStation(display) as station:
        site = Site(tmp_path, station, sandbox, devices=f", display: {display}")
        try:
            with running(site):
                site.put(picture)
                site.press(f"{VIN}\nOK ")
                glass = station.glass
                assert told_in_order(glass.history, _STORY) == list(_STORY), glass.history
            assert "STATION IS OFF" in glass.text
        finally:
            site.end()
    assert glass.misunderstood == b""
    assert sandbox.journal().charged == charged + 1
