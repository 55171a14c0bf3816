"""The body of a request as it comes in: what is there stays, also when the rest never comes."""

import re
from collections.abc import Iterator
from http import HTTPStatus

from kiosk.sandbox.head import MAX_BODY_BYTES, Head, RequestError
from kiosk.sandbox.wire import GoneError, Wire

_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
_MAX_LINE = 1024
_MAX_TRAILERS = 100
_CHUNK_SIZE = re.compile(rb"([0-9A-Fa-f]{1,8})[ \t]*(;.*)?")


class Body:
    """Fills ``data`` from the wire; ``whole`` once the last byte has come.

    A streaming reader on purpose: a request cut half-way is a fact for the journal, and no
    credit is ever charged for one.
    """

    def __init__(self, wire: Wire, head: Head) -> None:
        self.data = bytearray()
        self.whole = False
        self._length = head.length or 0
        self._wire = wire
        self._invite = head.expects_continue
        self._pieces = _chunked(wire) if head.length is None else _counted(wire, head.length)

    def read(self) -> None:
        """Read to the end; returns early, with ``whole`` unset, where the client left.

        Raises RequestError (400, 413) where the body is malformed or too large.
        """
        self._read(None)

    def read_uninvited(self) -> None:
        """Read to the end after the answer went out: a client that waits is not told to go on."""
        self._invite = False
        self._read(None)

    def read_half(self) -> None:
        """Read until half of the announced length, or one piece of a chunked body, is there."""
        self._read(self._length // 2)

    def _read(self, enough: int | None) -> None:
        if self._length > MAX_BODY_BYTES:
            raise RequestError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "the body is too large")
        try:
            if self._invite:
                self._invite = False
                self._wire.send(_CONTINUE)
            for piece in self._pieces:
                self.data += piece
                if len(self.data) > MAX_BODY_BYTES:
                    raise RequestError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "the body is too large")
                if enough is not None and len(self.data) >= enough:
                    return
        except GoneError:
            return
        self.whole = True


def _counted(wire: Wire, length: int) -> Iterator[bytes]:
    while length:
        # In two steps at least, so that half a body can be looked at even if it came at once.
        piece = wire.receive(max(1, length // 2))
        length -= len(piece)
        yield piece


def _chunked(wire: Wire) -> Iterator[bytes]:
    while size := _chunk_size(wire.read_line(_MAX_LINE)):
        yield from _counted(wire, size)
        if wire.read_line(_MAX_LINE):
            raise RequestError(HTTPStatus.BAD_REQUEST, "a chunk is longer than it says")
    for _ in range(_MAX_TRAILERS):
        if not wire.read_line(_MAX_LINE):
            return
    raise RequestError(HTTPStatus.BAD_REQUEST, "too many trailer fields")


def _chunk_size(line: bytes) -> int:
    match = _CHUNK_SIZE.fullmatch(line)
    if match is None:
        raise RequestError(HTTPStatus.BAD_REQUEST, "a chunk has no size")
    return int(match[1], 16)
