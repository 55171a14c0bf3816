"""MJPEG over HTTP, the way most cheap network cameras show themselves: multipart/x-mixed-replace.

The form goes back to Netscape's "server push" (1995); RFC 2046 has the syntax of multipart.
"""

import socket
import ssl

from kiosk.camera.simulated_stream.login import Login
from kiosk.camera.simulated_stream.request import answer, read_request
from kiosk.camera.simulated_stream.server import SimulatedStream
from kiosk.model import Image

_VERSION = "HTTP/1.1"
_BOUNDARY = "the-next-picture"


class SimulatedHttpStream(SimulatedStream):
    """An HTTP camera. ``lengths``: whether each part says how long it is; not all cameras do."""

    scheme = "http"
    path = "/video.mjpg"

    def __init__(
        self,
        picture: bytes | Image,
        *,
        fps: float = 15.0,
        login: Login | None = None,
        tls: ssl.SSLContext | None = None,
        lengths: bool = True,
        kind: str = f"multipart/x-mixed-replace; boundary={_BOUNDARY}",
    ) -> None:
        """Take what the camera says of itself too: ``kind`` is its Content-Type."""
        self._lengths = lengths
        self._content_type = kind
        super().__init__(picture, fps=fps, login=login, tls=tls)

    def _converse(self, sock: socket.socket) -> None:
        with sock.makefile("rb") as file:
            request = read_request(file)
        if request is None:
            return
        if self.login and not self.login.admits(request):
            asked = {"WWW-Authenticate": self.login.challenge, "Content-Length": "0"}
            sock.sendall(answer(_VERSION, 401, asked | {"Connection": "close"}))
        elif request.path != self.path:
            sock.sendall(answer(_VERSION, 404, {"Content-Length": "0", "Connection": "close"}))
        else:
            kind = {"Content-Type": self._content_type, "Connection": "close"}
            sock.sendall(answer(_VERSION, 200, kind))
            for picture in self._pictures():
                sock.sendall(self._part(picture))

    def _part(self, picture: bytes) -> bytes:
        length = f"Content-Length: {len(picture)}\r\n" if self._lengths else ""
        head = f"--{_BOUNDARY}\r\nContent-Type: image/jpeg\r\n{length}\r\n"
        return head.encode("ascii") + picture + b"\r\n"
