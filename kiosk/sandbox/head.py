"""The head of an HTTP/1.1 request: bytes in, a value or a refusal out (RFC 9112, strict)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import parse_qsl, urlsplit

from kiosk.errors import KioskError

MAX_HEAD_BYTES = 16 * 1024
MAX_BODY_BYTES = 16 * 1024 * 1024
_MAX_FIELDS = 100
_REQUEST_LINE = re.compile(r"([!#$%&'*+.^_`|~0-9A-Za-z-]+) (\S+) HTTP/([0-9])\.([0-9])")
_FIELD = re.compile(r"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*(.*?)[ \t]*", re.DOTALL)
_LENGTH = re.compile(r"[0-9]{1,18}")


class RequestError(KioskError):
    """The request cannot be served: ``status`` is the HTTP status that says so."""

    def __init__(self, status: HTTPStatus, reason: str) -> None:
        super().__init__(reason)
        self.status = status


@dataclass(frozen=True, slots=True)
class Head:
    """Request line and header fields of one request.

    ``headers`` has names in lower case; fields that came twice are joined by a comma. ``query``
    keeps the first value of a parameter. ``length`` is 0 for a request without a body and None
    for a chunked one.
    """

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    length: int | None
    keep_alive: bool

    @property
    def expects_continue(self) -> bool:
        """Tell whether the client waits for "100 Continue" before it sends the body."""
        return self.headers.get("expect", "").lower() == "100-continue"


def parse_head(raw: bytes) -> Head:
    """Parse the bytes up to and including the empty line.

    Raises RequestError (400, 413, 501 or 505) for whatever cannot be understood without doubt.
    """
    lines = raw.decode("latin-1").removesuffix("\r\n\r\n").split("\r\n")
    match = _REQUEST_LINE.fullmatch(lines[0])
    if match is None:
        raise RequestError(HTTPStatus.BAD_REQUEST, "this is no HTTP request line")
    method, target, major, minor = match.groups()
    if major != "1":
        raise RequestError(HTTPStatus.HTTP_VERSION_NOT_SUPPORTED, "only HTTP/1.1 is spoken here")
    path, query = _parse_target(target)
    headers = _parse_fields(lines[1:])
    connection = headers.get("connection", "").lower()
    return Head(
        method=method,
        path=path,
        query=query,
        headers=headers,
        length=_length_of(headers),
        keep_alive="close" not in connection and (minor != "0" or "keep-alive" in connection),
    )


def _parse_target(target: str) -> tuple[str, dict[str, str]]:
    try:
        parts = urlsplit(target)
        pairs = parse_qsl(parts.query, keep_blank_values=True, max_num_fields=_MAX_FIELDS)
    except ValueError:
        # The target may hold an access code: neither it nor the parser's words are repeated.
        raise RequestError(HTTPStatus.BAD_REQUEST, "the request target is no URL") from None
    return parts.path, dict(reversed(pairs))


def _parse_fields(lines: list[str]) -> dict[str, str]:
    if len(lines) > _MAX_FIELDS:
        raise RequestError(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "too many header fields")
    headers: dict[str, str] = {}
    for line in lines:
        match = _FIELD.fullmatch(line)
        if match is None:
            raise RequestError(HTTPStatus.BAD_REQUEST, "a header field is malformed")
        name, value = match[1].lower(), match[2]
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return headers


def _length_of(headers: Mapping[str, str]) -> int | None:
    coding, length = headers.get("transfer-encoding"), headers.get("content-length")
    if coding is not None:
        if length is not None:
            raise RequestError(HTTPStatus.BAD_REQUEST, "a body has one length, not two")
        if coding.lower() != "chunked":
            raise RequestError(HTTPStatus.NOT_IMPLEMENTED, "only chunked transfer is understood")
        return None
    if length is None:
        return 0
    if not _LENGTH.fullmatch(length):
        raise RequestError(HTTPStatus.BAD_REQUEST, "Content-Length is no number")
    return int(length)
