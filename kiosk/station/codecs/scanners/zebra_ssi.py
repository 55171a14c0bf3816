"""Zebra's (formerly Symbol's) Simple Serial Interface: packets with a checksum, 9600 baud, 8N1.

Source: Zebra, "Simple Serial Interface Programmer's Guide" (72E-40451), and Symbol, "SE 923 Scan
Engine Integration Guide", chapter 6. A packet is its length without the checksum, an opcode, who
speaks (4: the host, 0: the scanner), a status, data, and the two's complement of the sum of these
bytes, the high byte first. The scanner is set to "send packeted data" and to software handshaking;
with ACK/NAK handshaking it waits for an answer to each packet, and repeats one without.
"""

from collections.abc import Iterator

from kiosk.station.codecs.scanners.framing import Suffix, verdict
from kiosk.station.codecs.scanners.heard import Heard, Refusal, Refused, Reply
from kiosk.station.codecs.scanners.plain import PlainScanner
from kiosk.station.codecs.scanners.scanner import ScannerReader

_HOST, _SCANNER = 4, 0
_ACK, _NAK, _START, _STOP, _BEEP, _SCAN_ENABLE = 0xD0, 0xD1, 0xE4, 0xE5, 0xE6, 0xE9
_DECODE_DATA = 0xF3
_KNOWN = frozenset({0xA3, 0xC6, _ACK, _NAK, 0xD4, _DECODE_DATA, 0xF6})  # what scanners send
_RESEND = 1  # a NAK's reason
_REPEATED, _MORE_FOLLOWS = 0b01, 0b10  # bits of the status
_HEADER, _CHECKSUM = 4, 2
_ONE_SHORT_HIGH, _TWO_LONG_LOW, _FAST_WARBLE = 0x00, 0x10, 0x14  # beep codes


def packet(opcode: int, data: bytes = b"", source: int = _HOST, status: int = 0) -> bytes:
    """Build one packet with its checksum."""
    body = bytes([_HEADER + len(data), opcode, source, status]) + data
    return body + _checksum(body)


class ZebraSsi(PlainScanner):
    """Good, bad and attention are beep codes of their own."""

    name = "zebra_ssi"

    def reader(self, suffix: Suffix = Suffix.LINE) -> ScannerReader:
        """Make a reader for a freshly opened line; a suffix inside a packet is taken off."""
        return _SsiReader()

    def trigger_on(self) -> bytes:
        """Begin to look for a code."""
        return packet(_START)

    def trigger_off(self) -> bytes:
        """Stop looking."""
        return packet(_STOP)

    def good(self) -> bytes:
        """Beep once, short and high."""
        return packet(_BEEP, bytes([_ONE_SHORT_HIGH]))

    def bad(self) -> bytes:
        """Beep twice, long and low."""
        return packet(_BEEP, bytes([_TWO_LONG_LOW]))

    def enable(self) -> bytes:
        """Let it scan."""
        return packet(_SCAN_ENABLE)

    def beep(self) -> bytes:
        """Warble."""
        return packet(_BEEP, bytes([_FAST_WARBLE]))


class _SsiReader:
    """Finds packets, and begins a byte later where none is: at most one packet is held."""

    def __init__(self) -> None:
        self._held = b""
        self._last = b""  # the data of the last packet: a repetition of it is no second scan
        self._in_pieces = False  # a code longer than a packet is none for us, whole or in part

    def feed(self, chunk: bytes) -> Iterator[Heard]:
        """Take the next bytes, in chunks of any size; yield what they complete."""
        for byte in chunk:
            self._held += bytes([byte])
            yield from self._look()

    def forget(self) -> None:
        """Drop what was begun."""
        self._held = b""

    def _look(self) -> Iterator[Heard]:
        while self._held:
            size = self._held[0] + _CHECKSUM
            if not _may_be_packet(self._held):
                self._held = self._held[1:]
            elif len(self._held) < size:
                return
            elif _checksum(self._held[: size - _CHECKSUM]) != self._held[size - _CHECKSUM : size]:
                self._held = self._held[1:]
                yield Refused(Refusal.DAMAGED)
                yield Reply(packet(_NAK, bytes([_RESEND])))
            else:
                body, self._held = self._held[: size - _CHECKSUM], self._held[size:]
                yield from self._understand(body)

    def _understand(self, body: bytes) -> Iterator[Heard]:
        opcode, status, data = body[1], body[3], body[_HEADER:]
        if opcode in {_ACK, _NAK}:
            return
        yield Reply(packet(_ACK))
        if opcode != _DECODE_DATA or (status & _REPEATED and data == self._last):
            return
        self._last = data
        text = data[1:].rstrip(b"\r\n\t")  # the first byte is the kind of code
        was_in_pieces, self._in_pieces = self._in_pieces, bool(status & _MORE_FOLLOWS)
        if was_in_pieces and not self._in_pieces:
            yield Refused(Refusal.TOO_LONG)
        elif text and not self._in_pieces:
            yield verdict(text)


def _may_be_packet(held: bytes) -> bool:
    return (
        held[0] >= _HEADER
        and (len(held) < 2 or held[1] in _KNOWN)  # noqa: PLR2004 - the opcode is the second
        and (len(held) < 3 or held[2] == _SCANNER)  # noqa: PLR2004 - the source is the third
    )


def _checksum(body: bytes) -> bytes:
    return (-sum(body) & 0xFFFF).to_bytes(2, "big")
