"""Kill -9 of the real daemon under load, a fresh program for each life.

Prints one line of figures; exit 1 where a scan was lost, a picture paid for twice, or a charge is
not in the ledger. What stands behind it: tests/faults/zygote_lane.py.
"""

import argparse
import datetime as dt
import sys
import tempfile
import time
from pathlib import Path

_ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(_ROOT), str(_ROOT / "tests" / "faults")]

from zygote import Program, Zygote  # noqa: E402 - found by the line above
from zygote_trial import Outcome, kill_again_and_again, total  # noqa: E402

_EPOCH = 100  # kills, then it drains, is judged, and an old database comes back


def main() -> None:
    """Kill, judge and tell."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=2000, help="kills in all (%(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="of the first hundred kills")
    parser.add_argument("--fork", action="store_true", help="fork lives instead of executing them")
    parser.add_argument("--mutant", help="a mistake to put in: the run must then fail")
    asked = parser.parse_args()
    begun, outcomes = time.monotonic(), []
    for first in range(0, asked.times, _EPOCH):
        kills = min(_EPOCH, asked.times - first)
        outcome = _epoch(kills, asked.seed + first // _EPOCH, asked.mutant, fork=asked.fork)
        outcomes.append(outcome)
        print(f"  seed {asked.seed + first // _EPOCH}: {outcome.words}", flush=True)
        if not outcome.good:
            print(outcome.verdict, *outcome.complaints, sep="\n", flush=True)
            break
    how = "fork" if asked.fork else "exec"
    minutes = (time.monotonic() - begun) / 60
    print(f"{dt.date.today()} kill ({how}, {minutes:.1f} min): {total(outcomes)}")  # noqa: DTZ011 - the reader's own day
    sys.exit(not all(outcome.good for outcome in outcomes))


def _epoch(kills: int, seed: int, mutant: str | None, *, fork: bool) -> Outcome:
    with (
        tempfile.TemporaryDirectory(prefix="torture-") as name,
        Zygote() if fork else Program() as lives,
    ):
        return kill_again_and_again(
            Path(name, "lane"), lives, kills, seed=seed, mutant=mutant, judge_every=5
        )


if __name__ == "__main__":
    main()
