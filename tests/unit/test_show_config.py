"""`vin-kiosk show-config`: what is in force, where it comes from, and what it never shows."""

import json
import re

import pytest
import yaml
from click.testing import CliRunner
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from kiosk.cli import cli
from kiosk.config import load_config
from kiosk.config.keys import known_keys

SMALLEST = "lane: lane1\ncamera:\n  source: /dev/v4l/by-path/usb-1\n"


@pytest.fixture
def lane(tmp_path, monkeypatch):
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)

    def write(text=SMALLEST):
        path = tmp_path / "lane1.yaml"
        path.write_text(text, "utf-8")
        return path

    return write


def show(path, *arguments):
    return CliRunner().invoke(cli, ["show-config", "-c", str(path), *arguments])


def origins(result):
    """Map each dotted key of the YAML that was printed to the comment behind it."""
    found, path = {}, []
    for line in result.output.splitlines():
        if line.startswith("#") or not line.strip():
            continue
        text, _, remark = line.partition("  # ")
        key = text.strip().partition(":")[0]
        path[(len(line) - len(line.lstrip())) // 2 :] = [key]
        if remark:
            found[".".join(path)] = remark
    return found


def records(result):
    found = [json.loads(line) for line in result.output.splitlines()]
    assert all(list(record) == ["key", "value", "origin"] for record in found)
    return {record["key"]: record for record in found}


def test_each_value_has_its_origin_behind_it(lane):
    path = lane(SMALLEST + "  fps: 10\nupload:\n  when: read\n")
    shown = show(path, "--set", "trigger.timeout_s=3", "--set", "upload.when=never")
    assert shown.exit_code == 0
    told = origins(shown)
    assert told["lane"] == "lane1.yaml:1"
    assert told["camera.source"] == "lane1.yaml:3"
    assert told["camera.fps"] == "lane1.yaml:4"
    assert told["camera.width"] == "default"
    assert told["trigger.timeout_s"] == "--set"
    assert told["upload.when"] == "--set"
    assert told["state_dir"] == "default"
    assert yaml.safe_load(shown.output)["upload"]["when"] == "never"


def test_a_section_given_by_set_leaves_its_other_keys_to_the_defaults(lane):
    path = lane(SMALLEST + "upload:\n  daily_credit_limit: 7\n")
    told = origins(show(path, "--set", "upload={when: read}"))
    assert told["upload.when"] == "--set"
    assert told["upload.daily_credit_limit"] == "default"


def test_every_key_is_shown_in_the_schemas_order(lane):
    keys = [key for key in records(show(lane(), "--json")) if key != "service.access_code"]
    leaves = [path for path in known_keys() if not any(o[:-1] == path for o in known_keys())]
    assert keys == [".".join(path) for path in leaves]
    assert list(origins(show(lane()))) == keys


def test_each_control_of_a_camera_is_a_line_of_its_own(lane):
    path = lane(SMALLEST + "  controls:\n    focus_absolute: 30\n    'on': 50 Hz\n    led: true\n")
    shown = show(path)
    assert origins(shown)["camera.controls.focus_absolute"] == "lane1.yaml:5"
    assert yaml.safe_load(shown.output)["camera"]["controls"] == {
        "focus_absolute": 30,
        "on": "50 Hz",
        "led": 1,
    }
    assert records(show(path, "--json"))["camera.controls.on"]["value"] == "50 Hz"
    assert origins(show(lane(SMALLEST + "  controls: {}\n")))["camera.controls"] == "lane1.yaml:4"


@pytest.mark.parametrize(
    ("url", "masked"),
    [
        ("rtsp://me:geheim@cam.local/1?key=geheim#geheim", "rtsp://***@cam.local/1?***#***"),
        ("rtsp://cam.local:554/user=geheim&password=geheim&channel=1", None),
        ("rtsp://cam.local/admin:geheim/ch1", "rtsp://cam.local/***"),
        ("rtsp://cam.local/live_password=geheim", "rtsp://cam.local/***"),
        ("rtsp://cam.local/1;geheim", "rtsp://cam.local/***"),
        ("http://cam.local/Token=geheim/mjpeg", "http://cam.local/***"),
    ],
)
def test_what_is_secret_in_a_streams_address_is_masked(lane, url, masked):
    path = lane(f"lane: a\ncamera:\n  source: {url}\n")
    for shown in (show(path), show(path, "--json")):
        assert "geheim" not in shown.output
        assert "***" in shown.output
    assert "stands for what is secret" in origins(show(path))["camera.source"]
    if masked:
        assert records(show(path, "--json"))["camera.source"]["value"] == masked


def test_an_address_without_secrets_is_shown_whole(lane):
    path = lane("lane: a\ncamera:\n  source: rtsp://cam.local/1\n")
    assert origins(show(path))["camera.source"] == "lane1.yaml:3"
    assert yaml.safe_load(show(path).output)["camera"]["source"] == "rtsp://cam.local/1"


def test_the_access_code_is_found_and_never_shown(lane, tmp_path, monkeypatch):
    def code(path):
        shown, record = show(path), records(show(path, "--json"))["service.access_code"]
        assert "geheim" not in shown.output
        assert "geheim" not in str(record)
        return shown.output.splitlines()[1], record["value"], record["origin"]

    plain = lane()
    assert code(plain) == ("# The access code: none is found.", None, "none is found")
    file = tmp_path / "code"
    with_file = lane(SMALLEST + f"service:\n  access_code_file: {file}\n")
    assert code(with_file)[1] is None
    file.write_text("geheim")
    file.chmod(0)  # need not be readable to be found
    assert code(with_file) == (f"# The access code: {file}.", "***", str(file))
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    (tmp_path / "access-code").write_text("geheim")
    assert code(with_file)[2] == "systemd's credential access-code"


def test_mistakes_are_told_as_check_config_tells_them(lane):
    path = lane("lane: X\ncamera: {source: /dev/a, fsp: 3}\n")
    for arguments in ([], ["--json"]):
        shown = show(path, *arguments)
        checked = CliRunner().invoke(cli, ["check-config", "-c", str(path), *arguments])
        assert shown.exit_code == 2
        assert shown.output == checked.output
        assert "fsp" in shown.output


# ---- what is printed is itself a lane's file ----------------------------------------------------

TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=20)
PATHS = TEXT.map(lambda text: f"/{text}")
CONTROLS = st.dictionaries(
    st.from_regex(r"[a-z0-9_]{1,12}", fullmatch=True),
    st.integers(-(2**63), 2**63 - 1) | st.booleans() | TEXT,
    max_size=4,
)
SECONDS = st.floats(0.1, 60, allow_nan=False)
LANES = st.fixed_dictionaries(
    {
        "lane": st.from_regex(r"[a-z0-9-]{1,32}", fullmatch=True),
        "camera": st.fixed_dictionaries(
            {"source": PATHS | PATHS.map("folder:{}".format) | TEXT.map("simulated:{}".format)},
            optional={
                "fps": st.floats(1, 120) | st.integers(1, 120),
                "controls": CONTROLS,
                "latency_s": st.floats(0, 1e-6) | st.floats(0, 10),
                "after": st.sampled_from(["keep", "move", "delete"]),
            },
        ),
    },
    optional={
        "state_dir": PATHS,
        "trigger": st.fixed_dictionaries({}, optional={"timeout_s": SECONDS}),
        "service": st.fixed_dictionaries(
            {}, optional={"ca_file": PATHS | st.none(), "vin_decode": st.booleans()}
        ),
        "station": st.fixed_dictionaries(
            {},
            optional={
                "port": PATHS | st.none(),
                "baud": st.sampled_from([1200, 9600]),
                "button": st.text(
                    st.characters(max_codepoint=255, exclude_characters="\\"),
                    min_size=1,
                    max_size=16,
                ),
            },
        ),
        "retention": st.fixed_dictionaries({}, optional={"pictures_days": st.integers(1, 400)}),
        "keep_frames": st.booleans(),
    },
)


def written(values):
    """Write a file by other means than ours: JSON is YAML, but for some characters and numbers."""
    text = re.sub(r"(?<![\d.])(\d+)e-", r"\1.0e-", json.dumps(values, ensure_ascii=False))
    return "".join(char if char.isprintable() else f"\\U{ord(char):08X}" for char in text)


@settings(max_examples=60)
@given(LANES)
def test_what_is_printed_loads_to_the_same_lane(tmp_path_factory, values):
    if values["camera"]["source"].startswith("folder:"):
        values.setdefault("trigger", {})["mode"] = "arrival"
    scene = values["camera"]["source"].removeprefix("simulated:")
    assume(scene.strip() and not scene.startswith("~"))  # which the file itself may not hold
    folder = tmp_path_factory.getbasetemp()
    given_file, shown_file = folder / "given.yaml", folder / "shown.yaml"
    given_file.write_text(written(values), "utf-8")
    shown = show(given_file)
    assert shown.exit_code == 0, shown.output
    shown_file.write_bytes(shown.stdout_bytes)
    assert load_config(shown_file) == load_config(given_file)


@pytest.mark.parametrize("char", ["\x85", "\u2028", "\xa0", "\ufeff", "\u202e", "\n", "\U000e0001"])
def test_what_nobody_sees_in_a_value_is_printed_as_its_escape(lane, tmp_path, char):
    odd = f"a{char}b"
    values = {
        "lane": "lane1",
        "state_dir": f"/{odd}",
        "camera": {"source": f"folder:/{odd}", "controls": {"mode": odd}},
        "trigger": {"mode": "arrival"},
        "station": {"port": f"/{odd}"},
    }
    given_file = lane(written(values))
    shown = show(given_file)
    assert shown.exit_code == 0, shown.output
    assert char == "\n" or char not in shown.output
    saved = tmp_path / "saved.yaml"
    saved.write_bytes(shown.stdout_bytes)
    assert load_config(saved) == load_config(given_file)
    assert load_config(saved).station.port == f"/{odd}"
