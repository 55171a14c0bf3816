"""Presses a lane's button again and again, and takes the times of what its display is told."""

import random
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
from lane_film import write_film
from lane_process import BenchError
from lane_site import LaneSite
from station_syncs import (
    Call,
    answer_on_disk_at,
    calls_of,
    sending_thread,
    under_strace,
    wall_minus_monotonic,
)
from station_tap import TappedStation

from kiosk.sandbox.server import Sandbox
from kiosk.simulate.levels import sample
from kiosk.simulate.scene import render
from kiosk.station.codecs.text import Lines
from kiosk.station.messages.en import TEXTS

SIZE = (1920, 1080)
EACH = 9  # pictures of a scene: a scan meets whatever is in view, and the cut to the next car
_NOISE_SD = 1.0  # beside the noise that a scene has of its own
_FIRST_SEED = 61_000
_ANSWER_S = 0.2  # the service's own time: the display has shown that it is awaited
_PATIENCE_S = 20.0
_REST_S = (0.4, 1.4)  # between two scans: every phase of a frame and of a scene
_CREDITS = 100_000
_SCANNING = TEXTS["scanning"][0]
_READ = TEXTS["accepted"][0][1]
_OK = TEXTS["recognized"][0][1].partition("{")[0]
_KNOWN = TEXTS["already_recognized"][0][1].partition("{")[0]
_AT_SCANNING, _AT_VIN, _AT_OK = range(3)  # a scan's messages


@dataclass(frozen=True, slots=True)
class Times:
    """The times of one scan (s); None where it did not come to that."""

    scanning: float | None = None  # from the press to the first byte of SCANNING
    vin: float | None = None  # from the press to the first byte of the VIN's message
    shown: float | None = None  # from the answer on the disk to the first byte of OK
    was_sent: bool = True  # False: this very picture of the film was paid for before


@dataclass(frozen=True, slots=True)
class Measured:
    """A series of scans; ``on_the_line`` are the three messages' times at 9600 baud (s)."""

    scans: tuple[Times, ...]
    on_the_line: tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class _Told:
    """What one scan's display was told: its messages, and when each began (monotonic s)."""

    pressed: float
    messages: Sequence[Lines]
    moments: Sequence[float]
    ahead: float  # of the wall clock

    def since_press(self, nth: int) -> float | None:
        return self.moments[nth] - self.pressed if nth < len(self.moments) else None

    @property
    def was_sent(self) -> bool:
        return not any(lower.startswith(_KNOWN) for _, lower in self.messages)


def make_scenes_film(path: Path, scenes: int) -> float:
    """Write a film of so many normal scenes; returns kB a picture."""
    pictures = (
        cv2.resize(render(sample("normal", _FIRST_SEED + number)).image, SIZE)
        for number in range(scenes)
    )
    return write_film(path, SIZE, pictures, EACH, noise_sd=_NOISE_SD)


def measure(folder: Path, film: Path, count: int, delay_s: float, seed: int) -> Measured:
    """Scan ``count`` times; each sync of the lane takes ``delay_s`` longer than its disk."""
    folder.mkdir()
    log = folder / "strace"
    rng = random.Random(seed)  # noqa: S311 - phases, no secrets
    with TappedStation() as station, Sandbox(credits=_CREDITS, latency_s=_ANSWER_S) as sandbox:
        site = LaneSite(folder, str(film), station, sandbox.url, "button")
        with site.start(under_strace(log, delay_s)) as lane:
            thread = sending_thread(lane.pid)
            _await(station, lambda: "READY" in station.glass.text)
            told = [_scan(station, rng, number, count) for number in range(count)]
        lines = (_SCANNING, ("", _READ), ("", _OK))
        on_the_line = tuple(station.on_the_line_s(one) for one in lines)
    calls = calls_of(log)
    return Measured(
        tuple(_times(one, calls, thread) for one in told),
        (on_the_line[0], on_the_line[1], on_the_line[2]),
    )


def _times(told: _Told, calls: Sequence[Call], thread: int) -> Times:
    shown = None
    if told.was_sent and len(told.moments) > _AT_OK:
        at = told.moments[_AT_OK] + told.ahead
        disk = answer_on_disk_at(calls, thread, told.pressed + told.ahead, at)
        if disk is None:
            raise BenchError("strace saw no commit of an answer that was shown as confirmed")
        shown = at - disk
    return Times(told.since_press(_AT_SCANNING), told.since_press(_AT_VIN), shown, told.was_sent)


def _scan(station: TappedStation, rng: random.Random, number: int, count: int) -> _Told:
    if sys.stderr.isatty():
        print(f"\r\033[K{number} of {count}", end="", file=sys.stderr, flush=True)
    time.sleep(rng.uniform(*_REST_S))  # a measurement takes its time
    mark, seen = station.mark(), len(station.glass.history)
    pressed = time.monotonic()
    station.press()
    _await(station, lambda: _is_over(_messages(station, seen)))
    messages = _messages(station, seen)
    moments = station.first_bytes_at(mark, messages)
    return _Told(pressed, messages, moments, wall_minus_monotonic())


def _await(station: TappedStation, is_so: Callable[[], bool]) -> bool:
    return station.wait_for(lambda _: is_so(), _PATIENCE_S)


def _messages(station: TappedStation, seen: int) -> list[Lines]:
    """Return the messages of the scan after ``seen`` states: SCANNING, the VIN's, the answer.

    States in which a row is not yet there are none.
    """
    states = [one for one in station.glass.history[seen:] if all(one)]
    begun = states.index(_SCANNING) if _SCANNING in states else len(states)
    return states[begun:]


def _is_over(messages: Sequence[Lines]) -> bool:
    return any(lower.startswith((_OK, _KNOWN)) for _, lower in messages)
