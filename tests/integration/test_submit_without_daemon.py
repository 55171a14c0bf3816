"""`submit` where no daemon runs: takes the lock, sends, waits, and lets go."""

import json
import signal
import socket
import subprocess
import sys
from contextlib import contextmanager

import cv2
import pytest
from click.testing import CliRunner

from kiosk.app import running_lane, standalone
from kiosk.cli import cli
from kiosk.clock import SystemClock
from kiosk.commands.stopping import stops_noted
from kiosk.config import load_config
from kiosk.errors import ConfigError, LedgerError, StateLockedError
from kiosk.ledger.ledger import Ledger
from kiosk.ledger.view import LedgerView
from kiosk.model import PauseReason, State
from kiosk.sandbox.server import Sandbox
from kiosk.service.client import ServiceClient
from kiosk.simulate.levels import sample
from kiosk.simulate.scene import render
from kiosk.supervisor import Supervisor


@pytest.fixture(scope="module")
def scene():
    return render(sample("clear", 1))


@pytest.fixture
def picture(tmp_path, scene):
    path = tmp_path / "front.png"
    path.write_bytes(cv2.imencode(".png", scene.image)[1].tobytes())
    return path


@pytest.fixture
def code_file(tmp_path):
    path = tmp_path / "code"
    path.write_text("SECRET-CODE")
    path.chmod(0o600)
    return path


@pytest.fixture
def configured(tmp_path, code_file):
    """Write the lane's file for a service at a URL, and give its path."""

    def write(url):
        config = tmp_path / "lane.yaml"
        config.write_text(
            f"lane: lane-x\nstate_dir: {tmp_path / 'state'}\n"
            f"camera: {{source: 'simulated:{tmp_path}'}}\n"
            f"service: {{url: '{url}', access_code_file: {code_file}}}\n"
        )
        return config

    return write


@pytest.fixture
def submit(configured, picture):
    def run(url, timeout_s):
        config = configured(url)
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


# ---- signals ------------------------------------------------------------------------------

STOPS = (signal.SIGTERM, signal.SIGINT, signal.SIGINT, signal.SIGHUP)


@contextmanager
def submitting(config, *pictures, **options):
    """Run `submit` as a process of its own; whatever happens, it is gone afterwards."""
    command = [sys.executable, "-m", "kiosk", "submit", "--json", "-c", config, *pictures]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen([str(word) for word in command], **pipes, **options) as process:
        try:
            yield process
        finally:
            process.kill()


def test_no_signal_leaves_a_doubt_once_the_picture_is_sent(configured, picture, scene, tmp_path):
    with Sandbox(credits=5, faults={"slow": 1}, slow_s=2.0) as sandbox:
        with submitting(configured(sandbox.url), picture, picture) as process:
            assert sandbox.journal(1, 60).requests[0].charged, "sent, and not answered yet"
            for number in STOPS:
                process.send_signal(number)
            out, err = process.communicate(timeout=30)
        assert sandbox.journal().credits == 4
    assert out, err
    facts = json.loads(out)
    assert (facts["state"], facts["vin"], facts["credits"]) == ("recognized", scene.vin, 1)
    assert err.count("Stopping") == 1
    assert "not looked at" in err
    assert process.returncode == 1, "the second picture was not looked at"
    with LedgerView.open(tmp_path / "state") as view:
        assert [row.state for row in view.submissions()] == [State.RECOGNIZED]


def test_a_signal_before_anything_is_sent_ends_the_wait_at_once(configured, picture, tmp_path):
    with socket.socket() as silent:  # takes connections, and no request
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/v2"
        with submitting(configured(url), picture) as process:
            silent.accept()[0].close()
            process.send_signal(signal.SIGTERM)
            out, err = process.communicate(timeout=30)
    assert out, err
    facts = json.loads(out)
    assert (process.returncode, facts["state"], facts["credits"]) == (1, "queued", 0)
    assert facts["reason"].startswith("saved")
    Ledger.open(tmp_path / "state", SystemClock()).close()  # and the lock is free


def test_signals_are_as_before_once_nothing_more_is_sent(capsys):
    before = [signal.getsignal(number) for number in STOPS]
    with stops_noted() as asked:
        assert not asked()
        signal.raise_signal(signal.SIGTERM)
        assert asked()
        signal.raise_signal(signal.SIGINT)
        assert asked(), "for good"
    assert capsys.readouterr().err.count("Stopping") == 1
    assert [signal.getsignal(number) for number in STOPS] == before


def test_who_ignores_a_closed_terminal_is_not_stopped_by_it():
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)  # as nohup does
    try:
        with stops_noted() as asked:
            signal.raise_signal(signal.SIGHUP)
            assert not asked()
    finally:
        signal.signal(signal.SIGHUP, before)


# ---- the uploader and its access code -----------------------------------------------------


def test_an_uploader_that_dies_is_said_and_not_waited_for(submit, monkeypatch):
    def die(client, *_, **__):
        raise LedgerError("the disk is gone")

    monkeypatch.setattr(ServiceClient, "attempt", die)
    with pytest.raises(LedgerError, match="the disk is gone"):
        submit("http://127.0.0.1:9/v2", 60)


def test_an_uploader_that_dies_at_the_end_is_said_too(configured, monkeypatch):
    def stop_and_find_it_dead(supervisor):
        stop(supervisor)
        for running in supervisor._running:
            running.error = LedgerError("the disk is gone")

    stop = Supervisor.stop
    monkeypatch.setattr(Supervisor, "stop", stop_and_find_it_dead)
    config = load_config(configured("http://127.0.0.1:9/v2"))
    with pytest.raises(LedgerError, match="the disk is gone"), standalone(config, lambda: False):
        pass


def test_a_corrected_access_code_is_used_by_the_running_lane(
    configured, code_file, picture, tmp_path, scene
):
    """A wrong one pauses the queue; correct the file, resume, and the saved scan is answered."""
    with Sandbox(credits=5, codes=["THE-RIGHT-ONE"]) as sandbox:
        with running_lane(load_config(configured(sandbox.url))) as lane:
            ask = lane.operations
            devices = {name: ask.status()[name] for name in ("display", "scanner", "light")}
            assert devices == dict.fromkeys(devices), "none is configured, so none is well"
            facts = ask.submit(picture.read_bytes(), "a.png", hurry=True, pay_again=False)
            facts = ask.wait(facts["id"], 30)
            assert (facts["state"], facts["pending"]) == ("queued", False)
            assert lane.ledger.status().pause.reason is PauseReason.CONFIGURATION
            code_file.write_text("THE-RIGHT-ONE")
            ask.resume("me")
            facts = ask.wait(facts["id"], 30)
        assert (facts["state"], facts["vin"]) == ("recognized", scene.vin)
        assert sandbox.journal().credits == 4


def test_a_lane_without_its_access_code_does_not_start(configured, code_file):
    config = load_config(configured("http://127.0.0.1:9/v2"))
    code_file.unlink()
    for start in (lambda: running_lane(config), lambda: standalone(config, lambda: False)):
        with pytest.raises(ConfigError, match="cannot be read"), start():
            pytest.fail("it started")


def test_the_days_limit_is_said_and_not_waited_for(configured, picture, tmp_path):
    other = tmp_path / "other.jpg"
    other.write_bytes(render(sample("clear", 2)).jpeg)
    with Sandbox(credits=5) as sandbox:
        config = configured(sandbox.url)
        limit = ["--set", "upload.daily_credit_limit=1", "-c", str(config)]
        words = ["submit", "--json", *limit, str(picture), str(other)]
        result = CliRunner().invoke(cli, words)
        first, second = (json.loads(line) for line in result.stdout.splitlines())
        assert (first["state"], second["state"], result.exit_code) == ("recognized", "queued", 1)
        assert "today's limit of credits is reached" in second["reason"]
        assert sandbox.journal().charged == 1
