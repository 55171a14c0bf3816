"""What a lane's file says of its button is what is opened."""

import pytest

from kiosk.clock import ManualClock
from kiosk.config.schema import LaneConfig
from kiosk.triggers import gpio_chip, modem
from kiosk.triggers.opening import button_device, button_for, is_pressed
from kiosk.triggers.simulated import SimulatedGpio, SimulatedKeys

CLOCK = ManualClock()


def lane(button, **station):
    return LaneConfig.model_validate(
        {
            "lane": "lane1",
            "camera": {"source": "/dev/video0"},
            "trigger": {"button": button},
            "station": station,
        }
    )


def opened(button, **station):
    return button_device(lane(button, **station), CLOCK).open()


@pytest.fixture
def modem_lines(monkeypatch):
    made = []
    monkeypatch.setattr(modem, "ModemLine", lambda *what, **how: made.append((what, how)))
    return made


def test_bytes_on_the_displays_line_are_the_stations_business():
    assert button_device(lane({}, port="/dev/ttyUSB0"), CLOCK) is None
    assert button_for(lane({}), CLOCK, print, print) is None
    assert button_for(lane({"source": "gpio", "line": "4"}), CLOCK, print, print).name == "button"


@pytest.mark.parametrize(
    ("button", "path", "line", "how"),
    [
        ({"source": "dsr"}, "/dev/a", "DSR", (True, True, "station.port")),
        ({"source": "cts", "active": "low"}, "/dev/a", "CTS", (False, True, "station.port")),
        (
            {"source": "dsr", "port": "/dev/b"},
            "/dev/b",
            "DSR",
            (True, False, "trigger.button.port"),
        ),
        ({"source": "cts", "port": "/dev/a"}, "/dev/a", "CTS", (True, True, "trigger.button.port")),
    ],
)
def test_a_modem_line_is_that_of_the_port_and_shared_where_it_is_the_displays(
    modem_lines, button, path, line, how
):
    opened(button, port="/dev/a")
    ((what, named),) = modem_lines
    assert what == (path, modem.Line[line], CLOCK)
    assert (named["active_high"], named["shared"], named["key"]) == how


def test_a_port_is_shared_under_any_of_its_names(modem_lines, tmp_path):
    (tmp_path / "port").touch()
    (tmp_path / "by-path").symlink_to("port")
    opened({"source": "dsr", "port": f"{tmp_path}/by-path"}, port=f"{tmp_path}/port")
    assert modem_lines[0][1]["shared"]


def test_a_port_that_was_not_there_at_the_start_is_known_for_shared_when_it_comes(
    modem_lines, tmp_path
):
    names = {"source": "dsr", "port": f"{tmp_path}/by-id"}
    device = button_device(lane(names, port=f"{tmp_path}/by-path"), CLOCK)
    (tmp_path / "port").touch()
    (tmp_path / "by-id").symlink_to("port")
    (tmp_path / "by-path").symlink_to("port")
    device.open()
    assert modem_lines[0][1]["shared"]


@pytest.mark.parametrize(("active", "high"), [("usual", False), ("low", False), ("high", True)])
def test_a_gpio_line_is_low_when_pressed_unless_the_file_says_high(monkeypatch, active, high):
    asked = []
    monkeypatch.setattr(gpio_chip, "find_line", lambda *what: asked.append(what))
    door = SimulatedGpio()
    monkeypatch.setattr(gpio_chip, "RequestedLine", lambda _, **how: asked.append(how) or door)
    source = opened({"source": "gpio", "line": "GPIO17", "chip": "x", "active": active})
    assert asked == [("x", "GPIO17"), {"active_high": high}]
    assert not is_pressed(source)
    door.hold()
    assert is_pressed(source)
    source.close()


def test_a_key_counts_at_once_and_only_the_one_that_is_named():
    with SimulatedKeys(code=57) as keys:
        for code, pressed in ((57, True), (28, False), (None, True)):
            device = button_device(
                lane({"source": "key", "device": keys.device, "code": code}), CLOCK
            )
            source = device.open()
            keys.hold()
            assert is_pressed(source) is pressed
            source.close()
            assert device.press_s == 0


@pytest.mark.parametrize(
    ("button", "other"),
    [
        ({"source": "dsr"}, "low"),
        ({"source": "cts", "active": "low"}, "high"),
        ({"source": "gpio", "line": "4"}, "high"),
        ({"source": "gpio", "line": "4", "active": "high"}, "low"),
    ],
)
def test_where_a_button_seems_held_the_other_level_is_named(button, other):
    assert (
        f"write trigger.button.active: {other}"
        in button_device(lane(button, port="/dev/a"), CLOCK).hint
    )
