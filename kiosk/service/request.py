"""Builds the one request, and cuts it into the head and the tail that is held back."""

import urllib.parse

import requests

from kiosk import __version__
from kiosk.errors import PictureError
from kiosk.secret import Secret
from kiosk.service.urls import trouble_with

MIN_HELD_BACK = 64  # bytes of the picture; parsers were seen to be satisfied 1 to 4 bytes early
_HELD_BACK = 1024  # with delimiter and TLS record still one TCP segment: it arrives whole or not
_CONTENT_TYPES = {
    "png": ("png", "image/png"),
    "jpeg": ("jpg", "image/jpeg"),
    "jpg": ("jpg", "image/jpeg"),
    "gif": ("gif", "image/gif"),
    "bmp": ("bmp", "image/bmp"),
}
HEADERS = {
    "User-Agent": f"vin-kiosk/{__version__}",
    "Accept": "*/*",
    "Accept-Encoding": "identity",
    "Connection": "close",
}


def checked_url(url: str) -> urllib.parse.SplitResult:
    """Return the parts of a service URL, or raise ValueError that does not repeat the URL."""
    if words := trouble_with(url):
        raise ValueError(f"service.url {words}")
    return urllib.parse.urlsplit(url)


def held_back(size: int) -> int:
    """Return how many of a picture's ``size`` bytes stay behind until the point of no return.

    The last KiB, or half of a smaller picture: the last rows of any encoder are then missing, not
    only its end marker, and the tail still leaves as one segment. Raises PictureError where not
    even the least can be held back (no real crop is that small).
    """
    if size <= MIN_HELD_BACK:
        raise PictureError(f"the crop has only {size} bytes: it cannot be a picture")
    return max(MIN_HELD_BACK, min(_HELD_BACK, size // 2))


def build_request(
    url: str, query: dict[str, str], access_code: Secret, crop: bytes, image_format: str
) -> requests.Request:
    """Return the multipart request: one file part, all else in the query.

    Raises PictureError for a crop too small to be cut, or a format the service does not take.
    """
    held_back(len(crop))
    if image_format not in _CONTENT_TYPES:
        raise PictureError(f"the service takes no pictures of the format {image_format!r}")
    ending, content_type = _CONTENT_TYPES[image_format]
    return requests.Request(
        "POST",
        url,
        params={"accesscode": access_code.reveal(), **query},
        files={"image": (f"label.{ending}", crop, content_type)},
    )


class Parcel:
    """The request's bytes, cut inside the picture. Shows nothing of itself: it holds the code."""

    __slots__ = ("head", "tail")

    def __init__(self, request: requests.PreparedRequest, picture: bytes) -> None:
        body = request.body
        assert isinstance(body, bytes)
        cut = body.rindex(picture) + len(picture) - held_back(len(picture))
        self.head = _header_lines(request) + body[:cut]
        self.tail = body[cut:]


def _header_lines(request: requests.PreparedRequest) -> bytes:
    lines = [
        f"POST {request.path_url} HTTP/1.1",
        f"Host: {urllib.parse.urlsplit(request.url or '').netloc}",
        *(f"{name}: {value}" for name, value in request.headers.items()),
    ]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")
