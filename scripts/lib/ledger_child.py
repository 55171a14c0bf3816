"""One step of the bench of the ledger, in a process of its own: fill, open, or a run of scans.

ledger_child.py fill STATE COUNT            queue so many pictures of the backlog
ledger_child.py open STATE                  print how long opening took (s)
ledger_child.py scans STATE COUNT URL HOW   make and send so many, HOW: live | backlog
"""

import sys
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from kiosk.clock import SystemClock
from kiosk.ledger.ledger import Ledger
from kiosk.model import Crop, Event, EventKind, NewScan, NewSubmission, ScanOutcome, Verdict
from kiosk.secret import Secret
from kiosk.service.client import ServiceClient, ServiceSettings
from kiosk.service.pacing import Pacing, PacingSettings
from kiosk.service.uploader import Uploader
from kiosk.simulate.presets import car
from kiosk.simulate.scene import render
from kiosk.supervisor import Life
from kiosk.vin import check_digit_of
from kiosk.vision.prefilter import Prefilter

CODE = "bench-bench-bench"
LIMIT = 10**9
_PATIENCE_S = 120.0
_ENDS = (EventKind.RECOGNIZED, EventKind.UNRECOGNIZED, EventKind.IN_DOUBT, EventKind.REJECTED)
_VIN = "1M8GDM9AXKP042788"


def base_crop() -> Crop:
    """Return what the prefilter would upload of a rendered car."""
    reading = Prefilter().examine(render(car(_VIN, 1)).image)
    assert reading.verdict is Verdict.VIN
    assert reading.crop is not None
    return reading.crop


def crop_number(base: Crop, number: int) -> bytes:
    """Return the picture's bytes, made another picture's by what no decoder reads."""
    return base.data + b"%08d" % number


def vin_number(number: int) -> str:
    """Return another car's VIN."""
    draft = f"1M8GDM9A0KP{number:06d}"
    return draft[:8] + check_digit_of(draft) + draft[9:]


def enqueue(ledger: Ledger, base: Crop, number: int, *, live: bool) -> None:
    """Queue one picture."""
    vin = vin_number(number)
    data = crop_number(base, number)
    crop = Crop(data, base.width, base.height, base.format, strip=base.strip)
    scan = NewScan("button" if live else "arrival", ScanOutcome.VIN, text=vin, vin=vin)
    ledger.enqueue(scan, NewSubmission(crop, vin, vin, live=live))


class Sender:
    """An uploader on a thread of its own; ``ends`` are when attempts ended (perf_counter s)."""

    def __init__(self, ledger: Ledger, url: str, ca_file: Path | None = None) -> None:
        self.ends: list[float] = []
        self._changed = threading.Condition()
        clock = SystemClock()
        settings = ServiceSettings(url, ca_file=ca_file, connect_timeout_s=10, answer_timeout_s=20)
        self.uploader = Uploader(
            ledger,
            ServiceClient(settings, Secret(CODE), clock),
            Pacing(PacingSettings()),
            clock,
            self._hear,
            longest_attempt_s=settings.longest_attempt_s,
        )
        self._life = Life("uploader", clock)
        self._thread = threading.Thread(target=self.uploader.run, args=(self._life,), daemon=True)
        self._thread.start()

    def until(self, count: int) -> None:
        """Wait until so many attempts have ended. Raises TimeoutError."""
        with self._changed:
            if not self._changed.wait_for(lambda: len(self.ends) >= count, _PATIENCE_S + count):
                raise TimeoutError(f"only {len(self.ends)} of {count} attempts have ended")

    def stop(self) -> None:
        """Stop; an answer under way is waited for."""
        self._life.stop()
        self._thread.join()

    def _hear(self, event: Event) -> None:
        if event.kind not in _ENDS:
            return
        with self._changed:
            self.ends.append(time.perf_counter())
            self._changed.notify_all()


def fill(state: Path, count: int) -> None:
    """Queue ``count`` pictures that nobody waits for."""
    base = base_crop()
    with Ledger.open(state, SystemClock(), daily_credit_limit=LIMIT) as ledger:
        for number in range(count):
            enqueue(ledger, base, number, live=False)


def scans(state: Path, count: int, url: str, *, live: bool) -> None:
    """Make and send ``count`` scans: one after the other, or all of them first queued."""
    base = base_crop()
    with Ledger.open(state, SystemClock(), daily_credit_limit=LIMIT) as ledger:
        if not live:
            for number in range(count):
                enqueue(ledger, base, number, live=False)
        sender = Sender(ledger, url)
        if live:
            for number in range(count):
                enqueue(ledger, base, number, live=True)
                sender.uploader.notify(live=True)
                sender.until(number + 1)
        sender.until(count)
        sender.stop()


def main() -> None:
    """Do what the arguments say."""
    what, state, *rest = sys.argv[1:]
    if what == "fill":
        fill(Path(state), int(rest[0]))
    elif what == "open":
        began = time.perf_counter()
        with Ledger.open(Path(state), SystemClock()) as ledger:
            took = time.perf_counter() - began
            print(took, ledger.status().waiting)
    else:
        scans(Path(state), int(rest[0]), rest[1], live=rest[2] == "live")


if __name__ == "__main__":
    main()
