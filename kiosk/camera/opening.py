"""Which camera a lane's file means: for the daemon, and for whoever tries the camera without it."""

from pathlib import Path

from kiosk.camera import Camera
from kiosk.clock import Clock
from kiosk.config.schema import Camera as CameraConfig
from kiosk.config.source import SourceKind


def camera_for(config: CameraConfig, clock: Clock) -> Camera:
    """Make the camera of ``camera.source``; it is not open yet.

    Only its own module is imported: on a Pi each costs a part of the second in which a lane
    starts. Raises ValueError for a folder, whose pictures are files and no frames.
    """
    path = config.source.path
    match config.source.kind:
        case SourceKind.DEVICE:
            from kiosk.camera.v4l2 import V4l2Camera, V4l2Settings  # noqa: PLC0415 - see above

            settings = V4l2Settings(path, config.width, config.height, config.fps, config.controls)
            return V4l2Camera(settings, clock)
        case SourceKind.VIDEO:
            from kiosk.camera.video import VideoCamera  # noqa: PLC0415 - see above

            return VideoCamera(Path(path), clock)
        case SourceKind.STREAM:
            from kiosk.camera.stream import StreamCamera  # noqa: PLC0415 - see above

            return StreamCamera(path, clock, latency_s=config.latency_s)
        case SourceKind.SIMULATED:
            from kiosk.camera.simulated import SimulatedCamera  # noqa: PLC0415 - see above

            return SimulatedCamera(Path(path), clock, fps=config.fps)
        case SourceKind.FOLDER:
            raise ValueError("a folder's pictures are files: kiosk.arrivals takes them")
