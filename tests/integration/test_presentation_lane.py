"""Presentation mode with the real process: cars come, park and go, and nobody presses."""

import threading
import time

import cv2
import numpy as np
import pytest
from lane_site import OTHER, PATIENCE_S, VIN, Site, command, facts, running

from kiosk.sandbox.server import Sandbox
from kiosk.simulate.presets import car
from kiosk.simulate.scene import render
from kiosk.station.simulated import SimulatedStation


@pytest.fixture
def station():
    with SimulatedStation() as station:
        yield station


@pytest.fixture
def sandbox():
    with Sandbox(credits=20) as sandbox:
        yield sandbox


@pytest.fixture
def site(tmp_path, station, sandbox):
    site = Site(tmp_path, station, sandbox, mode="presentation")
    try:
        yield site
    finally:
        site.end()


def crossed_out(vin):
    """Render a car whose label nobody can read: a strip of tape over a character in its middle."""
    scene = render(car(vin, seed=3))
    upper_left, upper_right, lower_right, lower_left = np.array(scene.quad)

    def along(share):
        upper = upper_left + share * (upper_right - upper_left)
        lower = lower_left + share * (lower_right - lower_left)
        return upper * 1.1 - lower * 0.1, lower * 1.1 - upper * 0.1

    tape = np.array([*along(0.485), *reversed(along(0.515))]).round().astype(np.int32)
    image = scene.image.copy()
    cv2.fillConvexPoly(image, tape, (235, 235, 235))
    return cv2.imencode(".jpg", image)[1].tobytes()


def outcomes(site):
    scans = facts(command(site.config, "scans", "--json"))
    return [(scan["trigger"], scan["outcome"]) for scan in reversed(scans)]


def logs(site, words):
    """Wait until the lane's log holds ``words``."""
    end = time.monotonic() + PATIENCE_S
    while words not in (log := site.log.read_text("utf-8")):
        assert time.monotonic() < end, log[-3000:]
        threading.Event().wait(0.02)


def test_cars_come_and_go_without_a_press(site):
    with running(site):
        site.sees("READY\nSHOW LABEL OR PRESS")
        site.show(VIN)
        site.sees(f"{VIN}\nOK")
        site.show(None)
        site.show(OTHER)
        site.sees(f"{OTHER}\nOK")
        assert outcomes(site) == [("presentation", "vin")] * 2
        status = facts(command(site.config, "status", "--json"))[0]
        assert (status["credits_today"], status["lane_state"]) == (2, "ready")
        site.press("ALREADY SCANNED")
        threading.Event().wait(1.1)  # as long as a person reads
        site.press(f"{OTHER}\nOK")
    assert site.sandbox.journal().charged == 3, "the third by a person's consent"


def test_a_parked_car_costs_one_credit_over_a_restart(site):
    with running(site):
        site.show(VIN)
        site.sees(f"{VIN}\nOK")
    with running(site):
        logs(site, f"{VIN} is still in view, from before the start")
        site.show(OTHER)
        site.sees(f"{OTHER}\nOK")
        assert outcomes(site) == [("presentation", "vin")] * 2
    assert site.sandbox.journal().charged == 2, "one for each car"


def test_an_unread_label_waits_for_a_press(site):
    site.put(crossed_out(VIN))
    with running(site):
        site.sees("LABEL NOT READ\nPRESS THE BUTTON")
        assert site.sandbox.journal().requests == ()
        assert outcomes(site) == [("presentation", "unread")]
        site.press("LABEL NOT READ\nTAKE VIN BY HAND")
        assert outcomes(site) == [("presentation", "unread"), ("button", "unread")]
        site.show(VIN)
        site.sees(f"{VIN}\nSERVICE READ NOTHING")
        site.press("ALREADY SCANNED")
        assert site.sandbox.journal().charged == 1
        threading.Event().wait(1.1)  # as long as a person reads
        site.press(f"{VIN}\nOK")
        assert outcomes(site)[2:] == [
            ("presentation", "vin"),
            ("button", "duplicate"),
            ("button", "vin"),
        ]
    assert site.sandbox.journal().charged == 2, "the second by a person's consent"
