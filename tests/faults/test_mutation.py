"""`scripts/torture mutate`: it sees what tests overlook, and its list of excuses is not stale."""

import json
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LIB = ROOT / "scripts" / "lib"
SURVIVORS = ROOT / "tests" / "faults" / "survivors.toml"

PROGRAM = '''\
"""A program."""

LIMIT = 3
QUESTION = "SELECT id FROM cars WHERE seen < ? AND paid = 1 ORDER BY id DESC"


def allowed(count: int, names: list[str]) -> bool:
    """Tell."""
    if not names:
        return False
    names.append("x")
    return count < LIMIT and "x" in names
'''
TESTS = """\
from toy.program import allowed

def test_allowed():
    assert allowed(1, ["a"])
    assert not allowed(9, ["a"])
    assert not allowed(1, [])
"""


@pytest.fixture
def toy(tmp_path):
    """A project of one module and one test; asks whether its mistakes are noticed."""
    (tmp_path / "toy").mkdir()
    (tmp_path / "toy" / "__init__.py").touch()
    (tmp_path / "toy" / "program.py").write_text(PROGRAM)
    (tmp_path / "test_toy.py").write_text(TESTS)
    asked = f"""
import json, sys
sys.path[:0] = [{str(LIB)!r}, {str(tmp_path)!r}]
from pathlib import Path
from mutation_loaded import Bench
from mutation_points import mutants_of
from mutation_run import PLAIN, walks
from mutation_trial import Ending, Trial
import pytest
root = Path({str(tmp_path)!r})
known = walks(root / "toy", [root / "test_toy.py"], root / "build" / "kept.json")
mutants = mutants_of(root / "toy" / "program.py")
def tried(mutants, loaded=None):
    said = {{}}
    for mutant in mutants:
        tests = known.tests_of(mutant, 20)
        trial = Trial(mutant, "toy.program", tests, {{}}, loaded)
        import select; select.select([trial.descriptor], [], [], 60)
        said[mutant.name] = trial.end() is Ending.NOTICED
        assert bool(trial.noticed_by) == said[mutant.name]
        assert sys.argv[1:] or not said[mutant.name] or trial.notices_nothing_else()
    return said
def try_loaded(loaded):
    able = [mutant for mutant in mutants if loaded.can_hold(mutant)]
    print(json.dumps([said, tried(able, loaded)]), flush=True)
said = tried(mutants) if sys.argv[1:] else dict.fromkeys(one.name for one in mutants)
pytest.main([*PLAIN, "-s", "test_toy.py"], plugins=[Bench(try_loaded)])
"""

    def run(*, cold=True):
        command = [sys.executable, "-c", asked, *(["cold"] if cold else [])]
        done = subprocess.run(
            command, cwd=tmp_path, capture_output=True, text=True, timeout=100, check=False
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout.splitlines()[-1])

    return run


def test_it_tells_what_tests_notice_from_what_they_overlook(toy):
    noticed, loaded = toy()
    where = "program.py: allowed: "
    assert noticed[f"{where}`return False` -> `return None`"] is False  # both are no
    assert noticed[f"{where}`count < LIMIT` -> `count <= LIMIT`"] is False  # the limit itself
    assert noticed[f'{where}`names.append("x")` -> `pass`'] is True
    assert noticed[f"{where}`not names` -> `bool(names)`"] is True
    assert noticed["program.py: module: `3` -> `4`"] is False
    sql = [name for name in noticed if "QUESTION" in name or "SELECT" in name]
    assert len(sql) == 4
    assert not any(noticed[name] for name in sql)
    assert loaded == {name: seen for name, seen in noticed.items() if name.startswith(where)}


def test_what_runs_while_the_program_is_loaded_is_not_put_into_it_later(toy, tmp_path):
    changed = PROGRAM.replace("LIMIT = 3", "LIMIT = 3\n\n\ndef twice(n):\n    return 2 * n\n")
    (tmp_path / "toy" / "program.py").write_text(f"{changed}\n\nSIX = twice(LIMIT)\n")
    noticed, loaded = toy(cold=False)
    assert {name.split(": ")[1] for name in noticed} == {"module", "allowed", "twice"}
    assert {name.split(": ")[1] for name in loaded} == {"allowed"}


SLOW = """\
import time
from toy.program import allowed

def test_quick():
    assert allowed(1, ["a"])

def test_slow():
    time.sleep(100)
    assert allowed(1, ["a"])
"""


def test_a_slow_machine_is_not_taken_for_a_mistake_that_was_noticed(tmp_path):
    (tmp_path / "toy").mkdir()
    (tmp_path / "toy" / "__init__.py").touch()
    (tmp_path / "toy" / "program.py").write_text(PROGRAM)
    (tmp_path / "test_toy.py").write_text(SLOW)
    asked = f"""
import sys
sys.path[:0] = [{str(LIB)!r}, {str(tmp_path)!r}]
from pathlib import Path
from mutation_points import mutants_of
from torture_mutate import judged
from mutation_trial import Trial
mutant = mutants_of(Path({str(tmp_path / "toy" / "program.py")!r}))[0]
for test in ("test_quick", "test_slow"):
    trial = Trial(mutant, "toy.program", [f"test_toy.py::{{test}}"], {{}})
    print(judged(trial)[0])  # its time is over
"""
    command = [sys.executable, "-c", asked]
    done = subprocess.run(
        command, cwd=tmp_path, capture_output=True, text=True, timeout=100, check=False
    )
    assert done.stdout.split() == ["True", "None"], done.stderr


def test_what_was_found_out_holds_until_its_files_change(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(LIB)
    from mutation_memory import Memory  # noqa: PLC0415 - it lies outside the package
    from mutation_points import mutants_of  # noqa: PLC0415

    program, test = tmp_path / "program.py", tmp_path / "test_toy.py"
    program.write_text(PROGRAM)
    test.write_text(TESTS)
    kept = tmp_path / "build" / "kept.jsonl"
    first, second, *_ = mutants_of(program)
    memory = Memory(kept, tmp_path, "all")
    memory.keep(first, noticed=True, by="test_toy.py::test_allowed", seconds=5)
    memory.keep(second, noticed=False, by="", seconds=5)
    kept.write_text(kept.read_text() + '{"name": "torn')

    def known(everything, seconds=5):
        memory = Memory(kept, tmp_path, everything)
        return [memory.outcome_of(mutant, seconds) for mutant in mutants_of(program)][:3]

    assert known("all") == [True, False, None]
    assert known("all", seconds=6) == [True, None, None]
    assert known("another test was added") == [True, None, None]
    test.write_text(f"{TESTS}# more\n")
    assert known("all") == [None, False, None]
    test.write_text(TESTS)
    program.write_text(f"{PROGRAM}# more\n")
    assert known("all")[0] is None


def test_every_explained_survivor_is_still_there():
    sys.path.append(str(LIB))
    from mutation_points import mutants_of  # noqa: PLC0415 - it lies outside the package

    explained = tomllib.loads(SURVIVORS.read_text("utf-8")).get("survivor", [])
    sources = (ROOT / "kiosk" / "ledger").glob("*.py")
    there = {mutant.name for path in sources for mutant in mutants_of(path)}
    names = [one["name"] for one in explained]
    assert [name for name in names if name not in there] == []
    assert len(set(names)) == len(names)
    assert all(one["why"].strip() for one in explained)
