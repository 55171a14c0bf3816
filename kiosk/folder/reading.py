"""Reading one file safely: never through a link, never more than a picture may have, never half."""

import errno
import os
import stat
from pathlib import Path

from kiosk.folder.listing import Entry, entry_of
from kiosk.vision.picture import BYTES_MAX

# O_NONBLOCK: a FIFO put in the file's place would block the open for ever.
_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_CHUNK = 1 << 20
_JPEG, _JPEG_END = b"\xff\xd8\xff", b"\xff\xd9"
_PNG, _PNG_END = b"\x89PNG\r\n\x1a\n", b"IEND\xaeB`\x82"
_BMP, _GIF, _GIF_END = b"BM", b"GIF8", b"\x3b"
_MARKER, _SCAN = 0xFF, 0xDA  # of a JPEG's segments
_STANDALONE = {0x01, *range(0xD0, 0xD9)}  # markers without a length (ITU-T T.81, B.1.1.3)


class ChangedError(Exception):
    """The file is not what the listing saw: somebody writes to it, or put another in its place."""


def why_no_picture(entry: Entry) -> str | None:
    """Say why a file can never be scanned, before it is opened; None where it may be."""
    if stat.S_ISLNK(entry.mode):
        return "a symbolic link: links are not followed, put the picture itself there"
    if not stat.S_ISREG(entry.mode):
        return "no regular file (a pipe, a socket or a device)"
    if entry.links > 1:
        return "the file has another name elsewhere (a hard link): copy it instead"
    if entry.size > BYTES_MAX:
        return f"larger than {BYTES_MAX // 2**20} MiB"
    return None


def read_file(folder: Path, entry: Entry) -> bytes:
    """Read the whole file that ``entry`` describes, and no other.

    Raises ChangedError where it is another by now, or not at rest; OSError where it cannot be read.
    """
    try:
        descriptor = os.open(folder / entry.name, _FLAGS)
    except OSError as error:
        if error.errno == errno.ELOOP:  # a link took its place
            raise ChangedError from error
        raise
    try:
        if entry_of(entry.name, descriptor) != entry or why_no_picture(entry) is not None:
            raise ChangedError
        data = _read(descriptor, entry.size + 1)
        if len(data) != entry.size or entry_of(entry.name, descriptor) != entry:
            raise ChangedError
    finally:
        os.close(descriptor)
    return data


def _read(descriptor: int, most: int) -> bytes:
    parts = []
    while most > 0 and (part := os.read(descriptor, min(_CHUNK, most))):
        parts.append(part)
        most -= len(part)
    return b"".join(parts)


def is_whole(data: bytes) -> bool:
    """Tell whether a picture has its end, by the rules of its kind; what is no picture has it.

    JPEG: an EOI behind the first scan (ITU-T T.81, B.1.1.2: none can stand inside entropy-coded
    data); what phones append behind it does not matter. PNG: the IEND chunk. GIF: the trailer.
    BMP: the size that its header tells.
    """
    if is_jpeg(data):
        return _jpeg_is_whole(data)
    if data.startswith(_PNG):
        return _PNG_END in data
    if data.startswith(_GIF):
        return data.rstrip(b"\x00").endswith(_GIF_END)
    if data.startswith(_BMP):
        told = data[2:6]
        return len(told) == len(b"size") and len(data) >= int.from_bytes(told, "little")
    # Empty, or the first few bytes of one of them.
    return not any(magic.startswith(data) for magic in (_JPEG, _PNG, _GIF, _BMP))


def is_jpeg(data: bytes) -> bool:
    """Tell whether it is a JPEG, which decoders take half, the rest grey."""
    return data.startswith(_JPEG)


def _jpeg_is_whole(data: bytes) -> bool:
    at = 2
    while at + 4 <= len(data):
        marker = data[at + 1]
        if data[at] != _MARKER:
            return True  # damaged, not short: the decoder will say so
        if marker == _SCAN:
            return data.find(_JPEG_END, at) >= 0
        if marker == _MARKER:  # a fill byte
            at += 1
        elif marker in _STANDALONE:
            at += 2
        else:
            at += 2 + int.from_bytes(data[at + 2 : at + 4], "big")
    return False
