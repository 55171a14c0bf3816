"""The real photographs through `vin-kiosk submit`, against the sandbox as a process of its own."""

import csv
import json
import subprocess
import sys

import pytest

from kiosk.demo.service import SandboxProcess
from kiosk.vin import vin_of


@pytest.fixture
def photos(shared_dir):
    with (shared_dir / "corpus" / "manifest.csv").open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["verdict"] == "vin"]
    return {shared_dir / "corpus" / row["file"]: vin_of(row["code39_text"]) for row in rows}


def test_every_photo_costs_one_credit_and_the_second_time_nothing(photos, tmp_path):
    code = tmp_path / "access-code"
    code.write_text("abcde", "ascii")
    code.chmod(0o600)
    config = tmp_path / "lane.yaml"

    def submit():
        command = [sys.executable, "-m", "kiosk", "submit", "--json", "-c", config, *photos]
        done = subprocess.run(command, capture_output=True, text=True, timeout=100, check=False)
        return [json.loads(line) for line in done.stdout.splitlines()]

    with SandboxProcess(tmp_path, 20) as sandbox:
        config.write_text(
            f"""
            lane: photos
            state_dir: {tmp_path}/state
            camera: {{source: "simulated:{tmp_path}/none.jpg"}}
            service: {{url: "{sandbox.url}", access_code_file: {code}}}
            """,
            "utf-8",
        )
        first = submit()
        assert [answer["vin"] for answer in first] == list(photos.values())
        assert [answer["credits"] for answer in first] == [1] * len(photos)
        assert sum(answer["state"] == "recognized" for answer in first) >= 4
        again = submit()
        assert [answer["credits"] for answer in again] == [0] * len(photos)
        assert [answer["duplicate_of"] for answer in again] == [a["id"] for a in first]
        requests = sandbox.journal()["requests"]
    assert len(requests) == len(photos)
    assert len({request["sha256"] for request in requests}) == len(photos)
