"""One connection: buffered reading with a time-out, sending, and the several ways to end it."""

import contextlib
import select
import socket
import ssl
import struct
from http import HTTPStatus

from kiosk.errors import KioskError
from kiosk.sandbox.head import MAX_HEAD_BYTES, RequestError

_PIECE = 64 * 1024
_PEEK = 64
_LONGEST_STALL_S = 3600.0
_LEAVE_WITHIN_S = 5.0
_MAX_DRAIN = 64 * 1024 * 1024
_END_OF_HEAD = b"\r\n\r\n"


class GoneError(KioskError):
    """The client left, was silent too long, or the sandbox is stopping."""


class Wire:
    """A connected socket, plain or TLS.

    Every read and every send waits at most ``timeout_s``; what fails on the way is a GoneError,
    whatever the socket calls it. ``cut`` may be called from another thread, and ends all waits.
    """

    def __init__(self, sock: socket.socket, timeout_s: float) -> None:
        self._sock = sock
        self._buffer = bytearray()
        self._is_cut = False
        sock.settimeout(timeout_s)

    def peek(self) -> bytes:
        """Return the first bytes that came, and leave them there. GoneError where none come."""
        try:
            first = self._sock.recv(_PEEK, socket.MSG_PEEK)
        except OSError as error:
            raise GoneError("the client left or was silent too long") from error
        if not first:
            raise GoneError("the client closed the connection")
        return first

    def secure(self, context: ssl.SSLContext) -> None:
        """Speak TLS from here on. Raises GoneError where the client does not agree to."""
        try:
            sock = context.wrap_socket(self._sock, server_side=True, do_handshake_on_connect=False)
            self._sock = sock
            if self._is_cut:  # while the socket was changing hands
                self.cut()
            sock.do_handshake()
        except OSError as error:
            raise GoneError("the TLS handshake failed") from error

    @property
    def pending(self) -> bytes:
        """What came and was not taken yet."""
        return bytes(self._buffer)

    def read_head(self) -> bytes:
        """Return the next request's head with its empty line.

        Raises GoneError where the client left before its end, and RequestError where it is too
        long.
        """
        return self._read_until(_END_OF_HEAD, MAX_HEAD_BYTES)

    def read_line(self, limit: int) -> bytes:
        """Return one line without its CRLF; RequestError where it is longer than ``limit``."""
        return self._read_until(b"\r\n", limit)[:-2]

    def receive(self, most: int) -> bytes:
        """Return one to ``most`` bytes, waiting for the first. GoneError where none come."""
        if not self._buffer:
            self._fill()
        piece = bytes(self._buffer[:most])
        del self._buffer[:most]
        return piece

    def send(self, data: bytes) -> None:
        """Send it all, or raise GoneError."""
        try:
            self._sock.sendall(data)
        except OSError as error:
            raise GoneError("the client left before it was answered") from error

    def drain(self) -> None:
        """Send nothing more, and read what still comes until the client leaves, within limits.

        Closing over unread bytes would reset the connection, and the reset could overtake the
        answer on its way to the client.
        """
        self.finish_writing()
        left = _MAX_DRAIN
        with contextlib.suppress(GoneError):
            while left > 0:
                left -= len(self.receive(_PIECE))

    def finish_writing(self) -> None:
        """Tell the client that nothing more comes; what it sends is read for a short while yet."""
        self._shutdown(socket.SHUT_WR)
        with contextlib.suppress(OSError):
            self._sock.settimeout(_LEAVE_WITHIN_S)

    def wait_until_left(self) -> None:
        """Wait without reading until the client closes or resets, or ``cut`` is called."""
        poll = select.poll()
        poll.register(self._sock, select.POLLRDHUP | select.POLLHUP | select.POLLERR)
        poll.poll(_LONGEST_STALL_S * 1000)

    def reset(self) -> None:
        """Close so that the client sees a reset (RST), not an end of file."""
        with contextlib.suppress(OSError):
            # Linger for zero seconds: close(2) then discards what is unsent and resets.
            self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._sock.close()

    def close(self) -> None:
        """Close the socket; harmless after ``reset``."""
        self._sock.close()

    def cut(self) -> None:
        """End the connection from another thread: whoever waits on it wakes at once."""
        self._is_cut = True
        self._shutdown(socket.SHUT_RDWR)

    def _shutdown(self, how: int) -> None:
        with contextlib.suppress(OSError):
            # Not SSLSocket's own: that would drop the TLS layer under a thread that is reading.
            socket.socket.shutdown(self._sock, how)

    def _read_until(self, mark: bytes, limit: int) -> bytes:
        seen = 0
        while (at := self._buffer.find(mark, seen, limit)) < 0:
            if len(self._buffer) >= limit:
                raise RequestError(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "a line has no end")
            seen = max(0, len(self._buffer) - len(mark) + 1)
            self._fill()
        end = at + len(mark)
        taken = bytes(self._buffer[:end])
        del self._buffer[:end]
        return taken

    def _fill(self) -> None:
        try:
            piece = self._sock.recv(_PIECE)
        except OSError as error:
            raise GoneError("the client left or was silent too long") from error
        if not piece:
            raise GoneError("the client closed the connection")
        self._buffer += piece
