"""The real process with a button of its own: on USB, and on a modem line that is not there."""

import threading
import time

import pytest
from lane_site import VIN, Site, command, facts, running

from kiosk.sandbox.server import Sandbox
from kiosk.station.simulated import SimulatedStation
from kiosk.triggers.simulated import SimulatedKeys

BACK_S = 5.0


@pytest.fixture
def lane(tmp_path):
    made = []
    with SimulatedStation() as station, Sandbox(credits=9) as sandbox, SimulatedKeys() as keys:

        def make(button):
            made.append(Site(tmp_path, station, sandbox, button=button))
            return made[-1], keys

        try:
            yield make
        finally:
            for site in made:
                site.end()


def status(site):
    (told,) = facts(command(site.config, "status", "--json"))
    return told


def until(site, is_so, seconds=20.0):
    deadline = time.monotonic() + seconds
    while not is_so(told := status(site)) and time.monotonic() < deadline:
        pass  # each question takes a process its time
    return told


def test_a_usb_button_scans_heals_and_pays_once(lane):
    site, keys = lane("{source: key, device: PLACEHOLDER}")
    site.config.write_text(site.config.read_text("utf-8").replace("PLACEHOLDER", keys.device))
    site.show(VIN)
    with running(site):
        assert status(site)["button"] == "ok"
        site.station.press()  # bytes on the display's line are no button now
        keys.hold()
        keys.repeat(40)
        site.sees("SCANNING")
        site.sees(f"{VIN}\nOK")
        keys.release()
        keys.unplug()
        told = until(site, lambda told: told["button"] != "ok")
        assert "check the button's plug" in told["button"]
        assert "see to the button" in told["advice"]
        assert told["display"] == "ok"
        keys.replug()
        began = time.monotonic()
        told = until(site, lambda told: told["button"] == "ok")
        assert (told["button"], time.monotonic() - began < BACK_S) == ("ok", True)
        keys.press()
        site.sees("ALREADY SCANNED")
    scans = facts(command(site.config, "scans", "--json"))
    assert [(scan["trigger"], scan["outcome"]) for scan in scans] == [
        ("button", "duplicate"),
        ("button", "vin"),
    ]
    assert site.sandbox.journal().credits == 9 - 1, "one car, one credit"
    log = site.log.read_text("utf-8")
    assert log.count("button lost (") == log.count("button back after ") == 1


def test_a_stuck_button_is_said_on_the_glass_and_begins_nothing_until_it_is_free(lane):
    site, keys = lane("{source: key, device: PLACEHOLDER}")
    site.config.write_text(site.config.read_text("utf-8").replace("PLACEHOLDER", keys.device))
    free = threading.Event()

    def chatter():
        while not free.wait(0.1):  # nobody lets go and presses anew so fast
            keys.press()

    contact = threading.Thread(target=chatter)
    with running(site):
        contact.start()
        try:
            site.sees("BUTTON STUCK\nCHECK THE BUTTON")
            site.show(VIN)
            assert "repeats without end" in status(site)["button"]
            keys.hold()  # and now it closes for good
        finally:
            free.set()
            contact.join()
        assert VIN not in site.station.glass.text
        keys.release()
        site.sees("READY\nPRESS THE BUTTON")
        scans = facts(command(site.config, "scans", "--json"))
        assert [scan["outcome"] for scan in scans] == ["none"], "its first press, of an empty lane"
        assert site.sandbox.journal().requests == ()
        keys.press()
        site.sees(f"{VIN}\nOK")
    assert site.sandbox.journal().credits == 9 - 1


def test_a_port_without_modem_lines_is_told_and_the_lane_runs_on(lane):
    site, _ = lane("{source: dsr}")
    with running(site, shows="BUTTON LOST"):
        told = until(site, lambda told: told["button"] != "ok")
        assert "has no modem lines: take a serial port with DSR" in told["button"]
        assert told["display"] == "ok"
