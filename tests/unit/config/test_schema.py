"""What a sound file becomes, and what each key refuses."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from kiosk.config import CameraSource, LaneConfig, SourceKind, load_config
from kiosk.config.device_names import is_counted

SMALLEST = "lane: lane1\ncamera:\n  source: /dev/v4l/by-path/usb-1\n"


def config_with(lane_file, section="", **changes):
    overrides = [
        f"{section}{'.' if section else ''}{key}={value}" for key, value in changes.items()
    ]
    return load_config(lane_file(SMALLEST), overrides)


def test_the_smallest_file_gets_the_documented_defaults(lane_file):
    config = load_config(lane_file(SMALLEST))
    assert config.state_dir == Path("/var/lib/vin-kiosk/lane1")
    assert config.camera.source == CameraSource(SourceKind.DEVICE, "/dev/v4l/by-path/usb-1")
    assert (config.camera.width, config.camera.height, config.camera.fps) == (1920, 1080, 15)
    assert (config.camera.after, config.camera.backlog) == ("keep", "skip")
    assert (config.trigger.mode, config.trigger.timeout_s) == ("button", 5)
    service = config.service
    assert service.url == "https://www.recognition.ws/vinbarcode/v2"
    assert (service.save_image, service.vin_decode, service.format) == (False, True, "json")
    assert (service.connect_timeout_s, service.answer_timeout_s) == (10, 60)
    assert (service.backoff.first_s, service.backoff.max_s) == (1, 300)
    assert (service.breaker.failures, service.breaker.doubts, service.breaker.retry_s) == (
        5,
        3,
        900,
    )
    assert (service.access_code_file, service.ca_file) == (None, None)
    upload = config.upload
    assert (upload.when, upload.rescan_window_s, upload.daily_credit_limit) == ("located", 600, 500)
    station = config.station
    assert (station.port, station.baud, station.display) == (None, 9600, "cd5220")
    assert (station.brightness, station.button) == ("unchanged", b"\r")
    scanner, light = station.scanner, station.light
    assert (scanner.port, scanner.family, scanner.suffix) == (None, "plain", "line")
    assert (light.port, light.family) == (None, "adafruit_tower")
    assert (config.retention.pictures_days, config.retention.results_days) == (30, 400)
    assert config.keep_frames is False


def test_durations_are_floats_and_paths_are_paths(lane_file):
    config = load_config(
        lane_file(SMALLEST),
        ["trigger.timeout_s=3", "state_dir=/srv/kiosk", "service.ca_file=/etc/ca.pem"],
    )
    assert isinstance(config.trigger.timeout_s, float)
    assert config.state_dir == Path("/srv/kiosk")
    assert config.service.ca_file == Path("/etc/ca.pem")


def test_python_code_may_give_the_values_themselves():
    source = CameraSource(SourceKind.SIMULATED, "clear")
    values = {"lane": "a", "state_dir": Path("/srv/a"), "camera": {"source": source}}
    config = LaneConfig.model_validate(values | {"station": {"button": b"P"}})
    assert (config.camera.source, config.state_dir) == (source, Path("/srv/a"))
    assert config.station.button == b"P"


def test_a_configuration_cannot_be_changed(lane_file):
    config = load_config(lane_file(SMALLEST))
    with pytest.raises(ValidationError):
        config.upload.when = "never"


@pytest.mark.parametrize(
    ("text", "kind", "path"),
    [
        ("/dev/video0", SourceKind.DEVICE, "/dev/video0"),
        ("/srv/lane.mp4", SourceKind.VIDEO, "/srv/lane.mp4"),
        ("folder:/srv/scans", SourceKind.FOLDER, "/srv/scans"),
        ("rtsp://cam.local/1", SourceKind.STREAM, "rtsp://cam.local/1"),
        ("http://10.0.0.7:81/mjpeg", SourceKind.STREAM, "http://10.0.0.7:81/mjpeg"),
        ("simulated:scenes", SourceKind.SIMULATED, "scenes"),
    ],
)
def test_each_source_of_pictures_is_told_by_its_form(text, kind, path):
    config = LaneConfig.model_validate({"lane": "a", "camera": {"source": text}})
    assert config.camera.source == CameraSource(kind, path)
    assert str(config.camera.source) == text


def test_a_streams_password_is_never_printed():
    text = "rtsp://admin:geheim@cam.local/1?key=geheim"
    config = LaneConfig.model_validate({"lane": "a", "camera": {"source": text}})
    assert config.camera.source.path == text
    assert "geheim" not in f"{config} {config!r} {config.camera.source}"
    assert str(config.camera.source) == "rtsp://cam.local/1"


@pytest.mark.parametrize(
    "path",
    [
        "/admin:GEHEIM/ch1",
        "/live_password=GEHEIM",
        "/psw=GEHEIM",
        "/1;GEHEIM",
        "/1%3BGEHEIM",
        "/user%3aGEHEIM/1",
        "/me@GEHEIM",
        "/1?GEHEIM",
        "/1#GEHEIM",
        ";GEHEIM/1",
    ],
)
def test_no_way_of_writing_a_password_into_a_streams_address_shows_it(path):
    config = LaneConfig.model_validate(
        {"lane": "a", "camera": {"source": f"rtsp://cam.local{path}"}}
    )
    shown = f"{config} {config!r} {config.camera.source} {config.camera.source.masked}"
    assert "GEHEIM" not in shown
    assert "rtsp://" in shown


@pytest.mark.parametrize(
    ("override", "words"),
    [
        ("lane=Lane 1", "small letters, digits and hyphens"),
        ("lane=" + "a" * 33, "1 to 32"),
        ("lane=12", "put quotes round it"),
        ("lane=no", "for true and false: put quotes round it"),
        ("lane=", "has no value, and must have one; such as lane: lane1"),
        ("camera.source=", "has no value, and must have one; such as source: /dev/v4l/by-path/"),
        ("camera.width=", "has no value; give one, or leave the key out for the default"),
        ("station.port=no", "must be text, or null for none, but YAML takes yes, no, on and off"),
        ("state_dir=state", "absolute path"),
        ("state_dir=~/state", "~ is not expanded"),
        ('state_dir="/a\\0b"', "zero byte"),
        ("camera.source=0", "a camera is named by its path, never by a number: ls /dev/v4l"),
        ("camera.source=yes", "must be text, but YAML takes yes"),
        ("camera.source=~/lane.mp4", "~ is not expanded"),
        ("camera.source='folder:~/in'", "must be a whole one; ~ is not expanded"),
        ("camera.controls=30", "must be names with values, such as {focus_absolute: 30}"),
        ("camera.source=scenes", "must be a camera's path"),
        ("camera.source='folder:'", "a path must stand behind folder:"),
        ("camera.source=folder:scans", "must be absolute"),
        ("camera.source=ftp://x/y", "rtsp://"),
        ("camera.source=rtsp://[x", "not a usable stream address"),
        ("camera.source=rtsp://", "and a host"),
        ("camera.width=100", "from 160 to 7680 pixels"),
        ("camera.width=1920.5", "a whole number (from 160 to 7680 pixels)"),
        ("camera.width=true", "a whole number"),
        ('camera.width="1920"', "a whole number, without quotes"),
        ("camera.fps=.nan", "a number (from 1 to 120 pictures a second)"),
        ("camera.fps=fast", "must be a number (from 1 to 120 pictures a second)"),
        ('camera.fps="15"', "must be a number, without quotes (from 1 to 120"),
        ("camera.fps=7,5", "must be a number, with a point and no comma (from"),
        (
            "trigger.timeout_s=5 s",
            "must be a number alone, without its unit (from 0.1 to 60 seconds",
        ),
        ("camera.fps=1000", "from 1 to 120 pictures a second"),
        ("camera.after=del", "keep, move or delete; did you mean delete?"),
        ("trigger.mode=on", "YAML takes yes, no, on and off for true and false"),
        ("trigger.mode=buton", "did you mean button?"),
        ("trigger.timeout_s=0", "from 0.1 to 60 seconds"),
        ("trigger.timeout_s=null", "has no value"),
        ("service.url=ftp://x/", "https://"),
        ("service.url=https:///x", "and a host"),
        ("service.url=https://x:port/", "not a usable web address"),
        ("service.url=http://recognition.ws/v2", "in clear"),
        ("service.url=http://127.0.0.1.evil.com/v2", "in clear"),
        ("service.url=https://me@x/", "must end with its path"),
        ("service.url='https://www.recognition,ws/v2'", "names a host that cannot be"),
        ("service.url=https://www..recognition.ws/", "names a host that cannot be"),
        ("service.url='https://x/ y'", "no web address may have"),
        ("service.url=7", "must be text"),
        ("service.save_image='yes'", "true or false, without quotes"),
        ("service.save_image='Off'", "true or false, without quotes"),
        ("service.save_image=ja", "must be true or false"),
        ("service.format=yaml", "json or xml"),
        ("service.ca_file=3", "must be text"),
        ("service.answer_timeout_s=0.5", "from 1 to 600 seconds"),
        ("service.backoff.max_s=0.5", "must not be below service.backoff.first_s"),
        ("service.breaker.doubts=0", "from 1 to 100)"),
        ("upload.when=always", "located, read or never"),
        ("upload.daily_credit_limit=0", "from 1 to 100000)"),
        ("station.port=no", "YAML takes yes, no, on and off for true and false"),
        ("station.port=ttyUSB0", "/dev/serial/by-path/"),
        ("station.baud=9601", "1200, 2400"),
        ('station.baud="9600"', "or 115200, without quotes"),
        ("station.port='~/port'", "~ is not expanded"),
        ("station.scanner=usb", "a section with keys of its own: port, baud, family, suffix"),
        ("station.scanner.family=honywell", "did you mean honeywell?"),
        ("station.scanner.port=ttyUSB0", "/dev/serial/by-path/"),
        ("station.brightness=50", "must be unchanged, 20, 40, 60 or 100"),
        ('station.brightness="40"', "without quotes"),
        ("station.light.family=beacon", "must be adafruit_tower (nothing else is known yet)"),
        ("station.button=\\r", "double quotes"),
        ('station.button=""', "1 to 16 characters"),
        ('station.button="\\u2190"', "each of one byte"),
        ("station.button=13", "must be text"),
        ("retention.results_days=7", "must not be below retention.pictures_days"),
        ("retention.pictures_days=5000", "from 1 to 3650 days"),
        ("keep_frames=1", "true or false"),
        ("upload=never", "a section with keys of its own: when, rescan_window_s"),
    ],
)
def test_a_wrong_value_is_told_in_words(problems, override, words):
    (problem,) = problems(SMALLEST, override)
    assert problem.startswith(f"--set {override.partition('=')[0]}: ")
    assert words in problem


@pytest.mark.parametrize("host", ["127.0.0.1:8080", "127.9.9.9", "localhost:1", "[::1]:8443"])
def test_a_plain_http_service_is_taken_on_this_machine_alone(lane_file, host):
    url = f"http://{host}/vinbarcode/v2"
    assert config_with(lane_file, "service", url=url).service.url == url


def test_the_buttons_bytes_are_read_through_yamls_escapes(lane_file):
    assert config_with(lane_file, "station", button='"\\x02P\\r"').station.button == b"\x02P\r"
    assert config_with(lane_file, "station", button='"\\xff"').station.button == b"\xff"
    assert config_with(lane_file, "station", button="P").station.button == b"P"


def test_an_arriving_picture_needs_a_folder_and_a_folder_the_rule_arrival(problems):
    folder = "lane: a\ncamera: {source: 'folder:/srv/in'}\ntrigger: {mode: %s}\n"
    assert problems(folder % "arrival") == []
    for mode in ("button", "presentation"):
        (problem,) = problems(folder % mode)
        assert problem.startswith("lane1.yaml:3: trigger.mode: must be arrival")
    (problem,) = problems(SMALLEST, "trigger.mode=arrival")
    assert problem.startswith("--set trigger.mode: arrival needs a camera.source of folder:")


def test_contradictions_are_told_beside_other_mistakes(problems):
    found = problems(SMALLEST, "trigger.mode=arrival", "upload.whn=read")
    assert len(found) == 2


@pytest.mark.parametrize(
    ("path", "counted"),
    [
        ("/dev/video0", True),
        ("/dev/ttyUSB12", True),
        ("/dev/ttyAMA0", False),
        ("/dev/v4l/by-path/pci-0-usb-0:1:1.0-video-index0", False),
        ("/dev/serial/by-id/usb-FTDI_A1", False),
    ],
)
def test_names_in_the_order_of_plugging_are_told_from_lasting_ones(path, counted):
    assert is_counted(path) is counted


def test_each_device_of_a_station_needs_a_port_of_its_own(problems, tmp_path):
    (tmp_path / "by-path").symlink_to("ttyUSB0")
    alias, node = tmp_path / "by-path", tmp_path / "ttyUSB0"
    lines = "station: {port: %s, scanner: {port: %s}, light: {port: %s}}\n"
    assert problems(SMALLEST + lines % (node, "/dev/a", "/dev/b")) == []
    (problem,) = problems(SMALLEST + lines % (node, alias, "/dev/b"))
    assert problem.startswith("lane1.yaml:4: station.scanner.port: names the same device as")
    assert "as station.port; each" in problem
    (problem,) = problems(SMALLEST + lines % ("null", "/dev/b", "/dev/b"))
    assert "station.light.port: names the same device as station.scanner.port" in problem


def test_a_folders_lane_has_no_hand_scanner(problems):
    folder = "lane: a\ncamera: {source: 'folder:/srv/in'}\ntrigger: {mode: arrival}\n"
    (problem,) = problems(folder + "station: {scanner: {port: /dev/a}}\n")
    assert problem.startswith("lane1.yaml:4: station.scanner.port: a lane that scans what arrives")
    assert problems(folder + "station: {light: {port: /dev/a}}\n") == []


@pytest.mark.parametrize("device", ["scanner", "light"])
def test_the_bare_word_none_is_a_station_without_that_device(lane_file, device):
    config = config_with(lane_file, "station", **{device: "none"})
    assert getattr(config.station, device).port is None
