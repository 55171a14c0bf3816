"""One life of a lane in a child process, which dies at a chosen step; and the wire it writes to.

A step is the beginning of any SQL statement that writes (COMMIT included), and each side of every
call that changes the spent log or the names of files. The child counts them and ends itself by
SIGKILL at the chosen one: nothing is flushed, closed or rolled back by hand.
"""

import os
import signal
import sqlite3
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

from kiosk.clock import ManualClock
from kiosk.ledger import database
from kiosk.ledger.ledger import Ledger
from kiosk.model import (
    Answer,
    Claim,
    Crop,
    NewScan,
    NewSubmission,
    PauseReason,
    ScanOutcome,
    Settlement,
    State,
)

VIN = "1M8GDM9AXKP042788"
SUCCESS = Settlement(
    State.RECOGNIZED, "recognised", credits=1, answer=Answer(success=True, vin=VIN, raw=b"{}")
)
DOUBT = Settlement(State.IN_DOUBT, "no answer in time")
REFUSAL = Settlement(State.QUEUED, "insufficient balance", released=True, pause=PauseReason.BALANCE)
_OS_CALLS = (
    "write",
    "pwrite",
    "fdatasync",
    "fsync",
    "ftruncate",
    "posix_fallocate",
    "rename",
    "unlink",
)


def clock() -> ManualClock:
    return ManualClock()


def scan(ledger: Ledger, content: str, vin: str | None = VIN, *, consent: bool = False):
    crop = Crop(f"picture of {content}".encode() * 9, 300, 40, "png", strip=b"strip")
    new = NewSubmission(crop, text=vin, vin=vin)
    outcome = ScanOutcome.VIN if vin else ScanOutcome.UNREAD
    return ledger.enqueue(NewScan("button", outcome, text=vin, vin=vin), new, consent=consent)


class Wire:
    """Counts the tails that left, in a file of its own that no kill can take back."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def send_tail(self, picture: bytes) -> None:
        with self._path.open("ab") as file:
            file.write(sha256(picture).hexdigest().encode() + b"\n")

    def sent(self) -> list[bytes]:
        return self._path.read_bytes().split() if self._path.exists() else []


def attempt(ledger: Ledger, wire: Wire, settlement: Settlement) -> bool:
    claimed = ledger.claim()
    if not isinstance(claimed, Claim):
        return False
    ledger.commit_tail(claimed)
    wire.send_tail(claimed.crop)
    ledger.settle(claimed, settlement)
    return True


def in_child(act: Callable[[], None]) -> int:
    """Run ``act`` in a forked child; return its exit code (minus the signal that ended it)."""
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    code = 1
    try:
        act()
        code = 0
    finally:
        os._exit(code)


def die_at(step: int) -> None:
    """Arm this process: it kills itself when it comes to ``step`` (the first is 1)."""
    passed = 0

    def count() -> None:
        nonlocal passed
        passed += 1
        if passed == step:
            os.kill(os.getpid(), signal.SIGKILL)

    def count_write(statement: str) -> None:
        if not statement.startswith(("SELECT", "PRAGMA")) or "journal_mode" in statement:
            count()

    def both_sides_of(call):
        def counted(*args, **kwargs):
            count()
            result = call(*args, **kwargs)
            count()
            return result

        return counted

    for name in _OS_CALLS:
        setattr(os, name, both_sides_of(getattr(os, name)))

    def connect(*args, **kwargs):
        connection = sqlite3.connect(*args, **kwargs)
        connection.set_trace_callback(count_write)
        return connection

    class Traced:
        """The sqlite3 module, with connections that count."""

        def __getattr__(self, name):
            return connect if name == "connect" else getattr(sqlite3, name)

    database.sqlite3 = Traced()
