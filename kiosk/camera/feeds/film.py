"""Streams that FFmpeg reads: all of RTSP, and what comes over HTTP but MJPEG."""

import contextlib
import re
import socket
import time

from kiosk.camera.feeds import SILENCE_S, Arrival
from kiosk.camera.feeds.address import Address
from kiosk.camera.feeds.line import Line
from kiosk.camera.feeds.live_edge import LiveEdge
from kiosk.camera.ffmpeg import Film, Limits
from kiosk.clock import Clock
from kiosk.errors import CameraError

_ASK_S = 2.0  # kept back of the time to open: to find out why FFmpeg could not
_LEAST_S = 1.0
_BEHIND_MAX_S = 5.0
_LATE_S = 1.0  # so late and yet waited for, several times in a row: not late at all
_WAITS = 5
_IDLE_S = 0.005
_RECORDING_S = 30.0  # no camera has more than that in store
_LINE_MAX = 200
_STATUS = re.compile(rb"RTSP/1\.[01] (\d{3})")


class FilmFeed:
    """A stream through FFmpeg. Only RTSP's time stamps are believed: others are often made up."""

    def __init__(self, address: Address, clock: Clock, line: Line) -> None:
        self._address = address
        self._clock = clock
        self._line = line
        self._film: Film | None = None
        self._edge = LiveEdge() if address.scheme.startswith("rtsp") else None
        self._waits = 0  # pictures in a row that were waited for: nothing lies in a buffer

    def open(self, until: float) -> None:
        """Connect, and throw away what was sent while FFmpeg was still looking what it is.

        Raises CameraError, by ``until`` (monotonic s) where connecting itself is no slower. FFmpeg
        waits for a key picture, and cameras send one every two to four seconds.
        """
        self._address.connect().close()
        if self._line.is_cut:  # FFmpeg could not be stopped any more
            raise CameraError(f"the stream from {self._address} is no longer wanted")
        left = until - _ASK_S - self._clock.monotonic()
        self._film = Film.open(self._address.whole, Limits(max(_LEAST_S, left), SILENCE_S))
        if self._film is None:
            left = until - self._clock.monotonic()
            raise CameraError(f"no stream from {self._address}: {_reason(self._address, left)}")
        self._catch_up(self._film)

    def next(self) -> Arrival | None:
        """Wait for the next picture, SILENCE_S at most."""
        film = self._film
        if film is None or not self._advance(film):
            raise CameraError(
                f"the stream from {self._address} ended or went silent: check the camera's power "
                "and network"
            )
        sent_at = self._sent_at(film.position_s, self._clock.monotonic())
        look = film.look()
        return Arrival(look, sent_at) if look else None

    def close(self) -> None:
        """Hang up."""
        if self._film is not None:
            self._film.close()
            self._film = None

    def _advance(self, film: Film) -> bool:
        """Go on by one picture, and note whether it was there already."""
        wall, cpu = time.monotonic(), time.thread_time()
        there = film.advance()
        idle_s = (time.monotonic() - wall) - (time.thread_time() - cpu)
        self._waits = self._waits + 1 if idle_s > _IDLE_S else 0
        return there

    def _sent_at(self, position: float, now: float) -> float:
        if self._edge is None:
            return now
        sent_at = self._edge.arrived(position, now)
        if now - sent_at > _LATE_S and self._waits >= _WAITS:
            self._edge = LiveEdge()  # the sender's clock is slow, or just runs by its own rules
            return self._edge.arrived(position, now)
        if now - sent_at > _BEHIND_MAX_S:
            raise CameraError(
                f"the stream from {self._address} is {now - sent_at:.0f} s behind: this machine or "
                "the network is too slow for it; set a smaller picture or rate in the camera"
            )
        return sent_at

    def _catch_up(self, film: Film) -> None:
        """Read until a picture has to be waited for: the ones before it are old."""
        began = film.position_s
        while not self._line.is_cut and self._advance(film):
            self._sent_at(film.position_s, self._clock.monotonic())
            if self._waits:
                return
            if film.position_s - began > _RECORDING_S:
                raise CameraError(
                    f"{self._address} sends a recording, no live picture: "
                    "check the path, or copy the file here and name it as camera.source"
                )


def _reason(address: Address, seconds: float) -> str:
    """Find out why FFmpeg could not, for it does not tell OpenCV; one question is asked."""
    status = _status(address, seconds) if address.scheme == "rtsp" else None
    match status:
        case 401 | 403 if address.user is None:
            return "it wants a user and a password: write rtsp://USER:PASSWORD@… in camera.source"
        case 401 | 403:
            return "it does not accept the user and password in camera.source, or not this path"
        case 404 | 454:
            return "it has no stream at this path: the camera's manual tells its path"
        case _:
            return (
                "it answers, but no picture came: check the path, user and password, "
                "and that the camera sends video (H.264 or MJPEG)"
            )


def _status(address: Address, seconds: float) -> int | None:
    """Ask by RTSP for the stream's description (RFC 2326, 10.2), without telling the login."""
    until = time.monotonic() + max(_LEAST_S, seconds)
    ask = f"DESCRIBE {address.without_login} RTSP/1.0\r\nCSeq: 1\r\nAccept: application/sdp\r\n\r\n"
    with contextlib.suppress(OSError), address.connect() as sock:
        sock.settimeout(_LEAST_S)
        sock.sendall(ask.encode())
        found = _STATUS.match(_first_line(sock, until))
        return int(found[1]) if found else None
    return None


def _first_line(sock: socket.socket, until: float) -> bytes:
    line = b""
    while b"\n" not in line and len(line) < _LINE_MAX and (left := until - time.monotonic()) > 0:
        sock.settimeout(left)
        data = sock.recv(_LINE_MAX)
        if not data:
            break
        line += data
    return line
