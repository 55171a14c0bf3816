"""Hostile bytes at every door, for as long as asked: exceptions, time, memory, crashes.

Prints one line a door and one in all; exit 1 where anything was found. What was found is named by
a number that makes the same input again.
"""

import argparse
import sys
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests" / "faults"))

from fuzz_runner import fuzz
from fuzz_targets import TARGETS

_TURN = 2_000  # inputs of one door before the next has its turn


def main() -> None:
    """Fuzz and print."""
    parser = argparse.ArgumentParser(prog="scripts/torture fuzz", description=__doc__)
    parser.add_argument("--minutes", type=float, default=5.0)
    parser.add_argument("--first", type=int, help="number of the first input [default: the time]")
    parser.add_argument("--door", help="only doors whose name holds this")
    asked = parser.parse_args()
    first = int(time.time()) * 1_000_000 if asked.first is None else asked.first
    doors = [target for target in TARGETS if (asked.door or "") in target.name]
    until = time.monotonic() + 60 * asked.minutes
    inputs, slowest, peak, found = Counter[str](), Counter[str](), Counter[str](), 0
    for turn in range(1_000_000):
        for door in doors:
            left = until - time.monotonic()
            if left <= 0:
                break
            report = fuzz(door, _TURN, first=first + turn * _TURN, seconds=left)
            inputs[door.name] += report.inputs
            slowest[door.name] = max(slowest[door.name], round(1e6 * report.slowest_s))
            peak[door.name] = max(peak[door.name], report.peak)
            found += len(report.findings)
            for finding in report.findings:
                print(f"FOUND {finding.target}, number {finding.number}: {finding.why}", flush=True)
        else:
            continue
        break
    for name, count in inputs.items():
        worst = f"{slowest[name] / 1e3:.1f} ms, {peak[name] / 2**20:.1f} MiB at most"
        print(f"{name}: {count} inputs, {worst}")
    date = time.strftime("%Y-%m-%d", time.gmtime())
    print(f"{date} fuzz: {sum(inputs.values())} inputs at {len(inputs)} doors, {found} findings")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
