"""trigger.button: each source has its own keys, and every slip is told with what to write."""

import pytest

from kiosk.config.load import examine, load_config

HEAD = "lane: lane1\ncamera: {source: /dev/video0}\n"


@pytest.fixture
def lane(tmp_path):
    def write(button, station="{}"):
        path = tmp_path / "lane1.yaml"
        path.write_text(f"{HEAD}station: {station}\ntrigger:\n  button: {button}\n", "utf-8")
        return path

    return write


def problems(path):
    return [(problem.key, problem.text) for problem in examine(path).problems]


def test_without_a_word_the_button_is_on_the_displays_line(lane):
    button = load_config(lane("{}")).trigger.button
    assert (button.source, button.port, button.line) == ("serial", None, None)


@pytest.mark.parametrize(
    "button",
    [
        "{source: dsr, port: /dev/ttyUSB1}",
        "{source: cts, port: /dev/ttyUSB1, active: low}",
        "{source: gpio, line: GPIO17}",
        "{source: gpio, line: 17, chip: pinctrl-rp1, active: high}",
        "{source: key, device: /dev/input/by-id/usb-Button-event-kbd}",
        "{source: key, device: 'simulated:/tmp/button', code: 28}",
    ],
)
def test_what_the_page_shows_is_taken(lane, button):
    assert problems(lane(button)) == []


def test_a_number_of_a_line_is_taken_as_its_name(lane):
    assert load_config(lane("{source: gpio, line: 17}")).trigger.button.line == "17"


def test_dsr_without_a_port_is_the_stations_own_line(lane):
    path = lane("{source: dsr}", "{port: /dev/ttyUSB0}")
    assert load_config(path).trigger.button.port is None


@pytest.mark.parametrize(
    ("button", "key", "words"),
    [
        ("{source: dsr}", "port", "is missing: dsr needs the path of the serial port"),
        ("{source: gpio}", "line", "is missing: the line's name or number, such as GPIO17"),
        ("{source: key}", "device", "is missing: a name of /dev/input/by-id"),
        ("{line: GPIO17}", "line", "is for source: gpio; here it is serial"),
        ("{source: gpio, line: 4, port: /dev/a}", "port", "is for source: dsr or cts; here"),
        ("{source: key, device: /dev/a, active: low}", "active", "take the key out"),
        ("{source: gpio, line: true}", "line", "must be text"),
        ("{source: gpio, line: '-1'}", "line", "such as GPIO17 or 17"),
        ("{source: key, device: event0}", "device", "must be the device's path"),
        ("{source: keyboard}", "source", "must be serial, dsr, cts, gpio or key"),
        ("{source: key, device: /dev/a, code: 0}", "code", "from 1 to 767"),
        ("{source: key, devise: /dev/a}", "devise", "device"),
    ],
)
def test_a_slip_is_told_at_its_key(lane, button, key, words):
    told = problems(lane(button))
    assert any(where == f"trigger.button.{key}" and words in what for where, what in told), told


def test_where_the_trigger_is_wrong_otherwise_the_button_is_not_judged(lane):
    told = problems(lane("{source: gpio}\n  timeout_s: 0"))
    assert [where for where, _ in told] == ["trigger.timeout_s"]
