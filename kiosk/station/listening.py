"""Listens to a line for one press of whatever button is on it, and says what it sent."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from kiosk.clock import Clock
from kiosk.station.waker import HasFileno, Waker
from kiosk.triggers.serial import ByteStringMatcher

_QUIET_S = 0.4  # a press is over when nothing more came for this long; nobody presses twice so fast
_LONGEST = 16  # bytes that station.button may have
_ESCAPES = {0x0D: "\\r", 0x0A: "\\n", 0x09: "\\t", 0x22: '\\"'}


class Press(StrEnum):
    """What was heard."""

    EXPECTED = "expected"  # what the configuration says
    OTHER = "other"  # something else that a button may send
    NOISE = "noise"  # more than any button sends, or what a wrong speed makes of it
    NONE = "none"


class Line(HasFileno, Protocol):
    """A line that bytes come from."""

    def read(self) -> bytes:
        """Return what has arrived."""


@dataclass(frozen=True, slots=True)
class Heard:
    """The bytes of one press, and what they mean."""

    press: Press
    data: bytes

    @property
    def hex(self) -> str:
        """Write the bytes as a manual does: 1c 0d."""
        return self.data.hex(" ")


def listen(
    line: Line, expected: bytes, clock: Clock, timeout_s: float, tell: Callable[[bytes], object]
) -> Heard:
    """Wait for a press, at most ``timeout_s``; ``tell`` gets the bytes as they arrive.

    Raises SerialError where the line is lost.
    """
    waker = Waker()
    try:
        data = _one_press(line, waker, clock, timeout_s, tell)
    finally:
        waker.close()
    return Heard(_meaning(data, expected), data)


def button_text(data: bytes) -> str:
    """Write bytes, no backslash among them, as ``station.button`` takes them: in double quotes."""
    return '"' + "".join(_ESCAPES.get(byte) or _plain(byte) for byte in data) + '"'


def _one_press(
    line: Line, waker: Waker, clock: Clock, timeout_s: float, tell: Callable[[bytes], object]
) -> bytes:
    heard = bytearray()
    deadline = clock.monotonic() + timeout_s
    while (left := deadline - clock.monotonic()) > 0:
        if not waker.wait(line, left):
            continue
        data = line.read()
        if data:
            tell(data)
            heard += data
            # A line that never falls silent must not hold the test up for ever.
            deadline = min(deadline + _QUIET_S, clock.monotonic() + _QUIET_S)
        if len(heard) > 4 * _LONGEST:
            break
    return bytes(heard)


def _meaning(data: bytes, expected: bytes) -> Press:
    if not data:
        return Press.NONE
    if ByteStringMatcher(expected).feed(data):
        return Press.EXPECTED
    # Not ASCII, or a backslash, which the lane's file takes for an escape that went wrong.
    garbled = any(byte >= 0x80 or byte in b"\0\\" for byte in data)  # noqa: PLR2004 - ASCII's end
    return Press.NOISE if garbled or len(data) > _LONGEST else Press.OTHER


def _plain(byte: int) -> str:
    return chr(byte) if ord(" ") <= byte <= ord("~") else f"\\x{byte:02x}"
