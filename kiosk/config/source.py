"""Where the lane's pictures come from: one text in the file, one typed value in the program."""

import re
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import SplitResult, unquote, urlsplit

from pydantic_core import PydanticKnownError

_STREAMS = ("rtsp", "rtsps", "http", "https")
_KNOWN = (
    "a camera's path (/dev/v4l/by-path/…), a video file's path, folder:PATH, "
    "an rtsp:// or http:// stream, or simulated:PATH"
)
# some cameras take name and password in the path: /user=me&password=…, /me:…/1, /1;…
_MAY_BE_SECRET = re.compile(r"[=:;@]")
_PLAIN_HOST = re.compile(r"[A-Za-z0-9._\[\]:-]+")


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

    Printing it leaves out the name and password a stream's URL may carry, and its query.
    """

    kind: SourceKind
    path: str

    def __str__(self) -> str:
        """Write the source as the file would, without secrets."""
        if self.kind is not SourceKind.STREAM:
            return self.written
        parts = urlsplit(self.path)
        return f"{parts.scheme}://{_host(parts)}{_open_path(parts)}"

    __repr__ = __str__

    @property
    def written(self) -> str:
        """The source as the file has it, secrets and all: not for printing."""
        if self.kind in (SourceKind.FOLDER, SourceKind.SIMULATED):
            return f"{self.kind}:{self.path}"
        return self.path

    @property
    def masked(self) -> str:
        """The source as the file has it, with ``***`` where a secret may stand."""
        if self.kind is not SourceKind.STREAM:
            return self.written
        parts = urlsplit(self.path)
        user = "***@" if "@" in parts.netloc else ""
        query = "?***" if parts.query else ""
        fragment = "#***" if parts.fragment else ""
        return f"{parts.scheme}://{user}{_host(parts)}{_open_path(parts)}{query}{fragment}"


def _host(parts: SplitResult) -> str:
    host = parts.netloc.rpartition("@")[2]
    return host if _PLAIN_HOST.fullmatch(host) else "***"


def _open_path(parts: SplitResult) -> str:
    return "/***" if _MAY_BE_SECRET.search(unquote(parts.path)) else parts.path


def parse_source(value: object) -> CameraSource:
    """Turn the text of ``camera.source`` into a source.

    A validator for pydantic: raises ValueError, or its own error where the value is no text.
    """
    if isinstance(value, CameraSource):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        raise ValueError("a camera is named by its path, never by a number: ls /dev/v4l/by-path")  # noqa: TRY004 - what pydantic turns into a finding
    if not isinstance(value, str):
        raise PydanticKnownError("string_type")
    scheme, colon, rest = value.partition(":")
    if colon and scheme in (SourceKind.FOLDER, SourceKind.SIMULATED):
        return CameraSource(SourceKind(scheme), _path_behind(scheme, rest))
    if "://" in value:
        return CameraSource(SourceKind.STREAM, _stream(value))
    if value.startswith("/dev/"):
        return CameraSource(SourceKind.DEVICE, value)
    if value.startswith("/"):
        return CameraSource(SourceKind.VIDEO, value)
    raise ValueError(f"must be {_KNOWN}{about_home(value)}")


def about_home(path: str) -> str:
    """Say what to do about a path that begins with ~; else nothing."""
    return "; ~ is not expanded: write /home/ and the user's name" if path[:1] == "~" else ""


def _path_behind(scheme: str, path: str) -> str:
    if not path.strip():
        raise ValueError(f"a path must stand behind {scheme}:")
    if path[:1] == "~":
        raise ValueError(f"the path behind {scheme}: must be a whole one{about_home(path)}")
    if scheme == SourceKind.FOLDER and not path.startswith("/"):
        raise ValueError(
            "the path behind folder: must be absolute (begin with /), such as folder:/srv/scans"
        )
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
