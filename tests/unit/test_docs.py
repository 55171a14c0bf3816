"""What is made from the program itself is up to date, and says every key."""

import subprocess
import sys
from pathlib import Path

import pytest

from kiosk.config.bounds import closed_list_of, range_of
from kiosk.config.keys import is_section, known_keys

ROOT = Path(__file__).parents[2]
MADE = (
    "docs/configuration.md",
    "config/lane.example.yaml",
    "kiosk/completion/outline.py",
    "docs/vision-geometry.svg",
    "docs/states.svg",
    "docs/architecture.md",
    "docs/operating.md",
    "docs/glass/at-rest.svg",
    "docs/glass/at-a-press.svg",
    "docs/glass/scanned-before.svg",
    "docs/glass/answer.svg",
    "docs/glass/spanish.svg",
    "docs/glass/german.svg",
)
LEAVES = [path for path, info in known_keys().items() if not is_section(info)]


def docs(*arguments):
    return subprocess.run(
        [sys.executable, "scripts/lib/docs.py", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_what_is_made_from_the_program_is_up_to_date():
    done = docs("--check")
    assert done.returncode == 0, done.stdout + done.stderr


def test_what_is_stale_is_told_and_written_anew(tmp_path):
    for name in MADE:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes((ROOT / name).read_bytes())
    stale = tmp_path / MADE[0]
    stale.write_text("as it once was")
    checked = docs("--check", "--root", str(tmp_path))
    assert checked.returncode == 1
    assert checked.stdout == "docs/configuration.md: out of date: run scripts/docs\n"
    assert stale.read_text() == "as it once was"
    assert docs("--root", str(tmp_path)).returncode == 0
    assert stale.read_bytes() == (ROOT / MADE[0]).read_bytes()
    assert docs("--check", "--root", str(tmp_path)).returncode == 0


@pytest.mark.parametrize("path", LEAVES, ids=".".join)
def test_the_page_tells_of_each_key_what_it_takes(path):
    page = (ROOT / MADE[0]).read_text("utf-8")
    _, found, rest = page.partition(f"\n### `{'.'.join(path)}`\n\n")
    assert found
    facts, _, words = rest.partition("\n\n")
    assert "default `" in facts or "must be given" in facts
    assert str(range_of(path) or "") in facts
    for choice in closed_list_of(path):
        assert str(choice) in facts
    assert words.strip()
    assert not words.startswith("#")


def test_keys_stand_in_the_schemas_order():
    page = (ROOT / MADE[0]).read_text("utf-8")
    told = [line[5:-1] for line in page.splitlines() if line.startswith("### `")]
    assert sorted(told) == sorted(".".join(path) for path in LEAVES)
    for section in ("camera", "service", "upload"):
        mine = [key for key in told if key.startswith(f"{section}.") and key.count(".") == 1]
        assert mine == [".".join(path) for path in LEAVES if path[:-1] == (section,)]


def test_links_of_the_page_lead_somewhere():
    page = (ROOT / MADE[0]).read_text("utf-8")
    assert (ROOT / "docs" / "../config/lane.example.yaml").exists()
    assert "(../config/lane.example.yaml)" in page
    anchors = {
        line.lstrip("# ").replace("`", "").replace(".", "").lower().replace(" ", "-")
        for line in page.splitlines()
        if line.startswith("#")
    }
    for link in [part.partition(")")[0] for part in page.split("](#")[1:]]:
        assert link in anchors
