"""Pictures as RTP packets: JPEG (RFC 2435), MPEG-4 (RFC 6416), and what a viewer is told of them.

Of JPEG only what OpenCV's encoder writes: baseline, three components, standard Huffman tables.
"""

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

JPEG = 26  # payload type (RFC 3551)
MPEG4 = 96  # the first of those that the description explains
CLOCK_HZ = 90_000
_PAYLOAD = 1400
_OWN_TABLES = 255  # Q: the quantisation tables travel with each picture (RFC 2435, 3.1.8)
_TYPE_OF_SAMPLING = {0x21: 0, 0x22: 1}  # 4:2:2 and 4:2:0 (RFC 2435, 4.1)
_TABLES, _FRAME, _SCAN = 0xDB, 0xC0, 0xDA
_BLOCK = 8


@dataclass(frozen=True, slots=True)
class _Coded:
    width: int
    height: int
    kind: int
    tables: bytes  # two of 64 bytes, in the order of the file
    scan: bytes  # the entropy-coded data


def packets(payloads: list[bytes], kind: int, sequence: int, timestamp: int) -> Iterator[bytes]:
    """Put one picture's payloads into packets (RFC 3550, 5.1); the last one bears the marker."""
    for left, payload in zip(range(len(payloads) - 1, -1, -1), payloads, strict=True):
        marker = 0 if left else 0x80
        head = (0x80, marker | kind, sequence & 0xFFFF, timestamp & 0xFFFFFFFF, 1)
        yield struct.pack(">BBHII", *head) + payload
        sequence += 1


def jpeg_payloads(jpeg: bytes) -> list[bytes]:
    """Cut one JPEG into payloads; raises ValueError where this form cannot carry it."""
    coded = _parse(jpeg)
    tables = struct.pack(">BBH", 0, 0, len(coded.tables)) + coded.tables
    shape = (coded.kind, _OWN_TABLES, coded.width // _BLOCK, coded.height // _BLOCK)
    payloads, at = [], 0
    while at < len(coded.scan):
        extra = b"" if at else tables
        piece = coded.scan[at : at + _PAYLOAD - len(extra)]
        payloads.append(struct.pack(">IBBBB", at, *shape) + extra + piece)
        at += len(piece)
    return payloads


def mpeg4_payloads(coded: bytes) -> list[bytes]:
    """Cut one coded MPEG-4 picture into payloads (RFC 6416, 5)."""
    return [coded[at : at + _PAYLOAD] for at in range(0, len(coded), _PAYLOAD)]


def describe(control: str, kind: int, attributes: Sequence[str] = ()) -> bytes:
    """Write the session's description (SDP, RFC 8866): one track of video."""
    lines = (
        *("v=0", "o=- 1 1 IN IP4 127.0.0.1", "s=simulated camera", "c=IN IP4 0.0.0.0", "t=0 0"),
        *(f"m=video 0 RTP/AVP {kind}", *(f"a={attribute}" for attribute in attributes)),
        *(f"a=control:{control}", ""),
    )
    return "\r\n".join(lines).encode("ascii")


def _parse(jpeg: bytes) -> _Coded:
    """Walk the segments up to the scan (ITU-T T.81, B.2)."""
    at, tables, shape = 2, b"", (0, 0, -1)
    while True:
        marker, length = struct.unpack_from(">xBH", jpeg, at)
        body = jpeg[at + 4 : at + 2 + length]
        if marker == _TABLES:
            tables += b"".join(body[i + 1 : i + 65] for i in range(0, len(body), 65))
        elif marker == _FRAME:
            height, width = struct.unpack_from(">HH", body, 1)
            shape = (width, height, _TYPE_OF_SAMPLING.get(body[7], -1))
        elif marker == _SCAN:
            end = jpeg.rindex(b"\xff\xd9")
            break
        at += 2 + length
    width, height, kind = shape
    if kind < 0 or width % _BLOCK or height % _BLOCK:
        raise ValueError("RTP carries baseline JPEG of 4:2:0 or 4:2:2, in whole blocks")
    return _Coded(width, height, kind, tables, jpeg[at + 2 + length : end])
