import threading

import cv2
import numpy as np
import pytest

from kiosk.camera.keeper import CameraKeeper
from kiosk.camera.simulated import SimulatedCamera
from kiosk.camera.slot import LatestFrame
from kiosk.clock import ManualClock, SystemClock
from kiosk.errors import CameraError
from kiosk.model import EventKind, Frame
from kiosk.supervisor import Life

CLOCK = SystemClock()


def picture(path, grey):
    fresh = path.with_suffix(".new.png")
    cv2.imwrite(str(fresh), np.full((120, 160, 3), grey, np.uint8))
    fresh.replace(path)
    return path


def brightness(frame):
    return int(round(float(frame.look().mean()) / 50) * 50)


def test_the_view_follows_the_file_and_every_frame_is_another(tmp_path):
    path = picture(tmp_path / "view.png", 50)
    camera = SimulatedCamera(path, CLOCK, fps=1000)
    camera.open()
    frames = [camera.read(CLOCK.monotonic() + 1) for _ in range(3)]
    assert [brightness(frame) for frame in frames] == [50, 50, 50]
    assert [frame.number for frame in frames] == [1, 2, 3]
    assert frames[0].taken_at < frames[1].taken_at < frames[2].taken_at
    assert not np.array_equal(frames[0].look(), frames[1].look())
    picture(path, 200)
    assert brightness(camera.read(CLOCK.monotonic() + 1)) == 200


def test_no_frame_comes_before_its_time(tmp_path):
    camera = SimulatedCamera(picture(tmp_path / "view.png", 50), CLOCK, fps=0.01)
    camera.open()
    assert camera.read(CLOCK.monotonic() + 1) is not None
    assert camera.read(CLOCK.monotonic() + 0.01) is None


@pytest.mark.parametrize("content", [None, b"no picture"])
def test_a_missing_or_broken_picture_is_a_lost_camera(tmp_path, content):
    path = tmp_path / "view.png"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(CameraError, match=r"view\.png"):
        SimulatedCamera(path, CLOCK).open()


def test_a_lost_camera_is_said_once_and_found_again(tmp_path, caplog):
    caplog.set_level("INFO")
    path = picture(tmp_path / "view.png", 50)
    slot, said, changed = LatestFrame(CLOCK), [], threading.Condition()

    def hear(event):
        with changed:
            said.append(event.kind)
            changed.notify_all()

    def heard(kind):
        with changed:
            return changed.wait_for(lambda: kind in said, 10)

    keeper = CameraKeeper(SimulatedCamera(path, CLOCK, fps=100), slot, CLOCK, hear)
    life = Life("camera", CLOCK)
    thread = threading.Thread(target=keeper.run, args=(life,))
    thread.start()
    try:
        assert slot.newer_than(0.0, CLOCK.monotonic() + 10) is not None
        assert slot.problem is None
        path.unlink()
        assert heard(EventKind.CAMERA_LOST)
        assert "view.png" in slot.problem
        picture(path, 50)
        assert heard(EventKind.CAMERA_BACK)
        assert slot.newer_than(CLOCK.monotonic(), CLOCK.monotonic() + 10) is not None
    finally:
        life.stop()
        thread.join(10)
    assert said == [EventKind.CAMERA_LOST, EventKind.CAMERA_BACK]
    assert [r.message.split(":")[0].split(" after")[0] for r in caplog.records] == [
        "camera lost",
        "camera back",
    ]


class Stalled:
    """A camera that opens and then gives nothing, on a clock that runs ahead."""

    def __init__(self, clock):
        self.clock = clock
        self.opened = 0

    def open(self):
        self.opened += 1

    def read(self, deadline):
        self.clock.advance(1.0)

    def close(self):
        pass


def test_a_stalled_camera_counts_as_lost_and_is_opened_again():
    clock = ManualClock()
    camera, slot = Stalled(clock), LatestFrame(clock)
    life = Life("camera", clock)
    said = []

    def hear(event):
        said.append(event.kind)
        life.stop()

    CameraKeeper(camera, slot, clock, hear).run(life)
    assert said == [EventKind.CAMERA_LOST]
    assert "no picture for 5 s" in slot.problem


def test_a_lost_camera_is_let_go_of_before_it_is_waited_for():
    """A USB camera whose node is still held comes back under another number."""
    clock = ManualClock()
    camera, life, order = Stalled(clock), Life("camera", clock), []

    def lose(deadline):
        raise CameraError("unplugged")

    def wait(seconds):
        order.append("wait")
        if order.count("wait") == 2:
            life.stop()

    camera.read = lose
    camera.close = lambda: order.append("close")
    life.wait = wait
    CameraKeeper(camera, LatestFrame(clock), clock, lambda event: order.append("told")).run(life)
    assert order == ["told", "close", "wait", "close", "wait"]


def test_a_camera_that_opens_slowly_is_no_wedged_worker():
    clock = ManualClock()
    camera, life, left = Stalled(clock), Life("camera", clock), []

    def open_slowly():
        clock.advance(45)
        left.append(life.seconds_left)
        life.stop()

    camera.open = open_slowly
    CameraKeeper(camera, LatestFrame(clock), clock, lambda event: None).run(life)
    assert left[0] > 0


def test_frames_with_old_stamps_are_no_stall():
    clock = ManualClock()
    camera, life, said = Stalled(clock), Life("camera", clock), []
    shots = [Frame(lambda: np.zeros((1, 1), np.uint8), clock.monotonic() - 60, 1), None, None]

    def read(deadline):
        clock.advance(1)
        if len(shots) == 1:
            life.stop()
        return shots.pop(0)

    camera.read = read
    CameraKeeper(camera, LatestFrame(clock), clock, lambda event: said.append(event.kind)).run(life)
    assert said == []
    assert shots == []


class Slow(Stalled):
    """A camera whose frames are eight seconds old, and do not come at every read."""

    def read(self, deadline):
        self.opened += 1
        self.clock.advance(1.0)
        return Frame(lambda: None, self.clock.monotonic() - 8, 1) if self.opened % 2 else None


def test_a_camera_that_is_seconds_behind_is_not_stalled():
    clock = ManualClock()
    life, said = Life("camera", clock), []

    class Until(Slow):
        def read(self, deadline):
            if self.opened > 20:
                life.stop()
            return super().read(deadline)

    CameraKeeper(Until(clock), LatestFrame(clock), clock, said.append).run(life)
    assert said == []


def test_the_slot_keeps_only_the_newest_frame():
    slot = LatestFrame(CLOCK)
    image = np.zeros((1, 1), np.uint8)
    slot.put(Frame(lambda: image, 1.0, 1))
    slot.put(Frame(lambda: image, 2.0, 2))
    assert slot.newer_than(0.0, 0.0).number == 2
    assert slot.newer_than(2.0, CLOCK.monotonic() + 0.01) is None
    slot.lose("unplugged")
    assert slot.newer_than(0.0, CLOCK.monotonic() + 0.01) is None
    assert slot.problem == "unplugged"
