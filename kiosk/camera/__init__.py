"""Cameras behind one protocol: each gives stamped frames and is owned by one thread."""

from typing import Protocol

from kiosk.model import Frame


class Camera(Protocol):
    """A source of frames. One thread owns it; a lost camera is opened again by that thread."""

    def open(self) -> None:
        """Open the device; raise CameraError (with what to do) where that fails."""

    def read(self, deadline: float) -> Frame | None:
        """Wait for the next frame until ``deadline`` (monotonic s); None when none came.

        Raises CameraError when the camera was lost.
        """

    def close(self) -> None:
        """Release the device; harmless when it is not open."""
