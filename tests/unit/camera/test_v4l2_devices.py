"""Which cameras there are, what they can give, and the door to the real kernel."""

import errno
import mmap
import os
import pty
import select
from pathlib import Path

import pytest
from v4l2_kernel import CAPTURE, META, REQUESTS, STREAMING, Device, FakeKernel

from kiosk.camera import videodev2
from kiosk.camera.devices import capture_devices
from kiosk.camera.formats import Mode, modes_of
from kiosk.camera.node import KERNEL, VideoNode
from kiosk.camera.troubles import cameras_here
from kiosk.camera.v4l2 import V4l2Camera, V4l2Settings
from kiosk.clock import ManualClock, SystemClock
from kiosk.errors import CameraError

LINK = "platform-xhci-usb-0:1.3:1.0-video-index0"


def test_every_number_holds_the_size_that_c_gives_its_structure():
    requests = [value for value in vars(videodev2).values() if type(value) is videodev2.Request]
    assert {request.number for request in requests} == set(REQUESTS)
    for request in requests:
        assert request.number >> 16 & 0x3FFF == request.layout.size


def test_four_letters_and_their_number():
    assert videodev2.number_of("MJPG") == 0x47504A4D  # V4L2_PIX_FMT_MJPEG
    assert videodev2.fourcc_of(0x56595559) == "YUYV"


# ---- the machine's cameras ---------------------------------------------------------------------


@pytest.fixture
def machine(tmp_path):
    """A /sys and a /dev with a USB camera (two nodes), a codec, and a camera without a serial."""
    sysfs, dev = tmp_path / "class", tmp_path / "dev"
    (dev / "v4l" / "by-path").mkdir(parents=True)
    nodes = [
        ("video0", "HD Camera: HD Camera", "0", "usb1", LINK),
        ("video1", "HD Camera: HD Camera", "1", "usb1", LINK.replace("index0", "index1")),
        ("video10", "bcm2835-codec-decode", "0", "soc", None),
        ("video2", "Capture chip", "0", "soc", None),
    ]
    for node, name, index, parent, link in nodes:
        interface = tmp_path / "devices" / parent / "1-1.3:1.0"
        interface.mkdir(parents=True, exist_ok=True)
        entry = sysfs / node
        entry.mkdir(parents=True)
        (entry / "name").write_text(name + "\n")
        (entry / "index").write_text(index + "\n")
        (entry / "device").symlink_to(interface)
        (dev / node).touch()
        if link:
            (dev / "v4l" / "by-path" / link).symlink_to(f"../../{node}")
            longer = link.replace("usb-", "usbv2-")
            (dev / "v4l" / "by-path" / longer).symlink_to(f"../../{node}")
    (tmp_path / "devices" / "usb1" / "serial").write_text("SN0001\n")
    return sysfs, dev


@pytest.fixture
def kernel(machine):
    _, dev = machine
    by_path = dev / "v4l" / "by-path"
    return FakeKernel(
        ManualClock(),
        {
            str(by_path / LINK): Device(),
            str(by_path / LINK.replace("index0", "index1")): Device(can=META | STREAMING),
            str(dev / "video10"): Device(can=0x8000, bus_info="platform:bcm2835-codec"),
            str(dev / "video2"): Device(can=CAPTURE, bus_info="platform:chip"),
        },
    )


def test_cameras_are_listed_by_path_with_those_on_usb_first(machine, kernel):
    sysfs, dev = machine
    usb, chip = capture_devices(kernel, sysfs, dev)
    assert usb.path == str(dev / "v4l" / "by-path" / LINK)
    assert (usb.node, usb.name) == (str(dev / "video0"), "HD Camera: HD Camera")
    assert (usb.serial, usb.bus_info) == ("SN0001", "usb-0000:01:00.0-1.3")
    assert (chip.path, chip.serial) == (str(dev / "video2"), None)
    assert kernel.files == {}


def test_one_that_may_not_be_opened_is_listed_with_the_reason(machine, kernel):
    sysfs, dev = machine
    kernel.devices = dict.fromkeys(kernel.devices, errno.EACCES)
    found = capture_devices(kernel, sysfs, dev)
    assert [(Path(device.node).name, device.problem) for device in found] == [
        ("video0", "Permission denied"),
        ("video2", "Permission denied"),
        ("video10", "Permission denied"),
    ]
    assert {device.bus_info for device in found} == {""}


def test_a_machine_without_video_has_no_cameras(tmp_path, kernel):
    assert capture_devices(kernel, tmp_path / "none", tmp_path / "dev") == ()


def test_a_wrong_path_is_told_the_right_ones(machine, kernel, monkeypatch):
    sysfs, dev = machine
    found = capture_devices(kernel, sysfs, dev)
    monkeypatch.setattr("kiosk.camera.troubles.capture_devices", lambda kernel: found)
    camera = V4l2Camera(V4l2Settings("/dev/video9", 1, 1, 1, {}), ManualClock(), kernel=kernel)
    with pytest.raises(CameraError) as caught:
        camera.open()
    assert str(caught.value) == (
        "/dev/video9 is not there: check the camera's plug, or correct camera.source "
        f"(cameras here: {found[0].path}, HD Camera: HD Camera; {found[1].path}, Capture chip)"
    )
    monkeypatch.setattr("kiosk.camera.troubles.capture_devices", lambda kernel: ())
    assert cameras_here(kernel) == "cameras here: none"


def test_formats_are_listed_with_their_sizes(kernel, machine):
    path = str(machine[1] / "video2")
    device = kernel.devices[path]
    device.formats = {"MJPG": [(640, 480), (1280, 720)], "YUYV": [(640, 480)], "H264": []}
    assert modes_of(path, kernel) == (
        Mode("MJPG", ((640, 480), (1280, 720))),
        Mode("YUYV", ((640, 480),)),
        Mode("H264", ()),
    )
    device.formats, device.stepwise = {"GREY": [(2, 4), (8192, 4096)]}, True
    (mode,) = modes_of(path, kernel)
    assert mode == Mode("GREY", ((2, 4), (8192, 4096)), stepwise=True)
    assert str(mode) == "GREY in 2x4 to 8192x4096"
    assert str(Mode("H264", ())) == "H264"
    with pytest.raises(CameraError, match="is not there"):
        modes_of("/dev/video9", kernel)


def test_a_driver_that_lists_without_end_is_stopped(kernel, machine):
    path = str(machine[1] / "video2")
    kernel.devices[path].do_2 = lambda it: setattr(it, "pixelformat", 0x47504A4D)
    assert len(modes_of(path, kernel)) == 256


# ---- the real kernel ---------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["folder", "file", "null", "terminal", "pipe"])
def test_what_is_no_video_device_is_never_opened(tmp_path, kind, monkeypatch):
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").touch()
    os.mkfifo(tmp_path / "pipe")
    ours, theirs = pty.openpty()
    path = {"null": "/dev/null", "terminal": os.ttyname(theirs)}.get(kind, str(tmp_path / kind))
    camera = V4l2Camera(V4l2Settings(path, 640, 480, 15, {}), SystemClock())
    tried, open_it = [], os.open
    monkeypatch.setattr(os, "open", lambda name, *how: tried.append(name) or open_it(name, *how))
    try:
        with pytest.raises(CameraError, match=r"is no camera: correct camera.source \(cameras"):
            camera.open()
    finally:
        os.close(ours)
        os.close(theirs)
    assert path not in tried  # to open a pipe, a printer or a watchdog is to do something to it


def test_a_path_that_is_not_there_is_told(tmp_path):
    (tmp_path / "dangling").symlink_to(tmp_path / "unplugged")
    for name in ("nothing", "dangling"):
        path = str(tmp_path / name)
        with pytest.raises(CameraError, match=f"{path} is not there: check the camera's plug"):
            V4l2Camera(V4l2Settings(path, 640, 480, 15, {}), SystemClock()).open()


def test_the_doors_calls_reach_the_kernel(tmp_path):
    reading, writing = os.pipe()
    try:
        assert KERNEL.wait(reading, 0) == 0
        os.write(writing, b"x")
        assert KERNEL.wait(reading, 5) == select.POLLIN
        with pytest.raises(OSError) as caught:
            KERNEL.ioctl(reading, videodev2.QUERYCAP.number, videodev2.QUERYCAP.pack())
        assert caught.value.errno == errno.ENOTTY
    finally:
        KERNEL.close(reading)
        os.close(writing)
    with (tmp_path / "memory").open("w+b") as file:
        file.truncate(3 * mmap.PAGESIZE)
        memory = KERNEL.map(file.fileno(), mmap.PAGESIZE, mmap.PAGESIZE)
        file.seek(mmap.PAGESIZE)
        file.write(b"picture")
        file.flush()
        assert memory[:7] == b"picture"
        memory.close()


def test_a_closed_node_answers_nothing(kernel, machine):
    node = VideoNode(str(machine[1] / "video2"), kernel)
    node.close()
    node.close()
    with pytest.raises(OSError) as caught:
        node.capability()
    assert caught.value.errno == errno.EBADF


def test_an_old_driver_without_caps_of_its_node_is_believed_as_a_whole(kernel, machine):
    path = str(machine[1] / "video2")
    kernel.devices[path].do_0 = lambda it: setattr(it, "capabilities", CAPTURE)
    node = VideoNode(path, kernel)
    assert node.capability().can == CAPTURE
    node.close()
