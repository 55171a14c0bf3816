"""MJPEG over HTTP: pictures as they come, nothing decoded, and honest reasons where none come.

FFmpeg could read it too, but tells neither why it cannot nor when a picture came.
"""

import logging
import select
import ssl
from collections import deque
from functools import partial

import requests
import urllib3
from requests.auth import AuthBase, HTTPBasicAuth, HTTPDigestAuth

from kiosk.camera.feeds import SILENCE_S, Arrival
from kiosk.camera.feeds.address import CONNECT_S, Address
from kiosk.camera.feeds.line import Line, session_on
from kiosk.camera.feeds.parts import Part, Parts, boundary_of
from kiosk.camera.jpeg import looks_whole
from kiosk.clock import Clock
from kiosk.errors import CameraError
from kiosk.vision.picture import decode_picture

_CHUNK = 256 * 1024
_BEHIND_MAX_S = 5.0
_PICTURE_S = 5.0  # from one picture to the next, damaged ones included
_HEADERS = {"User-Agent": "vin-kiosk", "Accept-Encoding": "identity"}
_REFUSED = (401, 403)
_NO_STREAMS = ("image/", "text/")


class MjpegFeed:
    """An HTTP camera that sends multipart/x-mixed-replace."""

    def __init__(self, address: Address, clock: Clock, line: Line) -> None:
        # its warning of headers that it cannot read holds the whole address
        logging.getLogger("urllib3").setLevel(logging.ERROR)
        self._address = address
        self._clock = clock
        self._line = line
        self._session = session_on(line)
        self._answer: requests.Response | None = None
        self._parts = Parts("")
        self._complete: deque[Part] = deque()
        self._empty_at = 0.0  # when the line was last seen to hold nothing for us

    def open(self) -> bool:
        """Connect and log in; False where the answer is a stream of another kind.

        Raises CameraError.
        """
        self._address.connect().close()
        self._session.trust_env = False  # a camera stands in our own network: no proxies
        self._session.verify = _trusted()
        answer = self._ask(None)
        if answer.status_code in _REFUSED and self._address.user is not None:
            answer = self._ask(_login(self._address, answer))
        if answer.status_code != requests.codes.ok:
            raise self._lost(_reason(answer.status_code, self._address))
        kind = answer.headers.get("Content-Type", "")
        if kind.startswith(_NO_STREAMS):
            raise self._lost("there is no stream at this path: the camera's manual tells its path")
        boundary = boundary_of(kind)
        self._parts = Parts(boundary or "")
        self._empty_at = self._clock.monotonic()
        return boundary is not None

    def next(self) -> Arrival | None:
        """Wait for the next picture, until _PICTURE_S or the line is over, or SILENCE_S silent."""
        until = self._clock.monotonic() + _PICTURE_S
        while not self._complete:
            self._read()
            if not self._complete and self._clock.monotonic() > until:
                raise self._lost(f"no whole picture came in {_PICTURE_S:.0f} s, only parts of one")
        part = self._complete.popleft()
        if not looks_whole(part.body):
            return None
        return Arrival(partial(decode_picture, part.body, grey=True), part.began_at)

    def close(self) -> None:
        """Hang up."""
        if self._answer is not None:
            self._answer.close()
        self._session.close()
        self._line.let_go()

    def _ask(self, login: AuthBase | None) -> requests.Response:
        if self._answer is not None:
            self._answer.close()
        try:
            self._answer = self._session.get(
                self._address.without_login,
                auth=login,
                headers=_HEADERS,
                stream=True,
                timeout=(CONNECT_S, SILENCE_S),
                allow_redirects=False,
            )
        except requests.exceptions.SSLError:
            raise self._lost(
                "its certificate is not trusted: install its authority's certificate on this "
                "machine (update-ca-certificates), or use http://"
            ) from None
        except (requests.RequestException, KeyError, ValueError):  # or a garbled challenge
            raise self._lost("it does not answer as an HTTP camera: check port and path") from None
        return self._answer

    def _read(self) -> None:
        """Take what is there. Bytes that need no waiting came after the line was last empty."""
        assert self._answer is not None
        line, poll = self._answer.raw, select.poll()
        if line.closed:  # the answer had a length, and that was all
            raise self._lost("it hung up")
        try:
            poll.register(line.fileno(), select.POLLIN)
            empty = not poll.poll(0)
            data = line.read1(_CHUNK)
        except (urllib3.exceptions.HTTPError, OSError):
            raise self._lost(f"it sent nothing for {SILENCE_S:.0f} s, or hung up") from None
        now = self._clock.monotonic()
        if not data:
            raise self._lost("it hung up")
        if empty:
            self._empty_at = now
        if now - self._empty_at > _BEHIND_MAX_S:
            raise self._lost("this machine is too slow for it: set a smaller picture or rate")
        try:
            self._complete += self._parts.feed(data, self._empty_at)
        except ValueError as error:
            raise self._lost(f"what it sends is no MJPEG ({error})") from error

    def _lost(self, why: str) -> CameraError:
        return CameraError(f"no stream from {self._address}: {why}")


def _login(address: Address, answer: requests.Response) -> AuthBase:
    user, password = address.user or "", address.password
    if "digest" in answer.headers.get("WWW-Authenticate", "").lower():
        return HTTPDigestAuth(user, password)
    return HTTPBasicAuth(user.encode(), password.encode())  # as text it must be Latin-1


def _reason(status: int, address: Address) -> str:
    if status in _REFUSED and address.user is None:
        return f"it wants a user and a password: write {address.scheme}://USER:PASSWORD@…"
    if status in _REFUSED:
        return "it does not accept the user and password in camera.source"
    if status == requests.codes.not_found:
        return "it has nothing at this path: the camera's manual tells its path"
    return f"it answers with HTTP {status}: check the address, and that nobody else is watching"


def _trusted() -> str | bool:
    """Whom this machine trusts; a camera's own authority can be installed there."""
    paths = ssl.get_default_verify_paths()
    return paths.cafile or paths.capath or True
