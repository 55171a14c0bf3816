"""One open connection: bytes out and in without blocking, each wait within a patience."""

import fcntl
import re
import select
import socket
import ssl
import struct
import termios

from kiosk.service.patience import Patience

MAX_RECEIVED = 320 * 1024  # bytes of one connection: 256 KiB of answer, and its headers
_PIECE = 64 * 1024
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.001, 0.02
_WOULD_BLOCK = (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError)
# "100 Continue", "103 Early Hints" and their kin announce, they do not answer (RFC 9110, 15.2);
# 101 is none of them: it changes the protocol.
_INTERIM = re.compile(rb"HTTP/1\.[01] 1(?!01)\d\d[^\n]*\n(?:[^\r\n]+\r?\n)*\r?\n")


class AnswerTooLargeError(Exception):
    """More bytes came than any answer of the service has."""


def wait_until_ready(sock: socket.socket, events: int, patience: Patience) -> None:
    """Wait until one of ``events`` (select.POLLIN …) or an error is there."""
    poller = select.poll()
    poller.register(sock, events)
    while not poller.poll(patience.slice_s() * 1000):
        pass


class Wire:
    """A connected socket, plain or TLS, and what has arrived on it.

    All methods raise OSError where the connection fails, StoppedError and TimeoutError as the
    patience has it, and AnswerTooLargeError.
    """

    def __init__(self, sock: socket.socket) -> None:
        """Take over ``sock``, which must be in non-blocking mode."""
        self._sock = sock
        self._arrived = bytearray()
        self._taken = bytearray()
        self._received = 0
        self._ended = False

    def close(self) -> None:
        """Close the connection; what the kernel still holds of the head may yet go out."""
        self._sock.close()

    def send(self, data: bytes, patience: Patience) -> None:
        """Hand all of ``data`` to the kernel, and do not care for what comes in."""
        self._send(data, patience, watch=False)

    def send_watching(self, data: bytes, patience: Patience) -> bool:
        """Hand ``data`` to the kernel; False where an answer or the end came before it was out."""
        return self._send(data, patience, watch=True)

    def wait_acknowledged(self, patience: Patience) -> bool:
        """Wait until the peer's kernel acknowledged all that was sent.

        Returns False where an answer or the end came first. This is the one place that polls: the
        kernel wakes nobody when an acknowledgement comes, it only tells when asked.
        """
        pause_s = _FIRST_PAUSE_S
        while self._unacknowledged():
            if self.look():
                return False
            patience.pause(pause_s)
            pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)
        return True

    def look(self) -> bool:
        """Tell, without waiting, whether an answer or the connection's end has arrived.

        TLS 1.3 session tickets make a socket readable with no answer there: the look must read.
        """
        while not self._arrived and not self._ended:
            try:
                self._receive()
            except _WOULD_BLOCK:
                return False
            self.drop_interim()
        return True

    def read(self, size: int, patience: Patience) -> bytes:
        """Return up to ``size`` bytes as soon as there are some; none at the end."""
        self.await_more(patience, than=0)
        piece = bytes(self._arrived[:size])
        del self._arrived[:size]
        self._taken += piece
        return piece

    def unread(self) -> None:
        """Put back all that was read: it will be read again, from its beginning."""
        self._arrived[:0] = self._taken
        self._taken.clear()

    def await_more(self, patience: Patience, than: int) -> bytearray:
        """Wait until more ``than`` so many bytes lie here, or the end; return all, unconsumed."""
        while len(self._arrived) <= than and not self._ended:
            try:
                self._receive()
            except ssl.SSLWantWriteError:
                wait_until_ready(self._sock, select.POLLOUT, patience)
            except (BlockingIOError, ssl.SSLWantReadError):
                wait_until_ready(self._sock, select.POLLIN, patience)
        return self._arrived

    def drop_interim(self) -> None:
        """Drop complete interim (1xx) answers from the front of what has arrived."""
        while announcement := _INTERIM.match(self._arrived):
            del self._arrived[: announcement.end()]

    def _send(self, data: bytes, patience: Patience, *, watch: bool) -> bool:
        rest = memoryview(data)
        while rest:
            patience.left_s()
            try:
                sent = self._sock.send(rest)
            except _WOULD_BLOCK as blocked:
                waits_to_read = watch or isinstance(blocked, ssl.SSLWantReadError)
                waits_to_write = not isinstance(blocked, ssl.SSLWantReadError)
                events = select.POLLIN * waits_to_read | select.POLLOUT * waits_to_write
                wait_until_ready(self._sock, events, patience)
                if watch and self.look():
                    return False
            else:
                rest = rest[sent:]
        return True

    def _receive(self) -> None:
        piece = self._sock.recv(_PIECE)
        self._ended = not piece
        self._received += len(piece)
        if self._received > MAX_RECEIVED:
            raise AnswerTooLargeError
        self._arrived += piece

    def _unacknowledged(self) -> int:
        """Return the bytes sent and not acknowledged (tcp(7), SIOCOUTQ), TLS records included."""
        waiting = fcntl.ioctl(self._sock.fileno(), termios.TIOCOUTQ, struct.pack("i", 0))
        return int(struct.unpack("i", waiting)[0])
