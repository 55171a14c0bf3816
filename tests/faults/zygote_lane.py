"""A lane under load that is killed again and again, and what became of every picture.

Load: picture files that are moved into the lane's folder (``camera.after: delete``: what is gone
from it was acknowledged), a client that submits others through the control socket (what it was
told a number for was acknowledged), and a backlog; against a service that misbehaves and keeps
honest books. Lives end at moments of the load's own time, not of the machine's: a slow machine
gets as far in each as a fast one.
"""

import json
import os
import random
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Self

from plain_labels import any_vin, label
from verdict import Verdict, judge, states
from zygote import Lives

from kiosk.clock import SystemClock
from kiosk.control.client import ControlClient
from kiosk.control.protocol import Facts
from kiosk.errors import KioskError, PictureError
from kiosk.ledger.ledger import Ledger
from kiosk.ledger.view import LedgerView
from kiosk.model import Crop, NewScan, NewSubmission, ScanOutcome
from kiosk.sandbox.server import Sandbox

_OFTEN = ("reset_before_tail", "reset_uncharged", "cut_answer", "garbage", "slow", "result_500")
FAULTS = {
    **dict.fromkeys((*_OFTEN, "http_500", "key_26"), 0.05),
    "refuse": 0.03,
    "early_503": 0.01,
    "reset_after_tail": 0.08,
    "stall": 0.02,
}
_PATIENCE_S = 60.0
_TICK_S = 0.01
_WINDOW_S = 600.0
_DIE_YOUNG, _DIE_SENDING = 0.2, 0.8  # shares of lives, the rest after an acknowledgement
_ROUND_TRIP_S = 0.05
_AGAIN = 5  # pictures that a person submits a second time


class KilledLane:
    """A lane's folder, its service, and a client that never gives up. A context manager."""

    def __init__(
        self,
        folder: Path,
        lives: Lives,
        seed: int,
        mutant: str | None = None,
        *,
        sandbox: Sandbox | None = None,
        verbose: bool = False,
    ) -> None:
        self.lives = lives
        self.pid = 0
        self.sandbox = sandbox or Sandbox(
            credits=10**9, faults=FAULTS, seed=seed, latency_s=0.02, slow_s=0.3
        )
        self.acknowledged: dict[int, str] = {}
        self.deaths = 0
        self._files: dict[str, bytes] = {}  # by SHA-256: all that arrived in the folder
        self._mutant = mutant
        self._words = ["-v"] if verbose else []
        self._dice = random.Random(seed)
        self._folder = folder
        self._state = folder / "state"
        self._inbox = folder / "in"
        self._control = ControlClient(self._state / "control.sock", self._state)
        self._copy: dict[str, bytes] = {}
        self._load_ended = threading.Event()
        self._client = threading.Thread(target=self._submit_for_ever)
        self._told = threading.Condition()
        self._submitted: list[bytes] = []
        self._start_s = 0.3  # how long the last start took

    def __enter__(self) -> Self:
        self._inbox.mkdir(parents=True)
        self.sandbox.start()
        _configure(self._folder, self.sandbox.url)
        self._client.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.end_load()
        self.sandbox.close()

    @property
    def acknowledgements(self) -> int:
        """How many scans were called saved."""
        return len(self.acknowledged) + len(self._files.keys() - self._arriving())

    # ---- lives and deaths -------------------------------------------------------------------

    def queue(self, count: int) -> None:
        """Fill the backlog before the first life."""
        with Ledger.open(self._state, SystemClock()) as ledger:
            for _ in range(count):
                vin = any_vin(self._dice)
                scan = NewScan("submit", ScanOutcome.VIN, text=vin, vin=vin)
                crop = Crop(label(vin), 700, 60, "png")
                enqueued = ledger.enqueue(scan, NewSubmission(crop, vin, vin, live=False))
                self.acknowledged[enqueued.submission.id] = enqueued.submission.sha256

    def die(self) -> None:
        """Let the lane live for a moment under load, and kill it."""
        if self.deaths % 2:
            self._arrive(self.picture())
        pid = self._begin()
        self._await_the_moment()
        os.kill(pid, signal.SIGKILL)
        self._over(-signal.SIGKILL)
        self.deaths += 1

    def _await_the_moment(self) -> None:
        """Wait for some moment of the start, or soon after a request or an acknowledgement."""
        asked, told = len(self.sandbox.journal().requests), len(self.acknowledged)
        kind, begun = self._dice.random(), time.monotonic()
        if kind < _DIE_YOUNG:
            time.sleep(self._dice.uniform(0, self._start_s))  # any moment is what is tried here
            return
        self.until(lambda: self.ask("status") is not None, "the lane does not start")
        self._start_s = time.monotonic() - begun
        if self.ask("status", "pause") is not None:  # many doubts in a row, over many deaths
            self._control.resume("a person")
        if kind < _DIE_SENDING:
            enough = asked + self._dice.randint(1, 3)
            came = len(self.sandbox.journal(enough, _PATIENCE_S).requests) >= enough
        else:
            with self._told:
                came = self._told.wait_for(lambda: len(self.acknowledged) > told, _PATIENCE_S)
        assert came, f"the load stands still; {self.last_words()}"
        time.sleep(self._dice.uniform(0, _ROUND_TRIP_S))

    def drain(self, *, restored: bool = False) -> None:
        """Let it live with a service at its best until nothing waits, and stop it.

        A lane that finds its database ``restored`` skips what lies in the folder: it may be old.
        """
        self.sandbox.set_faults({})
        self.end_load()
        with self.living() as control:
            control.resume("a person")
            for data in self._submitted[-_AGAIN:]:
                control.submit(data, "again.png", hurry=False, pay_again=False)
            if not restored:
                self.until(lambda: not self._unseen(), "pictures are left in the folder")
            self.until(lambda: self.ask("status", "waiting") == 0, "submissions are left waiting")

    def end_load(self) -> None:
        """Let the client submit no more."""
        self._load_ended.set()
        self._client.join()

    @contextmanager
    def living(self, *, ends_by: signal.Signals = signal.SIGTERM) -> Iterator[ControlClient]:
        """Let it live, from its first answer on, until the context ends."""
        pid = self._begin()
        try:
            self.until(lambda: self.ask("status") is not None, "the lane does not start")
            yield self._control
            os.kill(pid, ends_by)
        except BaseException:
            os.kill(pid, signal.SIGKILL)
            self.lives.end()
            raise
        self._over(0 if ends_by == signal.SIGTERM else -ends_by)

    def copy_database(self) -> bool:
        """Make the copy of a dead lane's database that is restored later; False: nothing waits."""
        if not self._database() or not states(self._state)["queued"]:
            return False
        self._copy = {path.name: path.read_bytes() for path in self._database()}
        return True

    def restore_database(self) -> None:
        """Bring the copy back over the dead lane's."""
        for path in self._state.glob("ledger.sqlite*"):
            path.unlink()
        for name, data in self._copy.items():
            (self._state / name).write_bytes(data)

    def verdict(self, *, restored: bool = False) -> Verdict:
        """Judge what a dead lane left; of what a restored database never held only payments."""
        acknowledged = {} if restored else dict(self.acknowledged)
        files = set() if restored else self._files.keys() - self._arriving()
        journal = self.sandbox.journal()
        return judge(self._state, journal, acknowledged, files=files, window_s=_WINDOW_S)

    def complaints(self) -> tuple[str, ...]:
        """List what the lane itself took for damage: a kill is none."""
        lines = (self._folder / "log").read_text("utf-8", "replace").splitlines()
        return tuple(dict.fromkeys(line for line in lines if line.startswith("ERROR   kiosk.")))

    # ---- load ---------------------------------------------------------------------------------

    def picture(self) -> bytes:
        """Draw the label of a car that was never here."""
        return label(any_vin(self._dice))

    def _arrive(self, data: bytes) -> None:
        name = sha256(data).hexdigest()
        self._files[name] = data
        fresh = self._folder / "fresh"
        fresh.write_bytes(data)
        fresh.rename(self._inbox / f"{name}.png")

    def _arriving(self) -> set[str]:
        return {path.stem for path in self._inbox.glob("*.png")}

    def _unseen(self) -> set[str]:
        """Return what lies in the folder and is no scan; after two kills it is one set aside."""
        with LedgerView.open(self._state) as view:
            return {name for name in self._arriving() if not view.knows_file(name)}

    def _submit_for_ever(self) -> None:
        dice = random.Random(self._dice.random())
        data = label(any_vin(dice))
        while not self._load_ended.is_set():
            try:
                facts = self._control.submit(data, "car.png", hurry=False, pay_again=False)
            except PictureError:  # killed twice while it was looked at, and set aside for that
                data = label(any_vin(dice))
                continue
            except KioskError:  # it is dead, or died before it answered: this very picture again
                self._load_ended.wait(_TICK_S)
                continue
            with self._told:
                self.acknowledged[int(str(facts["id"]))] = sha256(data).hexdigest()
                self._submitted.append(data)
                self._told.notify_all()
            data = label(any_vin(dice))

    # ---- the process ------------------------------------------------------------------------

    def _begin(self) -> int:
        words = ["run", *self._words, "-c", str(self._folder / "lane.yaml")]
        self.pid = self.lives.begin(words, self._folder / "log", self._mutant)
        return self.pid

    def _over(self, expected: int) -> None:
        code = self.lives.end()
        assert code == expected, f"the lane ended with {code}; {self.last_words()}"

    def ask(self, question: str, key: str | None = None) -> object:
        """Ask the living lane something; None where nobody answers."""
        try:
            facts: Facts = getattr(self._control, question)()
        except KioskError:
            return None
        return facts[key] if key else facts

    def until(self, truth: Callable[[], bool], otherwise: str) -> None:
        """Look again and again, with a deadline."""
        deadline, tick = time.monotonic() + _PATIENCE_S, threading.Event()
        while not truth():
            assert time.monotonic() < deadline, f"{otherwise}; {self.last_words()}"
            tick.wait(_TICK_S)

    def last_words(self) -> str:
        """Return the end of its log."""
        return (self._folder / "log").read_text("utf-8", "replace")[-3000:]

    def _database(self) -> list[Path]:
        names = ("ledger.sqlite", "ledger.sqlite-wal")
        return [path for name in names if (path := self._state / name).exists()]


def _configure(folder: Path, url: str) -> None:
    code = folder / "access-code"
    code.touch(0o600)
    code.write_text("kill-kill-kill\n", "ascii")
    settings = {
        "lane": "killed",
        "state_dir": str(folder / "state"),
        "camera": {"source": f"folder:{folder}/in", "after": "delete", "backlog": "scan"},
        "trigger": {"mode": "arrival"},
        "service": {
            "url": url,
            "access_code_file": str(code),
            "connect_timeout_s": 2,
            "answer_timeout_s": 1,
            "backoff": {"first_s": 0.05, "max_s": 0.1},
            "breaker": {"failures": 3, "doubts": 100, "retry_s": 1},
        },
        "upload": {"daily_credit_limit": 100_000, "rescan_window_s": _WINDOW_S},
    }
    (folder / "lane.yaml").write_text(json.dumps(settings), "utf-8")
