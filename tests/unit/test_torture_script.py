"""`scripts/torture`: names its trials and explains them; what each finds is its own business."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TORTURE = ROOT / "scripts" / "torture"
TRIALS = sorted((ROOT / "scripts" / "lib").glob("torture_*.py"))


def run(*command):
    return subprocess.run(
        [*map(str, command)], capture_output=True, text=True, timeout=100, check=False
    )


def test_it_names_the_trials_with_a_line_for_each():
    done = run(TORTURE, "--help")
    assert done.returncode == 0
    lines = done.stdout.partition("Trials:\n")[2].splitlines()
    told = {line.split()[0]: line.split()[1:] for line in lines}
    assert set(told) == {path.stem.removeprefix("torture_") for path in TRIALS}
    assert all(len(words) > 3 for words in told.values()), done.stdout


@pytest.mark.parametrize("name", ["", "nothing", "../../lib/torture_kill"])
def test_an_unknown_trial_is_refused_with_the_names(name):
    done = run(TORTURE, name)
    assert (done.returncode, done.stdout) == (2, "")
    assert "kill" in done.stderr


@pytest.mark.parametrize("path", TRIALS, ids=lambda path: path.stem)
def test_each_trial_explains_its_options(path):
    done = run(sys.executable, path, "--help")
    assert done.returncode == 0, done.stderr
    assert "--help" in done.stdout


def test_a_short_torture_prints_its_figures_and_a_mistake_fails_it():
    kill = ROOT / "scripts" / "lib" / "torture_kill.py"
    done = run(sys.executable, kill, "--times", 2, "--fork")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "2 kills" in done.stdout.splitlines()[-1]
    assert ": 0 lost, 0 paid twice, 0 not in the ledger" in done.stdout.splitlines()[-1]
    wrong = run(sys.executable, kill, "--times", 9, "--fork", "--mutant", "naive")
    assert wrong.returncode == 1, wrong.stdout + wrong.stderr
