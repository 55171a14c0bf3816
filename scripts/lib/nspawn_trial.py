"""Try an installed tree under its own systemd: run the steps, print each, and a table at the end.

Called by scripts/nspawn-test. Exit code 1 where a step failed.
"""

import argparse
import datetime as dt
import platform
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import nspawn_faults as faults
import nspawn_steps as steps
from nspawn_machine import Failure, Machine
from nspawn_site import Site

Step = Callable[[Site], str]  # returns what was seen; raises Failure

BEFORE_REBOOT: tuple[Step, ...] = (
    steps.files_and_user,
    steps.unit_is_sound,
    steps.without_access_code,
    steps.starts,
    steps.a_scan,
    steps.the_technician_reads,
    steps.strangers_are_refused,
    faults.killed_in_mid_upload,
    steps.reload_wrong,
    steps.reload_right,
    faults.stop_while_idle,
    faults.stop_in_mid_upload,
    faults.wedged_worker,
    steps.second_lane,
    faults.failed_update,
    faults.enabled,
)
AFTER_REBOOT: tuple[Step, ...] = (faults.up_after_boot, steps.uninstall)


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the table."""

    good: bool
    seconds: float
    name: str
    detail: str

    def __str__(self) -> str:
        """Write it for a terminal."""
        return (
            f"{'ok  ' if self.good else 'FAIL'} {self.seconds:6.1f} s  {self.name}: {self.detail}"
        )


def main() -> int:
    """Run all steps; return the exit code."""
    options = _options()
    before = (text.split(" ", 1) for text in options.before)
    entries = [Entry(True, float(seconds), name, "done") for seconds, name in before]
    facts = _trial(options.tree, entries)
    print(*entries, sep="\n")
    failed = sum(not entry.good for entry in entries)
    print(f"{len(entries)} steps, {failed} failed; {facts}")
    if options.log:
        options.log.write_text(_page(entries, facts), "utf-8")
    return 1 if failed else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("tree", type=Path)
    parser.add_argument("--before", action="append", default=[], help="SECONDS NAME, done already")
    parser.add_argument("--log", type=Path)
    return parser.parse_args()


def _trial(tree: Path, entries: list[Entry]) -> str:
    with Machine(tree) as machine:
        site = Site(machine)
        facts = _about(machine)
        site.set_up()
        entries += [_done(step, site) for step in BEFORE_REBOOT]
    begun = time.monotonic()
    with Machine(tree) as machine:
        entries.append(Entry(True, time.monotonic() - begun, "the machine starts again", "done"))
        site = Site(machine)
        entries += [_done(step, site) for step in AFTER_REBOOT]
    return facts


def _done(step: Step, site: Site) -> Entry:
    begun = time.monotonic()
    try:
        detail, good = step(site), True
    except Failure as failure:
        detail, good = str(failure), False
    name = (step.__doc__ or step.__name__).partition("\n")[0].rstrip(".")
    entry = Entry(good, time.monotonic() - begun, name, " ".join(detail.split()))
    print(entry, file=sys.stderr, flush=True)
    return entry


def _about(machine: Machine) -> str:
    release = machine.out("sh", "-c", '. /etc/os-release && echo "$PRETTY_NAME"').strip()
    systemd = machine.out("systemctl", "--version").split()[1]
    python = machine.out("/opt/vin-kiosk/bin/python", "--version").strip()
    today = dt.datetime.now(dt.UTC).date().isoformat()
    return f"{today}, {release}, systemd {systemd}, {python}, {platform.machine()}"


def _page(entries: list[Entry], facts: str) -> str:
    head = (
        "# The installed lane under systemd\n\n"
        f"Written by `scripts/nspawn-test --log FILE`: {facts}, in a container (systemd-nspawn),\n"
        "simulated camera, sandbox for the service. Not proven by it: real devices, a real Pi.\n\n"
        "| | seconds | step | what was seen |\n|---|---:|---|---|\n"
    )
    lines = (
        f"| {'ok' if entry.good else '**FAIL**'} | {entry.seconds:.1f} | {entry.name} "
        f"| {entry.detail.replace('|', '/')} |\n"
        for entry in entries
    )
    return head + "".join(lines)


if __name__ == "__main__":
    sys.exit(main())
