"""A camera of the kernel's Video4Linux: a USB camera, named by its path."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from kiosk.camera.adjust import adjust
from kiosk.camera.formats import JPEG, Picture, settle
from kiosk.camera.jpeg import jpeg_frame, looks_whole
from kiosk.camera.node import KERNEL, Kernel, VideoNode
from kiosk.camera.pixels import convert
from kiosk.camera.ring import Ring, Shot
from kiosk.camera.stamps import Stamps
from kiosk.camera.troubles import in_words
from kiosk.camera.videodev2 import CAP_META_CAPTURE, CAP_STREAMING, CAP_VIDEO_CAPTURE
from kiosk.clock import Clock
from kiosk.errors import CameraError
from kiosk.model import Frame

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class V4l2Settings:
    """What is asked of the camera; ``controls`` by the names that v4l2-ctl prints."""

    path: str
    width: int
    height: int
    fps: float
    controls: Mapping[str, int | str]


@dataclass(frozen=True, slots=True)
class _Open:
    node: VideoNode
    ring: Ring
    picture: Picture


class V4l2Camera:
    """A capture device, asked for JPEG frames that are decoded only when looked at.

    Every open makes all settings anew: a USB camera forgets them when it is unplugged. What it
    refuses is named in one log line, and the camera goes on as it is.

    A frame's ``taken_at`` is the driver's own time stamp, so that one that waited in the driver's
    queue is not taken for a fresh one. The UVC driver stamps a frame when its first data arrives
    and calls that the start of the exposure (V4L2_BUF_FLAG_TSTAMP_SRC_SOE); other drivers stamp
    its end. Where a driver gives no time, or one of another clock, the time counts at which the
    frame arrived here (``Stamps``).
    """

    def __init__(self, settings: V4l2Settings, clock: Clock, *, kernel: Kernel = KERNEL) -> None:
        self._settings = settings
        self._clock = clock
        self._kernel = kernel
        self._open: _Open | None = None
        self._stamps = Stamps()
        self._number = 0
        self._complaints: tuple[str, ...] = ()

    @property
    def picture(self) -> Picture | None:
        """What the camera gives, while it is open."""
        return self._open.picture if self._open else None

    @property
    def complaints(self) -> tuple[str, ...]:
        """What the camera refused when it was last opened, a sentence each."""
        return self._complaints

    def open(self) -> None:
        """Open the device, make all settings and start it; raise CameraError with what to do."""
        self.close()
        asked = self._settings
        with in_words(asked.path, self._kernel):
            node = VideoNode(asked.path, self._kernel)
            ring = Ring(node)
            try:
                _refuse_what_gives_no_pictures(node)
                picture, refused = settle(node, asked.width, asked.height, asked.fps)
                refused += adjust(node, asked.controls)
                ring.start()
            except BaseException:
                ring.stop()
                node.close()
                raise
        self._open = _Open(node, ring, picture)
        self._stamps.begin(self._clock.monotonic())
        self._complain(refused)

    def read(self, deadline: float) -> Frame | None:
        """Wait for the next whole frame until ``deadline``; CameraError when the camera is gone."""
        if self._open is None:
            raise CameraError(f"{self._settings.path} is not open")
        with in_words(self._settings.path, self._kernel):
            while True:
                asked_at = self._clock.monotonic()
                left = deadline - asked_at
                shot = self._open.ring.next(max(0.0, left))
                if shot is None or shot.waited:
                    self._stamps.note_empty(asked_at)
                if shot is not None and (frame := self._frame(shot, self._open.picture)):
                    return frame
                if shot is None or left <= 0:
                    return None

    def close(self) -> None:
        """Stop the device and let go of it; harmless when it is not open."""
        was, self._open = self._open, None
        if was is not None:
            was.ring.stop()
            was.node.close()

    def _frame(self, shot: Shot, picture: Picture) -> Frame | None:
        now = self._clock.monotonic()
        taken_at = self._stamps.taken_at(shot, now)
        jpeg = picture.format in JPEG
        if taken_at is None or shot.damaged or (jpeg and not looks_whole(shot.data)):
            return None
        self._number += 1
        if jpeg:
            return jpeg_frame(shot.data, taken_at, self._number)
        look = partial(convert, shot.data, picture.format, picture.geometry)
        return Frame(look, taken_at, self._number)

    def _complain(self, refused: tuple[str, ...]) -> None:
        if refused and refused != self._complaints:
            _log.warning("%s", "; ".join(refused))
        self._complaints = refused


def _refuse_what_gives_no_pictures(node: VideoNode) -> None:
    device = node.capability()
    needed = CAP_VIDEO_CAPTURE | CAP_STREAMING
    if device.can & needed == needed:
        return
    if device.can & CAP_META_CAPTURE:
        raise CameraError(
            f"{node.path} gives the camera's metadata, not its pictures: take the path that ends "
            "with index0"
        )
    raise CameraError(f"{node.path} ({device.card}) gives no pictures: correct camera.source")
