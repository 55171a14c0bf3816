"""Power cuts of a lane in a virtual machine: what was acknowledged outside is on its disk.

Prints one line of figures for each kind of lane; exit 1 where a scan was lost, a picture paid for
twice, or a charge is not in the ledger; with a control, a mistake put into the lane, where no cut
showed it. Needs root and QEMU, and makes the machine's disk as scripts/vm-test does, where there
is none.
"""

import argparse
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

_ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(_ROOT), str(_ROOT / "tests" / "faults")]

from vm_guest import TrialFailed  # noqa: E402 - found by the line above, as all below
from vm_power import PoweredLane  # noqa: E402
from vm_power_disk import Storage  # noqa: E402
from vm_power_judge import Books  # noqa: E402
from vm_power_report import NO_CONTROL, Round, say, say_progress  # noqa: E402
from vm_project import pack_project  # noqa: E402
from vm_wire import Refused  # noqa: E402

from kiosk.sandbox.server import Sandbox  # noqa: E402

_CREDITS = 10**9
_SLOW_S = 3.0  # how long the service takes for most answers under load
_CONTROLS = ("normal", "nosync")


def main() -> None:
    """Prepare, cut, judge and tell."""
    asked = _arguments()
    for end in (signal.SIGTERM, signal.SIGHUP):  # as with Ctrl-C, the machine goes too
        signal.signal(end, lambda *_: sys.exit(130))
    image = asked.image or _image(asked)
    rounds = [(asked.control, asked.cuts)] if asked.cuts else []
    rounds += [(control, asked.controls) for control in _CONTROLS if asked.controls]
    well = bool(rounds)
    with tempfile.TemporaryDirectory(prefix="power-") as name:
        folder = Path(name)
        pack_project(folder / "project.tar")
        with (
            Sandbox(credits=_CREDITS, tls=True, tls_dir=folder / "tls", slow_s=_SLOW_S) as sandbox,
            Storage(folder) as storage,
        ):
            lane = PoweredLane(image, folder, storage, Books(sandbox))
            begun = time.monotonic()
            say("booting the machine and installing the project: two minutes or more")
            lane.install()
            say(f"took {time.monotonic() - begun:.0f} s")
            for control, cuts in rounds:
                done = _round(lane, control, cuts, asked)
                print(done.object if asked.json else done.line, flush=True)
                well &= done.well
    sys.exit(not well)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/torture power", description=__doc__)
    parser.add_argument("--cuts", type=int, default=20, help="how many (%(default)s)")
    parser.add_argument(
        "--control",
        choices=(NO_CONTROL, *_CONTROLS),
        default=NO_CONTROL,
        help="a mistake that must show: SQLite told to sync at checkpoints only, or no sync at all",
    )
    parser.add_argument(
        "--controls", type=int, default=0, help="then so many cuts with each control (%(default)s)"
    )
    parser.add_argument(
        "--boots",
        type=int,
        default=0,
        help="after so many cuts the machine boots again, and is cut once more (%(default)s)",
    )
    parser.add_argument("--seed", type=int, default=1, help="of pictures and moments")
    parser.add_argument("--keep", type=Path, help="where to leave what bad verdicts were on")
    parser.add_argument("--json", action="store_true", help="print the figures as objects")
    parser.add_argument("--image", type=Path, help="the folder of a machine's disk, made before")
    parser.add_argument("--ca-bundle", default="", help="certificates to trust, to make the disk")
    parser.add_argument("--mirror", default="", help="where Debian's packages come from, likewise")
    parser.add_argument("--wait-while", type=Path, help="begin no cut while this file is there")
    return parser.parse_args()


def _round(lane: PoweredLane, control: str, cuts: int, asked: argparse.Namespace) -> Round:
    done = Round(control, asked.seed)
    begun = time.monotonic()
    try:
        _wait_while(asked.wait_while)
        say(f"starting and warming the lane, control {control}: a minute or more")
        mutant = None if control == NO_CONTROL else control
        lane.make_ready(random.Random(f"{asked.seed}.{control}"), mutant)  # noqa: S311 - no secrets
        say(f"took {time.monotonic() - begun:.0f} s")
        _cut(lane, done, cuts, asked)
    except (TrialFailed, Refused, OSError) as failure:  # OSError: the machine does not answer
        done.failure = str(failure) or type(failure).__name__
        say(done.failure)
    done.minutes = (time.monotonic() - begun) / 60
    return done


def _cut(lane: PoweredLane, done: Round, cuts: int, asked: argparse.Namespace) -> None:
    begun = time.monotonic()
    for number in range(1, cuts + 1):
        _wait_while(asked.wait_while)
        dice = random.Random(f"{asked.seed}.{done.control}.{number}")  # noqa: S311 - no secrets
        boot = number <= asked.boots and done.control == NO_CONTROL
        outcome = lane.cut(dice, boot=boot)
        done.outcomes.append(outcome)
        if asked.keep and not outcome.good:
            shutil.copytree(lane.found, asked.keep / f"{done.control}{number}", dirs_exist_ok=True)
        say_progress(number, cuts, time.monotonic() - begun, outcome)


def _image(asked: argparse.Namespace) -> Path:
    command = [str(_ROOT / "scripts/lib/vm_power_image.sh"), asked.ca_bundle, asked.mirror]
    done = subprocess.run(command, check=False, stdout=subprocess.PIPE, text=True)
    if done.returncode:
        sys.exit(done.returncode)
    return Path(done.stdout.strip())


def _wait_while(path: Path | None) -> None:
    tick = threading.Event()
    while path is not None and path.exists():
        tick.wait(1)


if __name__ == "__main__":
    main()
