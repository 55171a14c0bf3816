"""What the doctor sees through a camera: pace, light, sharpness, label."""

import re
from dataclasses import replace
from functools import cache, partial

import cv2
import numpy as np
import pytest

from kiosk.camera.v4l2 import V4l2Camera
from kiosk.clock import ManualClock, SystemClock
from kiosk.doctor import eye
from kiosk.doctor.daemon import Daemon
from kiosk.doctor.light import light_of
from kiosk.doctor.sharpness import edge_blur, is_blurred, words_for_blur
from kiosk.doctor.watching import watch
from kiosk.errors import CameraError, PictureError
from kiosk.model import Frame
from kiosk.simulate.levels import sample
from kiosk.simulate.presets import car, foreign, not_a_vin, two_labels
from kiosk.simulate.scene import render
from kiosk.simulate.spec import Symbology

VIN, OTHER = "1M8GDM9AXKP042788", "5YJSA1E27HF000337"
SEED = 100_001  # of scenes made while developing


@cache
def grey_of(spec):
    return cv2.cvtColor(render(spec).image, cv2.COLOR_BGR2GRAY)


# ---- sharpness ----------------------------------------------------------------------------------


@pytest.mark.parametrize(("level", "seed"), [("clear", SEED), ("hard", SEED + 3)])
def test_the_number_grows_with_the_blur_and_the_words_with_it(level, seed):
    spec = replace(sample(level, seed), motion_px=0)
    blurs = [edge_blur(grey_of(replace(spec, defocus=part))) for part in (0.2, 0.6, 0.9, 2.0)]
    assert blurs == sorted(blurs)
    words = [words_for_blur(blur) for blur in blurs]
    assert (words[0], words[-1]) == ("sharp", "blurred")
    assert "a little soft" in words


def test_contrast_and_noise_hardly_change_the_number():
    spec = replace(sample("clear", SEED), motion_px=0, defocus=0.6)
    usual = edge_blur(grey_of(spec))
    faint = edge_blur(grey_of(replace(spec, exposure=spec.exposure * 0.5)))
    noisy = edge_blur(grey_of(replace(spec, noise=8.0)))
    assert abs(faint - usual) < 0.4
    assert abs(noisy - usual) < 0.4


@pytest.mark.parametrize(
    "picture",
    [
        np.full((480, 640), 128, np.uint8),
        np.random.default_rng(1).normal(128, 4, (480, 640)).astype(np.uint8),
        np.zeros((6, 6), np.uint8),
        np.tile(np.linspace(0, 255, 640).astype(np.uint8), (480, 1)),
    ],
    ids=["grey wall", "noise", "tiny", "soft shade"],
)
def test_where_there_are_no_edges_nothing_is_said(picture):
    assert edge_blur(picture) is None


def test_one_limit_parts_blurred_from_usable():
    assert [is_blurred(blur) for blur in (0.0, 2.1, 2.2)] == [False, False, True]


# ---- light --------------------------------------------------------------------------------------


def test_light_is_dark_right_or_blown_out():
    scene = grey_of(replace(sample("clear", SEED), motion_px=0, defocus=0.2))
    right, dark = light_of(scene), light_of((scene // 8).astype(np.uint8))
    blown = light_of(np.clip(scene.astype(int) * 9, 0, 255).astype(np.uint8))
    assert (right.is_too_dark, right.is_blown_out) == (False, False)
    assert (dark.is_too_dark, dark.is_blown_out) == (True, False)
    assert (blown.is_too_dark, blown.is_blown_out) == (False, True)


# ---- watching -----------------------------------------------------------------------------------


class Script:
    """A camera that does as told, on a clock of its own; each step is a frame, None or an error."""

    def __init__(self, clock, steps, interval_s=0.1):
        self.clock = clock
        self.steps = list(steps)
        self.interval_s = interval_s
        self.closed = False

    def open(self):
        pass

    def read(self, deadline):
        step = self.steps.pop(0) if self.steps else None
        if step is None:
            self.clock.advance(max(0.0, deadline - self.clock.monotonic()))
            return None
        self.clock.advance(self.interval_s)
        if isinstance(step, Exception):
            raise step
        return Frame(step, self.clock.monotonic(), 1)

    def close(self):
        self.closed = True


def grey_frame():
    return np.full((120, 160), 90, np.uint8)


def damaged():
    raise PictureError("damaged")


def test_the_pace_is_measured_and_damaged_frames_are_counted():
    clock = ManualClock()
    camera = Script(clock, [grey_frame] * 6 + [damaged, grey_frame])
    watched = watch(camera, clock)
    assert round(watched.fps, 3) == 10.0
    assert (watched.size, watched.damaged, len(watched.pictures)) == ("160×120", 1, 2)
    assert camera.closed


@pytest.mark.parametrize(
    ("steps", "words"),
    [
        ([], "gave no picture within 5 s"),
        ([damaged] * 4, "every picture arrives damaged"),
        ([grey_frame, CameraError("unplugged")], "unplugged"),
    ],
)
def test_a_camera_without_a_usable_picture_is_an_error_and_is_let_go(steps, words):
    clock = ManualClock()
    camera = Script(clock, steps)
    with pytest.raises(CameraError, match=words):
        watch(camera, clock)
    assert camera.closed


def test_one_frame_alone_has_no_pace():
    clock = ManualClock()
    assert watch(Script(clock, [grey_frame]), clock).fps is None


# ---- findings -----------------------------------------------------------------------------------


def look(tree, lane, device, clock=None, **camera):
    config = lane(camera={"source": "/dev/video0", **camera}).camera
    return list(eye.camera_findings(tree.machine, config, clock or SystemClock(), device))


def test_a_camera_with_a_label_in_view_is_well_from_end_to_end(tree, lane, tmp_path, monkeypatch):
    path = tmp_path / "view.jpg"
    path.write_bytes(render(car(VIN, seed=3)).jpeg)
    monkeypatch.setattr(eye, "watch", partial(watch, watch_s=0.4))
    found = look(tree, lane, None, source=f"simulated:{path}", fps=30)
    assert [one.status for one in found] == ["ok"] * 4
    gives, light, sharpness, label = found
    assert "gives 1920×1080 at " in gives.found
    assert (light.about, sharpness.about, label.about) == ("lighting", "sharpness", "label")
    assert "a VIN is read surely; its narrow bars are about" in label.found


def test_a_camera_that_fails_says_why_and_names_those_that_are_there(tree, lane):
    clock = ManualClock()
    (finding,) = look(tree, lane, Script(clock, [CameraError("no such camera")]), clock)
    assert (finding.status, finding.found) == ("fail", "no such camera")
    assert finding.do.startswith("plug the camera in")
    tree.usb("video0", "1-1", index=0)
    by_path = "/dev/v4l/by-path/platform-xhci-hcd.0-usb-0:1:1.0-video-index0"
    (finding,) = look(tree, lane, Script(clock, [CameraError("gone")]), clock)
    assert finding.do == f"write camera.source: {by_path}"
    (finding,) = look(tree, lane, Script(clock, [CameraError("busy")]), clock, source=by_path)
    assert finding.do.startswith(f"sudo fuser -v {by_path}")
    stream = "rtsp://admin:secret@10.0.0.9/live?token=secret"
    (finding,) = look(tree, lane, Script(clock, [CameraError("silent")]), clock, source=stream)
    assert "rtsp://10.0.0.9/live" in finding.do
    assert "secret" not in repr(finding)
    (finding,) = look(tree, lane, Script(clock, [CameraError("x")]), clock, source="/srv/film.mp4")
    assert finding.do == "ls -l /srv/film.mp4"


class Refusing(Script, V4l2Camera):
    """A capture device that could not do all that was asked of it."""

    complaints = ("control focus_absolute is 0, asked 30",)


def test_settings_that_the_camera_refused_are_named(tree, lane):
    clock = ManualClock()
    device = Refusing(clock, [grey_frame] * 4)
    _, refused, *_ = look(tree, lane, device, clock, fps=10)
    assert refused.status == "warn"
    assert refused.found == "it refused: control focus_absolute is 0, asked 30"
    assert "v4l2-ctl --device /dev/video0" in refused.do


def test_a_slow_camera_and_damaged_pictures_are_warnings(tree, lane):
    clock = ManualClock()
    device = Script(clock, [grey_frame] * 7 + [damaged], interval_s=0.2)
    pace, broken, *_ = look(tree, lane, device, clock, fps=15)
    assert pace.status == broken.status == "warn"
    assert "at 5.0 pictures a second, not the 15 asked for" in pace.found
    assert "1 of its last pictures arrived damaged" in broken.found


def test_dark_and_blown_out_pictures_are_warnings():
    dark, *_ = eye.picture_findings((np.zeros((200, 300), np.uint8),))
    blown, *_ = eye.picture_findings((np.full((200, 300), 255, np.uint8),))
    assert (dark.status, blown.status) == ("warn", "warn")
    assert dark.found.startswith("too dark: mean 0 of 255, the brightest parts 0")
    assert blown.found.startswith("blown out")


def test_without_anything_in_view_it_asks_for_a_label():
    _, sharpness, label = eye.picture_findings((np.full((200, 300), 90, np.uint8),))
    assert (sharpness.status, label.status) == ("unknown", "unknown")
    assert label.do == "hold a VIN label where a car's will be"


def label_in(*specs):
    *_, label = eye.picture_findings(tuple(grey_of(spec) for spec in specs))
    return label


def test_each_kind_of_label_has_its_words():
    assert "a Code 39 that is no VIN is read" in label_in(not_a_vin(seed=SEED)).found
    assert "no Code 39" in label_in(foreign(VIN, Symbology.CODE128, SEED)).found
    assert label_in(two_labels(VIN, OTHER, SEED)).found == "two labels are in view"


def test_a_label_that_is_partly_covered_is_seen_but_not_read():
    scene = render(car(VIN, seed=3))
    picture = cv2.cvtColor(scene.image, cv2.COLOR_BGR2GRAY)
    start, end, far_end, far_start = (np.array(point) for point in scene.quad)
    thumb = [start + (end - start) * part for part in (0.4, 0.43)]
    thumb += [far_start + (far_end - far_start) * part for part in (0.43, 0.4)]
    cv2.fillConvexPoly(picture, np.array(thumb).astype(np.int32), 120)
    *_, label = eye.picture_findings((picture,))
    assert label.status == "warn"
    assert "cannot be read surely" in label.found


def test_a_picture_out_of_focus_is_a_warning():
    _, sharpness, _ = eye.picture_findings((grey_of(replace(car(VIN, seed=3), defocus=1.35)),))
    assert sharpness.status == "warn"
    assert sharpness.found.startswith("blurred: edges are ")


def test_a_label_too_small_is_told_with_the_width_of_its_bars():
    spec = replace(car(VIN, seed=3), module_px=1.2, tilt_deg=0, roll_deg=0, defocus=0.2)
    label = label_in(spec)
    assert label.status == "warn"
    assert re.search(r"too small; its narrow bars are about 1\.[0-3] px wide", label.found)


def test_a_blurred_picture_beside_a_sharp_one_counts_as_shaken():
    sharp, blurred = (grey_of(replace(car(VIN, seed=3), defocus=part)) for part in (0.2, 2.0))
    _, sharpness, _ = eye.picture_findings((blurred, sharp))
    assert sharpness.status == "ok"


# ---- a camera that the running lane has ---------------------------------------------------------


def test_the_running_lanes_camera_is_left_to_it():
    well, how = eye.busy_findings("lane1", Daemon(running=True, facts={"camera": "ok"}))
    assert (well.status, well.found) == ("ok", "gives pictures to the running lane")
    assert how.do.splitlines() == [
        "sudo systemctl stop vin-kiosk@lane1",
        "sudo vin-kiosk doctor --lane lane1",
        "sudo systemctl start vin-kiosk@lane1",
    ]
    (lost,) = eye.busy_findings("lane1", Daemon(running=True, facts={"camera": "was unplugged"}))
    assert (lost.status, lost.found) == ("fail", "the running lane says: was unplugged")
    held, _ = eye.busy_findings("lane1", Daemon(problem="may not ask"))
    assert held.found == "is held by the running lane"
