"""The hand scanner's worker: codes go to the lane, and its answers back as sounds."""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from kiosk.clock import Clock
from kiosk.handscan import HandCode
from kiosk.model import Event, EventKind
from kiosk.station.codecs.scanners import Refusal, Refused, Reply, Scanned, Suffix, scanner_named
from kiosk.station.line import LineOwner
from kiosk.station.port import SCANNER
from kiosk.supervisor import Life
from kiosk.triggers.debounce import Debounce

_LOG = logging.getLogger(__name__)
_SILENCE_S = 0.5  # a code whose bytes stop for this long will not be ended any more
_DOUBLE_READ_S = 0.5  # nobody scans twice so fast: that is one pull of the trigger, or a flood
_PATIENCE_S = 8.0  # how late a sound may follow its code
_SPARE_S = 2.0  # before a waiting scanner's own time-out
_DISABLED_S = 2.0  # how long one that "bad" disables stays so: its operator must look up
_REMARK_S = 60.0
_SETTLED_S = 5.0  # a port that opens and fails at once, each 1.5 s, is not back
_EVER = 3600.0
_NEVER = float("inf")


@dataclass(frozen=True, slots=True)
class ScannerSettings:
    """The scanner's line, and what it speaks."""

    port: str
    baud: int = 9600
    family: str = "plain"  # a name of kiosk.station.codecs.scanners.SCANNERS
    suffix: Suffix = Suffix.LINE


@dataclass(frozen=True, slots=True)
class _Asked:
    """The code whose sound is owed: only the newest, so that no sound answers another code."""

    number: int
    until: float  # monotonic seconds


class HandScanner:
    """Reads codes and makes the scanner sound good or bad.

    ``on_code`` is called on the scanner's thread and must return at once; where it returns False
    (the lane is busy) the scanner sounds bad, else as the code's ``answer`` says. Raises UsageError
    for a family that no codec knows. ``problem`` is as Station's; what changes of it is published,
    on the scanner's thread.
    """

    name = "scanner"

    def __init__(
        self,
        settings: ScannerSettings,
        clock: Clock,
        on_code: Callable[[HandCode], bool],
        publish: Callable[[Event], object],
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._on_code = on_code
        self._publish = publish
        self._published = EventKind.SCANNER_BACK
        self._back_at = _NEVER  # when the line has been well for long enough to be told
        self._codec = scanner_named(settings.family)
        own = self._codec.answer_within_s
        self._patience_s = _PATIENCE_S if own is None else min(_PATIENCE_S, own - _SPARE_S)
        self._reader = self._codec.reader(settings.suffix)
        self._debounce = Debounce(quiet_s=_DOUBLE_READ_S)
        self._stuck = False
        self._number = 0
        self._asked: _Asked | None = None
        self._heard_at = _NEVER  # the last bytes of what may be a code yet
        self._enable_at = _NEVER
        self._refused = 0
        self._told_at = -_NEVER
        self._lock = threading.Lock()  # guards the answer
        self._answered: tuple[int, bool] | None = None
        self._line = LineOwner(settings.port, settings.baud, SCANNER, self, clock, self._tell)

    @property
    def problem(self) -> str | None:
        """What is wrong with the scanner and what to do, or None."""
        if self._line.problem is None and self._stuck:
            return "the scanner repeats without end; its codes are ignored"
        return self._line.problem

    def run(self, life: Life) -> None:
        """Own the line until ``life.stopping``."""
        self._line.run(life)

    def begin(self) -> bytes:
        """Let the scanner scan; what was read on a line that was lost is void."""
        self._reader = self._codec.reader(self._settings.suffix)
        self._asked = None
        self._heard_at = self._enable_at = _NEVER
        return self._codec.enable()

    def next(self) -> tuple[bytes, float]:
        """Sound as the lane has answered, or as its silence asks for."""
        now = self._clock.monotonic()
        self._note_stuck(now)
        if now >= self._back_at:
            self._tell()
        if now >= self._heard_at + _SILENCE_S:
            self._reader.forget()
            self._heard_at = _NEVER
        words = self._sound(now)
        if now >= self._enable_at:
            self._enable_at = _NEVER
            words += self._codec.enable()
        owed_at = _NEVER if self._asked is None else self._asked.until
        turn = min(self._heard_at + _SILENCE_S, self._enable_at, owed_at)
        return words, min(max(turn - now, 0.0), _EVER)

    def hear(self, chunk: bytes) -> bytes:
        """Take codes; what the scanner's protocol wants is written at once."""
        now = self._clock.monotonic()
        self._heard_at = now
        words, ignored = b"", False
        for heard in self._reader.feed(chunk):
            match heard:
                case Reply(data):
                    words += data
                case Refused(Refusal.DAMAGED):  # the scanner was asked to say it again
                    self._note_refusal(Refusal.DAMAGED, now)
                case Scanned() | Refused():
                    if self._debounce.signal(now):
                        words += self._take(heard, now)
                    else:
                        ignored = True
                case _:
                    pass
        if ignored and self._codec.answer_within_s is not None:
            words += self._bad(now)
        return words

    def farewell(self) -> bytes:
        """Let no scanner wait for us."""
        return b"" if self._asked is None else self._codec.bad()

    def _take(self, heard: Scanned | Refused, now: float) -> bytes:
        self._number += 1
        answer = partial(self._answer, self._number)
        if isinstance(heard, Scanned):
            code = HandCode(heard.text, now, answer)
        else:
            self._note_refusal(heard.reason, now)
            code = HandCode(None, now, answer, refusal=f"refused: {heard.reason.value}")
        self._asked = _Asked(self._number, now + self._patience_s)
        if self._on_code(code):
            return b""
        self._asked = None
        return self._bad(now)

    def _answer(self, number: int, good: bool) -> None:  # noqa: FBT001 - bound by partial, called as HandCode.answer
        with self._lock:
            self._answered = number, good
        self._line.wake()

    def _sound(self, now: float) -> bytes:
        with self._lock:
            answered, self._answered = self._answered, None
        if self._asked is None:
            return b""
        if answered is not None and answered[0] == self._asked.number:
            self._asked = None
            return self._codec.good() if answered[1] else self._bad(now)
        if now >= self._asked.until:
            self._asked = None
            return self._bad(now)
        return b""

    def _bad(self, now: float) -> bytes:
        self._enable_at = now + _DISABLED_S
        return self._codec.bad()

    def _note_refusal(self, reason: Refusal, now: float) -> None:
        self._refused += 1
        if now - self._told_at >= _REMARK_S:
            _LOG.warning("scanner: %d refused, the latest as %s", self._refused, reason.value)
            self._refused, self._told_at = 0, now

    def _note_stuck(self, now: float) -> None:
        stuck = self._debounce.is_stuck(now)
        if stuck is not self._stuck:
            self._stuck = stuck
            _LOG.warning("scanner stuck: codes are ignored" if stuck else "scanner free again")
            self._tell()

    def _tell(self) -> None:
        """Publish what is wrong with the scanner now, where that is news."""
        kind = EventKind.SCANNER_STUCK if self._stuck else EventKind.SCANNER_BACK
        if self._line.problem is not None:
            kind = EventKind.SCANNER_LOST
            self._back_at = _NEVER
        elif self._published is EventKind.SCANNER_LOST:
            now = self._clock.monotonic()
            self._back_at = min(self._back_at, now + _SETTLED_S)
            if now < self._back_at:
                return
            self._back_at = _NEVER
        if kind is not self._published:
            self._published = kind
            self._publish(Event(kind, self._clock.monotonic(), detail=self.problem))
