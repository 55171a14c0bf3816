"""Puts small mistakes into the ledger, one at a time, and asks its tests whether they notice.

Prints every mistake that nobody noticed and that tests/faults/survivors.toml does not explain;
exit 1 where there is one. --sample N tries so many, chosen by --seed; --file and --like narrow.
What each run finds out is kept; with --resume a mistake is tried only where its file, or the test
that noticed it, has changed since.
"""

import argparse
import importlib
import json
import os
import random
import sys
import time
import tomllib
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import NoReturn

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

# Loaded once, before the children: none of them is of the program.
import click
import cv2
import hypothesis.stateful
import pydantic
import pytest
import requests
import trustme
from mutation_loaded import Bench, Loaded
from mutation_memory import Memory
from mutation_points import Mutant, mutants_of
from mutation_run import PLAIN, Walks, walks
from mutation_trial import Ending, Trial, first_to_end

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
# What the tests' own set-up imports only when the first of them runs.
USED_BY_ALL = tuple(f"kiosk.commands.{name}" for name in ("doctor", "run", "submit"))
EXPLAINED = ROOT / "tests" / "faults" / "survivors.toml"


@dataclass(frozen=True, slots=True)
class Plan:
    """What the mistakes are tried with; ``most_s``: of tests for one, ``until``: monotonic."""

    known: Walks
    memory: Memory
    jobs: int
    most_s: float
    until: float


Outcome = tuple[Mutant, bool | None, str]
"""A mistake, whether it was noticed (None: not judged), and by which test alone."""


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
    explained = frozenset(one["name"] for one in survivors())
    count = Count(explained)
    todo: list[Mutant] = []
    excused: list[Mutant] = []  # tried last: it takes long to find that nobody notices
    for mutant in chosen:
        seen = memory.outcome_of(mutant, asked.seconds) if asked.resume else None
        if seen is None:
            (excused if mutant.name in explained else todo).append(mutant)
        else:
            count.known += 1
            count.add(mutant, noticed=seen)
    until = time.monotonic() + 60 * asked.minutes
    plan = Plan(known, memory, asked.jobs, asked.seconds, until)
    for mutant, noticed, by in chain(outcomes(todo, plan), outcomes(excused, plan)):
        if noticed is not None:
            memory.keep(mutant, noticed=noticed, by=by, seconds=asked.seconds)
        count.add(mutant, noticed=noticed)
    print(count.told(len(chosen), asked.seed))
    sys.exit(1 if count.survived or count.not_judged else 0)


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="scripts/torture mutate", description=__doc__)
    parser.add_argument("--sample", type=int, help="how many to try [default: all]")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--file", action="append", help="only those in this file (retention.py); as often as wanted"
    )
    parser.add_argument("--like", help="only those whose name holds this")
    parser.add_argument("--resume", action="store_true", help="leave out what is known already")
    parser.add_argument(
        "--seconds", type=float, default=20.0, help="of tests for one mistake [default: 20]"
    )
    parser.add_argument("--minutes", type=float, default=120.0, help="give up after so long")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    return parser.parse_args()


def choose(asked: argparse.Namespace) -> list[Mutant]:
    """List the mistakes to try."""
    found = [
        mutant
        for path in sorted(PACKAGE.glob("*.py"))
        if asked.file is None or path.name in asked.file
        for mutant in mutants_of(path)
        if (asked.like or "") in mutant.name
    ]
    if asked.sample is None or asked.sample >= len(found):
        return found
    return random.Random(asked.seed).sample(found, asked.sample)  # noqa: S311 - no secret


def outcomes(chosen: list[Mutant], plan: Plan) -> Iterator[Outcome]:
    """Try mistakes; tell of each whether it was noticed, and by which test alone."""
    if not chosen:
        return
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        os.close(reading)
        _try_loaded(chosen, plan, writing)
    os.close(writing)
    names = {mutant.name: mutant for mutant in chosen}
    with os.fdopen(reading, encoding="utf-8") as answers:
        for line in answers:
            name, noticed, by = json.loads(line)
            yield names.pop(name), noticed, by
    if os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]):
        raise SystemExit("the process that has all tests loaded died")
    yield from _in_turn([*names.values()], plan)


def _try_loaded(chosen: list[Mutant], plan: Plan, writing: int) -> NoReturn:
    """Write the outcomes of the mistakes that can be put into the program as it is loaded."""

    def work(loaded: Loaded) -> None:
        able = [mutant for mutant in chosen if loaded.can_hold(mutant)]
        with os.fdopen(writing, "w", encoding="utf-8") as answers:
            for mutant, noticed, by in _in_turn(able, plan, loaded):
                print(json.dumps((mutant.name, noticed, by)), file=answers, flush=True)

    try:
        bench = Bench(work)
        for name in USED_BY_ALL:
            importlib.import_module(name)
        with Path(os.devnull).open("w") as nowhere:
            os.dup2(nowhere.fileno(), 1)
        pytest.main([*PLAIN, "-s", *map(str, TESTS)], plugins=[bench])
    finally:
        os._exit(1)


def _in_turn(chosen: list[Mutant], plan: Plan, loaded: Loaded | None = None) -> Iterator[Outcome]:
    """Try some at a time; the tests that noticed others in the same file come first."""
    noticed_by: dict[Path, list[str]] = {}
    sound: dict[str, bool] = {}
    trials: dict[Trial, Mutant] = {}
    waiting = deque(chosen)
    while True:
        while waiting and len(trials) < plan.jobs and time.monotonic() < plan.until:
            mutant = waiting.popleft()
            first = noticed_by.setdefault(mutant.path, plan.memory.noticed_in(mutant.path))
            found = plan.known.tests_of(mutant, plan.most_s, first)
            tests = [test for test in found if sound.get(test, True)]
            if not tests:
                yield mutant, False, ""
                continue
            module = f"kiosk.ledger.{mutant.path.stem}"
            trials[Trial(mutant, module, tests, plan.known.seconds, loaded)] = mutant
        if not trials:
            return
        trial = first_to_end([*trials])
        mutant = trials.pop(trial)
        noticed, by = judged(trial)
        if loaded is not None and noticed:
            if not by:
                continue  # the process died, maybe of how it was loaded
            if by not in sound:
                sound[by] = trial.notices_nothing_else()
            if not sound[by]:
                print(f"PASSED OVER, it fails without any mistake: {by}", file=sys.stderr)
                waiting.appendleft(mutant)
                continue
        yield mutant, noticed, by
        if by:
            noticed_by[mutant.path].append(by)


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
