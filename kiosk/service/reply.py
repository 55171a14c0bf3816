"""Reads one HTTP answer from a wire, by http.client's parser, within a deadline and a size."""

import contextlib
import datetime as dt
import email.utils
import http.client
import io
import re
import socket
import zlib
from dataclasses import dataclass, field
from typing import Any, cast

from kiosk.clock import Clock
from kiosk.service.patience import Patience
from kiosk.service.wire import AnswerTooLargeError, Wire

MAX_BODY = 256 * 1024
_MAX_HEAD = 32 * 1024
_PIECE = 16 * 1024
_HEAD_END = re.compile(rb"\r?\n\r?\n")
_LONGEST_RETRY_AFTER_S = 86_400.0
_ZLIB_OR_GZIP = 47  # zlib's wbits: tell the two by their headers


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer whose head was complete. ``cut`` tells why its body is not, None where it is."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes = field(repr=False)
    cut: Exception | None


class _Feed(io.RawIOBase):
    """The wire as a file: what http.client reads from, and cannot close."""

    def __init__(self, wire: Wire, patience: Patience) -> None:
        super().__init__()
        self._wire = wire
        self._patience = patience

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        piece = self._wire.read(len(buffer), self._patience)
        buffer[: len(piece)] = piece
        return len(piece)

    def makefile(self, _mode: str) -> io.BufferedReader:
        """Be the part of a socket that http.client asks for."""
        return io.BufferedReader(self, _PIECE)


def read_reply(wire: Wire, patience: Patience) -> Reply:
    """Read an answer, interim ones skipped.

    Raises OSError, http.client.HTTPException, TimeoutError, StoppedError or AnswerTooLargeError
    where not even a head came; trouble after that is in ``Reply.cut``.
    """
    _await_head(wire, patience)
    feed = cast("socket.socket", _Feed(wire, patience))
    with contextlib.closing(http.client.HTTPResponse(feed)) as response:
        response.begin()
        body, cut = _read_body(response)
        if cut is None:
            body, cut = _decoded(body, response.headers.get("Content-Encoding", ""))
        return Reply(response.status, tuple(response.headers.items()), body, cut)


def _await_head(wire: Wire, patience: Patience) -> None:
    known = 0
    while True:
        arrived = wire.await_more(patience, than=known)
        if _HEAD_END.search(arrived, max(0, known - 3)):  # it may straddle two pieces
            wire.drop_interim()
            if arrived and _HEAD_END.search(arrived):
                return
        elif len(arrived) == known:  # the end
            return
        elif len(arrived) > _MAX_HEAD:
            raise AnswerTooLargeError
        known = len(arrived)


def _read_body(response: http.client.HTTPResponse) -> tuple[bytes, Exception | None]:
    body = bytearray()
    try:
        # In pieces: read() would reserve as much memory as a length or a chunk claims to have.
        while piece := response.read(_PIECE):
            body += piece
            if len(body) > MAX_BODY:
                raise AnswerTooLargeError  # noqa: TRY301 - one place says what cut the body
        if response.length:  # http.client takes a short body for complete when read in pieces
            raise http.client.IncompleteRead(b"", response.length)  # noqa: TRY301 - as above
    except http.client.IncompleteRead as short:
        return bytes(body + short.partial), short
    except (
        OSError,
        http.client.HTTPException,
        ArithmeticError,  # a chunk that claims to be longer than a number can tell
        ValueError,
        AnswerTooLargeError,
    ) as error:
        return bytes(body), error
    return bytes(body), None


def _decoded(body: bytes, encoding: str) -> tuple[bytes, Exception | None]:
    """Undo a compression that nobody asked for, as middleboxes apply it, within the same size."""
    if encoding.strip().lower() not in {"gzip", "x-gzip", "deflate"}:
        return body, None
    unpacker = zlib.decompressobj(wbits=_ZLIB_OR_GZIP)
    try:
        plain = unpacker.decompress(body, MAX_BODY)
    except zlib.error as error:
        return body, error
    if not unpacker.eof:
        return plain, http.client.IncompleteRead(b"")
    return plain, None


def retry_after_s(headers: dict[str, str], clock: Clock) -> float | None:
    """Return the seconds that ``Retry-After`` asks for (RFC 9110, 10.2.3), a day at most.

    ``headers`` have lower-case names. A date is counted from the answer's own ``Date``, since a
    machine without a clock battery may not know what time it is; without one, from the wall clock
    if that is set. None where the header is missing, unreadable, or cannot be reckoned.
    """
    value = headers.get("retry-after", "").strip()
    if re.fullmatch(r"[0-9]{1,9}", value):
        return min(float(value), _LONGEST_RETRY_AFTER_S)
    until = _http_date(value)
    now = _http_date(headers.get("date", "")) or (clock.wall() if clock.is_set() else None)
    if until is None or now is None:
        return None
    return min(max(until - now, 0.0), _LONGEST_RETRY_AFTER_S)


def _http_date(value: str) -> float | None:
    try:
        date = email.utils.parsedate_to_datetime(value)
        return (date if date.tzinfo else date.replace(tzinfo=dt.UTC)).timestamp()
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
