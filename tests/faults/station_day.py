"""Hours of a station's life in compressed time: unplugged, replugged, flooded and pressed.

The lane's own line owner runs on a real pseudo-terminal, and whenever it would wait the world goes
on instead: the injected clock jumps to what happens next. All is one thread, so that at each wait
the display must show exactly what is said now, and must have been sent that and nothing else.
"""

import heapq
import random
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from station_jumps import JumpingLife, SteppedDisplay, waiting_by

from kiosk.clock import ManualClock
from kiosk.model import Event, EventKind, State, Submission, Trigger
from kiosk.station.codecs import codec_named
from kiosk.station.station import Station, StationSettings

HOUR_S = 3600.0
BACK_S = 5.0
_BUTTON = b"\x02GO\r"
_TICK_S = 0.001  # no clock stands still while somebody waits
_HEARD_S = 0.3  # at the latest: the press and its debounce
_LEAST_GAP_S = 1.0  # between two presses of a hand
_NUMBERED = re.compile(r"1HGCM82633A(\d{6})")
_GARBAGE = (
    bytes(range(256)).replace(b"G", b""),
    b"READY\r\nCONFIRMED\r\n\x1bQAHACKED\r\x0c",
    b"\x00" * 64,
    b"\xff\xfe\x1b@" * 40,
)
_FLOOD = bytes(range(0x0E, 0xFF)).replace(b"G", b"") * 40
_ANSWERS = (EventKind.RECOGNIZED, EventKind.UNRECOGNIZED, EventKind.WAITING, EventKind.IN_DOUBT)
# how often an hour; what each is stands in the method of this name
_RATES = {"pull": 40, "dirty": 60, "flood": 10, "press": 150, "whisper": 6, "lose_camera": 2}


@dataclass(slots=True)
class Findings:
    """What happened, and what should not have."""

    hours: float
    pulls: int = 0
    floods: int = 0
    garbage: int = 0  # bytes that the line took
    presses: int = 0
    scans: int = 0
    states: int = 0  # of the glass
    longest_back_s: float = 0.0
    faults: list[str] = field(default_factory=list)


class Day:
    """One life of a station, of so many simulated hours; the same seed is the same life."""

    def __init__(self, hours: float, seed: int, display: str = "cd5220") -> None:
        self.findings = Findings(hours)
        self.clock = ManualClock()
        self._dice = random.Random(seed)
        self._codec = codec_named(display)
        self._display = SteppedDisplay(display, _BUTTON)
        settings = StationSettings(self._display.port, display=display, button=_BUTTON)
        self._station = Station(settings, self.clock, self._heard)
        self._life = JumpingLife(self.clock, self.go_on)
        self._numbers = count()
        self._future: list[tuple[float, int, Callable[[], None]]] = []
        self._plugged = True
        self._is_fresh = True  # nothing was written since the line was opened
        self._dark_since: float | None = self.clock.monotonic()
        self._pressed_at: float | None = None  # and not yet heard
        self._free_at = 0.0  # when the next press may be
        self._scanning = False
        self._begun = 0  # the newest scan
        self._held: tuple[int, int] | None = None  # descriptors and threads, all being well

    def run(self) -> Findings:
        """Live it."""
        self._station.show(Event(EventKind.READY, self.clock.monotonic()))
        for name, rate in _RATES.items():
            for _ in range(round(rate * self.findings.hours)):
                self._in(self._dice.uniform(1.0, self.findings.hours * HOUR_S), getattr(self, name))
        self._in(self.findings.hours * HOUR_S + 2 * BACK_S, self._life.stop)
        with self._display, waiting_by(self.at_rest, self.go_on):
            self._station.run(self._life)
        self.findings.states = len(self._display.glass.history)
        if self._display.glass.misunderstood:
            self._blame(f"misunderstood: {self._display.glass.misunderstood[:60]!r}")
        return self.findings

    # ---- what happens -----------------------------------------------------------------------

    def pull(self) -> None:
        """Pull the plug, for a moment or for minutes."""
        if not self._plugged:
            return
        self._display.drain()
        self._display.unplug()
        self._plugged, self._pressed_at, self._dark_since = False, None, None
        self.findings.pulls += 1
        self._in(self._dice.choice((0.0, 0.02, 0.5, 1.5, 4.0, 30.0, 200.0)), self._replug)

    def _replug(self) -> None:
        self._display.replug()
        self._plugged, self._is_fresh = True, True
        self._dark_since = self.clock.monotonic()

    def dirty(self) -> None:
        """Disturb the line."""
        self.findings.garbage += self._display.type_some(self._dice.choice(_GARBAGE))

    def flood(self) -> None:
        """Disturb it without end for seconds."""
        self.findings.floods += 1
        for number in range(60):
            self._in(0.05 * number, self._flood_on)

    def _flood_on(self) -> None:
        self.findings.garbage += self._display.type_some(_FLOOD)

    def whisper(self) -> None:
        """Let a press be cut in two by a loss: that is no press."""
        if self._plugged and self._is_calm():
            half = len(_BUTTON) // 2
            self._display.type_some(_BUTTON[:half])
            self._free_at = self.clock.monotonic() + 60.0
            self._in(0.2, self._whisper_on)

    def _whisper_on(self) -> None:
        if not self._plugged:
            return
        self._display.unplug()
        self._plugged, self._dark_since = False, None
        self.findings.pulls += 1
        self._in(1.0, self._replug)
        self._in(1.0 + BACK_S, lambda: self._display.type_some(_BUTTON[len(_BUTTON) // 2 :]))

    def press(self) -> None:
        """Press the button; it counts where somebody can hear it."""
        if not self._plugged or self._dark_since is not None or not self._is_calm():
            return
        if self._display.type_some(_BUTTON) == len(_BUTTON):
            self._pressed_at = self.clock.monotonic()
            self._free_at = self._pressed_at + _LEAST_GAP_S

    def lose_camera(self) -> None:
        """Lose the camera for a while: the worst message at rest, and the one that blinks."""
        self._say(EventKind.CAMERA_LOST)
        self._in(self._dice.uniform(2.0, 90.0), lambda: self._say(EventKind.CAMERA_BACK))

    def _heard(self, _: Trigger) -> None:
        """Do as the lane does at a press."""
        if self._pressed_at is None:
            self._blame("a press that nobody made")
        self._pressed_at = None
        self.findings.presses += 1
        if self._scanning:
            self._say(EventKind.BUSY)
            return
        self._scanning = True
        self._begun += 1
        self.findings.scans += 1
        self._say(EventKind.SCANNING)
        number = self._begun
        self._in(self._dice.uniform(0.05, 2.0), lambda: self._conclude(number))

    def _conclude(self, number: int) -> None:
        self._scanning = False
        kind = self._dice.choice((EventKind.ACCEPTED,) * 4 + (EventKind.NO_LABEL,))
        if kind is EventKind.NO_LABEL:
            self._say(kind, scan_id=number)
            return
        self._answer(number, kind, live=True)
        late = self._dice.random() < 0.3  # of the answers: for a car that left
        self._in(
            self._dice.uniform(5.0, 400.0) if late else self._dice.uniform(0.2, 3.0),
            lambda: self._answer(number, self._dice.choice(_ANSWERS), live=not late),
        )

    def _answer(self, number: int, kind: EventKind, *, live: bool) -> None:
        vin = f"1HGCM82633A{number:06d}"
        submission = Submission(
            number, number, State.QUEUED, "0" * 64, None, vin=vin, local_vin=vin, live=live
        )
        self._say(kind, scan_id=number, submission=submission)

    def _say(self, kind: EventKind, **facts: object) -> None:
        self._station.show(Event(kind, self.clock.monotonic(), **facts))

    def _in(self, seconds: float, happens: Callable[[], object]) -> None:
        at = self.clock.monotonic() + seconds
        heapq.heappush(self._future, (at, next(self._numbers), happens))

    def _is_calm(self) -> bool:
        return self.clock.monotonic() >= self._free_at and self._pressed_at is None

    # ---- time -------------------------------------------------------------------------------

    def go_on(self, seconds: float) -> bool:
        """Let time pass until something happens, at most so long; tell whether it did."""
        now = self.clock.monotonic()
        if self._future and self._future[0][0] <= now + seconds:
            at, _, happens = heapq.heappop(self._future)
            self.clock.advance(max(at - now, 0.0))
            happens()
            self._look_for_the_late()
            return True
        self.clock.advance(max(seconds, _TICK_S))
        self._look_for_the_late()
        return False

    def at_rest(self) -> None:
        """Judge the glass: the owner has nothing more to write."""
        if not self._plugged:
            return
        came = self._display.drain()
        lines = self._station.bulletin.read().lines
        if self._display.glass.lines != (lines[0].rstrip(), lines[1].rstrip()):
            self._blame(f"{self._display.glass.lines} instead of {lines}")
        if self._is_fresh and came:
            came, self._is_fresh = came.removeprefix(self._codec.initialise()), False
        words = came.removeprefix(self._codec.show(lines))
        if words and words not in {self._codec.blink(on=on) for on in (True, False)}:
            self._blame(f"bytes that nobody composed: {words[:60]!r}")
        self._read_the_glass()
        if self._dark_since is not None:
            back_s = self.clock.monotonic() - self._dark_since
            self.findings.longest_back_s = max(self.findings.longest_back_s, back_s)
            self._dark_since = None
            self._count_what_is_held()

    def _read_the_glass(self) -> None:
        """Look for old scans; between two rests one message at most was written."""
        glass = self._display.glass
        for number in _NUMBERED.findall(glass.text):
            if int(number) < self._begun:
                self._blame(f"{glass.lines}: and scan {self._begun} has begun")
        if "HACKED" in glass.text:
            self._blame(f"{glass.lines}: that is garbage")

    def _look_for_the_late(self) -> None:
        now = self.clock.monotonic()
        if self._dark_since is not None and now - self._dark_since > BACK_S:
            self._blame(f"not back {BACK_S:g} s after its plug")
            self._dark_since = None
        if self._pressed_at is not None and now - self._pressed_at > _HEARD_S:
            self._blame("a press that was not heard")
            self._pressed_at = None

    def _count_what_is_held(self) -> None:
        held = len(list(Path("/proc/self/fd").iterdir())), threading.active_count()
        self._held = self._held or held
        if held != self._held:
            self._blame(f"descriptors and threads: {held}, and once {self._held}")
            self._held = held

    def _blame(self, words: str) -> None:
        self.findings.faults.append(f"{self.clock.monotonic():.1f} s: {words}")
        if len(self.findings.faults) > 20:  # it will not get better
            self._life.stop()
