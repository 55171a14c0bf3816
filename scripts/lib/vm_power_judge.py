"""The verdict on a lane whose power was cut, as it lies there and once it has lived again."""

import json
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from verdict import Verdict, judge
from vm_guest import TrialFailed
from vm_power_witness import Heard
from zygote import Program

from kiosk.control.client import ControlClient
from kiosk.errors import KioskError
from kiosk.ledger.view import LedgerView
from kiosk.sandbox.books import Journal
from kiosk.sandbox.server import Sandbox

WINDOW_S = 600.0
_PATIENCE_S = 90.0
_TICK_S = 0.02
_QUIET_S = 1.5  # longer than the service takes for an answer, whether its client is dead or not
_SLOW = {"slow": 0.7}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one cut came to. ``left``: by what lay on the disk; ``later``: once it had drained."""

    left: Verdict
    later: Verdict
    complaints: tuple[str, ...]  # what the lane took for damage: a cut is none
    acknowledged: int
    requests: int
    charged: int
    unsynced_lost: bool  # the cut was one: what nobody had synced is gone

    @property
    def good(self) -> bool:
        """Tell whether all promises were kept, and none of them by luck."""
        return self.left.faultless and self.later.faultless and not self.complaints

    @property
    def facts(self) -> dict[str, int]:
        """Put it into numbers."""
        both = (self.left, self.later)
        return {
            "acknowledged": self.acknowledged,
            "requests": self.requests,
            "charged": self.charged,
            "lost": max(len(one.lost) for one in both),
            "paid_twice": max(len(one.twice) for one in both),
            "not_in_the_ledger": max(max(len(one.unbooked), one.uncounted) for one in both),
            "out_of_order": max(len(one.out_of_order) for one in both),
            "in_doubt": self.later.doubts,
            "complaints": len(self.complaints),
        }


class Books:
    """The part of the service's books that belongs to one cut."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self._opened = self._shared = self._begun = 0

    def open(self) -> None:
        """Begin with a lane that has sent nothing: what was booked until now is not its."""
        self._opened = self._shared = self._begun = self._count()

    def share(self) -> None:
        """Count what was booked since to every cut: they all go on from there."""
        self._shared = self._begun = self._count()

    def begin(self) -> None:
        """Begin a cut; the service is slow, so that many fall between a tail and its answer."""
        self._begun = self._count()
        self.sandbox.set_faults(_SLOW)

    def own(self) -> Journal:
        """Return the books of this cut."""
        journal = self.sandbox.journal()
        shared = journal.requests[self._opened : self._shared]
        own = (*shared, *journal.requests[self._begun :])
        return Journal(own, journal.credits)

    def fresh(self) -> Journal:
        """Return them without what is shared."""
        journal = self.sandbox.journal()
        return Journal(journal.requests[self._begun :], journal.credits)

    def settle(self) -> None:
        """Wait until the requests that the dead machine left have come to their end."""
        count, since = self._count(), time.monotonic()
        tick = threading.Event()
        while time.monotonic() < since + _QUIET_S:
            tick.wait(_TICK_S)
            if self._count() != count:
                count, since = self._count(), time.monotonic()
        self.sandbox.set_faults({})

    def _count(self) -> int:
        return len(self.sandbox.journal().requests)


class Remains:
    """The state directory and the lane's folder, as they were on the dead machine's disk."""

    def __init__(self, state: Path, inbox: Path, heard: Heard, books: Books) -> None:
        self._state = state
        self._inbox = inbox
        self._heard = heard
        self._books = books
        self._config = state.parent / "lane.yaml"
        self._log = state.parent / "log"

    def verdict(self) -> Verdict:
        """Judge what lies there: what is gone from the folder was acknowledged, too."""
        there = {path.stem for path in self._inbox.glob("*.png")}
        files = self._heard.shown | (self._heard.arrived - there)
        acknowledged = self._heard.acknowledged
        return judge(self._state, self._books.own(), acknowledged, files=files, window_s=WINDOW_S)

    def live_again(self) -> tuple[str, ...]:
        """Start the lane on it until nothing waits; return what it took for damage, or died of."""
        self._configure()
        try:
            with self._living() as control:
                control.resume("a person")
                self._until(lambda: self._ask(control) == 0 and self._looked(), "no drain")
        except (TrialFailed, KioskError) as failure:
            return (f"it does not live again: {failure}",)
        return self._complaints()

    @contextmanager
    def _living(self) -> Iterator[ControlClient]:
        control = ControlClient(self._state / "control.sock", self._state)
        with Program() as lives:
            pid = lives.begin(["run", "-c", str(self._config)], self._log)
            self._until(lambda: self._ask(control) is not None, "no start")
            yield control
            os.kill(pid, signal.SIGTERM)
            if code := lives.end():
                raise TrialFailed(f"its end came with exit code {code}; {self._last_words()}")

    def _ask(self, control: ControlClient) -> object:
        try:
            return control.status()["waiting"]
        except KioskError:
            return None

    def _looked(self) -> bool:
        """Tell whether no picture in the folder is left; a lane that was damaged skips them."""
        names = {path.stem for path in self._inbox.glob("*.png")}
        with LedgerView.open(self._state) as view:
            return all(view.knows_file(name) for name in names) or bool(self._complaints())

    def _complaints(self) -> tuple[str, ...]:
        lines = self._log.read_text("utf-8", "replace").splitlines()
        return tuple(dict.fromkeys(line for line in lines if line.startswith("ERROR   kiosk.")))

    def _until(self, truth: Callable[[], bool], otherwise: str) -> None:
        end, tick = time.monotonic() + _PATIENCE_S, threading.Event()
        while not truth():
            if time.monotonic() > end:
                raise TrialFailed(f"{otherwise}; {self._last_words()}")
            tick.wait(_TICK_S)

    def _last_words(self) -> str:
        return self._log.read_text("utf-8", "replace")[-2000:]

    def _configure(self) -> None:
        code = self._state.parent / "access-code"
        code.touch(0o600)
        code.write_text("only-for-the-sandbox\n", "ascii")
        url, ca_file = self._books.sandbox.url, self._books.sandbox.ca_file
        service = {"url": url, "ca_file": str(ca_file), "access_code_file": str(code)}
        settings = lane_settings(self._state, self._inbox, service)
        self._config.write_text(json.dumps(settings), "utf-8")


def lane_settings(state: Path, inbox: Path, service: Mapping[str, str]) -> dict[str, object]:
    """Return a lane's settings: the same in the machine and after it."""
    patience = {
        "backoff": {"first_s": 0.2, "max_s": 1},
        "breaker": {"failures": 5, "doubts": 100, "retry_s": 1},
        "answer_timeout_s": 20,
    }
    return {
        "lane": "lane1",
        "state_dir": str(state),
        "camera": {"source": f"folder:{inbox}", "after": "delete", "backlog": "scan"},
        "trigger": {"mode": "arrival"},
        "service": {**service, **patience},
        "upload": {"daily_credit_limit": 100_000, "rescan_window_s": WINDOW_S},
    }
