"""The button's worker: opens its device, turns its levels into triggers, and heals it."""

import logging
import select
import threading
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from typing import Protocol

from kiosk.clock import Clock
from kiosk.errors import ButtonError
from kiosk.model import Event, EventKind, Trigger
from kiosk.supervisor import Life
from kiosk.triggers.contact import Contact, Level
from kiosk.triggers.debounce import RESTLESS, Debounce

_LOG = logging.getLogger(__name__)
_LONGEST_WAIT_S = 0.1  # the stop event has no descriptor: this bounds how late it is seen
_LOOK_EVERY_S = 0.01  # a press of 30 ms, the shortest a finger does, is seen at least twice
_RETRY_S = 1.5  # between two tries to open a device that is not there
_REPEATS = "the button repeats without end, and is ignored: see to its contact and its cable"
_HELD = "the button has not been let go for half a minute: see whether something presses it; {hint}"


class Source(Protocol):
    """An opened device that a button is on. All but ``close`` raise ButtonError when it is lost."""

    def fileno(self) -> int | None:
        """Return the descriptor to poll for changes; None where it must be looked at in turns."""

    def read(self) -> list[Level]:
        """Return the changes since the last time, oldest first, and how it is now. Never waits."""

    def close(self) -> None:
        """Let go of it. Never raises."""


@dataclass(frozen=True, slots=True)
class ButtonDevice:
    """How to open a button's device, and what is known of it.

    ``open`` raises ButtonError in words for the person at the lane; ``hint`` says what else may be
    wrong where the button seems held; ``press_s`` is 0 where the device debounces by itself.
    """

    open: Callable[[], Source]
    hint: str
    press_s: float = 0.02


def await_change(source: Source, seconds: float, stopping: threading.Event) -> None:
    """Wait for news of ``source``, at most so long; one without a descriptor is to be looked at."""
    descriptor = source.fileno()
    if descriptor is None:
        stopping.wait(min(seconds, _LOOK_EVERY_S))
        return
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    poll.poll(seconds * 1000)


class Button:
    """Turns presses into triggers.

    ``on_press`` is called on the button's thread and must return at once. A device that is
    missing, refused or lost, and a button that is stuck, are degraded states: ``problem`` says what
    to do, and each heals by itself. Losses and returns are logged and published once each.
    """

    name = "button"

    def __init__(
        self,
        device: ButtonDevice,
        clock: Clock,
        on_press: Callable[[Trigger], object],
        publish: Callable[[Event], object],
    ) -> None:
        self._device = device
        self._clock = clock
        self._on_press = on_press
        self._publish = publish
        self._published = EventKind.BUTTON_BACK
        self._debounce = Debounce()
        self._contact = Contact(device.press_s)
        self._loss: str | None = None
        self._lost_at: float | None = None
        self._stuck: str | None = None
        self._restless = False

    @property
    def problem(self) -> str | None:
        """What is wrong with the button and what to do, or None."""
        return self._loss or self._stuck or (RESTLESS if self._restless else None)

    def run(self, life: Life) -> None:
        """Own the device until ``life.stopping``."""
        while not life.stopping.is_set():
            try:
                self._serve(life)
            except ButtonError as error:
                self._note_loss(str(error))
                self._tell()
                life.wait(_RETRY_S)

    def _serve(self, life: Life) -> None:
        with closing(self._device.open()) as source:
            self._contact = Contact(self._device.press_s)  # a press cut in two is none
            while not life.stopping.is_set():
                life.beat()
                for level in source.read():
                    self._take(level)
                self._note_good()
                now = self._clock.monotonic()
                self._note_stuck(now)
                self._tell()
                self._await_change(source, life, self._contact.due_in(now))

    def _take(self, level: Level) -> None:
        pressed_at = self._contact.take(level)
        if pressed_at is not None and self._debounce.signal(pressed_at):
            self._on_press(Trigger("button", pressed_at))

    def _await_change(self, source: Source, life: Life, due_in_s: float | None) -> None:
        seconds = _LONGEST_WAIT_S if due_in_s is None else min(due_in_s, _LONGEST_WAIT_S)
        await_change(source, seconds, life.stopping)

    def _note_loss(self, words: str) -> None:
        if self._lost_at is None:
            self._lost_at = self._clock.monotonic()
            _LOG.warning("button lost (%s)", words)
        elif words != self._loss:
            _LOG.info("button still lost (%s)", words)
        self._loss = words

    def _note_good(self) -> None:
        self._loss = None
        if self._lost_at is not None:
            _LOG.info("button back after %.0f s", self._clock.monotonic() - self._lost_at)
            self._lost_at = None

    def _note_stuck(self, now: float) -> None:
        words = None
        if self._contact.is_stuck(now):
            words = _HELD.format(hint=self._device.hint)
        elif self._debounce.is_stuck(now):
            words = _REPEATS
        if (words is None) is not (self._stuck is None):
            _LOG.warning("button stuck (%s)", words) if words else _LOG.info("button free again")
        self._stuck = words
        if self._debounce.is_restless(now) is not self._restless:
            self._restless = not self._restless
            _LOG.warning(RESTLESS) if self._restless else _LOG.info("button at rest again")

    def _tell(self) -> None:
        kind = EventKind.BUTTON_STUCK if self._stuck else EventKind.BUTTON_BACK
        if self._loss:
            kind = EventKind.BUTTON_LOST
        if kind is not self._published:
            self._published = kind
            self._publish(Event(kind, self._clock.monotonic(), detail=self.problem))
