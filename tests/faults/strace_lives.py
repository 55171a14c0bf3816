"""What the traced lives do: two scans that are saved and sent, and what a later life finds."""

from contextlib import suppress
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path

import ledger_life
from ledger_life import DOUBT, REFUSAL, SUCCESS
from plain_labels import label
from strace_life import Told

from kiosk.clock import SystemClock
from kiosk.errors import LedgerFullError
from kiosk.ledger.ledger import Ledger
from kiosk.model import Crop, NewScan, NewSubmission, ScanOutcome
from kiosk.secret import Secret
from kiosk.service.client import ServiceClient, ServiceSettings
from kiosk.service.pacing import Pacing, PacingSettings
from kiosk.service.uploader import Uploader
from kiosk.supervisor import Life

VINS = ("1M8GDM9AXKP042788", "1M8GDM9A1KP042789")
_PICTURES = {vin: label(vin) for vin in VINS}
_PRESSES = 3  # of a technician who is told NOT SAVED
_ROUNDS = 3  # of an uploader that found no room
_LONG_S = 1.0  # a wait of this length is for something that nobody will bring
_CREDITS_A_DAY = 100


class _Hasty(Life):
    """A worker's life that ends when there is nothing to do."""

    def wait(self, seconds: float) -> bool:
        if seconds >= _LONG_S:
            self.stop()
        return super().wait(seconds)


def send(told: Told, state: str, url: str, notes: int) -> None:
    """Save two scans and send them, as a lane does, after so many presses that found nothing."""
    with Ledger.open(Path(state), SystemClock(), daily_credit_limit=_CREDITS_A_DAY) as ledger:
        for _ in range(notes):
            with suppress(LedgerFullError):
                ledger.record_scan(NewScan("button", ScanOutcome.NONE))
        for vin in VINS:
            _press(told, ledger, vin)
        told.say("all")
        told.wait()
        _upload(ledger, url)
    told.say("done")


def drain(told: Told, state: str, url: str) -> None:
    """Start again, tell what the start found, let a person resume, and send what waits."""
    with Ledger.open(Path(state), SystemClock(), daily_credit_limit=_CREDITS_A_DAY) as ledger:
        report = asdict(ledger.start_report)
        told.say("found", report["damaged"], report["missing_sequences"], report["spent_log"])
        ledger.resume("a person")
        _upload(ledger, url)
        told.say("left", ledger.status().waiting)


def _press(told: Told, ledger: Ledger, vin: str) -> None:
    for _ in range(_PRESSES):
        scan = NewScan("button", ScanOutcome.VIN, text=vin, vin=vin)
        crop = Crop(_PICTURES[vin], 700, 60, "png", strip=b"strip")
        try:
            # who waits at the display goes alone; the backlog's is made ready beside it
            new = NewSubmission(crop, text=vin, vin=vin, live=vin == VINS[0])
            enqueued = ledger.enqueue(scan, new)
        except LedgerFullError:
            continue
        told.say("saved", enqueued.submission.id, enqueued.submission.sha256)
        return


def _upload(ledger: Ledger, url: str) -> None:
    clock = SystemClock()
    settings = ServiceSettings(url, connect_timeout_s=5, answer_timeout_s=0.5)
    uploader = Uploader(
        ledger,
        ServiceClient(settings, Secret("points-points"), clock),
        Pacing(PacingSettings(first_s=0.01, max_s=0.02, failures=100, doubts=100)),
        clock,
        lambda _event: None,
        longest_attempt_s=settings.longest_attempt_s,
    )
    for _ in range(_ROUNDS):
        uploader.run(_Hasty("uploader", clock))
        if not (status := ledger.status()).waiting or status.pause:
            return


def cut(told: Told, state: str, boot: str, *, abrupt: bool) -> None:
    """Save, send, get every kind of answer, decide and forget; ``abrupt``: die, nothing is closed.

    Says what nobody can take back: what was saved, and each tail with whether it will be charged.
    """
    hands = ledger_life.clock()
    hands.reboot(boot, is_set=True)
    ledger = Ledger.open(Path(state), hands)
    for ending in (SUCCESS, DOUBT, REFUSAL, SUCCESS):
        enqueued = ledger_life.scan(ledger, f"{boot} {ending.state}", None, consent=True)
        told.say("saved", enqueued.submission.id, enqueued.submission.sha256)
        ledger.record_scan(NewScan("button", ScanOutcome.NONE))
        claim = ledger.claim()
        ledger.commit_tail(claim)
        told.say("tail", sha256(claim.crop).hexdigest(), ending.credits + (ending is DOUBT))
        ledger.settle(claim, ending)
        if ending is DOUBT:
            ledger.drop(enqueued.submission.id, "a person")
        ledger.resume("a person")
    enqueued = ledger_life.scan(ledger, f"{boot} last", None, consent=True)
    told.say("saved", enqueued.submission.id, enqueued.submission.sha256)
    if not abrupt:
        ledger.close()


LIVES = {"send": send, "drain": drain, "cut": cut}
