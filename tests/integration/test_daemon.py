"""The real process: `vin-kiosk run` with a pseudo-terminal station, against the sandbox."""

import json
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

from kiosk.sandbox.server import Sandbox
from kiosk.simulate.presets import car, empty_lane
from kiosk.simulate.scene import render
from kiosk.station.simulated import SimulatedStation

VIN, OTHER = "1M8GDM9AXKP042788", "5YJSA1E26HF000337"
ACCESS_CODE = "canary-7f3a-access-code"
PATIENCE_S = 60


def command(config, *arguments, **options):
    return subprocess.run(
        [sys.executable, "-m", "kiosk", *map(str, arguments), "-c", str(config)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        **options,
    )


def facts(done):
    assert done.returncode == 0, done.stdout + done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


class Site:
    """A lane's folder, with what a test needs to act in front of the camera."""

    def __init__(self, folder: Path, station, sandbox):
        self.folder = folder
        self.station = station
        self.sandbox = sandbox
        self.config = folder / "lane.yaml"
        self.log = folder / "log"
        self.process = None
        self.pressed_at = 0.0
        code = folder / "access-code"
        code.write_text(ACCESS_CODE, "ascii")
        code.chmod(0o600)
        self.config.write_text(
            f"""
            lane: test
            state_dir: {folder}/state
            camera: {{source: "simulated:{folder}/view.jpg", fps: 15}}
            trigger: {{timeout_s: 2}}
            service: {{url: "{sandbox.url}", access_code_file: {code}, answer_timeout_s: 10,
                      backoff: {{first_s: 0.2, max_s: 0.5}}}}
            station: {{port: {station.port}}}
            """,
            "utf-8",
        )
        self.show(None)

    def show(self, vin):
        scene = render(car(vin, seed=3) if vin else empty_lane(3))
        fresh = self.folder / "view.new"
        fresh.write_bytes(scene.jpeg)
        fresh.replace(self.folder / "view.jpg")

    def start(self):
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "kiosk", "run", "-v", "-c", str(self.config)], stderr=log
            )
        self.sees("READY")

    def stop(self, how=signal.SIGTERM):
        self.process.send_signal(how)
        code = self.process.wait(PATIENCE_S)
        self.process = None
        return code

    def sees(self, words):
        """Wait until the glass shows ``words``."""
        seen = len(self.station.glass.history)
        assert self.station.wait_for(
            lambda glass: (
                words in glass.text
                or any(words in "\n".join(lines) for lines in glass.history[seen:])
            ),
            PATIENCE_S,
        ), (words, self.station.glass.history[-8:], self.log.read_text("utf-8")[-3000:])

    def press(self, words):
        threading.Event().wait(max(0.0, self.pressed_at + 0.4 - time.monotonic()))  # debounce
        self.pressed_at = time.monotonic()
        self.station.press()
        self.sees(words)


@pytest.fixture
def site(tmp_path):
    with SimulatedStation() as station, Sandbox(credits=20) as sandbox:
        site = Site(tmp_path, station, sandbox)
        try:
            yield site
        finally:
            if site.process is not None:
                site.process.kill()
                site.process.wait()


@contextmanager
def running(site):
    site.start()
    yield
    assert site.stop() == 0


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
