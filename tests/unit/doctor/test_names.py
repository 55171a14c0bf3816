"""Device names: those that may change, those that fit two devices, those that two lanes want."""

import pytest

from kiosk.doctor.names import name_findings, sharing_findings, twin_findings

BY_ID = "/dev/serial/by-id/usb-1a86_USB_Serial_0001-if00-port0"
FIRST = "/dev/serial/by-path/platform-xhci-hcd.0-usb-0:1:1.0-port0"
SECOND = "/dev/serial/by-path/platform-xhci-hcd.0-usb-0:2:1.0-port0"


@pytest.fixture
def two_adapters(tree):
    tree.usb("ttyUSB0", "1-1", serial="0001")
    tree.usb("ttyUSB1", "1-2", serial="0001")
    return tree.machine


def on(lane, port, name="lane1"):
    return lane(name, camera={"source": f"simulated:{name}.jpg"}, station={"port": port})


def test_a_number_that_depends_on_the_order_of_plugging_is_a_warning(two_adapters, lane):
    (finding,) = name_findings(two_adapters, on(lane, "/dev/ttyUSB1"))
    assert finding.status == "warn"
    assert "station.port: /dev/ttyUSB1 may be another device" in finding.found
    assert finding.do == f"write station.port: {SECOND}"


def test_a_cameras_number_is_one_too_and_what_has_no_path_is_listed(tree, lane):
    tree.usb("video0", "1-3", index=0)
    tree.usb("video1", "1-3", index=1)
    (finding,) = name_findings(tree.machine, lane(camera={"source": "/dev/video0"}))
    assert finding.do.endswith(
        "write camera.source: /dev/v4l/by-path/platform-xhci-hcd.0-usb-0:3:1.0-video-index0"
    )
    (finding,) = name_findings(tree.machine, lane(camera={"source": "/dev/video9"}))
    assert "ls -l /dev/v4l/by-path" in finding.do


@pytest.mark.parametrize("port", [FIRST, "/dev/ttyAMA0", "/dev/serial0", None])
def test_names_that_stay_are_well(two_adapters, lane, port):
    (finding,) = name_findings(two_adapters, on(lane, port))
    assert finding.status == "ok"


def test_a_by_id_name_that_fits_two_adapters_is_a_warning_with_the_one_it_is_now(
    two_adapters, lane
):
    (finding,) = name_findings(two_adapters, on(lane, BY_ID))
    assert finding.status == "warn"
    assert "fits 2 devices (USB Serial with serial number 0001: /dev/ttyUSB0, /dev/ttyUSB1)" in (
        finding.found
    )
    assert finding.do == f"write station.port: {SECOND}", "udev gave the name to the later one"


def test_the_same_name_is_well_where_the_serial_numbers_differ(tree, lane):
    tree.usb("ttyUSB0", "1-1", serial="0001")
    tree.usb("ttyUSB1", "1-2", serial="0002")
    (finding,) = name_findings(tree.machine, on(lane, BY_ID))
    assert finding.status == "ok"


def test_twins_concern_the_lanes_that_name_them_by_id(two_adapters, lane):
    one, other = on(lane, BY_ID), on(lane, FIRST, "lane2")
    (finding,) = twin_findings(two_adapters, [one, other])
    assert finding.status == "warn"
    assert finding.found.endswith("at /dev/ttyUSB0, /dev/ttyUSB1; concerns lane1")
    assert finding.do == f"name them by path: {FIRST}, {SECOND}"


def test_twins_that_are_named_by_path_are_well_and_unnamed_ones_are_told(two_adapters, lane):
    (finding,) = twin_findings(two_adapters, [on(lane, FIRST)])
    assert finding.status == "ok"
    assert "keep to by-path" in finding.found
    (finding,) = twin_findings(two_adapters, [])
    assert finding.status == "warn"


def test_two_nodes_of_one_camera_are_no_twins_and_two_cameras_are(tree, lane):
    tree.usb("video0", "1-1", serial="SN", index=0)
    tree.usb("video1", "1-1", serial="SN", index=1)
    (finding,) = twin_findings(tree.machine, [])
    assert finding.status == "ok"
    tree.usb("video2", "1-2", serial="SN", index=0)
    (finding,) = twin_findings(tree.machine, [])
    assert finding.status == "warn"
    assert "2 devices" in finding.found
    assert "video1" not in finding.found


def test_one_adapter_with_two_ports_is_no_twin_of_itself(tree):
    tree.usb("ttyUSB0", "1-1", serial="FT1", interface=0)
    tree.usb("ttyUSB1", "1-1", serial="FT1", interface=1)
    (finding,) = twin_findings(tree.machine, [])
    assert finding.status == "ok"


def test_adapters_without_any_serial_number_are_twins_too(tree):
    tree.usb("ttyUSB0", "1-1")
    tree.usb("ttyUSB1", "1-2")
    (finding,) = twin_findings(tree.machine, [])
    assert "serial number (none)" in finding.found


def test_ports_that_are_not_on_usb_do_not_count(tree):
    tree.folder("/sys/devices/platform/uart0/tty/ttyAMA0")
    tree.link("/sys/class/tty/ttyAMA0", "../../devices/platform/uart0/tty/ttyAMA0")
    (finding,) = twin_findings(tree.machine, [])
    assert finding.status == "ok"


def test_two_lanes_on_one_device_are_a_fault_under_whatever_names(two_adapters, lane):
    one, other = on(lane, FIRST), on(lane, "/dev/ttyUSB0", "lane2")
    (finding,) = sharing_findings(two_adapters, [one, other])
    assert finding.status == "fail"
    assert finding.found == "lane1 and lane2 name the same device: /dev/ttyUSB0"


def test_two_lanes_in_one_state_directory_are_a_fault(tree, lane):
    one = lane("lane1", camera={"source": "simulated:a"}, state_dir="/var/lib/x")
    other = lane("lane2", camera={"source": "simulated:b"}, state_dir="/var/lib/x")
    (finding,) = sharing_findings(tree.machine, [one, other])
    assert "state directory: /var/lib/x" in finding.found
    apart = lane("lane3", camera={"source": "simulated:b"}, state_dir="/var/lib/y")
    (finding,) = sharing_findings(tree.machine, [one, apart])
    assert finding.status == "ok"
    assert list(sharing_findings(tree.machine, [one])) == []
