"""Opens a camera as the daemon does and watches it for a moment."""

from collections import deque
from dataclasses import dataclass

import cv2
import numpy as np

from kiosk.camera import Camera
from kiosk.clock import Clock
from kiosk.errors import CameraError, PictureError
from kiosk.model import Frame, Image

_FIRST_S = 5.0  # until the first frame: as long as the lane itself waits
_WATCH_S = 2.0  # from then on: a camera needs a moment to adapt to the light
_KEPT = 3
_COLOUR = 3  # dimensions


@dataclass(frozen=True, slots=True)
class Watched:
    """What a camera gave: the pace of its frames, and its last pictures, in grey (H×W uint8)."""

    fps: float | None  # None where there were too few frames to tell
    pictures: tuple[Image, ...]
    damaged: int  # of the last frames

    @property
    def size(self) -> str:
        """Write width and height."""
        height, width = self.pictures[-1].shape
        return f"{width}×{height}"


def watch(camera: Camera, clock: Clock, watch_s: float = _WATCH_S) -> Watched:
    """Watch ``camera`` for ``watch_s`` seconds from its first frame on; closes it.

    Raises CameraError where it cannot be opened, is lost, or gives no picture that can be used.
    """
    try:
        camera.open()
        times, frames = _drain(camera, clock, watch_s)
        pictures, damaged = _look_at(frames)
    finally:
        camera.close()
    if not times:
        raise CameraError(f"the camera opens, but gave no picture within {_FIRST_S:.0f} s")
    if not pictures:
        raise CameraError(f"every picture arrives damaged (the last {damaged} of {len(times)})")
    span = times[-1] - times[0]
    fps = (len(times) - 1) / span if span > 0 else None
    return Watched(fps, pictures, damaged)


def _drain(camera: Camera, clock: Clock, watch_s: float) -> tuple[list[float], list[Frame]]:
    times: list[float] = []
    frames: deque[Frame] = deque(maxlen=_KEPT)
    deadline = clock.monotonic() + _FIRST_S
    while clock.monotonic() < deadline:
        frame = camera.read(deadline)
        if frame is None:
            continue
        if not times:
            deadline = clock.monotonic() + watch_s
        times.append(frame.taken_at)
        frames.append(frame)
    return times, list(frames)


def _look_at(frames: list[Frame]) -> tuple[tuple[Image, ...], int]:
    pictures = []
    for frame in frames:
        try:
            pictures.append(_grey(frame.look()))
        except PictureError:
            continue
    return tuple(pictures), len(frames) - len(pictures)


def _grey(picture: Image) -> Image:
    if picture.ndim != _COLOUR:
        return picture
    return cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY).astype(np.uint8, copy=False)
