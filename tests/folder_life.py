"""A folder's lane on the test's own thread: its waits only turn the clock's hands.

Files, inotify, ledger and decoder are real; only what a picture shows is told by its first pixel.
"""

import contextlib
import errno
import os
import threading
from collections import Counter
from hashlib import sha256
from pathlib import Path

import cv2
import numpy as np

from kiosk.arrivals import Arrivals, ArrivalSettings
from kiosk.clock import ManualClock
from kiosk.ledger.ledger import Ledger
from kiosk.model import Crop, EventKind, Reading, ScanOutcome, Trigger, Verdict
from kiosk.supervisor import Life

NOT_SCANS = {ScanOutcome.SET_ASIDE, ScanOutcome.REFUSED}
EMPTY, UNREAD, TWO_LABELS, NO_VIN = 201, 202, 203, 204  # first pixels that mean something else


def picture(number: int, *, kind: str = ".png", size: int = 8) -> bytes:
    """Make a picture of its own; below 200 the number is that of a VIN."""
    pixels = np.full((size, size), number % 256, np.uint8)
    pixels[-1] = number // 256
    return cv2.imencode(kind, pixels)[1].tobytes()


def vin_of(number: int) -> str:
    return f"1M8GDM9AXKP{number:06d}"


class Eye:
    """Reads a picture's first pixel (Examiner); ``looked`` counts, ``before`` is called first."""

    def __init__(self, before=lambda number: None):
        self.looked = Counter()
        self.before = before

    def examine(self, image):
        number = int(image[0, 0, 0])
        self.looked[number] += 1
        self.before(number)
        crop = Crop(sha256(image.tobytes()).digest() * 9, 8, 8, "png")
        match number:
            case 201:
                return Reading(Verdict.NONE)
            case 202:
                return Reading(Verdict.UNREAD, confidence=0.4, crop=crop)
            case 203:
                return Reading(Verdict.UNREAD, vins=(vin_of(1), vin_of(2)))
            case 204:
                return Reading(Verdict.NOT_VIN, "PALLET", confidence=1.0, symbology="code39")
        vin = vin_of(number)
        return Reading(Verdict.VIN, vin, vin, 0.99, "code39", crop=crop)


class Hands(Life):
    """A worker's life in which waiting costs nothing; it ends after some simulated seconds."""

    def __init__(self, clock: ManualClock, seconds: float, at=None):
        super().__init__("lane", clock)
        self.clock = clock
        self.began = clock.monotonic()
        self.until = self.began + seconds
        self.longest = 0.0
        self.at = dict(at or {})  # what to do after so many seconds

    def wait(self, seconds):
        self.beat()
        self.longest = max(self.longest, seconds)
        # Real hints come from real threads: a moment for them, and time goes on by itself.
        if self._signal.wait(0.002):
            self._signal.clear()
            seconds = 0.001
        now = self.clock.monotonic()
        due = [at for at in self.at if now - self.began >= at]
        for at in due:
            self.at.pop(at)()
            # The world goes on at its own pace: its hint comes before the hands turn, if any does.
            self._signal.wait(0.3)
        step = min([seconds, *(self.began + at - now for at in self.at)])
        self.clock.advance(max(step, 0.001))
        if self.clock.monotonic() >= self.until:
            self.stopping.set()
        return self.stopping.is_set()


class _BrokenEntry:
    def __init__(self, entry, names):
        self._entry, self._names = entry, names
        self.name = entry.name

    def stat(self, **how):
        if self.name in self._names:
            raise OSError(errno.ESTALE, os.strerror(errno.ESTALE))
        return self._entry.stat(**how)


def break_names(monkeypatch, names):
    """Let the file system say nothing about some names, as a damaged one does; ``names`` is live.

    What a damaged directory entry does needs a damaged disk: the door is lstat(2) by name.
    """
    real_scandir, real_lstat = os.scandir, os.lstat

    @contextlib.contextmanager
    def scandir(path):
        with real_scandir(path) as entries:
            yield (_BrokenEntry(entry, names) for entry in entries)

    def lstat(path, **how):
        if os.path.basename(path) in names:  # noqa: PTH119 - as bytes, too
            raise OSError(errno.ESTALE, os.strerror(errno.ESTALE))
        return real_lstat(path, **how)

    monkeypatch.setattr("kiosk.folder.listing.os.scandir", scandir)
    monkeypatch.setattr("kiosk.folder.listing.os.lstat", lstat)


class FolderLane:
    """A state directory, a folder, and a lane that is run for some simulated seconds at a time."""

    def __init__(self, root: Path, **settings):
        self.root = root
        self.folder = root / "in"
        self.state = root / "state"
        self.folder.mkdir(parents=True, exist_ok=True)
        self.settings = settings
        self.clock = ManualClock()
        self.eye = Eye()
        self.said = []
        self.sent = []

    def put(self, name, data):
        (self.folder / name).write_bytes(data)

    def open_ledger(self):
        return Ledger.open(self.state, self.clock)

    def run(self, seconds=40.0, *, at=None, ledger_hook=lambda ledger: None, start=None):
        """Start the lane, let so many seconds pass, stop it; ``at``: {seconds: what to do}."""
        with self.open_ledger() as ledger:
            ledger_hook(ledger)
            settings = ArrivalSettings(self.folder, **self.settings)
            self.lane = Arrivals(
                settings, self.eye, ledger, self.clock, self.said.append, self.sent.append
            )
            life = Hands(self.clock, seconds, at)
            if start is not None:
                start(self.lane)
            self.lane.run(life)
            assert life.longest < 15, "a wait this long looks wedged to the watchdog"
        assert not [one for one in threading.enumerate() if "otify" in type(one).__name__]

    def press(self, source="button"):
        return self.lane.press(Trigger(source, self.clock.monotonic()))

    def kinds(self):
        passing = {EventKind.SCANNING}
        return [event.kind for event in self.said if event.kind not in passing]

    def scans(self):
        """The scans by file name, oldest first: (name, outcome)."""
        with self.open_ledger() as ledger:
            return [(one.file_name, one.outcome) for one in reversed(ledger.scans(100_000))]

    def looks(self):
        """How often each content was scanned, by the ledger."""
        with self.open_ledger() as ledger:
            scans = ledger.scans(100_000)
        return Counter(one.file_sha256 for one in scans if one.outcome not in NOT_SCANS)

    def names(self):
        return sorted(path.name for path in self.folder.iterdir())


def begun(root, **settings):
    """Make a lane that has started once, in an empty folder."""
    lane = FolderLane(root, **settings)
    lane.run(1)
    return lane
