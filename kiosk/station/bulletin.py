"""The board for all who follow it: one lock, one truth, and everybody is woken at news."""

import threading
from collections.abc import Callable
from dataclasses import dataclass

from kiosk.clock import Clock
from kiosk.model import Event
from kiosk.station.board import Board
from kiosk.station.codecs.text import Lines
from kiosk.station.messages import Beginning, Message


@dataclass(frozen=True, slots=True)
class Notice:
    """What is said at one moment."""

    message: Message
    lines: Lines  # the page of it that is shown
    since: float  # monotonic seconds at which the message came up
    change_in_s: float | None  # None: it stays until something is posted


class Bulletin:
    """Takes events from any thread, and tells any thread what is said now."""

    def __init__(self, clock: Clock, begins_by: Beginning, language: str = "en") -> None:
        self._clock = clock
        self._lock = threading.Lock()  # held for moments
        self._board = Board(clock.monotonic(), begins_by, language)
        self._wakers: tuple[Callable[[], None], ...] = ()

    def follow(self, wake: Callable[[], None]) -> None:
        """Call ``wake`` after each event; on the thread that posted it, and without the lock."""
        self._wakers += (wake,)

    def post(self, event: Event) -> None:
        """Hear an event; the newest wins (see Board)."""
        with self._lock:
            self._board.post(event, self._clock.monotonic())
        for wake in self._wakers:
            wake()

    def read(self) -> Notice:
        """Return what is said now."""
        with self._lock:
            now = self._clock.monotonic()
            change = self._board.next_change(now)
            return Notice(
                self._board.message(now),
                self._board.lines(now),
                self._board.since(now),
                None if change is None else max(change - now, 0.0),
            )
