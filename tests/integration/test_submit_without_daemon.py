"""`submit` where no daemon runs: takes the lock, sends, waits, and lets go."""

import json

import cv2
import pytest
from click.testing import CliRunner

from kiosk.cli import cli
from kiosk.clock import SystemClock
from kiosk.errors import StateLockedError
from kiosk.ledger.ledger import Ledger
from kiosk.sandbox.server import Sandbox
from kiosk.simulate.levels import sample
from kiosk.simulate.scene import render


@pytest.fixture(scope="module")
def scene():
    return render(sample("clear", 1))


@pytest.fixture
def submit(tmp_path, scene):
    picture = tmp_path / "front.png"
    picture.write_bytes(cv2.imencode(".png", scene.image)[1].tobytes())
    code = tmp_path / "code"
    code.write_text("SECRET-CODE")
    code.chmod(0o600)

    def run(url, timeout_s):
        config = tmp_path / "lane.yaml"
        config.write_text(
            f"lane: lane-x\nstate_dir: {tmp_path / 'state'}\n"
            f"camera: {{source: 'simulated:{tmp_path}'}}\n"
            f"service: {{url: '{url}', access_code_file: {code}}}\n"
        )
        words = ["submit", "--json", "--timeout", str(timeout_s), "-c", str(config), str(picture)]
        result = CliRunner().invoke(cli, words)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        assert "SECRET-CODE" not in result.output
        return result.exit_code, json.loads(result.stdout)

    return run


def test_a_picture_is_answered_once_and_never_paid_twice(submit, scene, tmp_path):
    with Sandbox(credits=5) as sandbox:
        code, first = submit(sandbox.url, 60)
        assert (code, first["state"], first["vin"]) == (0, "recognized", scene.vin)
        code, second = submit(sandbox.url, 60)
        assert (code, second["state"], second["credits"]) == (0, "duplicate", 0)
        assert sandbox.journal().credits == 4
    Ledger.open(tmp_path / "state", SystemClock()).close()  # the lock is free again


def test_without_a_service_the_picture_is_saved_and_sent_by_the_next_one(submit, scene):
    with Sandbox() as sandbox:
        gone = sandbox.url
    code, facts = submit(gone, 0.2)
    assert (code, facts["state"], facts["credits"]) == (1, "queued", 0)
    assert facts["reason"].startswith("saved; will be sent when the service answers")
    with Sandbox(credits=5) as sandbox:
        code, facts = submit(sandbox.url, 60)
        assert (code, facts["state"], facts["vin"]) == (0, "duplicate", scene.vin)
        assert sandbox.journal().credits == 4, "the saved one was sent, and only that"


def test_a_lane_locked_by_another_process_is_refused(submit, tmp_path):
    with Ledger.open(tmp_path / "state", SystemClock()), pytest.raises(StateLockedError):
        submit("http://127.0.0.1:9/vinbarcode/v2", 1)
