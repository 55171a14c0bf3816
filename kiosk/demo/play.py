"""Plays the plot on the stage and writes down what came of each press."""

import time
from dataclasses import dataclass
from typing import Protocol

from kiosk.clock import Clock
from kiosk.demo.books import Press
from kiosk.demo.plot import Expectation, Plot, Scenery, Shown, Step
from kiosk.demo.stage import Stage
from kiosk.model import Event, EventKind, ScanOutcome

_BETWEEN_PRESSES_S = 0.4  # a hand is no faster, and the button is debounced
_LIGHT_S = 1.0  # the light follows the words; what it shows later belongs to others
_COLOURS = ("yellow", "red", "green")
_PATIENCE_S = 30.0  # nothing in the demo takes this long, even on a busy Pi
_ANSWERS = frozenset({EventKind.RECOGNIZED, EventKind.UNRECOGNIZED, EventKind.IN_DOUBT})
_WITH_VIN = frozenset({ScanOutcome.VIN, ScanOutcome.DUPLICATE})


class Teller(Protocol):
    """Who shows the demo to a person."""

    def step(self, number: int, of: int, step: Step) -> None:
        """Say what happens next."""

    def view(self, shown: Shown) -> None:
        """Show what the camera sees now."""

    def wait_for_button(self) -> None:
        """Wait until the button should be pressed."""

    def linger(self) -> None:
        """Leave a moment to look at the result."""


@dataclass(frozen=True, slots=True)
class _Pressed:
    number: int
    step: Step
    expected: Expectation
    vin: str | None
    at: float
    first: Event | None
    said: bool
    colours: tuple[str, ...]


class Play:
    """One performance of a plot."""

    def __init__(self, stage: Stage, plot: Plot, seed: int, clock: Clock, teller: Teller) -> None:
        self._stage = stage
        self._plot = plot
        self._scenery = Scenery(seed)
        self._clock = clock
        self._teller = teller
        self._pressed: list[_Pressed] = []
        self._released_at = 0.0

    def perform(self) -> list[Press]:
        """Play every step; return what came of each press when all is over."""
        for number, step in enumerate(self._plot.steps, start=1):
            self._teller.step(number, len(self._plot.steps), step)
            if step.view is not None:
                self._face(step)
            if step.act is not None:
                self._stage.do(step.act)
                if step.act in {"start_service", "refill_and_resume"}:
                    self._stage.queue_drained(_PATIENCE_S)
            self._stage.settle()
            self._teller.linger()
        self._stage.queue_drained(_PATIENCE_S)
        return [self._followed_up(pressed) for pressed in self._pressed]

    def _face(self, step: Step) -> None:
        assert step.view is not None
        shown = self._scenery.show(step.view)
        self._stage.show(shown.scene)
        self._teller.view(shown)
        if step.expect is not None:
            self._teller.wait_for_button()
            self._scan(step, step.expect, shown)

    def _scan(self, step: Step, expected: Expectation, shown: Shown) -> None:
        time.sleep(max(0.0, self._released_at + _BETWEEN_PRESSES_S - self._clock.monotonic()))
        mark, seen = self._stage.mark(), len(self._stage.station.glass.history)
        lit = len(self._stage.light.history)
        at = self._clock.monotonic()
        if shown.code is None:
            self._stage.station.press()
        else:
            self._stage.scanner.scan(shown.code)
        self._released_at = self._clock.monotonic()
        first = self._stage.event_after(mark, self._stage.ends_a_scan, _PATIENCE_S)
        said = self._stage.station.wait_for(
            lambda glass: any(expected.says in "\n".join(lines) for lines in glass.history[seen:]),
            _PATIENCE_S,
        )
        colours = self._colours(lit, expected)
        vin = shown.vin if expected.outcome in _WITH_VIN else None
        number = len(self._pressed) + 1
        self._pressed.append(_Pressed(number, step, expected, vin, at, first, said, colours))

    def _colours(self, since: int, expected: Expectation) -> tuple[str, ...]:
        """Return what the light has shown ``since``, and shows now that the words stand there."""
        light = self._stage.light
        wanted = expected.light
        is_lit = wanted and light.wait_for(lambda lamps: bool(getattr(lamps, wanted)), _LIGHT_S)
        seen = [
            name for lamps in light.history[since:] for name in _COLOURS if getattr(lamps, name)
        ]
        return tuple(name for name in _COLOURS if name in seen or (is_lit and name == wanted))

    def _followed_up(self, pressed: _Pressed) -> Press:
        scan_id = pressed.first.scan_id if pressed.first else None
        scans = {scan.id: scan for scan in self._stage.lane.ledger.scans(len(self._pressed) + 50)}
        answer = self._stage.event_after(
            0, lambda e: e.kind in _ANSWERS and e.scan_id is not None and e.scan_id == scan_id, 0
        )
        return Press(
            pressed.number,
            pressed.step.name or pressed.step.title,
            pressed.expected,
            pressed.vin,
            scans.get(scan_id) if scan_id is not None else None,
            pressed.said,
            pressed.colours,
            pressed.first.at - pressed.at if pressed.first else None,
            answer.at - pressed.at if answer else None,
        )
