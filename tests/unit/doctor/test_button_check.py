"""The button's device, as an installer would look at it."""

import pytest

from kiosk.clock import SystemClock
from kiosk.config.schema import LaneConfig
from kiosk.doctor.accounts import Account
from kiosk.doctor.button import button_findings
from kiosk.doctor.daemon import Daemon
from kiosk.doctor.machine import Machine
from kiosk.doctor.names import sharing_findings
from kiosk.doctor.people import device_findings
from kiosk.station.simulated import SimulatedStation
from kiosk.triggers.button import ButtonDevice
from kiosk.triggers.gpio import GpioLine
from kiosk.triggers.simulated import SimulatedGpio, SimulatedKeys

STOPPED = Daemon()


def lane(button, port=None, name="lane1"):
    return LaneConfig.model_validate(
        {
            "lane": name,
            "camera": {"source": "simulated:/tmp/x"},
            "trigger": {"button": button},
            "station": {"port": port},
        }
    )


def look(config, daemon=STOPPED):
    (finding,) = button_findings(Machine(), config, daemon, SystemClock())
    return finding


def test_a_button_on_the_displays_line_is_tried_with_the_station():
    with SimulatedStation() as station:
        finding = look(lane({}, station.port))
    assert (finding.status, "station test" in finding.found) == ("ok", True)
    assert "vin-kiosk trigger" in look(lane({})).found


def test_a_button_on_a_line_that_fails_is_not_called_well():
    for daemon in (STOPPED, Daemon(running=True, facts={"display": "was lost"})):
        finding = look(lane({}, "/dev/no-such-port"), daemon)
        assert (finding.status, finding.found[:11]) == ("unknown", "not checked")
    with SimulatedStation() as station:
        lost = Daemon(running=True, facts={"display": "was lost"})
        assert look(lane({}, station.port), lost).status == "unknown"
        well = Daemon(running=True, facts={"display": "ok"})
        assert look(lane({}, station.port), well).status == "ok"


def test_a_button_that_is_there_is_well_and_let_go_of():
    with SimulatedKeys() as keys:
        config = lane({"source": "key", "device": keys.device})
        for _ in range(2):
            finding = look(config)
            assert (finding.status, finding.found) == (
                "ok",
                f"{keys.device} is there, and is not pressed; try it with: vin-kiosk station test",
            )


def test_a_button_that_is_held_down_is_a_warning():
    with SimulatedKeys() as keys:
        keys.hold()
        finding = look(lane({"source": "key", "device": keys.device}))
    assert (finding.status, finding.found) == (
        "warn",
        "the button is pressed now, or seems to be",
    )


def test_a_line_that_gets_its_current_after_the_opening_is_looked_at_twice(monkeypatch):
    """A contact that opens, on an adapter that tells its inputs 16 ms late, seems pressed."""
    contact = SimulatedGpio()
    contact.hold()

    class Late(GpioLine):
        def read(self):
            levels = super().read()
            contact.release()
            return levels

    clock = SystemClock()
    device = ButtonDevice(lambda: Late(contact, "GPIO17", clock), "")
    monkeypatch.setattr("kiosk.doctor.button.button_device", lambda *_: device)
    assert look(lane({"source": "gpio", "line": "GPIO17"})).status == "ok"


@pytest.mark.parametrize(
    ("button", "words", "step"),
    [
        ({"source": "key", "device": "/dev/input/no"}, "is not there", "/dev/input/by-id"),
        ({"source": "cts", "port": "/dev/no"}, "is not there", "/dev/serial/by-path"),
        ({"source": "gpio", "line": "GPIO17"}, "no GPIO chip with a Pi's header", "gpiochip"),
        ({"source": "gpio", "line": "4", "chip": "x"}, "no GPIO chip called x", "gpiochip"),
    ],
)
def test_what_is_missing_is_told_with_a_step(button, words, step):
    finding = look(lane(button))
    assert finding.status == "fail"
    assert words in finding.found
    assert step in finding.do


def test_a_port_without_modem_lines_is_a_fault():
    with SimulatedStation() as station:
        finding = look(lane({"source": "dsr"}, station.port))
    assert (finding.status, "no modem lines" in finding.found) == ("fail", True)


def test_a_running_lane_speaks_for_its_button():
    config = lane({"source": "key", "device": "/dev/input/no"})
    well = look(config, Daemon(running=True, facts={"button": "ok"}))
    lost = look(config, Daemon(running=True, facts={"button": "was lost"}))
    assert well.status == "ok"
    assert (lost.status, lost.found) == ("fail", "the running lane says: was lost")


def test_a_button_that_the_lanes_user_may_not_open_names_the_group(tree):
    tree.write("/dev/input/event3").chmod(0o600)
    config = lane({"source": "key", "device": "/dev/input/event3"})
    user = Account("vin-kiosk", 990, frozenset({990}))
    (finding,) = device_findings(tree.machine, config, user)
    assert finding.status == "fail"
    assert "usermod -aG input vin-kiosk" in finding.do


def test_a_button_on_the_lanes_own_port_is_not_shared_and_one_of_two_lanes_is(tree):
    own = lane({"source": "dsr", "port": "/dev/ttyUSB0"}, "/dev/ttyUSB0")
    other = lane({"source": "cts", "port": "/dev/ttyUSB0"}, "/dev/ttyUSB1", "lane2")
    alone = lane({"source": "cts", "port": "/dev/ttyUSB2"}, None, "lane3")
    assert [f.status for f in sharing_findings(tree.machine, [own, alone])] == ["ok"]
    (finding,) = sharing_findings(tree.machine, [own, other])
    assert "name the same device: /dev/ttyUSB0" in finding.found
