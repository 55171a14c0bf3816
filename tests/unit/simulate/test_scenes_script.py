"""scripts/scenes, run as a developer runs it."""

import csv
import subprocess
import sys
from pathlib import Path

import cv2

SCRIPT = Path(__file__).parents[3] / "scripts" / "lib" / "scenes.py"


def run(*arguments):
    return subprocess.run(
        [sys.executable, SCRIPT, *arguments], capture_output=True, text=True, check=False
    )


def test_a_folder_and_a_sheet_are_written(tmp_path):
    out, sheet = tmp_path / "scenes", tmp_path / "sheet.png"
    options = ["--count", "1", "--seed", "7", "--out", str(out), "--sheet", str(sheet)]
    done = run("--level", "all", *options)
    assert done.returncode == 0, done.stderr
    with (out / "manifest.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["level"] for row in rows] == ["clear", "normal", "hard", "upright", "empty"]
    for row in rows:
        assert cv2.imread(str(out / row["file"])).shape == (1080, 1920, 3)
        assert len(row["quad"].split()) == (8 if row["text"] else 0)
    assert [bool(row["text"]) for row in rows] == [True] * 4 + [False]
    assert cv2.imread(str(sheet)).shape == (540, 1920, 3)


def test_nowhere_to_write_is_a_usage_error():
    done = run("--count", "1")
    assert done.returncode == 2
    assert "--out" in done.stderr


def test_a_sheet_that_cannot_be_written_is_said(tmp_path):
    done = run("--level", "clear", "--count", "1", "--sheet", str(tmp_path / "no" / "sheet.png"))
    assert done.returncode == 1
    assert "cannot write" in done.stderr
