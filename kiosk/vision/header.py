"""What the first bytes of a picture tell: its kind, its size, and what decoding it would take.

The kinds are those that the service takes (JPEG, PNG, GIF, BMP); the kind is told by its magic
bytes, never by a file name. A header costs next to nothing to read whatever it claims: every walk
over it has an end of its own.
"""

import re
import struct
from collections.abc import Callable
from dataclasses import dataclass

from kiosk.errors import PictureError

_SEGMENTS_MAX = 4096  # before a JPEG's frame: profiles and previews fill some hundred
_SCANS_MAX = 32  # of a JPEG: encoders make a dozen, and each goes over the whole picture
_MARKER = re.compile(rb"\xff+([^\x00\xff])")  # any number of fill bytes before it
_BEHIND_SCAN = re.compile(rb"\xff([^\x00\xff\xd0-\xd7])")  # a marker that ends coded data
_STANDALONE = {0x01, *range(0xD0, 0xD9)}  # markers without a length (ITU-T T.81, B.1.1.3)
_FRAMES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}  # SOF0 … SOF15, without the tables between
_PROGRESSIVE = {0xC2, 0xC6, 0xCA, 0xCE}
_SCAN, _END = 0xDA, 0xD9
_PNG = b"\x89PNG\r\n\x1a\n"
_CHUNK = 12  # bytes of a chunk besides its data: length, kind, checksum
_CHUNKS_MAX = 32_768  # encoders make one for some kilobytes
_ALPHA = 4  # in a PNG's colour type


@dataclass(frozen=True, slots=True)
class Header:
    """Width and height in pixels.

    ``transparent``: some pixels may let the paper through. ``heavy``: animated or transparent, so
    that a decoder holds the picture several times.
    """

    width: int
    height: int
    transparent: bool = False
    heavy: bool = False


def read_header(data: bytes) -> Header:
    """Read the header of a JPEG, PNG, GIF or BMP.

    Raises PictureError for any other kind of file, and for a header that is damaged or that would
    keep a decoder busy without end.
    """
    for magic, reader in _READERS:
        if data.startswith(magic):
            try:
                return reader(data)
            except (struct.error, IndexError) as error:
                raise PictureError("The picture ends within its header.") from error
    for pattern, name in _OTHERS:
        if pattern.match(data):
            raise PictureError(f"{name} is not read here: save it as JPEG or PNG.")
    raise PictureError("Not a picture this program reads (JPEG, PNG, GIF or BMP).")


def _png(data: bytes) -> Header:
    """Read the IHDR chunk, which must come first (ISO/IEC 15948), and walk over the others.

    OpenCV makes room for a chunk by what it claims, up to 4 GiB, before it reads it: so each must
    lie within the file.
    """
    width, height, _, colour = struct.unpack_from(">IIBB", data, 16)
    kinds, at = set[bytes](), len(_PNG)
    for _ in range(_CHUNKS_MAX):
        (length,) = struct.unpack_from(">I", data, at)
        kind = data[at + 4 : at + 8]
        at += _CHUNK + length
        if at > len(data):
            raise PictureError("The picture is damaged or cut short.")
        kinds.add(kind)
        if kind == b"IEND":
            transparent = bool(colour & _ALPHA) or b"tRNS" in kinds
            return Header(width, height, transparent, transparent or b"acTL" in kinds)
    raise PictureError("The PNG comes in too many pieces: save it anew.")


def _gif(data: bytes) -> Header:
    """Read the logical screen, which holds every frame (GIF89a, section 18)."""
    width, height = struct.unpack_from("<HH", data, 6)
    return Header(width, height, heavy=True)


def _bmp(data: bytes) -> Header:
    """Read the DIB header; a negative height means rows from the top."""
    (length,) = struct.unpack_from("<I", data, 14)
    core = 12
    width, height = struct.unpack_from("<HH" if length == core else "<ii", data, 18)
    return Header(abs(width), abs(height))


def _jpeg(data: bytes) -> Header:
    """Walk the segments to the frame header and the first scan (ITU-T T.81, B.2)."""
    at, frame, marker, components = 2, None, 0, 0
    for _ in range(_SEGMENTS_MAX):
        found = _MARKER.match(data, at)
        if found is None:
            break
        at, code = found.end(), found[1][0]
        if code in _STANDALONE:
            continue
        if code in _FRAMES and frame is None:
            height, width, components = struct.unpack_from(">HHB", data, at + 3)
            frame, marker = Header(width, height), code
        if code == _SCAN:
            if frame is None:
                raise PictureError("The JPEG has no frame header.")
            if marker in _PROGRESSIVE or data[at + 2] != components:
                _check_scans(data, at)
            return frame
        at += int.from_bytes(data[at : at + 2], "big")
    if not data[at:].strip(b"\xff"):
        raise PictureError("The picture ends within its header.")
    raise PictureError("The JPEG's segments are damaged.")


def _check_scans(data: bytes, at: int) -> None:
    """Count the scans of a JPEG that is sent in many, from its first one's length at ``at``.

    Ten bytes of a scan can say that nothing changes, and still cost a look at every pixel: without
    a limit, a small file would keep the decoder busy for hours.
    """
    scans = 1
    for _ in range(_SEGMENTS_MAX):
        at += int.from_bytes(data[at : at + 2], "big")
        found = _BEHIND_SCAN.search(data, at)
        if found is None or found[1][0] == _END:
            return  # the decoder says whether it is whole; what stands behind the end is not its
        at = found.end()
        scans += found[1][0] == _SCAN
        if scans > _SCANS_MAX:
            break
    raise PictureError("The JPEG comes in too many scans: save it anew.")


_READERS: tuple[tuple[bytes, Callable[[bytes], Header]], ...] = (
    (b"\xff\xd8\xff", _jpeg),
    (_PNG, _png),
    (b"GIF87a", _gif),
    (b"GIF89a", _gif),
    (b"BM", _bmp),
)
_OTHERS = tuple(
    (re.compile(pattern, re.DOTALL), name)
    for pattern, name in (
        (rb"RIFF....WEBP", "WebP"),
        (rb"II[*+]\0|MM\0[*+]", "TIFF"),
        (rb"....ftyp(hei|hev|mif|msf)", "HEIC (as telephones make)"),
        (rb"....ftypavi", "AVIF"),
        (rb"\0\0\0\x0cjP|\xff\x4f\xff\x51", "JPEG 2000"),
        (rb"\0\0\0\x0cJXL|\xff\x0a", "JPEG XL"),
        (rb"%PDF", "PDF"),
    )
)
