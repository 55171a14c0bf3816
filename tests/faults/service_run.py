"""A ledger and the real uploader against a service that misbehaves, judged at the end."""

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Self

from plain_labels import label
from verdict import Verdict, judge

from kiosk.clock import SystemClock
from kiosk.ledger.ledger import Ledger
from kiosk.model import Crop, Event, EventKind, NewScan, NewSubmission, ScanOutcome, State
from kiosk.sandbox.books import Journal
from kiosk.sandbox.server import Sandbox
from kiosk.secret import Secret
from kiosk.service.client import ServiceClient, ServiceSettings
from kiosk.service.pacing import Pacing, PacingSettings
from kiosk.service.uploader import Uploader
from kiosk.supervisor import Life

PATIENCE_S = 60.0
_TICK_S = 0.005


class ServiceRun:
    """The uploader of one lane on a thread of its own. A context manager.

    ``died`` is what the uploader ended with, if it did. With ``resumes`` somebody resumes the queue
    whenever it pauses.
    """

    def __init__(
        self, folder: Path, sandbox: Sandbox, *, timeout_s: float = 0.4, resumes: bool = False
    ) -> None:
        self.state = folder / "state"
        self.sandbox = sandbox
        self.said: list[Event] = []
        self.died: BaseException | None = None
        self._timeout_s = timeout_s
        self._resumes = resumes
        self._before = len(sandbox.journal().requests)
        self._acknowledged: dict[int, str] = {}

    def __enter__(self) -> Self:
        clock = SystemClock()
        self.ledger = Ledger.open(self.state, clock, daily_credit_limit=100_000)
        settings = ServiceSettings(
            self.sandbox.url,
            ca_file=self.sandbox.ca_file,
            connect_timeout_s=5,
            answer_timeout_s=self._timeout_s,
        )
        self.uploader = Uploader(
            self.ledger,
            ServiceClient(settings, Secret("run-run-run"), clock),
            Pacing(PacingSettings(first_s=0.01, max_s=0.02, failures=1000, doubts=1000)),
            clock,
            self._hear,
            longest_attempt_s=settings.longest_attempt_s,
        )
        self._life = Life("uploader", clock)
        self._thread = threading.Thread(target=self._run)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._life.stop()
        self._thread.join()
        self.ledger.close()

    def queue(self, vin: str) -> int:
        """Queue a picture as if it had arrived; return its submission's number."""
        scan = NewScan("arrival", ScanOutcome.VIN, text=vin, vin=vin)
        crop = Crop(label(vin), 700, 60, "png")
        submission = self.ledger.enqueue(scan, NewSubmission(crop, vin, vin, live=False)).submission
        self._acknowledged[submission.id] = submission.sha256
        self.uploader.notify()
        return submission.id

    def first_end(self, number: int) -> State:
        """Wait until the first attempt for a submission has ended, and tell how."""
        self.until(lambda: any(one.outcome for one in self.ledger.attempts_of(number)))
        outcome = self.ledger.attempts_of(number)[0].outcome
        assert outcome is not None
        return outcome

    def all_ended(self) -> None:
        """Wait until nothing is waiting."""
        self.until(lambda: self.ledger.status().waiting == 0)

    def resume(self) -> None:
        """Let a paused queue go on."""
        self.ledger.resume("a person")
        self.uploader.resumed()

    def requests(self) -> int:
        """Count the requests that the service has booked in this run."""
        return len(self.sandbox.journal().requests) - self._before

    def verdict(self) -> Verdict:
        """Judge it; nothing may be under way."""
        journal = self.sandbox.journal()
        own = Journal(journal.requests[self._before :], journal.credits)
        return judge(self.state, own, self._acknowledged, window_s=600)

    def until(self, truth: Callable[[], bool]) -> None:
        """Look again and again, with a deadline; the uploader's death ends the wait."""
        deadline, tick = time.monotonic() + PATIENCE_S, threading.Event()
        while not truth():
            if self.died is not None:
                raise self.died
            assert time.monotonic() < deadline, [event.kind for event in self.said[-10:]]
            tick.wait(_TICK_S)

    def _run(self) -> None:
        try:
            self.uploader.run(self._life)
        except BaseException as error:  # noqa: BLE001 - raised again on the test's thread
            self.died = error

    def _hear(self, event: Event) -> None:
        self.said.append(event)
        if self._resumes and event.kind is EventKind.PAUSED:
            self.resume()
