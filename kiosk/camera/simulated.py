"""A camera that sees whatever picture lies at a path: for demos, tests and benches.

Replace the file (atomically, by a rename) and the view changes; remove it and the camera is lost.
Frames come at the camera's pace with a little sensor noise, so that no two are the same bytes.
"""

import time
from functools import partial
from pathlib import Path

import cv2
import numpy as np
from cv2.typing import MatLike

from kiosk.clock import Clock
from kiosk.errors import CameraError, PictureError
from kiosk.model import Frame, Image
from kiosk.vision.picture import decode_picture

_NOISE_SD = 1.5  # grey levels, as a quiet sensor has
_CHANNELS = 3


class SimulatedCamera:
    """Shows the picture at ``path``, ``fps`` times a second (Camera protocol)."""

    def __init__(self, path: Path, clock: Clock, *, fps: float = 15.0, seed: int = 0) -> None:
        self._path = path
        self._clock = clock
        self._interval_s = 1.0 / fps
        self._rng = np.random.default_rng(seed)
        self._stamp: tuple[int, int, int] | None = None
        self._view: Image | None = None
        self._noise: MatLike | None = None
        self._number = 0
        self._next_at = 0.0

    def open(self) -> None:
        """Look at the picture once; raise CameraError where there is none."""
        self._stamp = None
        self._look()

    def read(self, deadline: float) -> Frame | None:
        """Wait for the next frame, at most until ``deadline`` (monotonic s)."""
        now = self._clock.monotonic()
        due = max(self._next_at, now)
        if due > deadline:
            time.sleep(max(0.0, deadline - now))
            return None
        time.sleep(due - now)  # the sensor's exposure: the thread has nothing else to do
        view = self._look()
        taken_at = self._clock.monotonic()
        self._next_at = taken_at + self._interval_s
        self._number += 1
        shift = int(self._rng.integers(0, view.shape[0]))
        return Frame(partial(self._exposed, view, shift), taken_at, self._number)

    def close(self) -> None:
        """Forget the picture."""
        self._stamp = None
        self._view = None

    def _look(self) -> Image:
        try:
            status = self._path.stat()
            stamp = (status.st_ino, status.st_mtime_ns, status.st_size)
            if stamp != self._stamp or self._view is None:
                self._view = decode_picture(self._path.read_bytes())
                self._stamp = stamp
        except (OSError, PictureError) as error:
            why = error.strerror if isinstance(error, OSError) else str(error).rstrip(".")
            raise CameraError(
                f"no picture in {self._path} ({why}): put one there, or correct camera.source"
            ) from error
        return self._view

    def _exposed(self, view: Image, shift: int) -> Image:
        """Add sensor noise: a slice of one prepared sheet, as cheap as a frame of a real driver."""
        height, width = view.shape[:2]
        if self._noise is None or self._noise.shape[:2] != (2 * height, width):
            plane = self._rng.normal(0.0, _NOISE_SD, (2 * height, width))
            self._noise = cv2.merge([plane.round().astype(np.int8)] * _CHANNELS)
        noise = self._noise[shift : shift + height]
        return cv2.add(view, noise, dtype=cv2.CV_8U).astype(np.uint8, copy=False)
