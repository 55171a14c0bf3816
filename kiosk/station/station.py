"""The station's worker: the one owner of the serial line with the display and the button."""

import logging
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from kiosk.clock import Clock
from kiosk.errors import SerialError
from kiosk.model import Event, EventKind, Trigger
from kiosk.station.board import Board
from kiosk.station.codecs import codec_named
from kiosk.station.codecs.text import Lines
from kiosk.station.messages import Beginning
from kiosk.station.port import Port
from kiosk.station.waker import Waker
from kiosk.supervisor import Life
from kiosk.triggers.debounce import Debounce
from kiosk.triggers.serial import ByteStringMatcher

_LOG = logging.getLogger(__name__)
_LONGEST_WAIT_S = 0.1  # the stop event has no descriptor: this bounds how late it is seen
_RETRY_S = 1.5  # between two tries to open a port that is not there


@dataclass(frozen=True, slots=True)
class StationSettings:
    """The station's line: a device path (by-path keeps its name over a replug) and who is on it."""

    port: str
    baud: int = 9600
    display: str = "cd5220"  # a name of kiosk.station.codecs.DISPLAYS
    button: bytes = b"\r"  # what one press sends
    begins_by: Beginning = Beginning.BUTTON


class Station:
    """Shows events on the display and turns the button's bytes into triggers.

    ``on_press`` is called on the station's thread and must return at once. Raises UsageError for
    a display that no codec knows. A port that is missing, refused or lost is a degraded state:
    ``problem`` says what to do, and it is tried again until it works.
    """

    name = "station"

    def __init__(
        self, settings: StationSettings, clock: Clock, on_press: Callable[[Trigger], object]
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._on_press = on_press
        self._codec = codec_named(settings.display)
        self._debounce = Debounce()
        self._lock = threading.Lock()  # guards the board and the waker's life; held for moments
        self._board = Board(clock.monotonic(), settings.begins_by)
        self._waker: Waker | None = None
        self._line_problem: str | None = None
        self._lost_at: float | None = None
        self._stuck = False

    @property
    def problem(self) -> str | None:
        """What is wrong with the station and what to do, or None."""
        if self._line_problem is None and self._stuck:
            return "the button seems stuck: it repeats without end; presses are ignored"
        return self._line_problem

    def show(self, event: Event) -> None:
        """Take an event to be shown: from any thread, at once; the newest wins (see Board)."""
        with self._lock:
            self._board.post(event, self._clock.monotonic())
            if self._waker is not None:
                self._waker.wake()

    def run(self, life: Life) -> None:
        """Own the line until ``life.stopping``; the display is left saying that it is off."""
        waker = Waker()
        with self._lock:
            self._waker = waker
        try:
            while not life.stopping.is_set():
                try:
                    self._serve(life, waker)
                except SerialError as error:
                    self._note_loss(error)
                    life.wait(_RETRY_S)
        finally:
            with self._lock:
                self._waker = None
            waker.close()

    def _serve(self, life: Life, waker: Waker) -> None:
        port = Port(self._settings.port, self._settings.baud)
        try:
            port.write(self._codec.initialise())
            self._converse(port, life, waker)
        except SerialError:
            port.abandon()
            raise
        finally:
            port.close()

    def _converse(self, port: Port, life: Life, waker: Waker) -> None:
        # A press cut in two by a lost line is no press: the matcher lives as long as the line.
        matcher = ByteStringMatcher(self._settings.button)
        painted: Lines | None = None
        while not life.stopping.is_set():
            life.beat()
            lines, wait_s = self._wanted()
            if lines != painted:
                port.write(self._codec.show(lines))
                painted = lines
                self._note_good()
            elif waker.wait(port, wait_s):
                self._hear(matcher.feed(port.read()))
            self._note_button()
        self._say_goodbye(port)

    def _wanted(self) -> tuple[Lines, float]:
        with self._lock:
            now = self._clock.monotonic()
            change = self._board.next_change(now)
            lines = self._board.lines(now)
        if change is None:
            return lines, _LONGEST_WAIT_S
        return lines, min(max(change - now, 0.0), _LONGEST_WAIT_S)

    def _hear(self, signals: int) -> None:
        now = self._clock.monotonic()
        for _ in range(signals):
            if self._debounce.signal(now):
                self._on_press(Trigger("button", now))

    def _say_goodbye(self, port: Port) -> None:
        with self._lock:
            now = self._clock.monotonic()
            self._board.post(Event(EventKind.STOPPING, now), now)
            lines = self._board.lines(now)
        with suppress(SerialError):  # nobody is left to heal it
            port.write(self._codec.show(lines))

    def _note_loss(self, error: SerialError) -> None:
        words = str(error)
        if self._lost_at is None:
            self._lost_at = self._clock.monotonic()
            _LOG.warning("display lost (%s)", words)
        elif words != self._line_problem:
            _LOG.info("display still lost (%s)", words)
        self._line_problem = words

    def _note_good(self) -> None:
        self._line_problem = None
        if self._lost_at is not None:
            _LOG.info("display back after %.0f s", self._clock.monotonic() - self._lost_at)
            self._lost_at = None

    def _note_button(self) -> None:
        stuck = self._debounce.is_stuck(self._clock.monotonic())
        if stuck is not self._stuck:
            self._stuck = stuck
            _LOG.warning("button stuck: presses are ignored" if stuck else "button free again")
