"""`vin-kiosk check-config` and the options by which commands find their lane."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from kiosk.cli import cli, main
from kiosk.commands.options import LaneFile
from kiosk.config import read_access_code
from kiosk.errors import ConfigError

SMALLEST = "lane: {}\ncamera:\n  source: /dev/v4l/by-path/usb-1\n"


@pytest.fixture
def lanes(tmp_path, monkeypatch):
    """The folder of lanes, with a way to write one."""
    monkeypatch.setenv("VIN_KIOSK_CONFIG_DIR", str(tmp_path))

    def write(lane, text=None):
        path = tmp_path / f"{lane}.yaml"
        path.write_text(text or SMALLEST.format(lane), "utf-8")
        return path

    return write


def check(*arguments):
    return CliRunner().invoke(cli, ["check-config", *map(str, arguments)])


@pytest.fixture
def refusal(monkeypatch, capsys):
    """Run the whole program and give its exit code and what it said."""

    def run(*arguments):
        monkeypatch.setattr("sys.argv", ["vin-kiosk", "check-config", *map(str, arguments)])
        with pytest.raises(SystemExit) as caught:
            main()
        return caught.value.code, capsys.readouterr().err

    return run


def test_the_only_lane_is_found_and_summed_up(lanes):
    path = lanes("lane1")
    result = check()
    assert result.exit_code == 0
    first, *rest = result.output.splitlines()
    assert first == f"{path}: ok"
    assert "  camera       /dev/v4l/by-path/usb-1" in rest
    assert "  station      headless" in rest


def test_every_mistake_is_a_line_and_the_exit_code_is_2(lanes):
    path = lanes("lane1", "lane: lane1\ncamera: {source: x, fsp: 3}\n")
    result = check("--lane", "lane1", "--set", "upload.when=yes")
    assert result.exit_code == 2
    source, fsp, when = result.output.splitlines()
    assert source.startswith(f"{path}:2: camera.source: must be a camera's path")
    assert fsp == f"{path}:2: camera.fsp: unknown key; did you mean fps?"
    assert when.startswith("--set upload.when: must be located, read or never, but YAML takes yes")


def test_json_gives_one_object_for_each_mistake(lanes):
    path = lanes("lane1", "lane: lane1\ncamera:\n  fsp: 3\n")
    records = [json.loads(line) for line in check("--json").output.splitlines()]
    assert [(record["line"], record["key"]) for record in records] == [
        (2, "camera.source"),
        (3, "camera.fsp"),
    ]
    assert all(record["file"] == str(path) for record in records)
    assert records[1]["problem"] == "unknown key; did you mean fps?"


def test_json_of_a_sound_file_is_one_object(lanes):
    path = lanes("lane1", SMALLEST.format("lane1") + "station: {port: /dev/ttyUSB0}\n")
    (record,) = [json.loads(line) for line in check("--json").output.splitlines()]
    assert (record["file"], record["ok"], record["lane"]) == (str(path), True, "lane1")
    assert record["station"] == "cd5220 on /dev/ttyUSB0"


def test_all_lines_of_a_station_are_told_and_missed(lanes):
    lines = "station: {scanner: {port: /dev/no-a, family: gm65}, light: {port: /dev/no-b}}\n"
    lanes("lane1", SMALLEST.format("lane1") + lines)
    record = json.loads(check("--json").output)
    words = "headless, scanner gm65 on /dev/no-a, light adafruit_tower on /dev/no-b"
    assert record["station"] == words
    lacking = " ".join(record["lacking"])
    assert "station.scanner.port: there is no /dev/no-a" in lacking
    assert "station.light.port: there is no /dev/no-b" in lacking


def test_a_file_may_be_named_and_then_its_name_is_free(lanes):
    path = lanes("draft", SMALLEST.format("lane1"))
    assert check("-c", path).exit_code == 0
    result = check("--lane", "draft")
    assert result.exit_code == 2
    assert "lane: must be draft" in result.output


def test_hidden_and_other_files_are_no_lanes(lanes, tmp_path):
    lanes("lane1")
    (tmp_path / ".lane1.yaml").write_text("left by an editor")
    (tmp_path / "access-code").write_text("x")
    assert check().exit_code == 0


def test_without_a_lane_or_with_several_it_says_which_there_are(lanes, refusal, tmp_path):
    code, said = refusal()
    assert (code, said) == (
        2,
        f"vin-kiosk: no lane is configured: there is no *.yaml in {tmp_path} (see --config)\n",
    )
    lanes("lane1")
    lanes("lane2")
    assert refusal() == (
        2,
        "vin-kiosk: several lanes are configured: say --lane lane1 or --lane lane2\n",
    )
    code, said = refusal("--lane", "lnae1")
    assert code == 2
    assert "did you mean lane1?" in said
    code, said = refusal("--lane", "zzz")
    assert "lanes there: lane1, lane2" in said


@pytest.mark.parametrize("name", ["../etc/passwd", "", "Lane1", "a" * 33])
def test_a_lanes_name_is_never_a_path(lanes, refusal, name):
    code, said = refusal("--lane", name)
    assert code == 2
    assert "small letters, digits and hyphens" in said


def test_lane_and_config_together_are_refused(lanes, refusal):
    path = lanes("lane1")
    code, said = refusal("--lane", "lane1", "-c", path)
    assert code == 2
    assert "give one of them" in said


def test_loading_for_a_command_raises_every_mistake(lanes):
    lanes("lane1")
    assert LaneFile("lane1").load().lane == "lane1"
    with pytest.raises(ConfigError, match=r"--set camera\.fps"):
        LaneFile("lane1", overrides=("camera.fps=0",)).load()


def test_what_this_version_cannot_run_yet_is_said_by_both(tmp_path):
    path = tmp_path / "lane1.yaml"
    path.write_text(
        f"lane: lane1\nstate_dir: {tmp_path}/state\n"
        "camera: {source: /dev/video0}\nkeep_frames: true\n",
        "utf-8",
    )

    def ask(*arguments):
        command = [sys.executable, "-m", "kiosk", *arguments, "-c", str(path)]
        return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)

    checked = ask("check-config")
    assert checked.returncode == 2, "what cannot run is no sound file"
    assert f"{path}:4: keep_frames: " in checked.stdout
    told = [json.loads(line)["line"] for line in ask("check-config", "--json").stdout.splitlines()]
    assert told == [4]
    refused = ask("run")
    assert refused.returncode == 2
    assert "keep_frames" in refused.stderr


def test_what_this_machine_lacks_is_a_note_and_no_mistake(lanes, capsys):
    lanes("lane1", SMALLEST.format("lane1") + "station: {port: /dev/no-such-port}\n")
    done = CliRunner().invoke(cli, ["check-config", "--json"])
    assert done.exit_code == 0
    lacking = json.loads(done.stdout)["lacking"]
    assert any("access code" in lack for lack in lacking)
    assert any("/dev/no-such-port" in lack for lack in lacking)
    assert "note: " in CliRunner().invoke(cli, ["check-config"]).stdout


@pytest.mark.parametrize(
    ("content", "mode", "words"),
    [
        (b"secret\n", 0o644, "every user of this machine can read it: chmod 600 "),
        (b"", 0o600, "is empty; it must hold the access code"),
    ],
)
def test_an_access_code_that_run_refuses_is_a_mistake_here_too(tmp_path, content, mode, words):
    code, path = tmp_path / "code", tmp_path / "lane1.yaml"
    code.write_bytes(content)
    code.chmod(mode)
    path.write_text(
        f"lane: lane1\nstate_dir: {tmp_path}/state\ncamera: {{source: /dev/video0}}\n"
        f"service:\n  access_code_file: {code}\n",
        "utf-8",
    )
    result = check("-c", path)
    assert result.exit_code == 2
    assert result.output.startswith(f"{path}:5: service.access_code_file: {code}: {words}")
    assert "secret" not in result.output
    (told,) = [json.loads(line) for line in check("-c", path, "--json").stdout.splitlines()]
    assert (told["line"], told["key"]) == (5, "service.access_code_file")
    with pytest.raises(ConfigError, match=words):
        read_access_code(LaneFile(config=path).load())  # as `run` does before anything starts


def test_an_access_code_that_is_not_here_is_a_note_that_run_refuses_it(lanes, tmp_path):
    lanes("lane1", SMALLEST.format("lane1") + f"service: {{access_code_file: {tmp_path}/none}}\n")
    result = check()
    assert result.exit_code == 0
    assert "No such file or directory; until then the lane does not start here" in result.output


@pytest.mark.parametrize(
    "text", [SMALLEST.format("lane1"), "lane: X\n", SMALLEST.format("x") + "a: 1"]
)
@pytest.mark.parametrize("command", ["check-config", "show-config"])
@pytest.mark.parametrize("more", [(), ("--json",)])
def test_a_file_name_that_is_not_utf8_is_printed_all_the_same(tmp_path, text, command, more):
    path = os.fsencode(tmp_path) + b"/lane-\xff.yaml"
    Path(os.fsdecode(path)).write_text(text, "utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "kiosk", command, "-c", path, *more],
        env=os.environ | {"LC_ALL": "C.UTF-8", "PYTHONIOENCODING": "utf-8:strict"},
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert b"Traceback" not in done.stderr, done.stderr
    assert done.returncode == (0 if text == SMALLEST.format("lane1") else 2)
    printed = done.stdout.decode("utf-8")
    if more:
        assert all(json.loads(line) for line in printed.splitlines())
    else:
        assert "lane-\ufffd.yaml" in printed


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("/dev/v4l/by-path/no-usb-camera-video-index0", "there is no /dev/v4l"),
        ("/dev/video0", "there is no /dev/video0"),
    ],
)
def test_a_cameras_path_that_will_not_do_is_a_note(lanes, source, words):
    lanes("lane1", f"lane: lane1\ncamera: {{source: {source}}}\n")
    done = CliRunner().invoke(cli, ["check-config"])
    assert done.exit_code == 0
    assert "note: camera.source: " in done.stdout
    assert words in done.stdout
