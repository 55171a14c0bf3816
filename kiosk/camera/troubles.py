"""What a camera's system calls can end in, in words for the person at the lane."""

import errno
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType

from kiosk.camera.devices import capture_devices
from kiosk.camera.node import Kernel
from kiosk.errors import CameraError

_ABSENT = "{path} is not there: check the camera's plug, or correct camera.source"
_GONE = "{path} is gone: check the camera's plug and cable"
_FORBIDDEN = (
    "no permission for {path}: put the user into group video (sudo usermod -aG video USER), "
    "then log in again"
)
_IN_USE = "{path} is in use by another program: stop that one (fuser -v {path} names it)"
_NO_CAMERA = "{path} is no camera: correct camera.source"
_NO_BANDWIDTH = (
    "{path}: its USB bus has no room for this picture: lower camera.width, camera.height or "
    "camera.fps, or give the camera a port away from others"
)
_NO_ANSWER = "{path} does not answer as a camera does ({reason}): unplug it and plug it in again"
_WORDS: Mapping[int | None, str] = MappingProxyType(
    {
        errno.ENOENT: _ABSENT,
        errno.ENOTDIR: _ABSENT,
        errno.ELOOP: _ABSENT,
        errno.ENAMETOOLONG: _ABSENT,
        errno.ENODEV: _GONE,
        errno.ENXIO: _GONE,
        errno.ESHUTDOWN: _GONE,
        errno.EBADF: _GONE,
        errno.EACCES: _FORBIDDEN,
        errno.EPERM: _FORBIDDEN,
        errno.EBUSY: _IN_USE,
        errno.ENOTTY: _NO_CAMERA,
        errno.ENOSPC: _NO_BANDWIDTH,
    }
)
_NAMES_OTHERS = (_ABSENT, _NO_CAMERA)


@contextmanager
def in_words(path: str, kernel: Kernel) -> Iterator[None]:
    """Turn OSError into CameraError, with what to do; a wrong path is told the right ones."""
    try:
        yield
    except CameraError:
        raise
    except OSError as error:
        words = _WORDS.get(error.errno, _NO_ANSWER)
        said = words.format(path=path, reason=error.strerror)
        if words in _NAMES_OTHERS:
            said += f" ({cameras_here(kernel)})"
        raise CameraError(said) from error


def cameras_here(kernel: Kernel) -> str:
    """Name this machine's cameras by the paths to write into camera.source."""
    cameras = [f"{device.path}, {device.name}" for device in capture_devices(kernel)]
    return f"cameras here: {'; '.join(cameras) or 'none'}"
