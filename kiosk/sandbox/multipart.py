"""multipart/form-data (RFC 7578): the file parts of a body, also of one that was cut."""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass

_BOUNDARY = re.compile(r'[;\s]boundary=(?:"([^"]{1,200})"|([^;\s"]{1,200}))', re.IGNORECASE)
_FILE = re.compile(rb"^content-disposition:.*[;\s]filename\*?=", re.IGNORECASE | re.MULTILINE)
_LINE_END = re.compile(rb"[ \t]*\r\n")
_CUT_LINE_END = re.compile(rb"-?|[ \t]*\r?")


@dataclass(frozen=True, slots=True)
class FilePart:
    """One uploaded file; ``whole`` once the delimiter behind it was seen."""

    data: bytes
    whole: bool


@dataclass(frozen=True, slots=True)
class Upload:
    """What a body holds. ``closed``: the closing delimiter is there, or it is no multipart.

    A file part is one with a file name, whatever else it says: of the document's samples one has
    no ``name`` at all and one a misspelt ``name "file"``. A part without bytes is no file: that
    is what a browser sends when none was chosen.
    """

    files: tuple[FilePart, ...]
    closed: bool

    @property
    def sha256(self) -> str | None:
        """Hexadecimal SHA-256 of the first file's bytes, as far as they came."""
        return hashlib.sha256(self.files[0].data).hexdigest() if self.files else None


@dataclass(frozen=True, slots=True)
class _Delimiter:
    start: int
    end: int
    closing: bool


def read_upload(content_type: str, body: bytes) -> Upload:
    """Find the file parts in ``body``, which may end anywhere. Never raises."""
    boundary = _BOUNDARY.search(content_type)
    if boundary is None or not content_type.lower().startswith("multipart/form-data"):
        return Upload((), closed=True)
    mark = b"\r\n--" + (boundary[1] or boundary[2]).encode("latin-1", "replace")
    # The first delimiter may stand at the very start: then the CRLF before it is missing.
    text = b"\r\n" + body
    delimiters = list(_delimiters(text, mark))
    closed = bool(delimiters) and delimiters[-1].closing
    ends = [delimiter.start for delimiter in delimiters[1:]]
    parts = [
        _file_in(text[delimiter.end : end], whole=True)
        for delimiter, end in zip(delimiters, ends, strict=False)
    ]
    if delimiters and not closed:
        parts.append(_file_in(text[delimiters[-1].end :], whole=False))
    return Upload(tuple(part for part in parts if part is not None and part.data), closed)


def _delimiters(text: bytes, mark: bytes) -> Iterator[_Delimiter]:
    """Yield the delimiters up to the closing one.

    One whose own line was cut off still ends the part before it: streaming parsers hand a file
    over with up to four bytes of the closing delimiter missing.
    """
    start = text.find(mark)
    while start >= 0:
        end = start + len(mark)
        line_end = _LINE_END.match(text, end)
        if text.startswith(b"--", end):
            yield _Delimiter(start, end + 2, closing=True)
            return
        if line_end:
            yield _Delimiter(start, line_end.end(), closing=False)
        elif _CUT_LINE_END.fullmatch(text, end):
            yield _Delimiter(start, len(text), closing=False)
        start = text.find(mark, end)


def _file_in(part: bytes, *, whole: bool) -> FilePart | None:
    head, found, data = (b"\r\n" + part).partition(b"\r\n\r\n")
    if not found or not _FILE.search(head.replace(b"\r\n", b"\n")):
        return None
    return FilePart(data, whole)
