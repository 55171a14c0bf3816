"""Listens for one code of a hand scanner, and tells what is set wrong where none can be read."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from kiosk.clock import Clock
from kiosk.station.codecs.scanners import (
    SCANNERS,
    Refusal,
    Refused,
    Reply,
    Scanned,
    ScannerReader,
    Suffix,
    scanner_named,
)
from kiosk.station.port import Port
from kiosk.station.waker import Waker
from kiosk.vin import CHARACTERS, VIN_LENGTH, check_digit_passes, vin_of

NO_CODE_S = 3.0
"""Seconds after its first byte in which a code has to end."""

_QUIET_S = 0.4  # a code is over when nothing follows it: an LF behind its CR comes at once
_MOST = 512  # bytes; one code has at most 80
_SHOWN = 48  # bytes of it that a person is shown
_ASCII_END = 0x80
_WITHIN = re.compile(rf"(?=(?P<vin>I?{CHARACTERS}))")  # each place where one may begin
_AIM = 3  # characters of a code identifier: ] and two more (ISO/IEC 15424)
_OTHERS = "what came is a code, by other settings"
_GUESSES = (Suffix.LINE, Suffix.TAB, Suffix.STX_ETX)


@dataclass(frozen=True, slots=True)
class Settings:
    """What the lane's file says of the scanner: ``station.scanner``."""

    family: str = "plain"
    suffix: Suffix = Suffix.LINE


@dataclass(frozen=True, slots=True)
class Code:
    """What came, and what it means.

    ``text`` is the code as the lane would take it, or None; ``problem`` says what is wrong, and
    ``write`` which keys of ``station.scanner`` would set it right.
    """

    data: bytes
    text: str | None
    problem: str | None
    write: tuple[tuple[str, str], ...] = ()

    @property
    def is_vin(self) -> bool:
        """Whether the lane would take it for a VIN."""
        return self.text is not None and vin_of(self.text) is not None

    @property
    def hex(self) -> str:
        """The bytes as a manual writes them: ``49 31 0d``; of many the first."""
        return self.data[:_SHOWN].hex(" ") + (" …" if len(self.data) > _SHOWN else "")


def hear_code(port: Port, settings: Settings, clock: Clock, timeout_s: float) -> Code:
    """Wait for a code, at most ``timeout_s`` for its first byte; raises SerialError.

    What the scanner's protocol asks for is answered as the lane would.
    """
    waker = Waker()
    try:
        data = _one_code(port, waker, settings, clock, timeout_s)
    finally:
        waker.close()
    return diagnose(data, settings)


def diagnose(data: bytes, settings: Settings) -> Code:
    """Tell what the bytes of one pull of the trigger are, and why no code where they are none."""
    if not data:
        return Code(data, None, "nothing came")
    text = _text(data, settings)
    if text is not None:
        return Code(data, text, _surroundings(text))
    for family, suffix in _other_settings(settings):
        other = Settings(family, suffix)
        if _text(data, other) is not None:
            return Code(data, None, _OTHERS, _changes(settings, other))
    return Code(data, None, _why_nothing_fits(data, settings))


def _one_code(
    port: Port, waker: Waker, settings: Settings, clock: Clock, timeout_s: float
) -> bytes:
    reader = _reader(settings)
    came = bytearray()
    end = clock.monotonic() + timeout_s
    is_code = False
    while (left := end - clock.monotonic()) > 0 and len(came) < _MOST:
        if not waker.wait(port, left):
            continue
        data = port.read()
        if data and not came:
            end = clock.monotonic() + NO_CODE_S
        came += data
        for heard in reader.feed(data):
            if isinstance(heard, Reply):
                port.write(heard.data)
            elif not is_code:
                is_code = True
                end = clock.monotonic() + _QUIET_S
    return bytes(came)


def _text(data: bytes, settings: Settings) -> str | None:
    """Return the code, where the same bytes twice give it twice and nothing else.

    A suffix that is set too short leaves a rest, which spoils the next code only.
    """
    reader = _reader(settings)
    twice = [heard for _ in range(2) for heard in reader.feed(data) if not isinstance(heard, Reply)]
    texts = {heard.text if isinstance(heard, Scanned) else None for heard in twice}
    return texts.pop() if len(twice) == 2 and len(texts) == 1 else None  # noqa: PLR2004 - twice


def _reader(settings: Settings) -> ScannerReader:
    return scanner_named(settings.family).reader(settings.suffix)


def _other_settings(settings: Settings) -> Iterator[tuple[str, Suffix]]:
    for family in (settings.family, *(name for name in SCANNERS if name != settings.family)):
        for suffix in (settings.suffix, *_GUESSES):
            yield family, suffix


def _changes(settings: Settings, other: Settings) -> tuple[tuple[str, str], ...]:
    changes = []
    if other.family != settings.family:
        changes.append(("family", other.family))
    # A packet has no suffix: there the family alone is to be changed.
    if other.suffix is not settings.suffix and other.family != "zebra_ssi":
        changes.append(("suffix", other.suffix.value))
    return tuple(changes)


def _surroundings(text: str) -> str | None:
    """Say what a scanner adds to a VIN that is not in the label."""
    within = [(match.start(), match["vin"]) for match in _WITHIN.finditer(text)]
    if vin_of(text) is not None or not within:
        return None
    start, vin = max(within, key=lambda found: _likelihood(text, *found))
    parts = (("before", text[:start]), ("behind", text[start + len(vin) :]))
    added = [f"{part!r} {where} the VIN" for where, part in parts if part]
    return (
        f"it sends {' and '.join(added)}: switch off in the scanner what adds it "
        "(prefix, code identifier, check digit)"
    )


def _likelihood(text: str, start: int, vin: str) -> tuple[bool, bool, int]:
    """Weigh a VIN amid other letters: behind a code identifier, its check digit right, last."""
    is_behind_aim = text.startswith("]") and start == _AIM
    return is_behind_aim, check_digit_passes(vin[-VIN_LENGTH:]), start


def _why_nothing_fits(data: bytes, settings: Settings) -> str:
    heard = list(_reader(settings).feed(data))
    refused = next((h.reason for h in heard if isinstance(h, Refused)), None)
    if any(byte >= _ASCII_END or byte == 0 for byte in data) or refused is Refusal.DAMAGED:
        return "nonsense came: is station.scanner.baud the scanner's speed, and 8N1 its format?"
    if refused is Refusal.TOO_LONG or len(data) >= _MOST:
        return "more than 80 characters came: scan one label, once"
    if all(ord(" ") <= byte <= ord("~") for byte in data):
        return "a text without an end came: set the suffix CR in the scanner"
    return "control characters came within the code: set the suffix CR and no prefix in the scanner"
