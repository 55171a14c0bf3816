"""Boots the virtual machine and runs the trials in it; scripts/vm-test calls this."""

import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import click
from vm_guest import TrialFailed
from vm_machine import Disks, Machine
from vm_project import ROOT, pack_project
from vm_report import Outcome, today, write_page
from vm_stage import SOURCES, Car, Stage
from vm_trials_camera import contract_tests, daemon, jpeg_tests, raw_tests
from vm_trials_display import display, display_cut
from vm_trials_loss import feeder, vivid
from vm_trials_trigger import button_gpio, button_key, button_serial
from vm_wire import Refused

from kiosk.simulate.scene import render
from kiosk.simulate.spec import SceneSpec
from kiosk.simulate.vins import random_vin

TRIALS: dict[str, Callable[[Stage], str]] = {
    "camera-jpeg": jpeg_tests,
    "camera-raw": raw_tests,
    "contract": contract_tests,
    "daemon": daemon,
    "vivid": vivid,
    "feeder": feeder,
    "display": display,
    "display-cut": display_cut,
    "button-key": button_key,
    "button-serial": button_serial,
    "button-gpio": button_gpio,
}
_SEEDS = (1, 2)  # of the cars


@click.command()
@click.option("--image", type=click.Path(path_type=Path), required=True)
@click.option("--only", multiple=True, type=click.Choice(list(TRIALS)))
@click.option("--log", "page", type=click.Path(path_type=Path))
@click.option("--keep", is_flag=True)
def main(image: Path, only: Sequence[str], page: Path | None, *, keep: bool) -> None:
    """Run all trials, or only some."""
    for end in (signal.SIGTERM, signal.SIGHUP):  # as with Ctrl-C, the machine goes too
        signal.signal(end, lambda *_: sys.exit(130))
    folder = Path(tempfile.mkdtemp(prefix="vm-test."))
    try:
        outcomes, facts = _run(image, folder, only or tuple(TRIALS))
    finally:
        if keep:
            _say(f"the console's log and the journal are left in {folder}")
        else:
            shutil.rmtree(folder)
    if page is not None:
        write_page(page, facts, outcomes)
    bad = [outcome.name for outcome in outcomes if not outcome.good]
    _say(f"FAILED: {', '.join(bad)}" if bad else f"all is well: {len(outcomes)} trials")
    sys.exit(1 if bad else 0)


def _run(image: Path, folder: Path, names: Sequence[str]) -> tuple[list[Outcome], dict[str, str]]:
    cars = _pack_project(folder / "project.tar")
    begun = time.monotonic()
    _say("booting")
    # a second 16550, ttyS1, for a button on its modem lines
    port = ("-serial", "null")
    with Machine(Disks(image, folder / "project.tar"), folder, more=port) as machine:
        _say(f"  took {time.monotonic() - begun:.0f} s; installing the project")
        stage = Stage(machine, cars)
        facts = {"date": today(), "project": f"{stage.prepare()}, {_revision()}"}
        facts |= _versions(stage)
        outcomes = []
        for name in names:
            _say(f"trial {name}")
            outcomes.append(_tried(name, stage))
            print(outcomes[-1], flush=True)
    return outcomes, facts


def _tried(name: str, stage: Stage) -> Outcome:
    begun = time.monotonic()
    good = False
    try:
        words = TRIALS[name](stage)
        good = True
    except (TrialFailed, Refused, OSError) as failure:  # OSError: the machine does not answer
        words = f"{failure}" or type(failure).__name__
    return Outcome(name, good, time.monotonic() - begun, words)


def _pack_project(tar: Path) -> list[Car]:
    """Pack the working tree and rendered views of two cars."""
    cars, views = [], []
    for seed in _SEEDS:
        vin = random_vin(random.Random(seed))  # noqa: S311 - pictures, no secrets
        scene = render(SceneSpec(text=vin, seed=seed))
        assert scene.jpeg is not None
        assert scene.vin is not None
        view = tar.with_name(f"car{seed}.jpg")
        view.write_bytes(scene.jpeg)
        views.append(view)
        cars.append(Car(f"{SOURCES}/{view.name}", scene.vin))
    pack_project(tar, views)
    return cars


def _versions(stage: Stage) -> dict[str, str]:
    inside = stage.guest.check(
        ". /etc/os-release; echo $PRETTY_NAME; uname -r; cat /root/v4l2loopback.version; "
        "/opt/vin-kiosk/bin/python -c 'import platform, cv2; "
        'print(platform.python_version(), "with OpenCV", cv2.__version__)\''
    ).splitlines()
    emulator = subprocess.run(
        ["qemu-system-x86_64", "--version"], check=True, capture_output=True, text=True
    ).stdout.splitlines()[0]
    names = ("system", "kernel", "v4l2loopback", "Python")
    return dict(zip(names, inside, strict=True)) | {"emulator": emulator}


def _revision() -> str:
    """Tell the commit, and whether the working tree differs from it."""
    git = ("git", "-C", str(ROOT))
    commit = subprocess.run(
        [*git, "rev-parse", "--short", "HEAD"], check=True, capture_output=True, text=True
    ).stdout.strip()
    changed = subprocess.run([*git, "diff", "--quiet", "HEAD"], check=False).returncode
    return f"{commit} with changes" if changed else commit


def _say(words: str) -> None:
    print(f"vm-test: {words}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
