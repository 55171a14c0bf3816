"""The V4L2 camera on a kernel of our own: settings, frames, losses, and what it says of them."""

import errno
import threading

import cv2
import numpy as np
import pytest
from v4l2_kernel import (
    CAPTURE,
    COPIED,
    DAMAGED,
    META,
    MONOTONIC,
    STREAMING,
    Device,
    FakeKernel,
    Knob,
)

from kiosk.camera.keeper import CameraKeeper
from kiosk.camera.slot import LatestFrame
from kiosk.camera.v4l2 import V4l2Camera, V4l2Settings
from kiosk.clock import ManualClock
from kiosk.errors import CameraError, PictureError
from kiosk.model import EventKind
from kiosk.supervisor import Life

PATH = "/dev/v4l/by-path/platform-xhci-usb-0:1.3:1.0-video-index0"
PICTURE = np.full((1080, 1920, 3), 90, np.uint8)
JPEG = cv2.imencode(".jpg", PICTURE)[1].tobytes()


@pytest.fixture
def clock():
    return ManualClock(monotonic=1000.0)


@pytest.fixture
def device():
    return Device()


@pytest.fixture
def kernel(clock, device):
    return FakeKernel(clock, {PATH: device})


@pytest.fixture
def camera(clock, kernel):
    return make(clock, kernel)


def make(clock, kernel, *, width=1920, height=1080, fps=15.0, controls=None, path=PATH):
    settings = V4l2Settings(path, width, height, fps, controls or {})
    return V4l2Camera(settings, clock, kernel=kernel)


def test_a_frame_is_the_cameras_own_jpeg_stamped_by_the_driver(camera, device, clock):
    camera.open()
    assert device.expose(JPEG, 1000.25)
    assert device.expose(JPEG + bytes(100), 1000.5)
    clock.advance(1)
    first, second = camera.read(1002), camera.read(1002)
    assert (first.taken_at, first.number) == (1000.25, 1)
    assert (second.taken_at, second.number) == (1000.5, 2)
    assert first.look().shape == (1080, 1920)
    assert abs(int(second.look()[500, 500]) - 90) <= 2


def test_what_was_asked_and_given_needs_no_word(camera, device, caplog):
    camera.open()
    assert str(camera.picture) == "1920x1080 MJPG at 15 fps"
    assert camera.complaints == ()
    assert caplog.records == []


def test_every_buffer_goes_back_to_the_driver(camera, device, clock):
    camera.open()
    for number in range(1, 30):
        assert device.expose(JPEG, 1000 + number / 100)
        clock.advance(0.011)
        assert camera.read(1001).number == number
    assert len(device.queued) == 4


def test_frames_that_waited_in_the_queue_do_not_count_after_a_press(camera, device, clock):
    slot = LatestFrame(clock)
    camera.open()
    for number in range(6):  # the queue holds four: the driver drops what comes after
        device.expose(JPEG, 1000 + number / 15)
    clock.advance(10)
    pressed_at = clock.monotonic()
    while (frame := camera.read(pressed_at)) is not None:
        slot.put(frame)
    assert slot.newer_than(pressed_at, pressed_at) is None
    assert slot.newer_than(0, pressed_at).taken_at == pytest.approx(1000 + 3 / 15)
    device.expose(JPEG, pressed_at + 0.07)
    clock.advance(0.1)
    slot.put(camera.read(clock.monotonic() + 1))
    assert slot.newer_than(pressed_at, clock.monotonic()).number == 5


every_doubtful_clock = pytest.mark.parametrize("flags", [0, COPIED], ids=["not told", "copied"])


@every_doubtful_clock
def test_a_driver_that_does_not_say_which_clock_is_believed_where_it_can_be_ours(
    camera, device, clock, flags
):
    camera.open()
    device.expose(JPEG, 999.5, flags)
    assert camera.read(1001).taken_at == 999.5
    for number in range(1, 4):  # nobody reads them for a minute
        device.expose(JPEG, 1000 + number, flags)
    clock.advance(60)
    assert [camera.read(1060).taken_at for _ in range(3)] == [1001, 1002, 1003]


def exposing(kernel, device, clock, stamps, flags):
    """Whoever waits gets a frame after a tenth of a second."""
    stamps = iter(stamps)

    def happen(seconds):
        clock.advance(0.1)
        device.expose(JPEG, next(stamps), flags)

    kernel.on_wait = happen


@pytest.mark.parametrize(
    ("stamp", "flags"),
    [(0.0, MONOTONIC), (1.79e9, MONOTONIC), (1.79e9, 0), (12.0, 0), (12.0, COPIED)],
    ids=["none", "wall clock", "wall clock, not told", "behind, not told", "behind, copied"],
)
def test_a_stamp_of_another_clock_gives_way_to_the_arrival(
    camera, kernel, device, clock, stamp, flags
):
    camera.open()
    steps = [stamp and stamp + number / 10 for number in range(50)]
    exposing(kernel, device, clock, steps, flags)
    taken = [camera.read(2000).taken_at for _ in steps]
    assert taken == pytest.approx([1000.1 + number / 10 for number in range(50)])


@every_doubtful_clock
def test_a_clock_that_begins_anew_while_it_streams_is_no_longer_believed(
    camera, kernel, device, clock, flags
):
    camera.open()
    exposing(kernel, device, clock, [1000.05, 1000.15, 0.04, 0.14], flags)
    taken = [camera.read(2000).taken_at for _ in range(4)]
    assert taken == pytest.approx([1000.05, 1000.15, 1000.3, 1000.4])


@every_doubtful_clock
def test_a_frame_of_another_clock_that_lay_in_the_queue_is_none(
    camera, kernel, device, clock, flags
):
    """A lane that was started anew, on a driver that gives its last frame to whoever opens it."""
    camera.open()
    device.expose(JPEG, 12.0, flags)
    exposing(kernel, device, clock, [12.1], flags)
    assert camera.read(1001).taken_at == 1000.1


# ---- given again -------------------------------------------------------------------------------


@pytest.mark.parametrize("flags", [MONOTONIC, 0, COPIED], ids=["monotonic", "not told", "copied"])
@pytest.mark.parametrize("stamp", [999.9, 12.0], ids=["ours", "another's"])
@pytest.mark.parametrize("waited", [False, True], ids=["at once", "later"])
def test_old_frames_given_again_do_not_bring_a_stalled_camera_back(
    camera, kernel, device, clock, flags, stamp, waited
):
    """v4l2loopback gives its last frames once more to whoever opens it while its feeder stalls."""
    life, said, slot = Life("camera", clock), [], LatestFrame(clock)
    old = [(JPEG, stamp + number / 10, flags, number) for number in range(2)]
    again = []

    def happen(seconds):
        if again:
            device.expose(*again.pop(0))
        clock.advance(0.01)

    def open_it():
        V4l2Camera.open(camera)
        again[:] = old
        while again and not waited and slot.problem != "the camera is not open yet":
            device.expose(*again.pop(0))
        opened.append(clock.monotonic())
        if len(opened) > 3:
            life.stop()

    opened = []
    kernel.on_wait = happen
    camera.open = open_it
    life.wait = clock.advance
    CameraKeeper(camera, slot, clock, lambda event: said.append(event.kind)).run(life)
    assert len(opened) == 4
    assert said == [EventKind.CAMERA_LOST]


@pytest.mark.parametrize("flags", [MONOTONIC, 0], ids=["monotonic", "not told"])
def test_stamps_that_begin_anew_with_every_opening_lock_no_camera_out(
    camera, kernel, device, clock, flags
):
    for _ in range(3):
        camera.open()
        exposing(kernel, device, clock, [0.1, 0.2, 0.3, 0.4], flags)
        assert camera.read(clock.monotonic() + 1) is not None


def test_frames_that_are_all_stamped_alike_lock_no_camera_out(camera, kernel, device, clock):
    for _ in range(3):
        camera.open()
        exposing(kernel, device, clock, [7.0] * 4, 0)
        assert [camera.read(clock.monotonic() + 1) is not None for _ in range(3)] == [True] * 3


def test_damaged_frames_are_passed_over(camera, device):
    camera.open()
    device.expose(JPEG, 1000, MONOTONIC | DAMAGED)
    device.expose(b"", 1000)
    device.expose(JPEG[1000:], 1000)
    device.expose(JPEG, 999.5)
    assert camera.read(1001).taken_at == 999.5
    for _ in range(4):
        device.expose(JPEG[:2000], 1000)
    assert camera.read(1000) is None


def test_damaged_frames_without_end_do_not_hold_the_thread(camera, kernel, device, clock):
    camera.open()

    def happen(seconds):
        device.expose(JPEG, 1000, MONOTONIC | DAMAGED)
        clock.advance(0.1)

    kernel.on_wait = happen
    assert camera.read(1000.5) is None
    assert clock.monotonic() < 1000.8


def test_a_read_waits_until_its_deadline_and_no_longer(camera, kernel, clock):
    camera.open()
    waited = []
    kernel.on_wait = waited.append
    assert camera.read(1000.75) is None
    assert waited == [0.75]
    assert camera.read(1000) is None
    assert waited == [0.75]


def test_a_frame_that_comes_during_the_wait_is_taken(camera, kernel, device):
    camera.open()
    kernel.on_wait = lambda seconds: device.expose(JPEG, 1000)
    assert camera.read(1001).number == 1


# ---- lost --------------------------------------------------------------------------------------


def test_an_unplugged_camera_is_told_at_once(camera, kernel, device, clock):
    camera.open()
    kernel.on_wait = lambda seconds: setattr(device, "gone", True)
    with pytest.raises(CameraError, match=f"{PATH} is gone: check the camera's plug"):
        camera.read(1060)
    assert clock.monotonic() == 1000
    with pytest.raises(CameraError, match="is gone"):
        camera.read(1060)
    camera.close()
    assert (device.open_files, device.mapped) == (0, 0)


def test_an_error_without_a_frame_does_not_spin(camera, device):
    camera.open()
    device.stuck = True
    with pytest.raises(CameraError, match="does not answer as a camera does"):
        camera.read(1060)


def test_a_false_alarm_is_no_loss(camera, device, kernel):
    camera.open()
    kernel.wait = lambda fd, seconds: 1
    assert camera.read(1060) is None


def test_a_closed_camera_is_not_read(camera, device):
    with pytest.raises(CameraError, match="is not open"):
        camera.read(1001)
    camera.close()
    camera.open()
    camera.close()
    camera.close()
    assert not device.streaming
    assert (device.open_files, device.mapped) == (0, 0)
    with pytest.raises(CameraError, match="is not open"):
        camera.read(1001)


@pytest.mark.parametrize("guarded", [(5,), (5, 8, 9, 15, 17, 18, 19)], ids=["lax", "strict"])
def test_a_second_reader_is_refused_and_does_not_disturb_the_first(
    camera, clock, kernel, device, guarded
):
    device.guarded = guarded
    camera.open()
    with pytest.raises(CameraError, match="in use by another program"):
        make(clock, kernel).open()
    assert device.expose(JPEG, 1000)
    assert camera.read(1001).number == 1


def test_open_begins_anew(camera, device, clock):
    camera.open()
    device.expose(JPEG, 1000)
    number = camera.read(1001).number
    camera.open()
    assert device.open_files == 1
    device.expose(JPEG, 1000.1)
    clock.advance(1)
    assert camera.read(1001).number == number + 1


def test_the_keeper_finds_it_again_with_all_its_settings(clock, kernel, device, caplog):
    focus = Knob(0x9A090A, "Focus, Absolute", maximum=250)
    device.knobs = [focus]
    camera = make(clock, kernel, controls={"focus_absolute": 30})
    slot, said = LatestFrame(clock), []
    life = Life("camera", clock)
    shots = iter(range(100))

    def happen(seconds):
        shot = next(shots)
        if shot == 3:
            device.gone = True
            kernel.devices = {}
            life.nudge()
        elif shot > 5:
            life.stop()
        else:
            device.expose(JPEG, clock.monotonic())
            clock.advance(0.1)

    def hear(event):
        said.append(event.kind)
        if event.kind is EventKind.CAMERA_LOST:  # plugged in again, and all is forgotten
            device.gone = False
            device.unplug()
            focus.value = 0
            kernel.devices = {PATH: device}
            life.nudge()

    kernel.on_wait = happen
    thread = threading.Thread(target=CameraKeeper(camera, slot, clock, hear).run, args=(life,))
    thread.start()
    thread.join(10)
    assert not thread.is_alive()
    assert said == [EventKind.CAMERA_LOST, EventKind.CAMERA_BACK]
    assert focus.value == 30
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert device.open_files == 0


# ---- opening -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (errno.ENOENT, "is not there: check the camera's plug, or correct camera.source"),
        (errno.ENODEV, "is gone: check the camera's plug and cable"),
        (errno.EACCES, r"no permission for .*group video \(sudo usermod -aG video"),
        (errno.EBUSY, r"in use by another program: .*\(fuser -v "),
        (errno.ENOTTY, "is no camera: correct camera.source"),
        (errno.EIO, r"does not answer as a camera does \(Input/output error\)"),
    ],
)
def test_what_keeps_it_from_opening_is_told_with_what_to_do(camera, kernel, code, words):
    kernel.devices[PATH] = code
    with pytest.raises(CameraError, match=words) as caught:
        camera.open()
    assert PATH in str(caught.value)


@pytest.mark.parametrize(
    ("request_number", "code", "words"),
    [
        (5, errno.EBUSY, "in use by another program"),
        (8, errno.EBUSY, "in use by another program"),
        (18, errno.ENOSPC, "its USB bus has no room for this picture: lower camera.width"),
        (2, errno.EIO, "does not answer"),
        (22, errno.EPROTO, "does not answer"),
        (103, errno.ENODEV, "is gone"),
        (5, errno.ETIMEDOUT, "does not answer"),
        (0, errno.ENOTTY, "is no camera"),
    ],
)
def test_a_failed_open_leaves_nothing_behind(clock, kernel, device, request_number, code, words):
    camera = make(clock, kernel, controls={"focus_absolute": 1})
    device.faults = {request_number: code}
    with pytest.raises(CameraError, match=words):
        camera.open()
    assert (device.open_files, device.mapped, camera.picture) == (0, 0, None)
    device.faults = {}
    camera.open()
    assert device.streaming


def test_the_metadata_node_of_a_camera_is_refused(camera, device):
    device.can = META | STREAMING
    with pytest.raises(CameraError, match=r"metadata.*take the path that ends with index0"):
        camera.open()


@pytest.mark.parametrize("can", [CAPTURE, STREAMING, 0x8000])
def test_a_node_that_gives_no_pictures_is_refused(camera, device, can):
    device.can, device.card = can, "bcm2835-codec-decode"
    with pytest.raises(CameraError, match=r"\(bcm2835-codec-decode\) gives no pictures"):
        camera.open()
    assert device.open_files == 0


# ---- pictures that are not as asked ------------------------------------------------------------


def test_another_size_or_rate_is_said_once_and_used(clock, kernel, device, caplog):
    device.formats = {"YUYV": [(640, 480)], "MJPG": [(640, 480), (1280, 720)]}
    device.rates = (30,)
    camera = make(clock, kernel)
    camera.open()
    said = (
        "camera gives 1280x720 MJPG at 30 fps, not 1920x1080 MJPG at 15 fps "
        "(it has MJPG in 640x480, 1280x720)"
    )
    assert camera.complaints == (said,)
    camera.open()
    assert [record.message for record in caplog.records] == [said]
    device.rates = (10,)
    camera.open()
    assert len(caplog.records) == 2


def test_another_rate_alone_is_said_too(clock, kernel, device):
    device.rates = (30,)
    camera = make(clock, kernel)
    camera.open()
    assert camera.complaints == (
        "camera gives 1920x1080 MJPG at 30 fps, not 1920x1080 MJPG at 15 fps",
    )


def test_a_rate_of_television_is_what_was_meant(clock, kernel, device):
    camera = make(clock, kernel, fps=30.0)
    device.do_22 = lambda it: (
        setattr(it.capture, "numerator", 1001),
        setattr(it.capture, "denominator", 30000),
    )
    camera.open()
    assert camera.complaints == ()


@pytest.mark.parametrize("code", [errno.EINVAL, errno.ENOTTY, 0])
def test_a_camera_without_rates_is_no_mistake(camera, device, code):
    device.faults, device.rates = {22: code}, (0,)
    camera.open()
    assert str(camera.picture) == "1920x1080 MJPG"
    assert camera.complaints == ()


def bars(height=8, width=16):
    """A colour picture of two halves: pure blue left, white right."""
    picture = np.full((height, width, 3), 255, np.uint8)
    picture[:, : width // 2] = (255, 0, 0)
    return picture


def buffer_of(picture, fourcc, padding):
    planar = cv2.cvtColor(picture, cv2.COLOR_BGR2YUV_I420).reshape(-1)
    y, u, v = np.split(planar, [picture[..., 0].size, picture[..., 0].size * 5 // 4])
    height, width = picture.shape[:2]
    y, u, v = y.reshape(height, width), u.reshape(height // 2, -1), v.reshape(height // 2, -1)
    wide_u, wide_v = np.repeat(u, 2, 0), np.repeat(v, 2, 0)
    pairs = np.stack([y[:, ::2], wide_u, y[:, 1::2], wide_v], -1).reshape(height, -1)
    rows = {
        "YUYV": pairs,
        "UYVY": np.stack([wide_u, y[:, ::2], wide_v, y[:, 1::2]], -1).reshape(height, -1),
        "GREY": cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY),
        "BGR3": picture.reshape(height, -1),
        "RGB3": picture[..., ::-1].reshape(height, -1),
        "NV12": np.concatenate([y, np.stack([u, v], -1).reshape(height // 2, -1)]),
    }
    if fourcc == "YU12":
        pad = [np.pad(y, ((0, 0), (0, padding)))]
        pad += [np.pad(plane, ((0, 0), (0, padding // 2))) for plane in (u, v)]
        return b"".join(plane.tobytes() for plane in pad)
    return np.pad(rows[fourcc], ((0, 0), (0, padding))).tobytes()


@pytest.mark.parametrize("padding", [0, 32])
@pytest.mark.parametrize("fourcc", ["YUYV", "UYVY", "NV12", "YU12", "GREY", "BGR3", "RGB3"])
def test_without_jpeg_its_pictures_are_converted(clock, kernel, device, fourcc, padding, caplog):
    device.formats, device.rates = {"BA81": [(16, 8)], fourcc: [(16, 8)]}, (5,)
    device.padding = padding
    camera = make(clock, kernel, width=16, height=8, fps=5.0)
    camera.open()
    device.expose(buffer_of(bars(), fourcc, padding), 1000)
    picture = camera.read(1001).look()
    expected = cv2.cvtColor(bars(), cv2.COLOR_BGR2GRAY) if fourcc == "GREY" else bars()
    assert picture.shape == expected.shape
    assert picture.dtype == np.uint8
    assert np.abs(picture.astype(int) - expected)[:, [2, 13]].max() <= 6
    assert [record.message for record in caplog.records] == [
        f"camera gives 16x8 {fourcc} at 5 fps, not 16x8 MJPG at 5 fps"
    ]


def test_a_converted_picture_that_came_short_is_told_when_looked_at(clock, kernel, device):
    device.formats = {"YUYV": [(16, 8)]}
    camera = make(clock, kernel, width=16, height=8)
    camera.open()
    device.expose(bytes(16 * 8 * 2 - 1), 1000)
    frame = camera.read(1001)
    with pytest.raises(PictureError, match="incomplete"):
        frame.look()


def test_a_camera_with_pictures_nobody_can_read_is_refused(camera, device):
    device.formats = {"BA81": [(640, 480)], "H264": [(640, 480)]}
    with pytest.raises(CameraError, match="pictures only as BA81; H264: take a camera with MJPG"):
        camera.open()


def test_a_driver_that_lists_nothing_is_asked_for_jpeg(camera, device):
    device.faults = {2: errno.ENOTTY}
    camera.open()
    assert str(camera.picture) == "1920x1080 MJPG at 15 fps"
