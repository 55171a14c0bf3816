"""`vin-kiosk doctor` as an installer meets it: the real program, one line a check."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from contextlib import closing

import pytest
from click.testing import CliRunner

from kiosk.cli import cli
from kiosk.clock import SystemClock
from kiosk.control.server import ControlServer
from kiosk.supervisor import Life

KEYS = ["check", "lane", "status", "found", "do"]
CODE = "canary-5d0e-access-code"


@pytest.fixture
def lanes(tmp_path):
    """A folder of lanes; gives a way to write one that watches a folder."""
    (tmp_path / "lanes").mkdir()
    (tmp_path / "scans").mkdir()
    code = tmp_path / "code"
    code.write_text(CODE)
    code.chmod(0o600)

    def write(lane, more="", url="http://127.0.0.1:9/none"):
        path = tmp_path / "lanes" / f"{lane}.yaml"
        path.write_text(
            f"lane: {lane}\n"
            f"state_dir: {tmp_path}/state\n"
            f'camera: {{source: "folder:{tmp_path}/scans"}}\n'
            "trigger: {mode: arrival}\n"
            f'service: {{url: "{url}", access_code_file: {code}, connect_timeout_s: 2}}\n{more}',
            "utf-8",
        )
        return path

    return write


@pytest.fixture(autouse=True)
def folder_of_lanes(tmp_path, monkeypatch):
    monkeypatch.setenv("VIN_KIOSK_CONFIG_DIR", str(tmp_path / "lanes"))


def doctor(*arguments):
    return CliRunner().invoke(cli, ["doctor", *map(str, arguments)])


def doctor_process(*arguments):
    return subprocess.Popen(
        [sys.executable, "-m", "kiosk", "doctor", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def facts(done):
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_a_machine_without_a_lane_is_looked_at_and_told_how_to_make_one(lanes):
    done = doctor()
    assert done.exit_code == 0, done.output
    first, second, *rest = done.stdout.splitlines()
    assert first == "This machine"
    assert second == "warn  configuration: no lane is configured on this machine"
    assert rest[0].startswith("        sudo scripts/install --lane lane1")
    assert any(line.startswith("ok    libraries: OpenCV ") for line in rest)
    assert done.stderr == "", "no progress in a pipe"


def test_a_lane_is_looked_at_from_its_file_to_its_disk(lanes):
    path = lanes("lane1")
    done = doctor("--json")
    told = facts(done)
    assert all(list(one) == KEYS for one in told)
    of_lane = [one for one in told if one["lane"] == "lane1"]
    assert {one["lane"] for one in told} == {None, "lane1"}
    assert list(dict.fromkeys(one["check"] for one in of_lane)) == [
        "configuration",
        "daemon",
        "camera",
        "display",
        "button",
        "device names",
        "permissions",
        "access code",
        "service",
        "disk",
        "ledger",
    ]
    assert of_lane[0]["found"] == f"{path} is sound"
    by_check = {one["check"]: one for one in of_lane}
    assert by_check["camera"]["status"] == "ok"
    assert by_check["service"]["status"] == "warn"
    assert {one["status"] for one in told} <= {"ok", "warn", "fail", "unknown"}
    assert all(one["do"] for one in told if one["status"] in {"warn", "fail"})
    assert CODE not in done.stdout + done.stderr
    assert done.exit_code == (4 if "fail" in {one["status"] for one in told} else 0)


def test_what_is_broken_is_exit_4_and_what_to_do_stands_below_it(lanes):
    lanes("lane1", "station: {port: /dev/no-such-port}\n")
    done = doctor("--lane", "lane1")
    assert done.exit_code == 4
    lines = done.stdout.splitlines()
    at = lines.index("FAIL  display: station.port: there is no /dev/no-such-port")
    assert lines[at + 1].startswith("        ")


def test_broken_libraries_are_told_by_a_program_that_still_runs(lanes, tmp_path, monkeypatch):
    lanes("lane1")
    broken = tmp_path / "broken"
    (broken / "pyzbar").mkdir(parents=True)
    (broken / "pyzbar" / "__init__.py").write_text("")
    for name in ("cv2", "zxingcpp", "pyzbar/pyzbar"):
        (broken / f"{name}.py").write_text(f"raise ImportError('{name}.so: no such file')")
    monkeypatch.setenv("PYTHONPATH", str(broken))
    camera = ("--set", "camera.source=/dev/video99", "--set", "trigger.mode=button")
    with doctor_process("--json", *camera) as process:
        said, complained = process.communicate(timeout=30)
    assert process.returncode == 4, complained
    told = [json.loads(line) for line in said.splitlines()]
    wrong = [one["found"] for one in told if one["check"] == "libraries" and one["do"]]
    assert wrong == [
        "OpenCV cannot be loaded: cv2.so: no such file",
        "zxing-cpp cannot be loaded: zxingcpp.so: no such file",
        "the barcode library zbar is missing",
    ]
    (camera,) = [one for one in told if one["check"] == "camera"]
    assert camera["found"] == "a library cannot be loaded: cv2.so: no such file"
    assert any(one["check"] == "ledger" for one in told), "the rest is looked at all the same"


class Busy:
    """What a running lane says of itself."""

    def status(self):
        return {"pid": 4711, "uptime_s": 60.0, "camera": "ok", "display": "ok"}


def test_a_running_lane_keeps_its_camera_and_its_service_its_limits(lanes, tmp_path, monkeypatch):
    lanes("lane1")
    systemctl = tmp_path / "bin" / "systemctl"
    systemctl.parent.mkdir()
    systemctl.write_text("#!/bin/sh\necho LoadState=loaded\necho ProtectSystem=strict\n")
    systemctl.chmod(0o755)
    monkeypatch.setenv("PATH", f"{systemctl.parent}:{os.environ['PATH']}")
    state = tmp_path / "state"
    state.mkdir()
    server = ControlServer(state / "control.sock", Busy(), state, SystemClock())
    server.listen()
    life = Life("control", SystemClock())
    thread = threading.Thread(target=server.run, args=(life,))
    thread.start()
    try:
        told = facts(
            doctor("--json", "--set", "camera.source=/dev/video99", "--set", "trigger.mode=button")
        )
    finally:
        life.stop()
        thread.join(10)
    camera = [one for one in told if one["check"] in {"camera", "sharpness"}]
    assert [one["status"] for one in camera] == ["ok", "unknown"]
    assert camera[0]["found"] == "gives pictures to the running lane"
    assert f"state_dir: the service may not write to {state}" in [one["found"] for one in told]


def test_a_wrong_file_is_exit_2_with_every_mistake_and_the_machine_is_still_told(lanes):
    lanes("lane1", "upload: {whn: read}\nstation: {baud: 7}\n")
    done = doctor()
    assert done.exit_code == 2
    wrong = [line for line in done.stdout.splitlines() if line.startswith("FAIL  configuration")]
    assert len(wrong) == 2
    assert "did you mean when?" in wrong[0]
    assert "station.baud" in wrong[1]
    assert "ok    libraries: numpy" in done.stdout


def test_every_lane_is_told_and_what_two_of_them_share(lanes):
    lanes("lane1")
    lanes("lane2")
    both = facts(doctor("--json"))
    assert {one["lane"] for one in both} == {None, "lane1", "lane2"}
    shared = [one for one in both if one["check"] == "lanes"]
    assert [one["status"] for one in shared] == ["fail"]
    assert "lane1 and lane2 name the same state directory" in shared[0]["found"]
    one_of_them = facts(doctor("--json", "--lane", "lane2"))
    assert {one["lane"] for one in one_of_them} == {None, "lane2"}
    assert "fail" in {one["status"] for one in one_of_them if one["check"] == "lanes"}


def test_a_draft_of_a_lane_is_no_second_lane(lanes, tmp_path):
    draft = tmp_path / "draft.yaml"
    draft.write_text(lanes("lane1").read_text())
    told = facts(doctor("--json", "-c", draft))
    assert [one for one in told if one["check"] == "lanes"] == []


def test_a_lane_that_is_not_there_is_a_usage_error(lanes):
    lanes("lane1")
    with doctor_process("--lane", "lnae1") as process:
        said, complained = process.communicate(timeout=30)
    assert process.returncode == 2
    assert "did you mean lane1?" in complained
    assert said == ""


def test_a_file_whose_name_can_be_no_lanes_is_a_mistake_like_others(lanes, tmp_path):
    lanes("lane1").rename(tmp_path / "lanes" / "Lane One.yaml")
    done = doctor()
    assert done.exit_code == 2
    assert "FAIL  configuration: Lane One.yaml: --lane: a lane's name is" in done.stdout


def test_what_this_version_cannot_run_is_a_fault(lanes):
    lanes("lane1")
    done = doctor("--set", "keep_frames=true", "--json")
    limits = [one for one in facts(done) if "the lane will not start" in one["found"]]
    assert [one["check"] for one in limits] == ["configuration"]
    assert done.exit_code == 4


def test_ctrl_c_ends_it_without_a_traceback(lanes):
    with closing(socket.create_server(("127.0.0.1", 0))) as silent:
        lanes("lane1", url=f"https://127.0.0.1:{silent.getsockname()[1]}/v2")
        process = doctor_process("--set", "service.connect_timeout_s=100")
        silent.accept()[0].close()  # it is at the service now, or about to see this end
        process.send_signal(signal.SIGINT)
        said, complained = process.communicate(timeout=30)
    assert process.returncode == 1, said + complained
    assert complained.strip() == "Aborted!"
