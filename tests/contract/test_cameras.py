"""Every camera: stamped frames in time, losses told, and found again by itself."""

import os
import subprocess
import threading
from pathlib import Path

import cv2
import numpy as np
import pytest

from kiosk.camera.keeper import CameraKeeper
from kiosk.camera.simulated import SimulatedCamera
from kiosk.camera.simulated_stream import Login, SimulatedHttpStream, SimulatedRtspStream
from kiosk.camera.slot import LatestFrame
from kiosk.camera.stream import StreamCamera
from kiosk.camera.video import VideoCamera
from kiosk.clock import SystemClock
from kiosk.errors import CameraError
from kiosk.model import EventKind
from kiosk.supervisor import Life

CLOCK = SystemClock()
FPS = 10.0
WIDTH, HEIGHT = 320, 240
SECRETS = ("the-user", "the-password", "the-token")
PATIENCE_S = 15.0  # for what must happen at all
LATE_S = 1.0  # on a busy machine; a camera's own work on one picture is some milliseconds
BACK_S = 5.0


def scene(number=0):
    """A picture with something in it, and a bar that tells one from the next."""
    rows, columns = np.mgrid[0:HEIGHT, 0:WIDTH]
    picture = np.stack([rows % 256, columns % 256, (rows + columns) % 256], axis=2)
    picture[:, 16 * number % WIDTH :][:, :16] = 255
    return picture.astype(np.uint8)


def film(path, code, pictures=12):
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*code), FPS, (WIDTH, HEIGHT))
    for number in range(pictures):
        writer.write(scene(number))
    writer.release()
    return path


class FileBench:
    """A camera that shows a file; it is lost with the file."""

    def __init__(self, folder, name, make):
        self.present = folder / name
        self.away = folder / f"away-{name}"
        self.make = make

    def camera(self):
        return self.make(self.present)

    def absent(self):
        return self.make(self.present.with_name(f"not-{self.present.name}"))

    def lose(self):
        self.present.rename(self.away)

    def restore(self):
        self.away.rename(self.present)

    def close(self):
        pass


class StreamBench:
    """A network camera with a login; it is lost when it refuses connections."""

    def __init__(self, stream):
        self.stream = stream
        self.url = stream.url_for("the-user", "the-password", query="the-token")
        with type(stream)(scene()) as other:
            self.nobody = other.url_for("the-user", "the-password", query="the-token")

    def camera(self):
        return StreamCamera(self.url, CLOCK, latency_s=0.0)

    def absent(self):
        return StreamCamera(self.nobody, CLOCK, latency_s=0.0)

    def lose(self):
        self.stream.refuse()

    def restore(self):
        self.stream.admit()

    def close(self):
        self.stream.close()


class DeviceBench:
    """The device that VIN_KIOSK_CAMERA names, lost by taking its driver away (as root)."""

    def __init__(self):
        self.path = os.environ["VIN_KIOSK_CAMERA"]
        device = Path("/sys/class/video4linux", Path(self.path).resolve().name, "device").resolve()
        self.name, self.driver = device.name, (device / "driver").resolve()

    def camera(self):
        return self.at(self.path)

    def absent(self):
        return self.at("/dev/v4l/by-path/no-such-camera")

    def at(self, path):
        from kiosk.camera.v4l2 import V4l2Camera, V4l2Settings  # noqa: PLC0415

        return V4l2Camera(V4l2Settings(path, 640, 480, FPS, {}), CLOCK)

    def lose(self):
        (self.driver / "unbind").write_text(self.name)

    def restore(self):
        (self.driver / "bind").write_text(self.name)
        subprocess.run(["udevadm", "settle"], check=True)  # the link by path is udev's work

    def close(self):
        if not Path(self.path).exists():
            self.restore()


def simulated(folder):
    cv2.imwrite(str(folder / "view.png"), scene())
    return FileBench(folder, "view.png", lambda path: SimulatedCamera(path, CLOCK, fps=FPS))


def video_mjpeg(folder):
    return FileBench(film(folder / "lane.avi", "MJPG").parent, "lane.avi", video)


def video_mpeg4(folder):
    return FileBench(film(folder / "lane.mp4", "mp4v").parent, "lane.mp4", video)


def video(path):
    return VideoCamera(path, CLOCK)


def http_stream(folder):
    login = Login("the-user", "the-password", "digest")
    return StreamBench(SimulatedHttpStream(scene(), fps=FPS, login=login))


def rtsp_stream(folder):
    return StreamBench(SimulatedRtspStream(scene(), fps=FPS, login=Login(*SECRETS[:2])))


def v4l2(folder):
    return DeviceBench()


def adapter(make, name, *marks, only=None):
    return pytest.param(
        make, id=name, marks=[pytest.mark.contract("cameras", name, only=only), *marks]
    )


@pytest.fixture(
    params=[
        adapter(simulated, "simulated"),
        adapter(video_mjpeg, "video-mjpeg"),
        adapter(video_mpeg4, "video-mpeg4"),
        adapter(http_stream, "http"),
        adapter(rtsp_stream, "rtsp"),
        adapter(
            v4l2,
            "v4l2",
            pytest.mark.hardware("camera"),
            only="in the virtual machine (scripts/vm-test)",
        ),
    ]
)
def bench(request, tmp_path):
    bench = request.param(tmp_path)
    yield bench
    bench.close()


@pytest.fixture
def camera(bench):
    camera = bench.camera()
    yield camera
    camera.close()


def frame_of(camera):
    """The next frame that comes."""
    end = CLOCK.monotonic() + PATIENCE_S
    while CLOCK.monotonic() < end:
        if (frame := camera.read(CLOCK.monotonic() + 1.0)) is not None:
            return frame
    raise AssertionError("no frame came")


def read_until_lost(camera):
    end = CLOCK.monotonic() + PATIENCE_S
    while CLOCK.monotonic() < end:
        camera.read(CLOCK.monotonic() + 1.0)


def harmless(text):
    return not any(secret in text for secret in SECRETS)


def test_frames_rise_in_number_and_time_and_none_is_from_the_future(camera):
    began = CLOCK.monotonic()
    camera.open()
    frames, read_at = [], []
    for _ in range(5):
        frames.append(frame_of(camera))
        read_at.append(CLOCK.monotonic())
    numbers = [frame.number for frame in frames]
    stamps = [frame.taken_at for frame in frames]
    assert numbers == sorted(set(numbers))
    assert stamps == sorted(set(stamps))
    assert began < stamps[1]
    assert all(stamp <= at for stamp, at in zip(stamps, read_at, strict=True))
    assert read_at[-1] - stamps[-1] < LATE_S


def test_a_frame_gives_its_picture_whenever_and_as_often_as_it_is_asked(camera):
    camera.open()
    frame = frame_of(camera)
    first = frame.look().copy()
    assert first.ndim == 2 or first.shape[2:] == (3,)
    assert first.dtype == np.uint8
    assert first.std() > 10
    frame_of(camera)  # the camera goes on
    assert np.array_equal(frame.look(), first)


def test_read_gives_up_at_its_deadline(camera):
    camera.open()
    frame_of(camera)
    began = CLOCK.monotonic()
    gave_up = 0
    for _ in range(5):
        gave_up += camera.read(CLOCK.monotonic() + 0.005) is None
    assert gave_up >= 3  # so short a time holds one picture, or two on a machine that is busy
    assert CLOCK.monotonic() - began < LATE_S


def test_a_lost_camera_is_told_and_gives_frames_again_when_it_is_back(bench, camera):
    camera.open()
    last = frame_of(camera)
    bench.lose()
    with pytest.raises(CameraError) as told:
        read_until_lost(camera)
    assert harmless(str(told.value))
    camera.close()
    with pytest.raises(CameraError) as told:
        camera.open()
    assert harmless(str(told.value))
    camera.close()
    bench.restore()
    camera.open()
    frame = frame_of(camera)
    assert frame.number > last.number
    assert frame.taken_at > last.taken_at
    assert frame.look().std() > 10


def test_a_camera_may_be_closed_twice_unopened_and_opened_again(camera):
    camera.close()
    camera.open()
    first = frame_of(camera)
    camera.close()
    camera.close()
    camera.open()
    assert frame_of(camera).taken_at > first.taken_at


def test_a_camera_that_is_not_there_says_what_to_do_and_no_secret(bench):
    absent = bench.absent()
    with pytest.raises(CameraError, match=r"check|camera\.source|names") as told:
        absent.open()
    assert harmless(str(told.value))
    assert harmless(repr(told.value))
    absent.close()


def test_the_keeper_says_each_loss_and_each_return_once_and_is_back_in_time(bench, camera, caplog):
    caplog.set_level("INFO", logger="kiosk.camera")
    slot, said, changed = LatestFrame(CLOCK), [], threading.Condition()

    def hear(event):
        with changed:
            said.append(event.kind)
            changed.notify_all()

    def heard(kind, seconds):
        with changed:
            return changed.wait_for(lambda: kind in said, seconds)

    life = Life("camera", CLOCK)
    thread = threading.Thread(target=CameraKeeper(camera, slot, CLOCK, hear).run, args=(life,))
    thread.start()
    try:
        assert slot.newer_than(0.0, CLOCK.monotonic() + PATIENCE_S)
        bench.lose()
        assert heard(EventKind.CAMERA_LOST, PATIENCE_S)
        assert harmless(slot.problem)
        bench.restore()
        assert heard(EventKind.CAMERA_BACK, BACK_S)
        assert slot.newer_than(CLOCK.monotonic(), CLOCK.monotonic() + PATIENCE_S)
    finally:
        life.stop()
        thread.join(PATIENCE_S)
    assert not thread.is_alive()
    assert said == [EventKind.CAMERA_LOST, EventKind.CAMERA_BACK]
    messages = [r.getMessage() for r in caplog.records if r.name == "kiosk.camera.keeper"]
    assert [message.split(":")[0].split(" after")[0] for message in messages] == [
        "camera lost",
        "camera back",
    ]
    assert all(harmless(message) for message in messages)
