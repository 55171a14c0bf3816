"""A real V4L2 device: a USB camera, or one of the kernel's own (vivid, v4l2loopback with a feed).

``VIN_KIOSK_CAMERA`` names it; without that the first camera of the machine is taken. The device
must be free and give pictures. Pulling and plugging it is not tried here. What it gave is logged:
``--log-cli-level=INFO`` shows it.
"""

import itertools
import logging
import os
import time
from pathlib import Path

import numpy as np
import pytest

from kiosk.camera.controls import list_controls
from kiosk.camera.devices import capture_devices
from kiosk.camera.formats import JPEG, modes_of
from kiosk.camera.node import opened
from kiosk.camera.v4l2 import V4l2Camera, V4l2Settings
from kiosk.camera.videodev2 import CAP_VIDEO_CAPTURE
from kiosk.clock import SystemClock
from kiosk.errors import CameraError

pytestmark = pytest.mark.hardware("camera")

_log = logging.getLogger(__name__)
CLOCK = SystemClock()
PATIENCE_S = 20.0  # an emulated machine is slow
HARMLESS = {
    *("brightness", "contrast", "saturation", "hue", "sharpness", "gamma"),
    *("power_line_frequency", "backlight_compensation", "test_pattern"),
    "timeout",  # v4l2loopback's: until its own picture is shown
}


@pytest.fixture(scope="module")
def path():
    named = os.environ.get("VIN_KIOSK_CAMERA")
    return named or next(device.path for device in capture_devices() if device.problem is None)


@pytest.fixture
def make(path):
    """Make cameras of this device; all are closed at the end."""
    made = []

    def camera(width=640, height=480, fps=15.0, controls=None, where=path):
        made.append(V4l2Camera(V4l2Settings(where, width, height, fps, controls or {}), CLOCK))
        return made[-1]

    yield camera
    for camera in made:
        camera.close()


def frames_of(camera, count):
    frames = [camera.read(CLOCK.monotonic() + PATIENCE_S) for _ in range(count)]
    assert None not in frames
    return frames


def test_frames_come_in_order_with_times_of_our_clock(make):
    camera = make()
    camera.open()
    opened_at = CLOCK.monotonic()
    frames = frames_of(camera, 20)
    stamps = [frame.taken_at for frame in frames]
    _log.info("%s, a frame after %s s", camera.picture, np.diff(stamps).round(3).tolist())
    assert [frame.number for frame in frames] == list(range(1, 21))
    assert all(earlier < later for earlier, later in itertools.pairwise(stamps))
    assert opened_at < stamps[-1] <= CLOCK.monotonic()


def test_a_frame_decodes_to_the_size_that_the_camera_reports(make):
    camera = make()
    camera.open()
    image = frames_of(camera, 5)[-1].look()
    geometry = camera.picture.geometry
    assert image.shape[:2] == (geometry.height, geometry.width)
    assert image.dtype == np.uint8
    assert image.std() > 0


def test_what_waited_in_the_queue_is_older_than_the_press(make):
    camera = make()
    camera.open()
    frames_of(camera, 2)
    time.sleep(1.0)  # nobody reads: the driver fills its queue by itself
    pressed_at = CLOCK.monotonic()
    stale = 0
    while frames_of(camera, 1)[0].taken_at <= pressed_at:
        stale += 1
    _log.info("%d frames waited", stale)
    assert 1 <= stale <= 8


def test_what_is_not_as_asked_is_told(make):
    camera = make(width=333, height=77, fps=7.0)
    camera.open()
    given = camera.picture
    size = (given.geometry.width, given.geometry.height)
    exactly = size == (333, 77) and given.fps in (None, 7.0) and given.format in JPEG
    _log.info("%s", camera.complaints)
    assert bool(camera.complaints) != exactly
    assert frames_of(camera, 2)[1].look().shape[:2] == (given.geometry.height, given.geometry.width)


def test_it_is_listed_with_what_it_can_give(make, path):
    node = Path(path).resolve()
    (device,) = [device for device in capture_devices() if Path(device.node) == node]
    assert device.problem is None
    assert device.name
    camera = make()
    camera.open()
    modes = {mode.format: mode for mode in modes_of(path)}
    _log.info("%s; %s", device, "; ".join(map(str, modes.values())))
    assert camera.picture.format in modes


def test_controls_are_set_and_read_back(make, path):
    before = {control.name: control for control in list_controls(path)}
    tried = [before[name] for name in sorted(HARMLESS & set(before)) if not before[name].inactive]
    assert tried, f"no control to try; the device has {', '.join(before) or 'none'}"
    try:
        for end in ("minimum", "maximum"):
            values = {control.name: getattr(control, end) for control in tried}
            camera = make(controls={n: before[n].menu.get(v, v) for n, v in values.items()})
            camera.open()
            camera.close()
            now = {control.name: control.value for control in list_controls(path)}
            refused = " ".join(camera.complaints)
            for name, value in values.items():
                assert now[name] == value or name in refused
            assert any(now[name] == value for name, value in values.items())
    finally:
        restored = make(controls={control.name: control.value for control in tried})
        restored.open()
    after = {control.name: control.value for control in list_controls(path)}
    assert [after[control.name] for control in tried] == [control.value for control in tried]


def test_a_wrong_controls_name_is_told_with_the_nearest(make, path):
    names = [control.name for control in list_controls(path)]
    wrong = f"{names[0]}x"
    camera = make(controls={wrong: 1})
    camera.open()
    (said,) = [said for said in camera.complaints if said.startswith("control")]
    assert said.startswith(f"control {wrong} is unknown, did you mean {names[0]}?")
    assert ", ".join(names) in said
    assert frames_of(camera, 1)


def test_a_second_reader_does_not_disturb_the_first(make):
    first, second = make(), make()
    first.open()
    frames_of(first, 2)
    refused = None
    try:
        second.open()
    except CameraError as error:
        refused = str(error)
    # v4l2loopback lets many read
    assert refused is None or "in use by another program" in refused
    assert frames_of(first, 2)


def test_what_is_no_camera_is_refused(make, tmp_path):
    (tmp_path / "file").touch()
    for where in (tmp_path, tmp_path / "file", Path("/dev/null")):
        with pytest.raises(CameraError, match="is no camera"):
            make(where=str(where)).open()
    with pytest.raises(CameraError, match=r"is not there: .*\(cameras here: /dev/"):
        make(where=str(tmp_path / "nothing")).open()
    for node in _other_nodes():
        with pytest.raises(CameraError, match=r"not its pictures|gives no pictures"):
            make(where=node).open()


def _other_nodes():
    for node in sorted(Path("/dev").glob("video*")):
        with opened(str(node)) as camera:
            if not camera.capability().can & CAP_VIDEO_CAPTURE:
                yield str(node)


def test_it_opens_again_and_again(make):
    camera = make()
    for _ in range(3):
        camera.open()
        assert frames_of(camera, 2)
        camera.close()
    descriptors = len(list(Path("/proc/self/fd").iterdir()))
    camera.open()
    frames_of(camera, 1)
    camera.close()
    assert len(list(Path("/proc/self/fd").iterdir())) == descriptors
