"""Hostile bytes: what a seed becomes when its structure is bent, not only its bits."""

import gzip
import random
import re
import zlib

_NUMBERS = (b"0", b"-1", b"1", b"65536", b"4294967295", b"-9223372036854775809", b"1e309")
_LONG_NUMBER = b"9" * 5_000  # more digits than int() takes
_DIGITS = re.compile(rb"\d+")
_FIELDS = (0, 1, 0x7FFF, 0xFFFF, 0x7FFF_FFFF, 0xFFFF_FFFF)  # what a length in a header may claim
BOMB = zlib.compress(b"{" + b" " * (1 << 26))  # 64 MiB in as many kilobytes
LARGEST = 400_000  # bytes: more than a connection may bring


class Dice:
    """Bends seeds; what comes out depends on nothing but the number it was made with."""

    def __init__(self, number: int) -> None:
        self.random = random.Random(number)

    def bent(self, seed: bytes, others: list[bytes], tokens: list[bytes]) -> bytes:
        """Bend a seed one to four times."""
        data = bytearray(seed)
        for _ in range(self.random.choice((1, 1, 2, 4))):
            self._bend(data, others, tokens)
        return bytes(data[:LARGEST])

    def _bend(self, data: bytearray, others: list[bytes], tokens: list[bytes]) -> None:
        start, end = self._span(data)
        match self.random.randrange(12):
            case 0 if data:
                data[start % len(data)] ^= 1 << self.random.randrange(8)
            case 1:
                data[start:end] = self.random.randbytes(self.random.randrange(9))
            case 2:
                del data[start:end]
            case 3:
                del data[start:]
            case 4:
                data[start:start] = data[start:end] * self._times(end - start)
            case 5:
                other = self.random.choice(others)
                data[start:end] = other[slice(*self._span(other))]
            case 6 | 7 if tokens:
                data[start : self.random.choice((start, end))] = self.random.choice(tokens)
            case 8 if tokens:  # depth
                token = self.random.choice(tokens)
                data[start:start] = token * self._times(len(token))
            case 9 if found := list(_DIGITS.finditer(data)):
                number = self.random.choice(found)
                data[number.start() : number.end()] = self.random.choice((*_NUMBERS, _LONG_NUMBER))
            case _:
                size = self.random.choice((1, 2, 4))
                value = self.random.choice(_FIELDS) & (256**size - 1)
                order = self.random.choice(("big", "little"))
                data[start : start + size] = value.to_bytes(size, order)

    def _span(self, data: bytes | bytearray) -> tuple[int, int]:
        start = self.random.randint(0, len(data))
        return start, min(len(data), start + self.random.choice((1, 4, 16, 200)))

    def _times(self, length: int) -> int:
        most = LARGEST // max(1, length)
        return min(most, self.random.choice((1, 2, 50, 2_000, 100_000)))

    # ---- an answer on the wire ----------------------------------------------------------------

    def wrapped(self, body: bytes) -> bytes:
        """Make an HTTP answer of a body: of a stated length, in chunks, compressed, or to its end.

        What is compressed may unpack to a thousand times its size.
        """
        heads = [self.random.choice((b"HTTP/1.1 200 OK", b"HTTP/1.1 500 Oops", b"HTTP/1.0 429 "))]
        match self.random.randrange(8):
            case 0:
                heads.append(b"Content-Encoding: gzip")
                body = gzip.compress(body, 1)
            case 1:
                heads.append(b"Content-Encoding: deflate")
                body = zlib.compress(body, 1)
            case 2:
                heads.append(b"Content-Encoding: deflate")
                body = BOMB
        match self.random.randrange(3):
            case 0:
                heads.append(b"Content-Length: %d" % len(body))
            case 1:
                heads.append(b"Transfer-Encoding: chunked")
                body = self._chunks(body)
        if self.random.randrange(4) == 0:
            heads.insert(0, b"HTTP/1.1 103 Early Hints\r\nLink: <x>\r\n")
        return b"\r\n".join(heads) + b"\r\n\r\n" + body

    def _chunks(self, body: bytes) -> bytes:
        pieces = []
        while body:
            size = self.random.choice((1, 16, 1000, len(body)))
            pieces.append(b"%x\r\n%s\r\n" % (len(body[:size]), body[:size]))
            body = body[size:] if len(pieces) < 500 else b""
        return b"".join(pieces) + b"0\r\n\r\n"
