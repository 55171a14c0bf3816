"""Bench: a watched folder of known pictures: the first listing, later ones, an idle lane.

Prints one line a figure; exit 1 where one is missed. Opened pictures are counted at the one door
through which they are read.
"""

import argparse
import resource
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from kiosk.arrivals import Arrivals, ArrivalSettings
from kiosk.clock import SystemClock
from kiosk.folder import fingerprints, scanner
from kiosk.folder.inbox import Inbox, InboxSettings
from kiosk.folder.reading import read_file
from kiosk.ledger.ledger import Ledger
from kiosk.model import Image, Reading, Verdict
from kiosk.supervisor import Life

LIMITS = {
    "first start, until all are skipped (s)": 2.0,
    "later start: folder listed and known (s)": 2.0,
    "later listing (s)": 2.0,
    "new pictures found": 0,
    "pictures opened since the later start": 0,
    "idle lane (% of a core)": 1.0,
}
_missed: list[str] = []


class Door:
    """Counts the pictures that are read."""

    def __init__(self) -> None:
        self.opened = 0

    def read(self, *args: object) -> bytes:
        """Read one, counted."""
        self.opened += 1
        return read_file(*args)  # type: ignore[arg-type]


class Blind:
    """An examiner that sees nothing."""

    def examine(self, image: Image) -> Reading:
        """See nothing."""
        return Reading(Verdict.NONE)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--idle", type=float, default=20.0, help="seconds to watch the idle lane")
    parser.add_argument("--dir", type=Path, default=None, help="where to work (default: /tmp)")
    asked = parser.parse_args()
    door = Door()
    scanner.read_file = fingerprints.read_file = door.read  # type: ignore[assignment]
    with tempfile.TemporaryDirectory(dir=asked.dir) as name:
        folder = Path(name, "in")
        folder.mkdir()
        for number in range(asked.files):
            (folder / f"IMG_{number:06d}.jpg").write_bytes(b"\xff\xd8\xff picture %d" % number)
        measure(folder, Path(name, "state"), door, asked.files, asked.idle)
    if _missed:
        sys.exit(f"missed: {', '.join(_missed)}")


def measure(folder: Path, state: Path, door: Door, files: int, idle_s: float) -> None:
    """Walk through a first start, a later one, and an idle lane."""
    clock = SystemClock()
    with inbox_of(folder, state, clock) as (ledger, inbox):
        say("files", files)
        say("first start, until all are skipped (s)", timed(inbox.open))
        while inbox.known.has_to_read:  # what the idle lane does slowly
            inbox.old.read_one()
        inbox.old.save()
        say("read once, slowly, after the first start", door.opened)
        hashed = [known for known in ledger.files.all() if known.sha256 is not None]
        say("rows with a known content", len(hashed))
    door.opened = 0
    before = resident()
    with Ledger.open(state, clock) as ledger:
        say("ledger opened, all seals checked (MB more)", resident() - before)
    began = time.monotonic()
    with inbox_of(folder, state, clock) as (_, inbox):
        opened = time.monotonic()
        say("later start: ledger opened (s)", opened - began)
        say("later start: folder listed and known (s)", timed(inbox.open))
        say("new pictures found", len(inbox._ripening))  # noqa: SLF001 - nothing else tells
        later = [timed(lambda: inbox.look(now_all=True)) for _ in range(5)]
        say("later listing (s)", sorted(later)[2])
        say("a wake without a listing (s)", timed(inbox.look))
        say("resident (MB more)", resident() - before)
    idle(folder, state, clock, idle_s)
    say("pictures opened since the later start", door.opened)
    say("resident at most (MB)", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def idle(folder: Path, state: Path, clock: SystemClock, seconds: float) -> None:
    """Run the lane's worker with nothing to do."""
    with Ledger.open(state, clock) as ledger:
        lane = Arrivals(
            ArrivalSettings(folder), Blind(), ledger, clock, lambda _: None, lambda _: None
        )
        life = Life("lane", clock)
        thread = threading.Thread(target=lane.run, args=(life,))
        thread.start()
        threading.Event().wait(2.0)
        began = time.process_time()
        threading.Event().wait(seconds)
        busy = time.process_time() - began
        life.stop()
        thread.join()
    say("idle lane (% of a core)", 100 * busy / seconds)


@contextmanager
def inbox_of(folder: Path, state: Path, clock: SystemClock) -> Iterator[tuple[Ledger, Inbox]]:
    """Open a ledger and make an inbox of the folder."""
    with Ledger.open(state, clock) as ledger:
        inbox = Inbox(InboxSettings(folder), ledger.files, clock, lambda: None)
        try:
            yield ledger, inbox
        finally:
            inbox.close()


def timed(act: object) -> float:
    """Return how long a call took (s)."""
    began = time.perf_counter()
    act()  # type: ignore[operator]
    return time.perf_counter() - began


def resident() -> float:
    """Return this process's resident memory (MB)."""
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    return pages * resource.getpagesize() / 2**20


def say(what: str, value: float) -> None:
    """Print one figure."""
    limit = LIMITS.get(what)
    print(f"{what:<48} {value:>10.4g}" + ("" if limit is None else f"   at most {limit:g}"))
    if limit is not None and value > limit:
        _missed.append(what)


if __name__ == "__main__":
    main()
