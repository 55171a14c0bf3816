"""Puts small mistakes into the ledger, one at a time, and asks its tests whether they notice.

Prints every mistake that nobody noticed and that tests/faults/survivors.toml does not explain;
exit 1 where there is one. --sample N tries so many, chosen by --seed; --file and --like narrow.
"""

import argparse
import os
import random
import sys
import time
import tomllib
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

# Loaded once, before the children: none of them is of the program.
import click
import cv2
import hypothesis.stateful
import pydantic
import requests
import trustme
from mutation_points import Mutant, mutants_of
from mutation_run import Trial, Walks, first_to_end, walks

LOADED = (click, cv2, hypothesis.stateful, pydantic, requests, trustme)
ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "kiosk" / "ledger"
TESTS = (
    ROOT / "tests" / "unit" / "ledger",
    *(
        ROOT / "tests" / "faults" / f"test_{name}.py"
        for name in ("ledger_full", "ledger_owed", "folder_kill", "submit_kill")
    ),
)
EXPLAINED = ROOT / "tests" / "faults" / "survivors.toml"
_MOST_S = 20.0  # of tests for one mistake, as they take without it


def main() -> None:
    """Try and print."""
    asked = arguments()
    os.chdir(ROOT)
    known = walks(PACKAGE, TESTS, ROOT / "build" / "mutate.json")
    explained = {one["name"]: one["why"] for one in survivors()}
    chosen = choose(asked)
    noticed, tried, left = 0, 0, []
    for mutant, seen in outcomes(chosen, known, asked.jobs, time.monotonic() + 60 * asked.minutes):
        tried += 1
        noticed += seen
        if not seen and mutant.name not in explained:
            left.append(mutant.name)
            print(f"SURVIVED line {mutant.first}, {mutant.name}", flush=True)
    date = time.strftime("%Y-%m-%d", time.gmtime())
    excused = tried - noticed - len(left)
    print(
        f"{date} mutate: {tried} mistakes tried (seed {asked.seed}), {noticed} noticed, "
        f"{excused} explained, {len(left)} survived; "
        f"{len(chosen) - tried} not tried for want of time"
    )
    sys.exit(1 if left else 0)


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="scripts/torture mutate", description=__doc__)
    parser.add_argument("--sample", type=int, help="how many to try [default: all]")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--file", help="only those in this file (retention.py)")
    parser.add_argument("--like", help="only those whose name holds this")
    parser.add_argument("--minutes", type=float, default=120.0, help="give up after so long")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    return parser.parse_args()


def choose(asked: argparse.Namespace) -> list[Mutant]:
    """List the mistakes to try."""
    found = [
        mutant
        for path in sorted(PACKAGE.glob("*.py"))
        if asked.file in {None, path.name}
        for mutant in mutants_of(path)
        if (asked.like or "") in mutant.name
    ]
    if asked.sample is None or asked.sample >= len(found):
        return found
    return random.Random(asked.seed).sample(found, asked.sample)  # noqa: S311 - no secret


def outcomes(
    chosen: list[Mutant], known: Walks, jobs: int, until: float
) -> Iterator[tuple[Mutant, bool]]:
    """Try some at a time, and tell of each whether the tests noticed it."""
    trials: list[Trial] = []
    waiting = iter(chosen)
    while True:
        while len(trials) < jobs and time.monotonic() < until:
            mutant = next(waiting, None)
            if mutant is None:
                break
            tests = known.tests_of(mutant, _MOST_S)
            if not tests:
                yield mutant, False
                continue
            seconds = sum(known.seconds.get(test, 0.0) for test in tests)
            module = f"kiosk.ledger.{mutant.path.stem}"
            trials.append(Trial(mutant, module, tests, seconds))
        if not trials:
            return
        ended = first_to_end(trials)
        trials.remove(ended)
        yield ended.mutant, ended.end()


def survivors() -> list[dict[str, str]]:
    """Read the mistakes that nobody can notice, and why."""
    if not EXPLAINED.exists():
        return []
    listed: list[dict[str, str]] = tomllib.loads(EXPLAINED.read_text("utf-8")).get("survivor", [])
    return listed


if __name__ == "__main__":
    main()
