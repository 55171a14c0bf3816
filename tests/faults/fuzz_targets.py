"""Every place where bytes from outside become values: what it may raise, what it may take."""

import contextlib
import http.client
import os
import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import cv2
import numpy as np
from fuzz_cases import Dice

from kiosk.camera.feeds.parts import Parts, boundary_of
from kiosk.camera.jpeg import looks_whole
from kiosk.clock import ManualClock
from kiosk.control.protocol import Envelope, Ping, Submit, decode_request, encode_request
from kiosk.errors import PictureError, UsageError
from kiosk.ledger.moment import Moment
from kiosk.ledger.spent import SpentLog
from kiosk.ledger.spent_lines import Released, Spent, format_line
from kiosk.service.answer import parse_answer
from kiosk.service.patience import Patience
from kiosk.service.reply import MAX_BODY, read_reply, retry_after_s
from kiosk.service.wire import AnswerTooLargeError, Wire
from kiosk.triggers.serial import ByteStringMatcher
from kiosk.vision.header import read_header
from kiosk.vision.picture import decode_picture

SAMPLES = Path(__file__).parents[1] / "unit" / "service" / "samples"
BUTTON = b"\x1cOK\r"
MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class Target:
    """One door. ``case`` makes its input, ``enter`` takes it in and may raise only ``raises``."""

    name: str
    case: Callable[[Dice], bytes]
    enter: Callable[[bytes], object]
    raises: tuple[type[BaseException], ...] = ()
    seconds: float = 0.05  # of the processor, for one input
    peak: int = 8 * MIB  # of Python's own memory, above the input
    resident: int = 64 * MIB  # of all memory, over a whole run


def _bender(seeds: list[bytes], tokens: list[bytes]) -> Callable[[Dice], bytes]:
    return lambda dice: dice.bent(dice.random.choice(seeds), seeds, tokens)


# ---- answers ----------------------------------------------------------------------------------

_XML = [path.read_bytes() for path in sorted(SAMPLES.glob("*.xml"))] + [b"<a>"]
_JSON = [path.read_bytes() for path in sorted(SAMPLES.glob("*.json"))] + [b"[", b'{"a":']
_XML_TOKENS = [
    b"<VINbarcode>", b"</VINbarcode>", b"<a>", b"<a ", b"/>", b"<!DOCTYPE x>", b"&amp;", b"&x;",
    b"<!DOCTYPE b [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;&a;&a;&a;&a;'>]>", b"&b;", b"&#0;",
    b"<![CDATA[", b"]]>", b"<!--", b"-->", b"<?xml version='1.0' encoding='utf-16'?>", b"\0",
    b"<?xml version='1.1' encoding='cp037'?>", b"\xff\xfe", b"\xef\xbb\xbf", b" xmlns:a='a'", b"a:",
]  # fmt: skip
_JSON_TOKENS = [
    b"{", b"[", b'{"a":', b"[[", b"]", b"}", b'"', b",", b":", b"\\ud800", b"\\u0000", b"NaN",
    b"-", b"1e999", b"null", b"true", b'"status"', b'"message_key": ', b"\xff", b"\xfe\xff", b"\0",
]  # fmt: skip
_WIRE_TOKENS = [
    b"\r\n", b"\n\n", b"\r\n\r\n", b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 ", b"0\r\n\r\n",
    b"ffffffffffffffff\r\n", b"-1\r\n", b"Content-Length: 99999999999\r\n",
    b"Content-Length: -1\r\n", b"Transfer-Encoding: chunked\r\n",
    b"Content-Encoding: gzip\r\n", b"X: y\r\n", b" folded\r\n",
    b"Retry-After: Fri, 31 Dec 9999 23:59:59 GMT\r\n", b"Retry-After: 1e9\r\n", b";ext=1",
]  # fmt: skip


def _bent_xml(dice: Dice) -> bytes:
    return _bender(_XML, _XML_TOKENS)(dice)[:MAX_BODY]


def _bent_json(dice: Dice) -> bytes:
    return _bender(_JSON, _JSON_TOKENS)(dice)[:MAX_BODY]


class _Fed:
    """A socket on which everything has arrived, in pieces, and then the end."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def recv(self, most: int) -> bytes:
        """Give the next piece, of an odd size."""
        size = min(most, 1 + self._at * 7919 % 5_000)
        piece = self._data[self._at : self._at + size]
        self._at += len(piece)
        return piece


def _on_the_wire(dice: Dice) -> bytes:
    body = dice.random.choice((_bent_xml, _bent_json, lambda _: _JSON[0]))(dice)
    data = dice.wrapped(body)
    return dice.bent(data, [data], _WIRE_TOKENS) if dice.random.randrange(2) else data


def _read_reply(data: bytes) -> None:
    clock = ManualClock()
    reply = read_reply(Wire(_Fed(data)), Patience(clock, 10))  # type: ignore[arg-type]
    assert len(reply.body) <= MAX_BODY + 16_384
    seconds = retry_after_s({name.lower(): value for name, value in reply.headers}, clock)
    assert seconds is None or 0 <= seconds <= 86_400
    if reply.cut is None:
        parse_answer(reply.body)


# ---- pictures ---------------------------------------------------------------------------------


def _pictures() -> dict[str, bytes]:
    page = np.random.default_rng(1).integers(0, 256, (48, 64, 3), np.uint8)
    clear = np.dstack([page, page[..., :1]])
    kinds = {
        "jpeg": (".jpg", page, []),
        "progressive": (".jpg", page, [cv2.IMWRITE_JPEG_PROGRESSIVE, 1]),
        "restarts": (".jpg", page, [cv2.IMWRITE_JPEG_RST_INTERVAL, 1]),
        "png": (".png", page, []),
        "transparent": (".png", clear, []),
        "one bit": (".png", page[..., 0], [cv2.IMWRITE_PNG_BILEVEL, 1]),
        "bmp": (".bmp", page, []),
    }
    made = {
        name: cv2.imencode(kind, picture, options)[1].tobytes()
        for name, (kind, picture, options) in kinds.items()
    }
    # One pixel, by hand: OpenCV writes GIF only in some builds.
    made["gif"] = bytes.fromhex(
        "47494638396101000100800000000000ffffff21f90401000000002c00000000010001000002024401003b"
    )
    return made


_KINDS = _pictures()
_PICTURES = list(_KINDS.values())
_PICTURE_TOKENS = [
    b"\xff", b"\xff\xd8\xff", b"\xff\xd9", b"\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00",
    b"\xff\xe1\xff\xff", b"\xff\xc4\x00\x02", b"\xff\xdd\x00\x04\x00\x01", b"BM", b"acTL", b"tRNS",
    b"\xff\xc2\x00\x11\x08\xff\xff\xff\xff\x03\x01\x22\x00\x02\x11\x01\x03\x11\x01",
    b"\x00\x00\x00\x00IDAT\x35\xaf\x06\x1e", b"\x7f\xff\xff\xffIDAT", b"\x89PNG\r\n\x1a\n",
    b"\x00\x00\x00\x00IEND\xae\x42\x60\x82", b"GIF89a", b"\x21\xff\x0bNETSCAPE2.0",
    b"\x2c\x00\x00\x00\x00\xff\xff\xff\xff\x00", b"\x28\x00\x00\x00", b"\x00\x00\x00\x80",
]  # fmt: skip
_bent_picture = _bender(_PICTURES, _PICTURE_TOKENS)
_SIDES = (0, 1, 255, 4_000, 7_999, 16_000, 65_535)


def _hostile_picture(dice: Dice) -> bytes:
    return _claiming(dice) if dice.random.randrange(30) == 0 else _bent_picture(dice)


def _claiming(dice: Dice) -> bytes:
    """Let a sound header claim another size, its checksum being right."""
    kind = dice.random.choice(list(_KINDS))
    width, height = dice.random.choices(_SIDES, k=2)
    data = bytearray(_KINDS[kind])
    if kind in {"png", "transparent", "one bit"}:
        data[16:24] = struct.pack(">II", width, height)
        data[29:33] = zlib.crc32(data[12:29]).to_bytes(4, "big")
    elif kind == "bmp":
        data[18:26] = struct.pack("<ii", width, -height)
    elif kind == "gif":
        data[6:10] = struct.pack("<HH", width, height)
        at = data.index(b",") + 5
        data[at : at + 4] = data[6:10]
    else:
        at = min(at for at in (data.find(b"\xff\xc0"), data.find(b"\xff\xc2")) if at > 0)
        data[at + 5 : at + 9] = struct.pack(">HH", height, width)
    return bytes(data)


def _read_header(data: bytes) -> None:
    looks_whole(data)
    read_header(data)


def _decode(data: bytes) -> None:
    image = decode_picture(data)
    assert image.dtype == np.uint8
    assert image.shape[2:] == (3,)


# ---- everything else that comes in -------------------------------------------------------------

_STREAM = b"".join(
    b"--frame\r\nContent-Type: image/jpeg\r\n%s\r\n%s\r\n" % (length, picture)
    for picture in _PICTURES[:2]
    for length in (b"", b"Content-Length: %d\r\n" % len(picture))
)
_STREAM_TOKENS = [b"--frame", b"--frame--", b"\r\n\r\n", b"Content-Length: 99999999\r\n", b"\r\n"]


def _split_stream(data: bytes) -> None:
    boundary = boundary_of(data[:40].decode("latin-1")) or "frame"
    parts = Parts(boundary)
    size = 1 + sum(data[:40]) % 3_000
    for at in range(0, len(data), size):
        parts.feed(data[at : at + size], float(at))


def _serial_noise(dice: Dice) -> bytes:
    pieces = [BUTTON, BUTTON[:2], BUTTON[2:], BUTTON[:1], b"\0\xff", dice.random.randbytes(9)]
    return b"".join(dice.random.choices(pieces, k=dice.random.choice((3, 40, 2_000))))


def _press(data: bytes) -> None:
    matcher, pressed = ByteStringMatcher(BUTTON), 0
    size = 1 + sum(data[:9]) % 40
    for at in range(0, len(data), size):
        pressed += matcher.feed(data[at : at + size])
    assert pressed == data.count(BUTTON)


_COMMANDS = [
    encode_request(Envelope("/state", one))
    for one in (Ping(), Submit(b"x" * 300, "a.png", hurry=True, pay_again=False))
]
_LATER = Moment("boot", 1.0, 2.0, clock_set=True)
_LOG = [
    format_line(Spent("a" * 64, None, "1M8GDM9AXKP042788", 7, _LATER))
    + format_line(Released("a" * 64, "maria", "x\n", _LATER))
]


_PAYMENT = Spent("c" * 64, None, "1M8GDM9AXKP042788", 8, _LATER)
_IN_MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
_LOG_TOKENS = [b'"sha256":"' + b"b" * 64 + b'"', b"\n", b"{", b'"seq":', b"null"]


def _start_with_log(data: bytes) -> None:
    """Whatever lies there: the lane starts, and a payment that follows is known at the next start.

    No line may be gone but a torn last one.
    """
    with TemporaryDirectory(dir=_IN_MEMORY) as folder:
        path = Path(folder, "spent.log")
        path.write_bytes(data)
        with contextlib.closing(SpentLog.open(path)) as log:
            assert data.startswith(kept := path.read_bytes())
            assert b"\n" not in data[len(kept) :]
            log.spend(_PAYMENT)
        with contextlib.closing(SpentLog.open(path)) as log:
            assert log.is_spent(_PAYMENT.sha256)
            assert path.read_bytes() == kept + format_line(_PAYMENT)


# An answer's bytes can be 60,000 elements, each an object: seconds, peak, resident.
_LONG_XML = (0.4, 32 * MIB, 160 * MIB)
TARGETS = (
    Target("answers in XML", _bent_xml, parse_answer, (), *_LONG_XML),
    Target("answers in JSON", _bent_json, parse_answer),
    Target(
        "answers on the wire",
        _on_the_wire,
        _read_reply,
        (OSError, http.client.HTTPException, AnswerTooLargeError),
        *_LONG_XML,
    ),
    Target("headers of pictures", _hostile_picture, _read_header, (PictureError,)),
    # 64 megapixels of three bytes, and what a decoder holds beside them.
    Target(
        "pictures",
        _hostile_picture,
        _decode,
        (PictureError,),
        seconds=8.0,
        peak=400 * MIB,
        resident=700 * MIB,
    ),
    Target("streams of pictures", _bender([_STREAM], _STREAM_TOKENS), _split_stream, (ValueError,)),
    Target("serial lines", _serial_noise, _press),
    Target(
        "commands",
        _bender(_COMMANDS, [*_JSON_TOKENS, b"\n", b"=="]),
        lambda data: decode_request(data[: data.find(b"\n") + 1] or data),
        (UsageError,),
    ),
    # The one that a program of ours wrote, and that a disk may have damaged: two starts over as
    # many as 400,000 lines.
    Target("spent logs", _bender(_LOG, _LOG_TOKENS), _start_with_log, seconds=3.0),
)


def target_named(name: str) -> Target:
    """Find a door."""
    return next(target for target in TARGETS if target.name == name)
