"""A lane's folder with the real process, and what a test needs to act in front of its camera."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from pathlib import Path

from kiosk.simulate.presets import car, empty_lane
from kiosk.simulate.scene import render

VIN, OTHER = "1M8GDM9AXKP042788", "5YJSA1E27HF000337"
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

    def __init__(
        self,
        folder: Path,
        station,
        sandbox,
        *,
        mode="button",
        window_s=None,
        devices="",
        button="{}",
    ):
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
        window = "" if window_s is None else f"upload: {{rescan_window_s: {window_s}}}"
        self.config.write_text(
            f"""
            lane: test
            state_dir: {folder}/state
            camera: {{source: "simulated:{folder}/view.jpg", fps: 15}}
            trigger: {{mode: {mode}, timeout_s: 2, button: {button}}}
            {window}
            service: {{url: "{sandbox.url}", access_code_file: {code}, answer_timeout_s: 10,
                      backoff: {{first_s: 0.2, max_s: 0.5}}}}
            station: {{port: {station.port}{devices}}}
            """,
            "utf-8",
        )
        self.show(None)

    def show(self, vin):
        self.put(render(car(vin, seed=3) if vin else empty_lane(3)).jpeg)

    def put(self, picture):
        """Let the camera see this JPEG."""
        fresh = self.folder / "view.new"
        fresh.write_bytes(picture)
        fresh.replace(self.folder / "view.jpg")

    def end(self):
        """Kill what still runs."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def start(self, shows="READY", **environment):
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "kiosk", "run", "-v", "-c", str(self.config)],
                stdin=subprocess.DEVNULL,
                stderr=log,
                env=os.environ | environment,
            )
        self.sees(shows)

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


@contextmanager
def running(site, shows="READY"):
    site.start(shows)
    yield
    assert site.stop() == 0
