"""One request as HTTP/1.1 and RTSP/1.0 write it, and the answer to it."""

import http.client
from collections.abc import Mapping
from dataclasses import dataclass
from email.message import Message
from typing import BinaryIO
from urllib.parse import urlsplit

_LINE_MAX = 65_536
_WORDS = 3  # verb, target, version
_REASONS = {
    200: "OK",
    400: "Bad Request",
    401: "Unauthorized",
    404: "Not Found",
    405: "Method Not Allowed",
    461: "Unsupported Transport",
    501: "Not Implemented",
}


@dataclass(frozen=True, slots=True)
class Request:
    """What a viewer asks for. ``path`` is the target without host and query."""

    verb: str
    target: str
    version: str
    headers: Message

    @property
    def path(self) -> str:
        """The path of the target, with or without a host before it."""
        return urlsplit(self.target).path


def read_request(file: BinaryIO) -> Request | None:
    """Read the next request's head; None at the end. Raises OSError or http.client errors."""
    line = file.readline(_LINE_MAX).decode("latin-1")
    words = line.split()
    if len(words) != _WORDS:
        return None
    verb, target, version = words
    return Request(verb, target, version, http.client.parse_headers(file))


def answer(version: str, status: int, headers: Mapping[str, str], body: bytes = b"") -> bytes:
    """Write an answer's head, and its body where there is one."""
    lines = [f"{version} {status} {_REASONS[status]}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body
