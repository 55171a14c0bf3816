"""What both kinds of stream share: a listener, a thread for every viewer, and the test verbs."""

import contextlib
import http.client
import socket
import ssl
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import Self

import cv2

from kiosk.camera.simulated_stream.login import Login
from kiosk.model import Image

_LOOPBACK = "127.0.0.1"
_SEND_TIMEOUT_S = 10.0  # a viewer that takes nothing for so long is cut
_JOIN_S = 5.0


class SimulatedStream(ABC):
    """A camera at ``url`` that shows one picture, ``fps`` times a second.

    Its address stays the same for its whole life, refusals included. A context manager.
    """

    scheme: str
    path: str

    def __init__(
        self,
        picture: bytes | Image,
        *,
        fps: float = 15.0,
        login: Login | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.login = login
        self._tls = tls
        self._interval_s = 1.0 / fps
        self._changed = threading.Condition()
        self._picture = b""
        self._stalled = False
        self._viewers: dict[threading.Thread, socket.socket] = {}
        self._listener: socket.socket | None = None
        self._acceptor: threading.Thread | None = None
        self._port = 0
        self.show(picture)
        self.admit()

    @property
    def url(self) -> str:
        """The address, without user and password."""
        return f"{self._kind}://{_LOOPBACK}:{self._port}{self.path}"

    def url_for(self, user: str, password: str, query: str = "") -> str:
        """Write the address as a person would who puts everything into it."""
        asked = f"?{query}" if query else ""
        return f"{self._kind}://{user}:{password}@{_LOOPBACK}:{self._port}{self.path}{asked}"

    @property
    def _kind(self) -> str:
        return f"{self.scheme}s" if self._tls else self.scheme

    # ---- the verbs ------------------------------------------------------------------------------

    def show(self, picture: bytes | Image) -> None:
        """Show another picture from now on: a JPEG's bytes as they are, or pixels."""
        if not isinstance(picture, bytes):
            _, coded = cv2.imencode(".jpg", picture)
            picture = coded.tobytes()
        with self._changed:
            self._picture = picture

    def stall(self) -> None:
        """Send nothing more; the connections stay up."""
        with self._changed:
            self._stalled = True

    def resume(self) -> None:
        """Send again."""
        with self._changed:
            self._stalled = False
            self._changed.notify_all()

    def hang_up(self) -> None:
        """Cut everybody off; they may come back at once."""
        with self._changed:
            viewers = dict(self._viewers)
            self._viewers.clear()
            self._changed.notify_all()
        for sock in viewers.values():
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
        for thread in viewers:
            thread.join(_JOIN_S)

    def refuse(self) -> None:
        """Cut everybody off and take no connection any more."""
        if self._listener is not None and self._acceptor is not None:
            self._listener.shutdown(socket.SHUT_RDWR)
            self._acceptor.join(_JOIN_S)
            self._listener.close()
        self._listener = self._acceptor = None
        self.hang_up()

    def admit(self) -> None:
        """Take connections again, at the same address."""
        if self._listener is not None:
            return
        self._listener = socket.create_server((_LOOPBACK, self._port))
        self._port = self._listener.getsockname()[1]
        self._acceptor = threading.Thread(
            target=self._accept, args=(self._listener,), name="simulated-stream", daemon=True
        )
        self._acceptor.start()

    def close(self) -> None:
        """End for good."""
        self.refuse()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # ---- the viewers ----------------------------------------------------------------------------

    @abstractmethod
    def _converse(self, sock: socket.socket) -> None:
        """Serve one viewer until either side ends it; raises OSError where the line is cut."""

    def _pictures(self) -> Iterator[bytes]:
        """Give the picture at the stream's pace to the viewer on this thread, until it is cut."""
        viewer, due = threading.current_thread(), time.monotonic()
        while True:
            with self._changed:
                while viewer in self._viewers:
                    wait = due - time.monotonic()
                    if wait <= 0 and not self._stalled:
                        break
                    self._changed.wait(None if self._stalled else wait)
                else:
                    return
                picture = self._picture
            due = max(due + self._interval_s, time.monotonic())
            yield picture

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                sock, _ = listener.accept()
            except OSError:  # refuse() shut it down
                return
            sock.settimeout(_SEND_TIMEOUT_S)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self._tls:  # the handshake comes with the first bytes, on the viewer's thread
                sock = self._tls.wrap_socket(sock, server_side=True, do_handshake_on_connect=False)
            thread = threading.Thread(
                target=self._serve, args=(sock,), name="simulated-stream-viewer", daemon=True
            )
            with self._changed:
                self._viewers[thread] = sock
            thread.start()

    def _serve(self, sock: socket.socket) -> None:
        with sock, contextlib.suppress(OSError, ValueError, http.client.HTTPException):
            self._converse(sock)
        with self._changed:
            self._viewers.pop(threading.current_thread(), None)
