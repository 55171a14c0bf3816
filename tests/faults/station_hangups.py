"""Real hang-ups of pseudo-terminals, in real time: several stations at once, each on its own.

While a plug is out a new scan's word comes. Once it is in again the display must show that within
five seconds, and never again the word before.
"""

import random
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from kiosk.clock import SystemClock
from kiosk.model import Event, EventKind, State, Submission
from kiosk.station.simulated import SimulatedStation
from kiosk.station.station import Station, StationSettings
from kiosk.supervisor import Life

BACK_S = 5.0
_AWAY_S = (0.0, 0.0, 0.01, 0.3, 1.4, 1.6)
_JOIN_S = 10.0
_GARBAGE = b"\x00\xffREADY\x1bQA"


@dataclass(slots=True)
class HangUps:
    """What came of them."""

    backs_s: list[float] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)


def hang_up(times: int, seed: int, stations: int = 20) -> HangUps:
    """Hang up so many times in all."""
    found = HangUps()
    before = _held()
    hands = [
        threading.Thread(target=_one_station, args=(-(-times // stations), seed + number, found))
        for number in range(stations)
    ]
    for hand in hands:
        hand.start()
    for hand in hands:
        hand.join()
    after = _held()
    if any(now > once for now, once in zip(after, before, strict=True)):  # others' may have ended
        found.faults.append(f"descriptors and threads: {before} before, {after} after all")
    return found


def _one_station(times: int, seed: int, found: HangUps) -> None:
    dice, clock = random.Random(seed), SystemClock()
    with SimulatedStation() as display:
        station = Station(StationSettings(display.port), clock, lambda _: None)
        life = Life(station.name, clock)
        worker = threading.Thread(target=station.run, args=(life,))
        worker.start()
        try:
            _show(station, clock, 0)
            if not display.wait_for(lambda glass: _vin(0) in glass.text, BACK_S):
                found.faults.append("it never came up")
            for number in range(1, times + 1):
                _hang_up_once(display, station, clock, dice, number, found)
        finally:
            life.stop()
            worker.join(_JOIN_S)
        if worker.is_alive():
            found.faults.append("a thread that does not end")
        if display.glass.misunderstood:
            found.faults.append(f"misunderstood: {display.glass.misunderstood[:60]!r}")


def _hang_up_once(
    display: SimulatedStation,
    station: Station,
    clock: SystemClock,
    dice: random.Random,
    number: int,
    found: HangUps,
) -> None:
    if dice.random() < 0.5:
        display.type(_GARBAGE)
    if dice.random() < 0.5:  # in the midst of what is being written
        station.show(Event(EventKind.BUSY, clock.monotonic()))
    display.unplug()
    seen = len(display.glass.history)
    _show(station, clock, number)
    time.sleep(dice.choice(_AWAY_S))  # the plug is out for so long
    begun = time.monotonic()
    display.replug()
    if not display.wait_for(
        lambda glass: glass.lines[0] == _vin(number) and glass.lines[1], BACK_S
    ):
        found.faults.append(f"hang-up {number}: not back after {BACK_S:g} s: {station.problem}")
        return
    found.backs_s.append(time.monotonic() - begun)
    old = {_vin(one) for one in range(number)}
    shown = {upper for upper, _ in display.glass.history[seen:]}
    if stale := shown & old:
        found.faults.append(f"hang-up {number}: {stale} was shown again")


def _show(station: Station, clock: SystemClock, number: int) -> None:
    submission = Submission(number, number, State.QUEUED, "0" * 64, None, vin=_vin(number))
    now = clock.monotonic()
    station.show(Event(EventKind.ACCEPTED, now, scan_id=number, submission=submission))


def _vin(number: int) -> str:
    return f"1HGCM82633A{number:06d}"


def _held() -> tuple[int, int]:
    return len(list(Path("/proc/self/fd").iterdir())), threading.active_count()


def longest(backs_s: Sequence[float]) -> float:
    """Return the longest time (s); 0 where none came back."""
    return max(backs_s, default=0.0)
