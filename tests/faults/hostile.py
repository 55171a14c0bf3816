"""Raw socket servers that misbehave on cue, and a parser that is content too early."""

import contextlib
import http.client
import re
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from typing import Self

PATIENCE_S = 20.0
SUCCESS = (
    b'{"service":"vinbarcode","version":"2.0","date":"3/7/2021 3:53:26 PM","status":"SUCCESS",'
    b'"vin_captured":"1M8GDM9AXKP042788","left":299.0,"top":429.0,"width":450.0,"height":42.0}'
)
MISSING_PARAMETER = (
    b'{"service":"vinbarcode","version":"2.0","date":"03/08/21 3:23:27 PM","status":"FAILED",'
    b'"message_key":29,"message":"One or more required parameters missing."}'
)


def answer(body: bytes, status: int = 200, *headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status} Words", *headers, f"Content-Length: {len(body)}"]
    return "\r\n".join([*lines, "Connection: close", "", ""]).encode() + body


def chunked(*chunks: bytes, status: int = 200) -> bytes:
    head = f"HTTP/1.1 {status} Words\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
    return head + b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks)


class Visit:
    """One connection, as the server's script sees it."""

    def __init__(self, sock: socket.socket, server: "HostileServer") -> None:
        self.sock = sock
        self.server = server
        self.received = bytearray()

    @property
    def headers(self) -> http.client.HTTPMessage:
        head = bytes(self.received.partition(b"\r\n\r\n")[0])
        return http.client.parse_headers(_Lines(head.partition(b"\r\n")[2] + b"\r\n\r\n"))

    @property
    def missing(self) -> int:
        """How many bytes of the body have not come."""
        body = bytes(self.received).partition(b"\r\n\r\n")[2]
        return int(self.headers["Content-Length"]) - len(body)

    def read_headers(self) -> None:
        while b"\r\n\r\n" not in self.received and self._read():
            pass

    def read_request(self) -> None:
        self.read_headers()
        while self.missing and self._read():
            pass

    def read_to_end(self) -> None:
        with contextlib.suppress(OSError):
            while self._read():
                pass

    def drain(self) -> None:
        """Take all that lies in the receive buffer, without waiting."""
        self.sock.setblocking(False)
        with contextlib.suppress(BlockingIOError, ssl.SSLWantReadError):
            while self._read():
                pass
        self.sock.settimeout(PATIENCE_S)

    def reset(self) -> None:
        """Close with RST instead of FIN."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.sock.close()

    def acted(self) -> None:
        """Tell the client's side of the test that the script has done what it is about."""
        self.server.acted.set()

    def _read(self) -> bool:
        piece = self.sock.recv(65536)
        self.received += piece
        return bool(piece)


class _Lines:
    def __init__(self, data: bytes) -> None:
        self._lines = iter(data.splitlines(keepends=True))

    def readline(self, _limit: int = -1) -> bytes:
        return next(self._lines, b"")


Script = Callable[[Visit], None]


class HostileServer:
    """Runs ``script`` for every connection on a thread of its own; errors of scripts come out."""

    def __init__(
        self,
        script: Script,
        *,
        tls: ssl.SSLContext | None = None,
        receive_buffer: int | None = None,
    ) -> None:
        self._script = script
        self._tls = tls
        self._errors: list[BaseException] = []
        self._threads: list[threading.Thread] = []
        self.visits: list[Visit] = []
        self.connections = 0
        self.ready = threading.Event()  # a connection stands, TLS included
        self.acknowledged = threading.Event()  # set where a test holds the client there
        self.acted = threading.Event()
        self.proceed = threading.Event()  # for scripts that wait for the test
        self._listener = socket.socket()
        if receive_buffer:  # inherited by the accepted sockets
            self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self._listener.bind(("127.0.0.1", 0))
        self._listener.listen(8)
        self.port = self._listener.getsockname()[1]

    @property
    def url(self) -> str:
        return f"http{'s' if self._tls else ''}://127.0.0.1:{self.port}/vinbarcode/v2"

    @property
    def visit(self) -> Visit:
        assert self.ready.wait(PATIENCE_S)
        return self.visits[-1]

    def __enter__(self) -> Self:
        self._start(self._accept)
        return self

    def __exit__(self, *_: object) -> None:
        self.proceed.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:  # grows while the acceptor still runs, which is the first
            thread.join(PATIENCE_S)
            assert not thread.is_alive()
        self._listener.close()
        if self._errors:
            raise self._errors[0]

    def finish(self) -> None:
        """Wait until the scripts of all visits so far have ended."""
        assert self.ready.wait(PATIENCE_S)
        for thread in self._threads[1:]:
            thread.join(PATIENCE_S)

    def _start(self, work: Callable[..., None], *args: object) -> None:
        thread = threading.Thread(target=work, args=args)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            self._start(self._serve, sock)

    def _serve(self, sock: socket.socket) -> None:
        sock.settimeout(PATIENCE_S)
        # What a script sent is at the client when ``sendall`` returns: a test can rely on it.
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            if self._tls:
                sock = self._tls.wrap_socket(sock, server_side=True)
            visit = Visit(sock, self)
            self.visits.append(visit)
            self.ready.set()
            self._script(visit)
        except OSError:
            pass  # the client hung up: what it means is asserted on the client's side
        except BaseException as error:  # noqa: BLE001 - raised again on the test's thread
            self._errors.append(error)
        finally:
            sock.close()


class StreamingParser:
    """Reads a multipart request as its bytes come, and hands the file over as soon as it dares.

    ``tolerance`` is how many bytes of the closing delimiter it does without: real parsers were
    seen to be content with 1 to 4 missing.
    """

    def __init__(self, tolerance: int) -> None:
        self._tolerance = tolerance
        self._bytes = bytearray()

    def feed(self, data: bytes) -> None:
        self._bytes += data

    @property
    def so_far(self) -> bytes:
        """The file's bytes that have come, complete or not."""
        return self._after_part_headers().partition(self._closing())[0]

    @property
    def delivered(self) -> bytes | None:
        """The file, once the parser takes it for complete."""
        content = self._after_part_headers()
        end = content.find(self._closing())
        return None if end < 0 else content[:end]

    def _after_part_headers(self) -> bytes:
        body = bytes(self._bytes).partition(b"\r\n\r\n")[2]
        return body.partition(b"\r\n\r\n")[2]

    def _closing(self) -> bytes:
        boundary = re.search(rb"boundary=(\S+)", bytes(self._bytes))
        assert boundary
        whole = b"\r\n--" + boundary[1] + b"--\r\n"
        return whole[: len(whole) - self._tolerance]


@contextlib.contextmanager
def unanswered_port() -> Iterator[int]:
    """A port whose connections are neither taken nor refused: its queue is full."""
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(socket.socket())
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for _ in range(3):
            filler = stack.enter_context(socket.socket())
            filler.setblocking(False)
            filler.connect_ex(listener.getsockname())
        yield listener.getsockname()[1]
