"""Where the lane's pictures come from: one text in the file, one typed value in the program."""

from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit

from pydantic_core import PydanticKnownError

_STREAMS = ("rtsp", "rtsps", "http", "https")
_KNOWN = (
    "a camera's path (/dev/v4l/by-path/…), a video file's path, folder:PATH, "
    "an rtsp:// or http:// stream, or simulated:PATH"
)


class SourceKind(StrEnum):
    """The families of sources a lane knows."""

    DEVICE = "device"  # a V4L2 device node
    VIDEO = "video"  # a video file
    FOLDER = "folder"  # every picture that arrives in a folder is one scan
    STREAM = "stream"  # a network camera
    SIMULATED = "simulated"  # rendered or recorded scenes instead of a camera


@dataclass(frozen=True, slots=True)
class CameraSource:
    """A source of pictures; ``path`` is a path or, for a stream, the whole URL.

    Printing it hides the name and password a stream's URL may carry, and its query.
    """

    kind: SourceKind
    path: str

    def __str__(self) -> str:
        """Write the source as the file would, without secrets."""
        if self.kind in (SourceKind.FOLDER, SourceKind.SIMULATED):
            return f"{self.kind}:{self.path}"
        if self.kind is SourceKind.STREAM:
            parts = urlsplit(self.path)
            host = parts.netloc.rpartition("@")[2]
            return f"{parts.scheme}://{host}{parts.path}"
        return self.path

    __repr__ = __str__


def parse_source(text: object) -> CameraSource:
    """Turn the text of ``camera.source`` into a source.

    A validator for pydantic: raises ValueError, or its own error where the value is no text.
    """
    if isinstance(text, CameraSource):
        return text
    if not isinstance(text, str):
        raise PydanticKnownError("string_type")
    scheme, colon, rest = text.partition(":")
    if colon and scheme in (SourceKind.FOLDER, SourceKind.SIMULATED):
        return CameraSource(SourceKind(scheme), _path_behind(scheme, rest))
    if "://" in text:
        return CameraSource(SourceKind.STREAM, _stream(text))
    if text.startswith("/dev/"):
        return CameraSource(SourceKind.DEVICE, text)
    if text.startswith("/"):
        return CameraSource(SourceKind.VIDEO, text)
    raise ValueError(f"must be {_KNOWN}")


def _path_behind(scheme: str, path: str) -> str:
    if not path.strip():
        raise ValueError(f"a path must stand behind {scheme}:")
    if scheme == SourceKind.FOLDER and not path.startswith("/"):
        raise ValueError("the path behind folder: must be absolute (begin with /)")
    return path


def _stream(url: str) -> str:
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise ValueError("is not a usable stream address") from None
    if parts.scheme not in _STREAMS or not host:
        raise ValueError("a stream begins with rtsp://, rtsps://, http:// or https:// and a host")
    return url
