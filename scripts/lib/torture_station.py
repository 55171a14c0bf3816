"""A day of pulled plugs, garbage and floods in compressed time, and a thousand real hang-ups.

Prints one line of figures for each; exit 1 where the display was not back within five seconds, did
not show what is said, showed an old scan for a new one or was sent a byte that nobody composed, or
where a thread or a descriptor was left over. What stands behind it: tests/faults/station_day.py and
station_hangups.py.
"""

import argparse
import datetime as dt
import logging
import sys
import time
from collections.abc import Sequence
from pathlib import Path

_ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(_ROOT), str(_ROOT / "tests" / "faults")]

from mutants import MUTANTS  # noqa: E402 - found by the line above
from station_day import Day  # noqa: E402
from station_hangups import hang_up, longest  # noqa: E402

_TODAY = dt.date.today  # the reader's own day


def main() -> None:
    """Live the day, hang up, and tell."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hours", type=float, default=24.0, help="simulated (%(default)s)")
    parser.add_argument("--hang-ups", type=int, default=1000, help="real ones (%(default)s)")
    parser.add_argument("--display", default="cd5220", help="its family (%(default)s)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--mutant", help="a mistake to put in: the run must then fail")
    asked = parser.parse_args()
    logging.getLogger("kiosk").setLevel(logging.CRITICAL)  # it tells of each loss
    if asked.mutant:
        MUTANTS[asked.mutant](setattr)
    good = True
    if asked.hours:
        good = _live(asked.hours, asked.seed, asked.display)
    if asked.hang_ups:
        good = _hang_up(asked.hang_ups, asked.seed) and good
    sys.exit(not good)


def _live(hours: float, seed: int, display: str) -> bool:
    begun = time.monotonic()
    found = Day(hours, seed, display).run()
    print(
        f"{_TODAY()} station, {display}, {hours:g} simulated hours"
        f" ({time.monotonic() - begun:.0f} s, seed {seed}): {found.pulls} pulled plugs,"
        f" {found.floods} floods, {found.garbage / 1e6:.1f} MB of garbage, {found.presses} presses,"
        f" {found.scans} scans, {found.states} states of the glass,"
        f" back after at most {found.longest_back_s:.2f} s, {len(found.faults)} faults",
        flush=True,
    )
    return _tell(found.faults)


def _hang_up(times: int, seed: int) -> bool:
    begun = time.monotonic()
    found = hang_up(times, seed)
    print(
        f"{_TODAY()} station, {len(found.backs_s)} real hang-ups"
        f" ({time.monotonic() - begun:.0f} s, seed {seed}): back after at most"
        f" {longest(found.backs_s):.2f} s, {len(found.faults)} faults",
        flush=True,
    )
    return _tell(found.faults)


def _tell(faults: Sequence[str]) -> bool:
    for fault in faults:
        print(f"  BROKEN {fault}", flush=True)
    return not faults


if __name__ == "__main__":
    main()
