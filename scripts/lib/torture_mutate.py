"""Puts small mistakes into the ledger, one at a time, and asks its tests whether they notice.

Prints every mistake that nobody noticed and that tests/faults/survivors.toml does not explain;
exit 1 where there is one. --sample N tries so many, chosen by --seed; --file and --like narrow.
What each run finds out is kept; with --resume a mistake is tried only where its file, or the test
that noticed it, has changed since.
"""

import argparse
import os
import random
import sys
import time
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

# Loaded once, before the children: none of them is of the program.
import click
import cv2
import hypothesis.stateful
import pydantic
import requests
import trustme
from mutation_memory import Memory
from mutation_points import Mutant, mutants_of
from mutation_run import Ending, Trial, Walks, first_to_end, walks

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


@dataclass(slots=True)
class Count:
    """What came of the mistakes that were chosen; printed as it goes."""

    explained: frozenset[str]
    noticed: int = 0
    excused: int = 0
    survived: int = 0
    not_judged: int = 0  # too slow, and so was the machine
    known: int = 0  # from an earlier run

    def add(self, mutant: Mutant, *, noticed: bool | None) -> None:
        """Count one; None: it could not be judged."""
        if noticed is None:
            self.not_judged += 1
            print(f"NOT JUDGED, the machine is too busy: {mutant.name}", flush=True)
        elif noticed:
            self.noticed += 1
        elif mutant.name in self.explained:
            self.excused += 1
        else:
            self.survived += 1
            print(f"SURVIVED line {mutant.first}, {mutant.name}", flush=True)

    def told(self, chosen: int, seed: int) -> str:
        """Sum it up."""
        tried = self.noticed + self.excused + self.survived
        left = chosen - tried - self.not_judged
        return (
            f"{time.strftime('%Y-%m-%d', time.gmtime())} mutate: {tried} mistakes tried "
            f"(seed {seed}; {self.known} of them earlier, on the same files), "
            f"{self.noticed} noticed, {self.excused} explained, {self.survived} survived; "
            f"{left} not tried for want of time, {self.not_judged} not judged"
        )


def main() -> None:
    """Try and print."""
    asked = arguments()
    os.chdir(ROOT)
    known = walks(PACKAGE, TESTS, ROOT / "build" / "mutate.json")
    memory = Memory(ROOT / "build" / "mutate-results.jsonl", ROOT, known.stamp)
    chosen = choose(asked)
    count = Count(frozenset(one["name"] for one in survivors()))
    todo = []
    for mutant in chosen:
        seen = memory.outcome_of(mutant) if asked.resume else None
        if seen is None:
            todo.append(mutant)
        else:
            count.known += 1
            count.add(mutant, noticed=seen)
    until = time.monotonic() + 60 * asked.minutes
    for mutant, noticed, by in outcomes(todo, known, asked.jobs, until):
        if noticed is not None:
            memory.keep(mutant, noticed=noticed, by=by)
        count.add(mutant, noticed=noticed)
    print(count.told(len(chosen), asked.seed))
    sys.exit(1 if count.survived or count.not_judged else 0)


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="scripts/torture mutate", description=__doc__)
    parser.add_argument("--sample", type=int, help="how many to try [default: all]")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--file", help="only those in this file (retention.py)")
    parser.add_argument("--like", help="only those whose name holds this")
    parser.add_argument("--resume", action="store_true", help="leave out what is known already")
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
) -> Iterator[tuple[Mutant, bool | None, str]]:
    """Try some at a time; tell of each whether it was noticed, and by which test alone."""
    trials: dict[Trial, Mutant] = {}
    waiting = iter(chosen)
    while True:
        while len(trials) < jobs and time.monotonic() < until:
            mutant = next(waiting, None)
            if mutant is None:
                break
            tests = known.tests_of(mutant, _MOST_S)
            if not tests:
                yield mutant, False, ""
                continue
            seconds = sum(known.seconds.get(test, 0.0) for test in tests)
            module = f"kiosk.ledger.{mutant.path.stem}"
            trials[Trial(mutant, module, tests, seconds)] = mutant
        if not trials:
            return
        trial = first_to_end([*trials])
        yield trials.pop(trial), *judged(trial)


def judged(trial: Trial) -> tuple[bool | None, str]:
    """Tell whether a mistake was noticed (None: nobody can tell on a busy machine), and by what."""
    ending = trial.end()
    if ending is Ending.TOO_SLOW:
        return (True if trial.is_to_blame() else None), ""
    return ending is Ending.NOTICED, trial.noticed_by


def survivors() -> list[dict[str, str]]:
    """Read the mistakes that nobody can notice, and why."""
    if not EXPLAINED.exists():
        return []
    listed: list[dict[str, str]] = tomllib.loads(EXPLAINED.read_text("utf-8")).get("survivor", [])
    return listed


if __name__ == "__main__":
    main()
