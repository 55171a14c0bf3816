"""The transport of one attempt: head, acknowledgement, look, ledger, tail, answer.

``requests`` sends a body in one go and reports "refused" and "reset after the picture was there"
as the same exception. Here the order of the steps is ours, and how far it came is written down.
"""

import contextlib
import io
import threading
from collections.abc import Callable
from dataclasses import dataclass

import requests
from requests.adapters import BaseAdapter
from requests.structures import CaseInsensitiveDict

from kiosk.clock import Clock
from kiosk.service.connection import Line
from kiosk.service.patience import Patience, StoppedError
from kiosk.service.phase import Phase, Progress
from kiosk.service.reply import read_reply
from kiosk.service.request import Parcel
from kiosk.service.wire import Wire


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds each part of an attempt may take."""

    connect_s: float  # name, TCP and TLS together; and reading an early answer
    answer_s: float  # the head with its acknowledgement; and again the tail with its answer


class HeldTailAdapter(BaseAdapter):
    """Sends one prepared request over one connection, and lets ``cross`` decide about its tail."""

    def __init__(
        self,
        line: Line,
        limits: Limits,
        clock: Clock,
        picture: bytes,
        *,
        cross: Callable[[], None],
        stopping: threading.Event,
    ) -> None:
        super().__init__()
        self.progress = Progress()
        self._line = line
        self._limits = limits
        self._clock = clock
        self._picture = picture
        self._cross = cross
        self._stopping = stopping

    def send(
        self, request: requests.PreparedRequest, *_args: object, **_options: object
    ) -> requests.Response:
        """Deliver the request; whatever ends it is noted in ``progress`` first, and raised as is.

        The options of ``requests`` (time-outs, verification, proxies) have no say here.
        """
        try:
            return self._deliver(Parcel(request, self._picture))
        except BaseException as error:
            self.progress.error = error
            raise

    def close(self) -> None:
        """Do nothing: no connection outlives ``send``."""

    def _deliver(self, parcel: Parcel) -> requests.Response:
        with contextlib.closing(self._line.open(self._patience(self._limits.connect_s))) as wire:
            if self._answered_early(wire, parcel):
                # No stop event here: this answer may have cost a credit, and is all but read.
                return self._read(wire, Patience(self._clock, self._limits.connect_s))
            if self._stopping.is_set():  # until now, a stop leaves nothing in doubt
                raise StoppedError
            self._enter(Phase.CROSSING)
            self._cross()
            self._enter(Phase.CROSSED)
            # Writing it down took the disk's time: what the service said meanwhile saves a doubt.
            if wire.look():
                return self._read(wire, Patience(self._clock, self._limits.connect_s))
            self._enter(Phase.TAIL)
            patience = Patience(self._clock, self._limits.answer_s)
            # A peer that closed may have answered before: the answer, not this error, decides.
            with contextlib.suppress(OSError):
                wire.send(parcel.tail, patience)
            self._enter(Phase.ANSWER)
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
        reply = read_reply(wire, patience)
        self.progress.error = reply.cut
        response = requests.Response()
        response.status_code = reply.status
        response.headers = CaseInsensitiveDict(reply.headers)
        response.raw = io.BytesIO(reply.body)
        return response

    def _enter(self, phase: Phase) -> None:
        self.progress.phase = phase

    def _patience(self, seconds: float) -> Patience:
        return Patience(self._clock, seconds, self._stopping)
