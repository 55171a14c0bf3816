"""A small disk that fills up in each phase of a picture's way, with kills on the full disk.

Prints one line of figures; exit 1 where a scan or a paid answer was lost, a picture paid for twice,
or the display did not say it or did not heal. What stands behind it: tests/faults/full_lane.py.
Needs the right to mount a file system in a namespace of its own.
"""

import argparse
import datetime as dt
import json
import random
import sys
import tempfile
import time
from dataclasses import asdict
from pathlib import Path

_ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(_ROOT), str(_ROOT / "tests" / "faults")]

from full_lane import FullLane  # noqa: E402 - found by the line above
from mutants.full import PHASES  # noqa: E402
from small_disk import act_on_a_small_disk  # noqa: E402

_MIB = 16
_DIES = 0.4  # share of the full disks on which the lane is killed and starts again
_EPOCH = 16  # full disks of one lane


def main() -> None:
    """Fill, free, judge and tell."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=64, help="full disks (%(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="of the first lane")
    parser.add_argument("--json", action="store_true", help="one object a lane instead")
    asked = parser.parse_args()
    begun, told = time.monotonic(), []
    for first in range(0, asked.times, _EPOCH):
        told.append(_epoch(min(_EPOCH, asked.times - first), asked.seed + first // _EPOCH))
        left = (time.monotonic() - begun) / len(told) * (-(-asked.times // _EPOCH) - len(told))
        print(f"  {first + _EPOCH} done, {left / 60:.1f} min left", file=sys.stderr, flush=True)
        for words in told[-1]["wrong"]:
            print(f"  {words}", file=sys.stderr)
    for one in told if asked.json else ():
        print(json.dumps(one))
    minutes = (time.monotonic() - begun) / 60
    figures = {
        name: sum(len(one["verdict"][name]) for one in told)
        for name in ("lost", "twice", "unbooked")
    }
    print(
        f"{dt.date.today()} full ({minutes:.1f} min): {asked.times} full disks,"  # noqa: DTZ011 - the reader's own day
        f" {sum(one['deaths'] for one in told)} with a kill: {figures['lost']} lost,"
        f" {figures['twice']} paid twice, {figures['unbooked']} not in the ledger,"
        f" {sum(len(one['wrong']) for one in told)} complaints,"
        f" {sum(one['verdict']['doubts'] for one in told)} in doubt",
        file=sys.stderr if asked.json else sys.stdout,
    )
    sys.exit(not all(one["good"] for one in told))


def _epoch(times: int, seed: int) -> dict[str, object]:
    with tempfile.TemporaryDirectory(prefix="torture-") as name:
        folder = Path(name)
        (folder / "state").mkdir()

        def act(state: Path) -> None:
            (folder / "told").write_text(json.dumps(_fill(folder, state, times, seed)))

        try:
            act_on_a_small_disk(folder / "state", act, mib=_MIB)
        except PermissionError as error:
            sys.exit(f"cannot be tried here: {error}")
        return json.loads((folder / "told").read_text())


def _fill(folder: Path, state: Path, times: int, seed: int) -> dict[str, object]:
    wrong, deaths = [], 0
    dice = random.Random(seed)  # noqa: S311 - a trial's, repeatable
    with FullLane(folder, state, seed) as lane:
        for number in range(times):
            dies = dice.random() < _DIES
            deaths += dies
            wrong += lane.fills_at(PHASES[number % len(PHASES)], dies=dies)
        verdict = lane.verdict()
    good = verdict.faultless and not wrong
    return {"good": good, "deaths": deaths, "wrong": wrong, "verdict": asdict(verdict)}


if __name__ == "__main__":
    main()
