"""A camera that speaks RTSP (RFC 2326), with its pictures in the same TCP connection (10.12)."""

import contextlib
import itertools
import socket
import ssl
import struct
import threading
import time
from pathlib import Path

import cv2

from kiosk.camera.simulated_stream.login import Login
from kiosk.camera.simulated_stream.request import Request, answer, read_request
from kiosk.camera.simulated_stream.rtp import (
    CLOCK_HZ,
    JPEG,
    MPEG4,
    describe,
    jpeg_payloads,
    mpeg4_payloads,
    packets,
)
from kiosk.camera.simulated_stream.server import SimulatedStream
from kiosk.model import Image

_VERSION = "RTSP/1.0"
_SESSION = "20250101"
_TRACK = "track0"
_TRANSPORT = "RTP/AVP/TCP;unicast;interleaved=0-1"
_VERBS = ("OPTIONS", "DESCRIBE", "SETUP", "PLAY", "TEARDOWN", "GET_PARAMETER")

_Answer = tuple[int, dict[str, str], bytes]


class SimulatedRtspStream(SimulatedStream):
    """An RTSP camera that plays over TCP only: its picture as MJPEG, or a ``film`` again and again.

    The film must be MPEG-4 (fourcc mp4v). ``clock_rate``: how fast the clock runs by which it
    stamps pictures; cheap cameras count pictures instead of time.
    """

    scheme = "rtsp"
    path = "/live"

    def __init__(
        self,
        picture: bytes | Image,
        *,
        fps: float = 15.0,
        login: Login | None = None,
        tls: ssl.SSLContext | None = None,
        film: Path | None = None,
        clock_rate: float = 1.0,
    ) -> None:
        self._hz = CLOCK_HZ * clock_rate
        self._film = _coded_film(film) if film else None
        super().__init__(picture, fps=fps, login=login, tls=tls)

    def _converse(self, sock: socket.socket) -> None:
        with sock.makefile("rb") as file:
            while (request := read_request(file)) is not None:
                status, headers, body = self._answer(request)
                headers["CSeq"] = request.headers.get("CSeq", "0")
                sock.sendall(answer(_VERSION, status, headers, body))
                if status == 200 and request.verb == "PLAY":  # noqa: PLR2004 - OK
                    self._play(sock)
                    return

    def _answer(self, request: Request) -> _Answer:
        if request.verb == "OPTIONS":
            return 200, {"Public": ", ".join(_VERBS)}, b""
        if request.verb not in _VERBS:
            return 501, {}, b""
        if self.login and not self.login.admits(request):
            return 401, {"WWW-Authenticate": self.login.challenge}, b""
        if request.path.removesuffix("/").removesuffix(f"/{_TRACK}") != self.path:
            return 404, {}, b""
        return self._allow(request)

    def _allow(self, request: Request) -> _Answer:
        if request.verb == "DESCRIBE":
            body = self._description()
            kind = {"Content-Type": "application/sdp", "Content-Base": f"{self.url}/"}
            return 200, kind | {"Content-Length": str(len(body))}, body
        if request.verb == "SETUP":
            if "RTP/AVP/TCP" not in request.headers.get("Transport", ""):
                return 461, {}, b""
            return 200, {"Transport": _TRANSPORT, "Session": _SESSION}, b""
        return 200, {"Session": _SESSION}, b""

    def _description(self) -> bytes:
        if self._film is None:
            return describe(_TRACK, JPEG)
        configuration = self._film[0].hex().upper()
        said = (f"rtpmap:{MPEG4} MP4V-ES/{CLOCK_HZ}", f"fmtp:{MPEG4} config={configuration}")
        return describe(_TRACK, MPEG4, said)

    def _play(self, sock: socket.socket) -> None:
        """Send pictures until the viewer goes; what it says meanwhile (RTCP, TEARDOWN) is lost."""
        began, sequence = time.monotonic(), 0
        drain = threading.Thread(target=_drain, args=(sock,), daemon=True)
        drain.start()
        film = itertools.cycle(self._film[1]) if self._film else None
        for picture in self._pictures():
            timestamp = int((time.monotonic() - began) * self._hz)
            payloads = mpeg4_payloads(next(film)) if film else jpeg_payloads(picture)
            for packet in packets(payloads, MPEG4 if film else JPEG, sequence, timestamp):
                sock.sendall(struct.pack(">cBH", b"$", 0, len(packet)) + packet)
            sequence += len(payloads)
        drain.join()


def _coded_film(path: Path) -> tuple[bytes, list[bytes]]:
    """Read the decoder's configuration and the coded pictures; nothing is decoded."""
    capture = cv2.VideoCapture(str(path), cv2.CAP_FFMPEG)
    try:
        capture.set(cv2.CAP_PROP_FORMAT, -1)
        pictures = []
        while capture.grab():
            pictures.append(capture.retrieve()[1].tobytes())
        extra = int(capture.get(cv2.CAP_PROP_CODEC_EXTRADATA_INDEX))
        return capture.retrieve(flag=extra)[1].tobytes(), pictures
    finally:
        capture.release()


def _drain(sock: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while sock.recv(4096):
            pass
