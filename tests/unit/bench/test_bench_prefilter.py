"""`scripts/bench prefilter`, end to end, small."""

import csv
import json
import os
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
from prefilter_jobs import DEVELOPMENT
from prefilter_photos import LABELS

from kiosk.simulate.presets import car
from kiosk.simulate.scene import render

LABEL = "vin/quagga2-image-005.jpg"
BENCH = Path(__file__).resolve().parents[3] / "scripts" / "lib" / "bench_prefilter.py"
_PATIENCE_S = 280


def bench(*arguments, **environment):
    return subprocess.run(
        [sys.executable, str(BENCH), *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=_PATIENCE_S,
        check=False,
        env={**os.environ, **environment},
    )


@pytest.mark.timeout(600)  # two runs, on a machine that may have other work
def test_a_small_run_measures_all_parts_and_ends_as_its_figures_say(tmp_path):
    parts = [
        word for part in ("reads", "times", "megapixels", "memory") for word in ("--only", part)
    ]
    small = ("--count", 1, "--timed", 1, "--frames", 10)
    done = bench("--dev", "--json", *parts, *small, "--cache", tmp_path)
    figures = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == (not all(figure["reached"] for figure in figures)), done.stderr
    assert all(figure["development"] for figure in figures)
    names = {figure["name"]: figure for figure in figures}
    for name, at_least in {"clear": 100, "normal": 99, "hard": 95, "upright": 99}.items():
        assert names[f"read, {name}"]["at_least"] == at_least
    assert names["time, empty: prefilter over zxing-cpp"]["at_most"] == 1.0
    assert names["memory: peak resident"]["value"] > 20
    assert "time over megapixels, exponent" in names
    lines = (tmp_path / "prefilter-dev.jsonl").read_text().splitlines()
    assert len(lines) == 1 + 9, "the code's line, and one scene of each level and further one"
    assert all(json.loads(line)["seed"] in DEVELOPMENT for line in lines[1:])
    assert "NOT JUDGED" in done.stderr
    assert "Warning" not in done.stderr
    again = bench("--dev", "--json", *parts, *small, "--cache", tmp_path, "--resume")
    assert again.stdout == done.stdout
    assert "times, megapixels, memory" in again.stderr
    assert "to do" not in again.stderr


@pytest.fixture
def shared(tmp_path):
    """A corpus with one label and the same label under a wrong name."""
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    scene = render(car(LABELS[LABEL], seed=700_001))
    label = corpus / LABEL
    label.parent.mkdir()
    label.write_bytes(scene.jpeg)
    (corpus / "label.jpg").write_bytes(scene.jpeg)
    quad = " ".join(f"{value:.1f}" for point in scene.quad for value in point)
    rows = [
        ("file", "verdict", "code39_plain", "quad"),
        (LABEL, "vin", LABELS[LABEL], quad),
        ("label.jpg", "not_vin", "CODE39", ""),
    ]
    with (corpus / "manifest.csv").open("w", newline="") as file:
        csv.writer(file).writerows(rows)
    return tmp_path


def test_photographs_are_looked_at_in_all_forms(shared):
    done = bench("--json", "--only", "corpus", VIN_KIOSK_SHARED=str(shared))
    *read, whole, strays, overlap = map(json.loads, done.stdout.splitlines())
    assert done.returncode == 1, done.stderr
    assert [(figure["value"], figure["at_least"]) for figure in read] == [(1, 5)] * 4
    assert (whole["value"], whole["reached"]) == (2, False), "a corpus that was cut"
    assert (strays["value"], strays["reached"]) == (4, False)
    assert overlap["value"] > 0.7


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--dev", "--write"), "leave --write out"),
        (("--only", "times", "--write"), "leave --only out"),
        (("--corpus",), "VIN_KIOSK_SHARED"),
        (("--only", "reads", "--scenes"), "VIN_KIOSK_SHARED"),
        (("--only", "nothing"), "nothing"),
        (("--write", "--count", 399), "--count 400"),
        (("--write", "--labels", 4999), "--labels 5000"),
        (("--write", "--empties", 4999), "--empties 5000"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_measured(arguments, words, tmp_path):
    done = bench(*arguments, VIN_KIOSK_SHARED=str(tmp_path / "none"))
    assert done.returncode == 2
    assert words in done.stderr
    assert done.stdout == ""


def test_a_run_too_small_for_a_verdict_says_so_and_fails(tmp_path):
    small = ("--count", 1, "--labels", 4, "--empties", 5)
    done = bench("--dev", "--only", "wrong", *small, "--cache", tmp_path)
    assert done.returncode == 1, done.stderr
    assert "| NOT JUDGED |" in done.stdout
    assert "not judged: 4 of 5,000" in done.stdout
    assert "MISSED" not in done.stdout
    heads = [line for line in done.stdout.splitlines() if line.startswith("##")]
    assert len(heads) >= 4
    assert all(head.startswith("## DEVELOPMENT: ") for head in heads)
    assert "| DEVELOPMENT: figure" in done.stdout
    lines = (tmp_path / "prefilter-dev.jsonl").read_text().splitlines()[1:]
    rows = [json.loads(line) for line in lines]
    levels = Counter(row["level"] for row in rows)
    assert levels == dict.fromkeys(("clear", "normal", "hard", "upright", "other"), 1) | {
        "empty": 4
    }


def test_a_run_that_was_killed_and_resumed_gives_the_same_page(tmp_path):
    arguments = ("--dev", "--only", "reads", "--count", "1", "--cache", str(tmp_path))
    rows = tmp_path / "prefilter-dev.jsonl"
    with subprocess.Popen([sys.executable, str(BENCH), *arguments]) as process:
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
        assert wait_until(lambda: rows.exists() and rows.read_bytes().count(b"\n") > 1)
        workers = children.read_text().split()
        process.kill()
    assert wait_until(lambda: not any(map(is_running, workers)))
    done = bench(*arguments, "--resume")
    assert "going on from" in done.stderr
    kept = [json.loads(line) for line in rows.read_text().splitlines()[1:]]
    assert len({(row["level"], row["seed"]) for row in kept}) == len(kept) == 9
    straight = bench(*arguments[:-1], str(tmp_path / "straight"))
    assert done.stdout == straight.stdout


def wait_until(met, seconds=60.0):
    """Poll until it is met; False at the deadline."""
    end = time.monotonic() + seconds
    while not met():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


def is_running(pid):
    """Tell whether a process lives; one that only waits to be collected does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"
