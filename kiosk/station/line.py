"""The owner of one serial line: opens it, talks by a conversation's rules, and heals it."""

import logging
import threading
from collections.abc import Callable
from typing import Protocol

from kiosk.clock import Clock
from kiosk.errors import SerialError
from kiosk.station.port import Device, Port
from kiosk.station.waker import Waker
from kiosk.supervisor import Life

_LOG = logging.getLogger(__name__)
_LONGEST_WAIT_S = 0.1  # the stop event has no descriptor: this bounds how late it is seen
_RETRY_S = 1.5  # between two tries to open a port that is not there


class Conversation(Protocol):
    """What is said and understood on a line; every method is called on its owner's thread."""

    def begin(self) -> bytes:
        """Return what a freshly opened line is told; what an earlier one had begun is void."""

    def next(self) -> tuple[bytes, float]:
        """Return what to write now, and for how many seconds nothing will follow by itself.

        With bytes to write it is asked again at once; it counts them as written.
        """

    def hear(self, chunk: bytes) -> bytes:
        """Understand what has arrived; return what the line's protocol wants written at once."""

    def farewell(self) -> bytes:
        """Return the last words of a line that is still well."""


class LineOwner:
    """Keeps one line in use until stopped.

    A port that is missing, refused or lost is a degraded state: ``problem`` says what to do, and
    it is tried again until it works. Losses and returns are logged once each.
    """

    def __init__(
        self,
        path: str,
        baud: int,
        device: Device,
        conversation: Conversation,
        clock: Clock,
        on_change: Callable[[], object] | None = None,
    ) -> None:
        """Take what the line needs; ``on_change`` is called when it was lost, and when it is back.

        It is called on the owner's thread, with ``problem`` as it is by then.
        """
        self._path = path
        self._baud = baud
        self._device = device
        self._conversation = conversation
        self._clock = clock
        self._lock = threading.Lock()  # guards the waker's life
        self._waker: Waker | None = None
        self._on_change = on_change
        self._lost_at: float | None = None
        self.problem: str | None = None

    def wake(self) -> None:
        """Let the conversation speak now: from any thread, also while the line is not owned."""
        with self._lock:
            if self._waker is not None:
                self._waker.wake()

    def run(self, life: Life) -> None:
        """Own the line until ``life.stopping``."""
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
        port = Port(self._path, self._baud, self._device)
        try:
            _say(port, self._conversation.begin())
            self._converse(port, life, waker)
        except SerialError:
            port.abandon()
            raise
        finally:
            port.close()

    def _converse(self, port: Port, life: Life, waker: Waker) -> None:
        while not life.stopping.is_set():
            life.beat()
            words, wait_s = self._conversation.next()
            _say(port, words)
            self._note_good()
            if not words and waker.wait(port, min(wait_s, _LONGEST_WAIT_S)):
                _say(port, self._conversation.hear(port.read()))
        last = self._conversation.farewell()
        try:
            _say(port, last)
        except SerialError as error:  # nobody is left to heal it
            _LOG.debug("%s not told of the end (%s)", self._device.name, error)

    def _note_loss(self, error: SerialError) -> None:
        words = str(error)
        if self._lost_at is None:
            self._lost_at = self._clock.monotonic()
            _LOG.warning("%s lost (%s)", self._device.name, words)
        elif words != self.problem:
            _LOG.info("%s still lost (%s)", self._device.name, words)
        self._set_problem(words)

    def _note_good(self) -> None:
        self._set_problem(None)
        if self._lost_at is not None:
            lost_s = self._clock.monotonic() - self._lost_at
            _LOG.info("%s back after %.0f s", self._device.name, lost_s)
            self._lost_at = None

    def _set_problem(self, words: str | None) -> None:
        is_news = (words is None) is not (self.problem is None)
        self.problem = words
        if is_news and self._on_change is not None:
            self._on_change()


def _say(port: Port, words: bytes) -> None:
    if words:
        port.write(words)
