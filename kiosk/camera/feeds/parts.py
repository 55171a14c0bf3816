"""Takes multipart/x-mixed-replace apart as it comes in (RFC 2046, 5.1, as cameras write it)."""

import re
from dataclasses import dataclass

from kiosk.vision.picture import BYTES_MAX

_HEAD_MAX = 16_384
_HEAD_END = re.compile(rb"\r?\n\r?\n")
_LENGTH = re.compile(rb"(?im)^content-length[ \t]*:[ \t]*(\d{1,9})[ \t]*\r?$")
_BOUNDARY = re.compile(r'(?i);\s*boundary\s*=\s*(?:"([^"]+)"|([^\s;]+))')


def boundary_of(content_type: str) -> str | None:
    """Read the boundary out of a Content-Type; None where this is no such stream.

    Some cameras give it with the two dashes that only belong into the body.
    """
    found = _BOUNDARY.search(content_type)
    if not content_type.lower().startswith("multipart/") or found is None:
        return None
    return (found[1] or found[2]).removeprefix("--") or None


@dataclass(frozen=True, slots=True)
class Part:
    """One body, and when (monotonic s) its beginning arrived."""

    body: bytes
    began_at: float


class Parts:
    """Give it the stream's bytes, get its bodies. Raises ValueError where it is no such stream."""

    def __init__(self, boundary: str) -> None:
        self._delimiter = b"--" + boundary.encode("latin-1", "replace")
        self._held = bytearray()
        self._began_at: float | None = None  # of the present part; None between parts
        self._length: int | None = None
        self._searched = 0  # no delimiter begins before here

    def feed(self, data: bytes, at: float) -> list[Part]:
        """Take what arrived at ``at`` (monotonic s); give the parts that are complete by it."""
        self._held += data
        parts: list[Part] = []
        while True:
            if self._began_at is None and not self._head(at):
                return parts
            part = self._body()
            if part is None:
                return parts
            parts.append(part)

    def _head(self, at: float) -> bool:
        start = self._held.find(self._delimiter)
        end = _HEAD_END.search(self._held, max(start, 0)) if start >= 0 else None
        if end is None:
            if len(self._held) > _HEAD_MAX:
                raise ValueError("no part begins here")
            return False
        length = _LENGTH.search(self._held[start : end.start() + 2])
        self._length = int(length[1]) if length else None
        if self._length is not None and self._length > BYTES_MAX:
            raise ValueError("a part is too large")
        del self._held[: end.end()]
        self._began_at, self._searched = at, 0
        return True

    def _body(self) -> Part | None:
        end = self._end_of_body()
        if end is None or self._began_at is None:
            return None
        part = Part(bytes(self._held[:end]), self._began_at)
        del self._held[:end]
        self._began_at = None
        return part

    def _end_of_body(self) -> int | None:
        """Where the body ends: by its length, else before the line that begins the next part."""
        if self._length is not None:
            return self._length if len(self._held) >= self._length else None
        at = self._held.find(b"\n" + self._delimiter, self._searched)
        if at >= 0:
            return at - 1 if self._held[at - 1 : at] == b"\r" else at
        if len(self._held) > BYTES_MAX:
            raise ValueError("a part is too large")
        self._searched = max(0, len(self._held) - len(self._delimiter))
        return None
