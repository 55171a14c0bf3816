"""A lane whose state directory lies on a small disk that fills up, and is freed again."""

import json
import os
import random
import signal
import threading
import time
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Self

import cv2
import numpy as np
from mutants.full import AFTER
from plain_labels import any_vin, label
from small_disk import fill
from verdict import Verdict, judge
from zygote import Lives, Zygote

from kiosk.control.client import ControlClient
from kiosk.errors import KioskError, LedgerFullError
from kiosk.sandbox.server import Sandbox

_PATIENCE_S = 10.0
_TICK_S = 0.01
_DEBOUNCE_S = 0.4
_ROOM_WITHIN = 50  # more pictures than fit into the pages that a small ledger has free
_REFUSED = "display: NOT SAVED / DISK FULL-CALL HELP"
_SAVED = "kiosk.announcer: accepted"
_PRESSES = 5  # a small scan may fit where a large one did not


class FullLane:
    """A lane on a small disk, its button, its service. A context manager; ``state`` is mounted."""

    def __init__(self, folder: Path, state: Path, seed: int) -> None:
        self._folder = folder
        self._state = state
        self._log = folder / "log"
        self._wish = folder / "full-at"
        self._sandbox = Sandbox(credits=10**6)
        self._dice = random.Random(seed)
        self._control = ControlClient(state / "control.sock", state)
        self._acknowledged: dict[int, str] = {}
        self._pid = 0
        os.environ["FULL_AT"] = str(self._wish)
        self._lives: Lives = Zygote()

    def __enter__(self) -> Self:
        self._sandbox.start()
        _configure(self._folder, self._state, self._sandbox.url)
        self._show(any_vin(self._dice))
        self._begin()
        return self

    def __exit__(self, *error: object) -> None:
        if self._pid:
            os.kill(self._pid, signal.SIGKILL)
            self._lives.end()
        self._lives.__exit__(*error)
        self._sandbox.close()

    def fills_at(self, phase: str, *, dies: bool = False) -> list[str]:
        """Fill the disk in a phase of a picture's way, press, free it; return what was wrong.

        With ``dies`` the lane is killed while the disk is full, and starts again on the full disk.
        """
        wrong = []
        self._wish.write_text(phase, "ascii")
        number = self._submit()
        self._until(lambda: not self._wish.exists(), f"{phase} never came")
        if phase in AFTER and self._answer(number) != "recognized":
            wrong.append(f"{phase}: the answer that was paid for is {self._state_of(number)}")
        if dies:
            self._die()
        fill(self._state, "filler-2")  # what the lane gave up of its reserve is taken, too
        self._submit_until_it_is_refused()
        if not any(self._press_shows(_REFUSED) for _ in range(_PRESSES)):
            wrong.append(f"{phase}: the display does not say that the disk is full")
        self._free()
        if not self._press_shows(_SAVED):
            wrong.append(f"{phase}: the display does not heal")
        if dies:
            self._control.resume("a person")
        after = [self._answer(one) for one in (number, self._submit())]
        if after[1] != "recognized" or (after[0] != "recognized" and not dies):
            wrong.append(f"{phase}: with room again the pictures are {after}")
        return wrong

    def verdict(self) -> Verdict:
        """Stop the lane, and judge what it left."""
        self._until(lambda: self._facts("waiting") == 0, "submissions are left waiting")
        os.kill(self._pid, signal.SIGTERM)
        self._pid = 0
        assert self._lives.end() == 0, self._last_words()
        return judge(self._state, self._sandbox.journal(), self._acknowledged)

    def _begin(self) -> None:
        words = ["run", "-v", "-c", str(self._folder / "lane.yaml")]
        self._pid = self._lives.begin(words, self._log, "full")
        self._until(lambda: self._facts("lane_state") is not None, "the lane does not start")

    def _die(self) -> None:
        os.kill(self._pid, signal.SIGKILL)
        self._lives.end()
        self._begin()

    def _free(self) -> None:
        for path in self._state.glob("filler*"):
            path.unlink()

    def _show(self, vin: str) -> None:
        """Let the camera see a car's label."""
        bars = _bars(vin)
        view = np.full((480, bars.shape[1] + 200), 150, np.uint8)
        view[200 : 200 + bars.shape[0], 100 : 100 + bars.shape[1]] = bars
        fresh = self._folder / "fresh.png"
        cv2.imwrite(str(fresh), view)
        fresh.replace(self._folder / "view.png")

    def _submit(self) -> int:
        while True:
            data = label(any_vin(self._dice))
            facts = self._control.submit(data, "car.png", hurry=True, pay_again=False)
            if facts["id"] is not None:  # else its label is one of those that are not read
                break
        number = int(str(facts["id"]))
        self._acknowledged[number] = sha256(data).hexdigest()
        return number

    def _submit_until_it_is_refused(self) -> None:
        """Use up what room the ledger's files still have in themselves."""
        for _ in range(_ROOM_WITHIN):
            try:
                self._submit()
            except LedgerFullError:
                return

    def _answer(self, number: int) -> object:
        return self._control.wait(number, _PATIENCE_S)["state"]

    def _state_of(self, number: int) -> object:
        return self._control.submission(number)["state"]

    def _press_shows(self, words: str) -> bool:
        """Press for another car; tell whether the display says that of it."""
        self._show(any_vin(self._dice))
        threading.Event().wait(_DEBOUNCE_S)
        seen = self._log.stat().st_size
        self._control.trigger("a test")

        def shown() -> str:
            return self._log.read_bytes()[seen:].decode("utf-8", "replace")

        self._until(lambda: _REFUSED in shown() or _SAVED in shown(), "the press has no end")
        return words in shown()

    def _facts(self, key: str) -> object:
        try:
            return self._control.status()[key]
        except KioskError:
            return None

    def _until(self, truth: Callable[[], bool], otherwise: str) -> None:
        deadline, tick = time.monotonic() + _PATIENCE_S, threading.Event()
        while not truth():
            assert time.monotonic() < deadline, f"{otherwise}; {self._last_words()}"
            tick.wait(_TICK_S)

    def _last_words(self) -> str:
        return self._log.read_text("utf-8", "replace")[-3000:]


def _bars(vin: str) -> np.ndarray:
    return cv2.imdecode(np.frombuffer(label(vin), np.uint8), cv2.IMREAD_GRAYSCALE)


def _configure(folder: Path, state: Path, url: str) -> None:
    code = folder / "access-code"
    code.touch(0o600)
    code.write_text("full-full-full\n", "ascii")
    settings = {
        "lane": "full",
        "state_dir": str(state),
        "camera": {"source": f"simulated:{folder}/view.png", "fps": 15},
        "trigger": {"mode": "button", "timeout_s": 2},
        "service": {
            "url": url,
            "access_code_file": str(code),
            "backoff": {"first_s": 0.05, "max_s": 0.1},
        },
        "upload": {"daily_credit_limit": 100_000},
    }
    (folder / "lane.yaml").write_text(json.dumps(settings), "utf-8")
