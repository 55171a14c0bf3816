"""The station's line on real ptys."""

import os

import pytest

from kiosk.config.schema import Light, Scanner, Station
from kiosk.doctor.daemon import Daemon
from kiosk.doctor.line import line_findings
from kiosk.doctor.machine import Machine
from kiosk.station.port import Port
from kiosk.station.simulated import SimulatedScanner, SimulatedStation

STOPPED = Daemon()


@pytest.fixture
def simulated():
    with SimulatedStation() as station:
        yield station


def look(port, daemon=STOPPED, machine=None, **station):
    return list(line_findings(machine or Machine(), Station(port=port, **station), daemon))


def test_a_free_line_opens_and_nothing_is_sent(simulated):
    (finding,) = look(simulated.port)
    assert finding.status == "ok"
    assert finding.found == f"{simulated.port} is free and opens at 9600 baud"
    assert len(simulated.glass.history) == 1
    Port(simulated.port, 9600).close()  # it was let go


def test_a_lane_without_a_port_is_well():
    (finding,) = look(None)
    assert finding.status == "ok"


def test_each_line_of_a_station_is_looked_at_and_named_by_its_key(simulated):
    with SimulatedScanner() as scanner:
        lines = {"scanner": Scanner(port=scanner.port, baud=1200), "light": Light(port="/dev/no")}
        free, missing = look(None, **lines)[1:]
        held, lost = look(
            simulated.port,
            Daemon(running=True, facts={"display": "ok", "scanner": "was lost"}),
            scanner=lines["scanner"],
        )
        line = Port(scanner.port, 1200)
        try:
            taken = look(None, scanner=lines["scanner"])[1]
        finally:
            line.close()
    told = [finding.about for finding in (free, missing, held, lost)]
    assert told == ["scanner", "light", "display", "scanner"]
    assert free.found == f"{scanner.port} is free and opens at 1200 baud"
    assert missing.found == "station.light.port: there is no /dev/no"
    assert (held.status, lost.status) == ("ok", "fail")
    assert "in use by another program" in taken.found


def test_a_line_that_another_program_has_is_a_fault_and_tells_how_to_find_it(simulated):
    port = Port(simulated.port, 9600)
    try:
        (finding,) = look(simulated.port)
    finally:
        port.close()
    assert finding.status == "fail"
    assert "in use by another program" in finding.found
    assert finding.do.startswith(f"sudo fuser -v {simulated.port}")


def test_a_line_that_the_running_lane_has_is_as_the_lane_says(simulated):
    port = Port(simulated.port, 9600)
    try:
        (well,) = look(simulated.port, Daemon(running=True, facts={"display": "ok"}))
        (lost,) = look(simulated.port, Daemon(running=True, facts={"display": "was lost"}))
        (closed,) = look(simulated.port, Daemon(problem="you must be in group vin-kiosk"))
    finally:
        port.close()
    assert (well.status, closed.status) == ("ok", "ok")
    assert (lost.status, lost.found) == ("fail", "the running lane says: was lost")


def test_a_missing_port_names_those_that_are_there(tree):
    (finding,) = look("/dev/ttyUSB7", machine=tree.machine)
    assert finding.status == "fail"
    assert finding.do.startswith("plug the adapter in")
    tree.usb("ttyUSB0", "1-1")
    (finding,) = look("/dev/ttyUSB7", machine=tree.machine)
    assert (
        finding.do
        == "write station.port: /dev/serial/by-path/platform-xhci-hcd.0-usb-0:1:1.0-port0"
    )


def test_what_is_no_serial_port_is_told(tmp_path):
    path = tmp_path / "file"
    path.write_text("")
    (finding,) = look(str(path))
    assert (finding.status, "is no serial port" in finding.found) == ("fail", True)
    assert finding.do.startswith("ls -l /dev/serial/by-path")
    (finding,) = look("/dev/null")
    assert "is no serial port" in finding.found
    assert finding.do.startswith("ls -l /dev/serial/by-path")


def test_a_port_that_you_may_not_open_names_the_group(simulated):
    os.chmod(simulated.port, 0)  # noqa: PTH101 - follows the link to the pty
    root = os.geteuid() == 0
    if root:
        os.seteuid(65534)
    try:
        (finding,) = look(simulated.port)
    finally:
        if root:
            os.seteuid(0)
    assert finding.status == "fail"
    assert "group dialout" in finding.found
    assert "usermod -aG dialout" in finding.do


def test_programs_that_grab_adapters_are_named_where_they_run(tree, program):
    program("systemctl", 'test "$2" = ModemManager && echo active || echo inactive')
    tree.usb("ttyUSB0", "1-1")
    running = Daemon(running=True, facts={"display": "ok"})
    _, finding = look("/dev/ttyUSB0", running, tree.machine)
    assert finding.status == "warn"
    assert "ModemManager runs on this machine" in finding.found
    assert finding.do == "sudo systemctl disable --now ModemManager"
    tree.write("/dev/ttyAMA0")
    assert len(look("/dev/ttyAMA0", running, tree.machine)) == 1, "it looks at USB only"


def test_a_line_that_the_console_writes_to_is_a_fault(tree):
    tree.write("/dev/ttyAMA0")
    tree.write("/dev/ttyS0")
    tree.link("/dev/serial0", "ttyAMA0")
    tree.write("/proc/cmdline", "console=serial0,115200 console=tty1 root=/dev/x")
    running = Daemon(running=True, facts={"display": "ok"})
    _, finding = look("/dev/ttyAMA0", running, tree.machine)
    assert finding.status == "fail"
    assert "(console=serial0,115200)" in finding.found
    assert "raspi-config" in finding.do
    assert len(look("/dev/ttyS0", running, tree.machine)) == 1
