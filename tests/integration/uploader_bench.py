"""An uploader on a real ledger against the sandbox, and a book of what was said."""

import hashlib
import threading
import time
from contextlib import contextmanager

import cv2
import numpy as np

from kiosk.clock import SystemClock
from kiosk.errors import LedgerFullError
from kiosk.ledger.ledger import Ledger
from kiosk.model import (
    Answer,
    Answered,
    Crop,
    EventKind,
    NewScan,
    NewSubmission,
    ScanOutcome,
    State,
)
from kiosk.secret import Secret
from kiosk.service.client import ServiceClient, ServiceSettings
from kiosk.service.pacing import Pacing, PacingSettings
from kiosk.service.uploader import Uploader
from kiosk.simulate.code39 import encode
from kiosk.supervisor import Life

VINS = ("1M8GDM9AXKP042788", "1HGCM82633A004352", "WBA3A5C51CF256985", "5YJSA1E27HF000337")
PATIENCE_S = 20
NEWS_LOG = "kiosk.service.news"


def crop_of(vin):
    """Draw the plainest Code 39 picture of a VIN."""
    row, dark = [255] * 40, True
    for width in encode(vin, 3.0):
        row += [0 if dark else 255] * round(width * 2)
        dark = not dark
    image = np.tile(np.array([*row, *[255] * 40], np.uint8), (60, 1))
    return Crop(cv2.imencode(".png", image)[1].tobytes(), image.shape[1], 60, "png")


class Bench:
    """An uploader on a real ledger against a sandbox, and a book of what was said."""

    def __init__(self, ledger, url, answer_timeout_s=5.0, **pacing):
        self.ledger = ledger
        self.said = []
        self.changed = threading.Condition()
        clock = SystemClock()
        settings = ServiceSettings(
            url=url, connect_timeout_s=5, answer_timeout_s=answer_timeout_s, vin_decode=True
        )
        facts = {"first_s": 0.05, "max_s": 0.2, "failures": 2, "doubts": 3, "retry_s": 600} | pacing
        self.uploader = Uploader(
            ledger,
            ServiceClient(settings, Secret("bench"), clock),
            Pacing(PacingSettings(**facts)),
            clock,
            self.hear,
            longest_attempt_s=settings.longest_attempt_s,
        )
        self.life = Life("uploader", clock)

    def hear(self, event):
        with self.changed:
            self.said.append(event)
            self.changed.notify_all()

    def heard(self, kind, count=1):
        with self.changed:
            assert self.changed.wait_for(
                lambda: sum(event.kind is kind for event in self.said) >= count, PATIENCE_S
            ), [event.kind for event in self.said]
            return [event for event in self.said if event.kind is kind][count - 1]

    def told_to_wait(self):
        """Return why, for each submission of which that was said."""
        waiting = [event for event in self.said if event.kind is EventKind.WAITING]
        return {event.submission.id: event.detail for event in waiting}

    def submit(self, vin):
        scan = NewScan("button", ScanOutcome.VIN, text=vin, vin=vin)
        accepted = self.ledger.enqueue(scan, NewSubmission(crop_of(vin), vin, vin))
        self.uploader.expect(accepted.submission)
        return accepted.submission.id

    def submit_to_the_backlog(self, vin):
        scan = NewScan("arrival", ScanOutcome.VIN, text=vin, vin=vin)
        wish = NewSubmission(crop_of(vin), vin, vin, live=False)
        return self.ledger.enqueue(scan, wish).submission.id

    def until(self, truth):
        """Look again and again, with a deadline, for what no event tells."""
        deadline, tick = time.monotonic() + PATIENCE_S, threading.Event()
        while not truth():
            assert time.monotonic() < deadline
            tick.wait(0.005)

    def state_of(self, submission_id):
        return self.ledger.submission(submission_id).state


@contextmanager
def bench(tmp_path, url, answer_timeout_s=5.0, **pacing):
    with Ledger.open(tmp_path / "state", SystemClock()) as ledger:
        it = Bench(ledger, url, answer_timeout_s, **pacing)
        thread = threading.Thread(target=it.uploader.run, args=(it.life,))
        thread.start()
        try:
            yield it
        finally:
            it.life.stop()
            thread.join(30)
            assert not thread.is_alive()


def vins_at(sandbox):
    """Return the crops' owners in the order in which the service had them whole."""
    owners = {hashlib.sha256(crop_of(vin).data).hexdigest(): vin for vin in VINS}
    return [owners[one.sha256] for one in sandbox.journal().requests if one.complete]


def states(it):
    return [row.state for row in it.ledger.submissions()]


@contextmanager
def draining(tmp_path, sandbox, count=3, **options):
    """Yield while the answer to the first is awaited and the second has but its tail left."""
    with bench(tmp_path, sandbox.url, **options) as it:
        for vin in VINS[:count]:
            it.submit_to_the_backlog(vin)
        it.uploader.notify()
        it.until(lambda: states(it)[:2] == [State.COMMITTED, State.COMMITTED])
        yield it


def second_ends(monkeypatch, outcome):
    """Let what is made ready beside the first one end before that."""
    real, prepared = ServiceClient.prepare, []

    def prepare(client, *args, **options):
        prepared.append(options)
        if len(prepared) == 2:
            return outcome(client, *args, **options)
        return real(client, *args, **options)

    monkeypatch.setattr(ServiceClient, "prepare", prepare)


def fill_up(monkeypatch, ledger):
    """Let the next end find no room, and those after it some again."""
    write_at_any_price, left = ledger._writer.at_any_price, [1]

    def at_any_price(write):
        if left:
            left.pop()
            raise LedgerFullError("the disk is full")
        return write_at_any_price(write)

    monkeypatch.setattr(ledger._writer, "at_any_price", at_any_price)


def slow_down(monkeypatch, ledger, sandbox):
    """Let the ledger write as slowly as on an SD card: the service's refusal comes meanwhile."""
    commit_tail = ledger.commit_tail

    def on_a_slow_card(claim):
        commit_tail(claim)
        sandbox.journal(at_least=1)
        threading.Event().wait(0.2)

    monkeypatch.setattr(ledger, "commit_tail", on_a_slow_card)


RESULT = Answered(Answer(success=True, vin=VINS[0]), 200, early=True, crossed=False)


def once(monkeypatch, outcome):
    """Let the next attempt end in ``outcome``, and those after it be real; count them all."""
    real, attempts = ServiceClient.attempt, []

    def attempt(client, crop, *args, **options):
        attempts.append(crop)
        if len(attempts) > 1:
            return real(client, crop, *args, **options)
        return outcome() if callable(outcome) else outcome

    monkeypatch.setattr(ServiceClient, "attempt", attempt)
    return attempts
