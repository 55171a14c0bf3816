"""The ledger's state machine: many more lives, and longer ones, than the tests have time for.

Exit 1, with the shortest life that shows it, where the ledger and its model disagree.
"""

import argparse
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests" / "unit" / "ledger"))

from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test
from ledger_machine import LedgerMachine


def main() -> None:
    """Live and print."""
    parser = argparse.ArgumentParser(prog="scripts/torture machine", description=__doc__)
    parser.add_argument("--examples", type=int, default=2000, help="lives")
    parser.add_argument("--steps", type=int, default=40, help="steps of a life, at most")
    asked = parser.parse_args()
    began = time.monotonic()
    run_state_machine_as_test(
        LedgerMachine,
        settings=settings(
            max_examples=asked.examples,
            stateful_step_count=asked.steps,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
    date = time.strftime("%Y-%m-%d", time.gmtime())
    seconds = time.monotonic() - began
    print(f"{date} machine: {asked.examples} lives of {asked.steps} steps, sound ({seconds:.0f} s)")


if __name__ == "__main__":
    main()
