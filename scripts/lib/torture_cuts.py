"""Power cuts by model: many disks that each moment of a life may leave, each opened and judged.

Prints one line of figures; exit 1 where a scan was lost, a picture paid for twice, a charge is not
in the ledger, a cut was taken for damage, or the lane did not start. What stands behind it:
tests/faults/cut_disk.py. Needs strace, and the right to use it.
"""

import argparse
import datetime as dt
import json
import sys
import time
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from functools import partial
from itertools import chain
from pathlib import Path

_ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(_ROOT), str(_ROOT / "tests" / "faults")]

from cut_trial import Cut, cuts, record  # noqa: E402 - found by the line above
from strace_calls import Call, UntraceableError  # noqa: E402
from strace_trial import LANES, fast_folder, nurseries  # noqa: E402


def main() -> None:
    """Record a life, cut, judge and tell."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--disks", type=int, default=10, help="after each call (%(default)s)")
    parser.add_argument("--every", type=int, default=1, help="only after every so many calls")
    parser.add_argument("--seed", type=int, default=1, help="of the first disk of each moment")
    parser.add_argument("--control", choices=("normal", "nosync"), help="must be found bad")
    parser.add_argument("--json", action="store_true", help="one object a line instead")
    asked = parser.parse_args()
    begun = time.monotonic()
    with fast_folder() as folder, nurseries(folder, 1) as (nursery,):
        try:
            calls = record(folder, nursery, asked.control)
        except UntraceableError as error:
            sys.exit(f"cannot be tried here: {error}")
        outcomes = _cut_all(calls, folder, range(asked.seed, asked.seed + asked.disks), asked.every)
    for one in outcomes if asked.json else ():
        print(json.dumps({**asdict(one), "good": one.good}))
    minutes = (time.monotonic() - begun) / 60
    print(
        f"{dt.date.today()} cuts ({minutes:.1f} min): {_total(outcomes)}",  # noqa: DTZ011 - the reader's own day
        file=sys.stderr if asked.json else sys.stdout,
    )
    sys.exit(not all(one.good for one in outcomes))


def _cut_all(calls: list[Call], folder: Path, seeds: range, every: int) -> list[Cut]:
    begun, outcomes = time.monotonic(), []
    with ProcessPoolExecutor(LANES) as pool:
        rounds = pool.map(partial(_round, calls, folder, every), seeds)
        for done, one in enumerate(rounds, start=1):
            outcomes.append(one)
            for bad in (cut for cut in one if not cut.good):
                print(f"  {bad}"[:400], file=sys.stderr)
            left = (time.monotonic() - begun) / done * (len(seeds) - done) / 60
            print(f"  {done} of {len(seeds)}, {left:.1f} min left", file=sys.stderr, flush=True)
    return list(chain.from_iterable(outcomes))


def _round(calls: list[Call], folder: Path, every: int, seed: int) -> list[Cut]:
    """Cut once after each call."""
    return list(cuts(calls, folder, 1, seed=seed, every=every))


def _total(outcomes: Iterable[Cut]) -> str:
    outcomes = list(outcomes)
    verdicts = [one.verdict for one in outcomes if one.verdict is not None]

    def count(name: str) -> int:
        return sum(len(getattr(one, name)) for one in verdicts)

    return (
        f"{len({one.call for one in outcomes})} moments, {len(outcomes)} disks:"
        f" {count('lost')} lost, {count('twice')} paid twice,"
        f" {sum(max(len(one.unbooked), one.uncounted) for one in verdicts)} not in the ledger,"
        f" {count('out_of_order')} out of order,"
        f" {len(outcomes) - len(verdicts)} did not start,"
        f" {sum(one.complaint is not None for one in outcomes)} taken for damage"
    )


if __name__ == "__main__":
    main()
