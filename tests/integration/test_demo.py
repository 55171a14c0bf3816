"""The demo as a user starts it: it is the main job, and it must notice what is not as expected."""

import re
import subprocess
import sys
from pathlib import Path

import yaml

from kiosk.demo.plot import PLOT


def demo(*arguments):
    return subprocess.run(
        [sys.executable, "-m", "kiosk", "demo", "--once", *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )


def short_plot(folder, **altered):
    """One car and one outage, with an expectation altered."""
    steps = yaml.safe_load(PLOT.read_text("utf-8"))["steps"]
    car = next(step for step in steps if step.get("view", {}).get("car") == "ford")
    car["expect"] |= altered
    path = Path(folder) / "plot.yaml"
    path.write_text(yaml.safe_dump({"steps": [car]}), "utf-8")
    return path


def test_the_whole_plot_ends_as_expected():
    done = demo()
    assert done.returncode == 0, done.stdout + done.stderr
    presses = sum("expect" in step for step in yaml.safe_load(PLOT.read_text("utf-8"))["steps"])
    totals = done.stdout.strip().splitlines()[-1]
    assert f"{presses} of {presses} as expected" in totals
    ledger, journal = re.search(r"(\d+) credits in the ledger, (\d+) in the", totals).groups()
    assert ledger == journal == "7"
    assert "light: –" not in done.stdout, "a lamp that winks is waited for"
    back = done.stdout.partition("The service is back.")[2]
    assert re.search(r"on the glass: .*", back)[0].count("[OK "), "not what stood there before"


def test_another_seed_shows_other_cars(tmp_path):
    one, other = (demo("--seed", seed, "--plot", short_plot(tmp_path)) for seed in (1, 2))
    assert (one.returncode, other.returncode) == (0, 0), one.stdout + other.stdout
    vins = [re.search(r"on the label: (\S+)", done.stdout)[1] for done in (one, other)]
    assert vins[0] != vins[1]


def test_an_altered_expectation_ends_with_1(tmp_path):
    done = demo("--plot", short_plot(tmp_path, credits=2))
    assert done.returncode == 1
    assert "scan 1: 1 credits, expected 2" in done.stdout


def test_a_plot_with_mistakes_names_them_and_ends_with_2(tmp_path):
    path = tmp_path / "plot.yaml"
    path.write_text("steps:\n  - title: x\n    act: explode\n  - tittle: y\n", "utf-8")
    done = demo("--plot", path)
    assert done.returncode == 2
    assert "steps.0.act" in done.stderr
    assert "steps.1.tittle" in done.stderr
    assert demo("--plot", tmp_path / "none.yaml").returncode == 2
