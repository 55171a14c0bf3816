"""A network camera: RTSP, or HTTP with MJPEG or whatever else FFmpeg reads."""

from functools import partial

from kiosk.camera.feeds import Feed
from kiosk.camera.feeds.address import Address
from kiosk.camera.feeds.film import FilmFeed
from kiosk.camera.feeds.line import Line
from kiosk.camera.feeds.mjpeg import MjpegFeed
from kiosk.camera.feeds.reader import Reader
from kiosk.camera.ffmpeg import prepare_ffmpeg
from kiosk.clock import Clock
from kiosk.errors import CameraError
from kiosk.model import Frame

_OPEN_S = 10.0
_SAID_S = 0.5  # so long before that a feed says why it could not open
_STOP_S = 4.0  # an HTTP reader ends at once, one in FFmpeg within SILENCE_S
_RISE_S = 1e-6


class StreamCamera:
    """The stream at ``url`` (Camera protocol). No error or log line holds its login, path, query.

    A frame is stamped with its arrival less ``latency_s``: how long the camera itself takes from
    the exposure to the network. ``read`` keeps its deadline; ``open`` returns within some 14 s and
    ``close`` within 4 s, whatever the network does.
    """

    def __init__(self, url: str, clock: Clock, *, latency_s: float) -> None:
        prepare_ffmpeg()
        self._address = Address.parse(url)
        self._clock = clock
        self._latency_s = latency_s
        self._reader: Reader | None = None
        self._left_behind: Reader | None = None  # still blocked somewhere when it was closed
        self._taken_at = 0.0
        self._number = 0

    def open(self) -> None:
        """Connect. Raises CameraError with what to do."""
        self.close()
        if self._left_behind is not None and not self._left_behind.stop(_OPEN_S):
            raise self._no_answer()
        self._left_behind = None
        self._reader = Reader(partial(_connect, self._address, self._clock), self._clock)
        if not self._reader.wait_connected(_OPEN_S):
            raise self._no_answer()

    def read(self, deadline: float) -> Frame | None:
        """Wait for the newest frame until ``deadline`` (monotonic s); None when none came."""
        if self._reader is None:
            raise CameraError(f"the stream from {self._address} is not open")
        arrival = self._reader.newest(deadline)
        if arrival is None:
            return None
        self._taken_at = max(self._taken_at + _RISE_S, arrival.at - self._latency_s)
        self._number += 1
        return Frame(arrival.look, self._taken_at, self._number)

    def close(self) -> None:
        """Hang up."""
        if self._reader is not None and not self._reader.stop(_STOP_S):
            self._left_behind = self._reader
        self._reader = None

    def _no_answer(self) -> CameraError:
        return CameraError(
            f"no stream from {self._address}: nothing came of it in {_OPEN_S:.0f} s; check the "
            "camera's name or address, its power and its network cable"
        )


def _connect(address: Address, clock: Clock, line: Line) -> Feed:
    """Open the feed that fits what the camera sends; on the reader's thread."""
    until = clock.monotonic() + _OPEN_S - _SAID_S
    if address.scheme in ("http", "https"):
        mjpeg = MjpegFeed(address, clock, line)
        try:
            if mjpeg.open():
                return mjpeg
        except BaseException:
            mjpeg.close()
            raise
        mjpeg.close()
    film = FilmFeed(address, clock, line)
    try:
        film.open(until)
    except BaseException:
        film.close()
        raise
    return film
