"""The tests' own rules: when a skip is a failure, and what happens to tests of hardware."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

CONFTEST = Path(__file__).parents[1] / "conftest.py"

PLAIN = ("-p", "no:cacheprovider", "-p", "no:hypothesispytest", "-p", "no:timeout")
SUITE = """\
import pytest

def test_that_passes(): pass

def test_that_skips(): pytest.skip("no reason")

@pytest.mark.xfail
def test_that_is_known_to_fail(): assert False

@pytest.mark.hardware("camera")
def test_of_a_camera(): pass
"""


@pytest.fixture
def suite(tmp_path):
    """A project of its own with these rules; run it and give its exit code and what it printed."""
    tests = tmp_path / "project" / "tests"
    tests.mkdir(parents=True)
    (tests / "conftest.py").write_text(CONFTEST.read_text("utf-8"), "utf-8")

    def run(text=SUITE, **variables):
        (tests / "test_it.py").write_text(text, "utf-8")
        names = ("VIN_KIOSK_SHARED", "VIN_KIOSK_HARDWARE")
        clean = {name: value for name, value in os.environ.items() if name not in names}
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", *PLAIN, str(tests)],
            env=clean | variables,
            cwd=tests,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        return done.returncode, done.stdout + done.stderr

    return run


def test_without_the_evaluation_data_skips_are_counted(suite):
    code, said = suite()
    assert code == 0
    assert "skipped tests: 1 (evaluation data: not on this machine)" in said
    assert "1 passed, 1 skipped, 1 deselected, 1 xfailed" in said


def test_beside_the_evaluation_data_a_skip_is_a_failure(suite, tmp_path):
    (tmp_path / "shared").mkdir()
    code, said = suite()
    assert code == 1
    assert "a skip is a failure where the evaluation data is present" in said
    assert "no reason" in said
    assert "1 failed, 1 passed, 1 deselected, 1 xfailed" in said


def test_a_skip_of_a_whole_module_is_a_failure_too(suite, tmp_path):
    skipped = "import pytest\npytest.skip('no reason', allow_module_level=True)\n"
    assert suite(skipped)[0] == 5  # pytest's code for "no tests ran"
    code, said = suite(skipped, VIN_KIOSK_SHARED=str(tmp_path))
    assert code == 2
    assert "a skip is a failure" in said


def test_the_evaluation_data_is_given_or_the_test_skips(suite, tmp_path):
    text = "def test_it(shared_dir): assert shared_dir.is_dir()\n"
    assert "1 skipped" in suite(text)[1]
    assert "1 passed" in suite(text, VIN_KIOSK_SHARED=str(tmp_path))[1]


def test_a_wrong_folder_of_evaluation_data_is_told(suite, tmp_path):
    code, said = suite(VIN_KIOSK_SHARED=str(tmp_path / "nowhere"))
    assert code == 4
    assert "which is no folder" in said


def test_hardware_runs_only_where_its_door_is_open(suite):
    _, said = suite()
    assert "hardware doors left out: camera (tests: 1), station (tests: 0)" in said
    _, said = suite(VIN_KIOSK_HARDWARE="camera,button")
    assert "2 passed, 1 skipped, 1 xfailed" in said
    assert "hardware doors left out: station (tests: 0)\n" in said
    code, said = suite(SUITE.replace("camera", "toaster"))
    assert code == 4
    assert "toaster is none of camera, station, button" in said
