"""Bits turned and files cut short, of a ledger that lived: it starts, tells, pays nothing twice.

Prints one line a file and one in all; exit 1 where a promise was broken. The same seed makes the
same damages.
"""

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests" / "faults"))

from damage_trial import DATABASE, NUMBERS, SPENT, WAL, damages, judge, live

_MEMORY = Path("/dev/shm")  # noqa: S108 - thousands of fsyncs on a disk show nothing here
# lane, file, whether under a running lane, and its share of all damages
_SHARES = (
    ("stopped", DATABASE, False, 0.35),
    ("killed", DATABASE, False, 0.15),
    ("killed", WAL, False, 0.2),
    ("killed", SPENT, False, 0.1),
    ("stopped", NUMBERS, False, 0.05),
    ("stopped", DATABASE, True, 0.15),
)


def main() -> None:
    """Damage, judge and print."""
    parser = argparse.ArgumentParser(prog="scripts/torture damage", description=__doc__)
    parser.add_argument("--times", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    asked = parser.parse_args()
    done = broken = 0
    with tempfile.TemporaryDirectory(dir=_MEMORY if os.access(_MEMORY, os.W_OK) else None) as name:
        lanes = dict(zip(("stopped", "killed"), live(Path(name)), strict=True))
        for lane, file, running, share in _SHARES:
            truth, count = lanes[lane], round(asked.times * share)
            size = (truth.folder / file).stat().st_size
            bad = 0
            for damage in damages(file, size, count, asked.seed, running=running):
                problems = judge(truth, damage, Path(name) / "work")
                bad += bool(problems)
                for problem in problems:
                    print(f"BROKEN {damage}: {problem}", flush=True)
            where = "of a running lane" if running else f"of a {lane} lane"
            print(f"{file} {where}: {count} damages, {bad} broke a promise", flush=True)
            done, broken = done + count, broken + bad
    date = time.strftime("%Y-%m-%d", time.gmtime())
    print(f"{date} damage: {done} damages, {broken} broke a promise (seed {asked.seed})")
    sys.exit(1 if broken else 0)


if __name__ == "__main__":
    main()
