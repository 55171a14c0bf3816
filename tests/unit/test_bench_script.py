"""`scripts/bench`: names its benches, explains them, and measures a lane end to end."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BENCH = ROOT / "scripts" / "bench"
LANE = ROOT / "scripts" / "lib" / "bench_lane.py"


def run(*command):
    return subprocess.run(
        [*map(str, command)], capture_output=True, text=True, timeout=100, check=False
    )


def test_it_names_the_benches_with_a_line_for_each():
    done = run(BENCH, "--help")
    assert done.returncode == 0
    names = {path.stem.removeprefix("bench_") for path in LANE.parent.glob("bench_*.py")}
    lines = done.stdout.partition("Benches:\n")[2].splitlines()
    told = {line.split()[0]: line.split()[1:] for line in lines}
    assert set(told) == names
    assert all(len(words) > 3 for words in told.values()), done.stdout


@pytest.mark.parametrize("name", ["", "nothing", "../../lib/bench_lane"])
def test_an_unknown_bench_is_refused_with_the_names(name):
    done = run(BENCH, name)
    assert done.returncode == 2
    assert "lane" in done.stderr
    assert done.stdout == ""


def test_each_bench_explains_its_options():
    for path in LANE.parent.glob("bench_*.py"):
        done = run(sys.executable, path, "--help")
        assert done.returncode == 0, done.stderr
        assert "--help" in done.stdout, path


def test_a_short_bench_of_a_lane_ends_as_its_figures_say():
    small = ("--only", "idle", "--film", "MJPEG", "--width", 960, "--height", 540)
    done = run(sys.executable, LANE, *small, "--seconds", 0.5, "--json")
    assert done.returncode in {0, 1}, done.stderr  # how fast this machine is, is not asked here
    processor, memory, looking = map(json.loads, done.stdout.splitlines())
    assert looking["name"] == "idle, presentation, empty lane: processor"
    assert (processor["name"], processor["at_most"]) == ("idle, MJPEG: processor", 10.0)
    assert (memory["name"], memory["at_most"]) == ("idle, MJPEG: resident after a scan", 180.0)
    assert 20 < memory["value"] < 1000, "OpenCV alone takes more, the whole daemon less"
    missed = [figure for figure in (processor, memory) if figure["value"] > figure["at_most"]]
    assert done.returncode == bool(missed)


def test_a_short_bench_of_a_folder_opens_no_known_picture_again():
    done = run(sys.executable, LANE.parent / "bench_folder.py", "--files", 40, "--idle", 0.5)
    assert "Traceback" not in done.stderr, done.stderr
    told = {line[:50].strip(): line[50:].split() for line in done.stdout.splitlines()}
    assert told["rows with a known content"][0] == "40"
    assert told["new pictures found"][0] == "0"
    assert told["pictures opened since the later start"][0] == "0"


def test_a_short_bench_of_a_station_ends_as_its_figures_say(may_use_strace):
    small = ("--scans", 3, "--scenes", 2, "--delay", 20)
    done = run(sys.executable, LANE.parent / "bench_station.py", *small, "--json")
    assert done.returncode in {0, 1}, done.stderr  # how fast this machine is, is not asked here
    *figures, raw = map(json.loads, done.stdout.splitlines())
    asked = [figure["at_most"] for figure in figures]
    assert asked == [50.0, 250.0, 50.0, 50.0, None, 50.0]
    judged = [figure for figure in figures if figure["at_most"] is not None]
    assert done.returncode == any(figure["value"] > figure["at_most"] for figure in judged)
    for waits in raw["scans_ms"].values():
        assert len(waits["SCANNING"]) == len(waits["VIN"]) == 3 >= len(waits["OK"]) > 0
        assert 0 < waits["SCANNING"][0] < waits["VIN"][0]
        assert waits["OK"][0] > 0
    assert raw["scans_ms"]["20"]["VIN"][0] > 2 * 20, "its commit takes two syncs"


@pytest.fixture
def may_use_strace():
    tool = shutil.which("strace")
    probe = tool and subprocess.run([tool, "-e", "trace=none", "true"], capture_output=True)  # noqa: PLW1510 - its code is asked for
    if not probe or probe.returncode:
        pytest.skip("strace may not be used here")
