"""Videos through FFmpeg, as OpenCV carries it: quiet, and decoding no more than must be.

FFmpeg writes to stderr by itself, and what it writes may name an address with all that is in it.
OpenCV takes its settings for FFmpeg from the environment only, that of the log once, when FFmpeg is
first used. ``prepare_ffmpeg`` makes them for the process; every camera that uses this module calls
it when it is made, before any thread runs (setenv(3) is not safe beside them).
"""

import math
import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Self, cast

import cv2

from kiosk.camera.jpeg import looks_whole
from kiosk.model import Image
from kiosk.vision.picture import decode_picture

_QUIET = "-8"  # AV_LOG_QUIET
_OPTIONS = "rtsp_flags;prefer_tcp|fpsprobesize;0"
"""How FFmpeg opens a stream: RTSP over TCP first, as OpenCV itself has it; and without twenty
pictures to find out the frame rate (1.3 s at 15 a second), which nobody asks of a live stream."""
_CV_ERRORS = 2  # LOG_LEVEL_ERROR: warnings of OpenCV name the address too
_JPEG_CODES = {"mjpg", "jpeg"}  # packets are whole JPEGs: AVI, Matroska and RTP; QuickTime
_PACKETS = -1  # CAP_PROP_FORMAT: undecoded
_FPS_MAX = 240.0  # files without a frame rate claim their time base, 90,000 say


def prepare_ffmpeg() -> None:
    """Set how FFmpeg opens streams, unless the environment does already, and silence it.

    What must be said, a CameraError says.
    """
    os.environ["OPENCV_FFMPEG_LOGLEVEL"] = _QUIET
    os.environ.setdefault("OPENCV_FFMPEG_CAPTURE_OPTIONS", _OPTIONS)
    cv2.utils.logging.setLogLevel(min(cv2.utils.logging.getLogLevel(), _CV_ERRORS))


@dataclass(frozen=True, slots=True)
class Limits:
    """How long FFmpeg may block, s: to open (connect, probe), and for one picture.

    Name resolution is not within them.
    """

    open_s: float
    read_s: float


class Film:
    """An open video. JPEG packets are handed on as they came; all else is decoded at once.

    At 1080p that is 0.4 ms of processor time for a picture, where MPEG-4 takes 6 (on a PC).
    """

    def __init__(self, capture: cv2.VideoCapture) -> None:
        self._capture = capture
        self._is_jpeg = _code(capture) in _JPEG_CODES and not capture.get(
            cv2.CAP_PROP_ORIENTATION_META
        )
        self.fps = _frame_rate(capture)
        self.frames = max(0, int(capture.get(cv2.CAP_PROP_FRAME_COUNT)))  # 0: not known
        if self._is_jpeg:
            capture.set(cv2.CAP_PROP_FORMAT, _PACKETS)

    @classmethod
    def open(cls, name: str, limits: Limits | None = None) -> Self | None:
        """Open a file's path or a stream's address; None where that fails, for whatever reason."""
        settings = [cv2.CAP_PROP_N_THREADS, 1]  # more would hold back a picture for each
        if limits is not None:
            settings += [cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, int(limits.open_s * 1000)]
            settings += [cv2.CAP_PROP_READ_TIMEOUT_MSEC, int(limits.read_s * 1000)]
        capture = cv2.VideoCapture(name, cv2.CAP_FFMPEG, settings)
        if not capture.isOpened():
            capture.release()
            return None
        return cls(capture)

    @property
    def position_s(self) -> float:
        """When the present picture is due, s from the beginning, as the sender wrote it."""
        return float(self._capture.get(cv2.CAP_PROP_POS_MSEC)) / 1000

    def advance(self) -> bool:
        """Go to the next picture; False at the end, or where one is damaged beyond reading."""
        return bool(self._capture.grab())

    def rewind(self) -> None:
        """Go back to the beginning, where the container allows it."""
        self._capture.set(cv2.CAP_PROP_POS_FRAMES, 0)

    def look(self) -> Callable[[], Image] | None:
        """Take the present picture; None where it arrived damaged.

        The result gives H×W×3 BGR uint8 (a film of JPEGs: H×W grey), and raises PictureError for
        damage that only decoding shows.
        """
        there, got = self._capture.retrieve()
        if not there or got is None:
            return None
        if not self._is_jpeg:
            picture = cast("Image", got)
            return lambda: picture
        data = got.tobytes()
        return partial(decode_picture, data, grey=True) if looks_whole(data) else None

    def close(self) -> None:
        """Let the file or the line go."""
        self._capture.release()


def _code(capture: cv2.VideoCapture) -> str:
    number = int(capture.get(cv2.CAP_PROP_FOURCC)) & 0xFFFFFFFF
    return number.to_bytes(4, "little").decode("latin-1").lower()


def _frame_rate(capture: cv2.VideoCapture) -> float | None:
    fps = float(capture.get(cv2.CAP_PROP_FPS))
    return fps if math.isfinite(fps) and 0 < fps <= _FPS_MAX else None
