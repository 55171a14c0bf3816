"""Every system call of a scan's life, killed at or made to fail, in turn.

Prints one line of figures; exit 1 where a scan was lost, a picture paid for twice, a charge is not
in the ledger, or the lane did what it must not after a failed sync. What stands behind it:
tests/faults/strace_points.py. Needs strace, and the right to use it.
"""

import argparse
import datetime as dt
import json
import sys
import time
from dataclasses import asdict
from pathlib import Path

_ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(_ROOT), str(_ROOT / "tests" / "faults")]

from strace_calls import UntraceableError  # noqa: E402 - found by the line above
from strace_points import HOWS, Hit, enumerate_points  # noqa: E402
from strace_trial import LANES, fast_folder, hit_all, nurseries, total  # noqa: E402

_TELL_EVERY_S = 10.0


class _Progress:
    """Tells bad ones at once, and now and then how long the rest will take."""

    def __init__(self, of: int) -> None:
        self._of = of
        self._done = 0
        self._begun = self._told = time.monotonic()

    def tell(self, one: Hit) -> None:
        """Count one."""
        self._done += 1
        if not one.good:
            print(f"  {one}", file=sys.stderr, flush=True)
        now = time.monotonic()
        if now - self._told >= _TELL_EVERY_S:
            self._told = now
            left = (now - self._begun) / self._done * (self._of - self._done)
            words = f"  {self._done} of {self._of}, {left / 60:.1f} min left"
            print(words, file=sys.stderr, flush=True)


def main() -> None:
    """Enumerate, hit, judge and tell."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--every", type=int, default=1, help="only every so many points")
    parser.add_argument("--notes", type=int, default=0, help="empty presses before the scans")
    parser.add_argument("--call", action="append", help="only points of this call (repeatable)")
    parser.add_argument("--lanes", type=int, default=LANES, help="at a time (%(default)s)")
    parser.add_argument("--mutant", help="a mistake to put in: the run must then fail")
    parser.add_argument("--json", action="store_true", help="one object a line instead")
    asked = parser.parse_args()
    begun = time.monotonic()
    with fast_folder() as folder, nurseries(folder, asked.lanes) as lanes:
        try:
            points = enumerate_points(folder / "first", lanes[0], asked.mutant, notes=asked.notes)
        except UntraceableError as error:
            sys.exit(f"cannot be tried here: {error}")
        chosen = [one for one in points if not asked.call or one.call in asked.call]
        tasks = [(point, how) for point in chosen[:: asked.every] for how in HOWS]
        progress = _Progress(len(tasks))
        hits = hit_all(
            tasks,
            folder,
            lanes,
            progress.tell,
            mutant=asked.mutant,
            notes=asked.notes,
        )
    for one in hits if asked.json else ():
        print(json.dumps({**asdict(one), "good": one.good}))
    minutes = (time.monotonic() - begun) / 60
    print(
        f"{dt.date.today()} points ({minutes:.1f} min): {total(hits)}",  # noqa: DTZ011 - the reader's own day
        file=sys.stderr if asked.json else sys.stdout,
    )
    sys.exit(not all(one.good for one in hits))


if __name__ == "__main__":
    main()
