"""The transport of one attempt: head, acknowledgement, look, ledger, tail, answer.

``requests`` sends a body in one go and reports "refused" and "reset after the picture was there"
as the same exception. Here the order of the steps is ours, and how far it came is written down.
"""

import contextlib
import io
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import requests
from requests.adapters import BaseAdapter
from requests.structures import CaseInsensitiveDict

from kiosk.clock import Clock
from kiosk.service.connection import Line
from kiosk.service.patience import Patience, StoppedError
from kiosk.service.phase import Phase, Progress
from kiosk.service.reply import Reply, read_reply
from kiosk.service.request import Parcel
from kiosk.service.wire import AnswerTooLargeError, Wire

Meanwhile = Callable[[Callable[[], bool]], None]
"""What is done once the tail has left: it can ask whether the answer is there."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds each part of an attempt may take."""

    connect_s: float  # name, TCP and TLS together; and reading an early answer
    answer_s: float  # the head with its acknowledgement; and again the tail with its answer


class HeldTailAdapter(BaseAdapter):
    """Sends one prepared request over one connection, and lets ``cross`` decide about its tail.

    First ``prepare``, then ``send``; between the two all but the tail is there, and may wait.
    """

    def __init__(
        self,
        line: Line,
        limits: Limits,
        clock: Clock,
        picture: bytes,
        *,
        cross: Callable[[], None],
        stopping: threading.Event,
        in_the_way: Callable[[], bool] | None = None,
    ) -> None:
        super().__init__()
        self.progress = Progress()
        self.meanwhile: Meanwhile | None = None
        self._line = line
        self._limits = limits
        self._clock = clock
        self._picture = picture
        self._cross = cross
        self._stopping = stopping
        self._in_the_way = in_the_way
        self._wire: Wire | None = None
        self._tail = b""
        self._came_early = False  # an answer, or the end, before the point of no return
        self._early: Reply | Exception | None = None  # what reading it gave

    def prepare(self, request: requests.PreparedRequest) -> None:
        """Send all but the tail and cross; where an answer came early, ``send`` reads it.

        Whatever else ends it is noted in ``progress``, and raised as is, the connection closed.
        """
        with self._noting():
            parcel = Parcel(request, self._picture)
            self._tail = parcel.tail
            self._wire = self._line.open(self._patience(self._limits.connect_s))
            self._came_early = self._answered_early(self._wire, parcel)
            if not self._came_early:
                self._write_down()

    @property
    def is_waiting(self) -> bool:
        """Tell whether only the tail is missing: no answer, and no end, came before it."""
        return not self._came_early and self._wire is not None and not _is_answered(self._wire)

    def read_early(self, in_the_way: Callable[[], bool]) -> bool:
        """Read the answer that came early; False where something better was ``in_the_way``.

        Then it is put back, to be read by ``send``. What else ends it is raised by ``send``.
        """
        assert self._wire is not None, "prepare first"
        patience = Patience(self._clock, self._limits.connect_s, in_the_way=in_the_way)
        try:
            self._early = read_reply(self._wire, patience)
        except StoppedError:
            self._wire.unread()
            return False
        except Exception as error:  # noqa: BLE001 - every end of an attempt is an outcome
            self._early = error
        return True

    def send(
        self, request: requests.PreparedRequest, *_args: object, **_options: object
    ) -> requests.Response:
        """Deliver what was prepared; what ends it is noted and raised as ``prepare`` does.

        The options of ``requests`` (time-outs, verification, proxies) have no say here.
        """
        assert self._wire is not None, f"prepare first: {request.method}"
        with self._noting(), contextlib.closing(self._wire) as wire:
            return self._deliver(wire)

    def close(self) -> None:
        """Close the connection where it is open: a tail that was held back never leaves."""
        if self._wire is not None:
            self._wire.close()

    def _write_down(self) -> None:
        if self._stopping.is_set():  # until now, a stop leaves nothing in doubt
            raise StoppedError
        self._enter(Phase.CROSSING)
        self._cross()
        self._enter(Phase.CROSSED)

    def _deliver(self, wire: Wire) -> requests.Response:
        # Writing it down took the disk's time: what the service said meanwhile saves a doubt.
        if isinstance(self._early, Exception):
            raise self._early
        if self._early is not None:
            return self._response(self._early)
        if self._came_early or wire.look():
            # No stop event here: this answer may have cost a credit, and is all but read.
            return self._read(wire, Patience(self._clock, self._limits.connect_s))
        self._enter(Phase.TAIL)
        patience = Patience(self._clock, self._limits.answer_s)
        # A peer that closed may have answered before: the answer, not this error, decides.
        with contextlib.suppress(OSError):
            wire.send(self._tail, patience)
        self._enter(Phase.ANSWER)
        if self.meanwhile is not None:
            self.meanwhile(lambda: _is_answered(wire))
        # However long that took: what has arrived is read without any patience.
        return self._read(wire, patience)

    def _answered_early(self, wire: Wire, parcel: Parcel) -> bool:
        patience = self._patience(self._limits.answer_s)
        self._enter(Phase.HEAD)
        undisturbed = wire.send_watching(parcel.head, patience)
        if undisturbed:
            self._enter(Phase.WAITING_ACK)
            undisturbed = wire.wait_acknowledged(patience)
        self._enter(Phase.EARLY)
        return not undisturbed or wire.look()

    def _read(self, wire: Wire, patience: Patience) -> requests.Response:
        return self._response(read_reply(wire, patience))

    def _response(self, reply: Reply) -> requests.Response:
        self.progress.error = reply.cut
        response = requests.Response()
        response.status_code = reply.status
        response.headers = CaseInsensitiveDict(reply.headers)
        response.raw = io.BytesIO(reply.body)
        return response

    @contextlib.contextmanager
    def _noting(self) -> Iterator[None]:
        try:
            yield
        except BaseException as error:
            self.progress.error = error
            self.close()
            raise

    def _enter(self, phase: Phase) -> None:
        self.progress.phase = phase

    def _patience(self, seconds: float) -> Patience:
        return Patience(self._clock, seconds, self._stopping, self._in_the_way)


def _is_answered(wire: Wire) -> bool:
    try:
        return wire.look()
    except (OSError, AnswerTooLargeError):  # whoever reads it will find that out
        return True
