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
from mutation_points import mutants_of
from mutation_run import Trial, walks
root = Path({str(tmp_path)!r})
known = walks(root / "toy", [root / "test_toy.py"], root / "build" / "kept.json")
said = {{}}
for mutant in mutants_of(root / "toy" / "program.py"):
    tests = known.tests_of(mutant, 20)
    trial = Trial(mutant, "toy.program", tests, 1.0)
    import select; select.select([trial.descriptor], [], [], 60)
    said[mutant.name] = trial.end()
print(json.dumps(said))
"""

    def run():
        command = [sys.executable, "-c", asked]
        done = subprocess.run(
            command, cwd=tmp_path, capture_output=True, text=True, timeout=100, check=False
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout.splitlines()[-1])

    return run


def test_it_tells_what_tests_notice_from_what_they_overlook(toy):
    noticed = toy()
    where = "program.py: allowed: "
    assert noticed[f"{where}`return False` -> `return None`"] is False  # both are no
    assert noticed[f"{where}`count < LIMIT` -> `count <= LIMIT`"] is False  # the limit itself
    assert noticed[f'{where}`names.append("x")` -> `pass`'] is True
    assert noticed[f"{where}`not names` -> `bool(names)`"] is True
    assert noticed["program.py: module: `3` -> `4`"] is False
    sql = [name for name in noticed if "QUESTION" in name or "SELECT" in name]
    assert len(sql) == 4
    assert not any(noticed[name] for name in sql)


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
