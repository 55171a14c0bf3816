"""The real process: `vin-kiosk run` with a pseudo-terminal station, against the sandbox."""

import signal
import threading

import cv2
import numpy as np
import pytest
from lane_site import ACCESS_CODE, OTHER, VIN, Site, command, facts, running

from kiosk.sandbox.server import Sandbox
from kiosk.simulate.presets import car
from kiosk.simulate.scene import render
from kiosk.station.simulated import SimulatedStation


@pytest.fixture
def site(tmp_path):
    with SimulatedStation() as station, Sandbox(credits=20) as sandbox:
        site = Site(tmp_path, station, sandbox)
        try:
            yield site
        finally:
            site.end()


def test_from_a_press_to_the_vin_on_the_glass(site):
    with running(site):
        site.show(VIN)
        site.press(f"{VIN}\nOK")
        site.press("ALREADY SCANNED")
        rows = facts(command(site.config, "queue", "list", "--json"))
        assert [(row["state"], row["vin"], row["credits"]) for row in rows] == [
            ("recognized", VIN, 1),
            ("duplicate", VIN, 0),
        ]
        scans = facts(command(site.config, "scans", "--json"))
        assert [scan["outcome"] for scan in scans] == ["duplicate", "vin"]
        status = facts(command(site.config, "status", "--json"))[0]
        assert (status["credits_today"], status["camera"], status["display"]) == (1, "ok", "ok")
        site.show(None)
        assert command(site.config, "trigger").returncode == 0
        site.sees("NO LABEL SEEN")
        site.put(cv2.imencode(".jpg", np.zeros((1080, 1920), np.uint8))[1].tobytes())
        assert command(site.config, "trigger").returncode == 0
        site.sees("NO LABEL SEEN\nMORE LIGHT")
        history = site.station.glass.history
        pressed = max(at for at, (upper, _) in enumerate(history) if upper == "SCANNING")
        told = {lower for upper, lower in history[pressed + 1 :] if upper == "NO LABEL SEEN"}
        assert told - {""} == {"MORE LIGHT, NO GLARE"}, "in the dark nothing else helps"
    assert site.sandbox.journal().charged == 1
    assert "STATION IS OFF" in site.station.glass.text


def test_a_second_daemon_is_refused_and_commands_still_work(site):
    with running(site):
        second = command(site.config, "run")
        assert second.returncode == 3
        assert str(site.process.pid) in second.stderr
        picture = site.folder / "car.jpg"
        picture.write_bytes(render(car(OTHER, seed=5)).jpeg)
        answer = facts(command(site.config, "submit", "--json", picture))[0]
        assert (answer["state"], answer["vin"], answer["credits"]) == ("recognized", OTHER, 1)
        again = facts(command(site.config, "submit", "--json", picture))[0]
        assert (again["credits"], again["duplicate_of"]) == (0, answer["id"])
    assert command(site.config, "trigger").returncode == 3, "no daemon: nothing to press"


def test_killed_in_mid_answer_it_starts_with_a_doubt_and_pays_nothing_twice(site):
    site.sandbox.set_faults({"stall": 1.0})
    site.start()
    site.show(VIN)
    site.press("SENDING")
    site.sandbox.journal(at_least=1)  # the service has the whole picture
    assert site.stop(signal.SIGKILL) == -signal.SIGKILL
    site.sandbox.set_faults({"stall": 0.0})
    site.station.unplug()
    site.station.replug()
    with running(site):
        rows = facts(command(site.config, "queue", "list", "--json"))
        assert [(row["state"], row["vin"]) for row in rows] == [("in_doubt", VIN)]
        site.press("ALREADY SCANNED")
        assert site.sandbox.journal().charged == 1
        resent = command(site.config, "queue", "resend", rows[0]["id"], "--yes")
        assert resent.returncode == 0, resent.stderr
        done = command(site.config, "queue", "list", "--json")
        deadline = threading.Event()
        for _ in range(200):
            done = command(site.config, "queue", "list", "--json")
            if facts(done)[0]["state"] == "recognized":
                break
            deadline.wait(0.05)
        assert facts(done)[0]["state"] == "recognized"
    assert site.sandbox.journal().charged == 2, "a person said so"


def test_the_access_code_is_in_nothing_the_process_writes(site):
    with running(site):
        site.show(VIN)
        site.press("OK")
        site.sandbox.set_faults({"status_401": 1.0})
        site.show(OTHER)
        site.press("SETTINGS ARE WRONG")
        shown = command(site.config, "status").stdout
    for path in site.folder.rglob("*"):
        if path.is_file() and path.name != "access-code":
            assert ACCESS_CODE.encode() not in path.read_bytes(), path
    assert ACCESS_CODE not in shown
    assert site.log.stat().st_size > 0
    assert (site.folder / "state" / "ledger.sqlite").stat().st_size > 0


def test_a_folders_lane_has_no_scan_to_wait_for(tmp_path):
    config = tmp_path / "lane.yaml"
    config.write_text(
        f"lane: test\nstate_dir: {tmp_path}/state\n"
        f"camera: {{source: 'folder:{tmp_path}'}}\ntrigger: {{mode: arrival}}\n",
        "utf-8",
    )
    told = command(config, "trigger", "--wait")
    assert told.returncode == 2
    assert "copy a picture there" in told.stderr
