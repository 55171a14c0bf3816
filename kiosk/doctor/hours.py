"""The clock: whether it can be believed, what sets it, and where the day ends."""

import time
from collections.abc import Iterator
from pathlib import Path

from kiosk.clock import Clock
from kiosk.doctor.finding import Finding, ok, warn
from kiosk.doctor.machine import Machine
from kiosk.errors import LedgerError, UsageError
from kiosk.ledger.view import LedgerView

_SET_IT = "sudo timedatectl set-ntp true\ntimedatectl timesync-status"


def clock_findings(machine: Machine, clock: Clock) -> Iterator[Finding]:
    """Say whether the wall clock is set, what would set it, and the time zone."""
    now = time.strftime("%Y-%m-%d %H:%M", time.localtime(clock.wall()))
    ntp = _by_network(machine)
    battery = machine.at("/sys/class/rtc/rtc0").exists()
    kept = "a clock chip is there" if battery else "no clock chip: after a power cut it needs NTP"
    if not clock.is_set():
        words = f"{now}, but nothing vouches for it ({kept}): a day's credits may be counted wrong"
        yield warn(words, _SET_IT)
    elif ntp is False:
        yield warn(f"{now}, not set by NTP now; {kept}", _SET_IT)
    else:
        yield ok(f"{now}, set{' by NTP' if ntp else ''}; {kept}")
    zone = _zone(machine)
    if zone is None:
        yield warn("no time zone is set: the day ends at midnight UTC", _SET_ZONE)
    else:
        yield ok(f"time zone {zone}: a day of credits ends at midnight there")


def belief_findings(state_dir: Path, clock: Clock) -> Iterator[Finding]:
    """Say what the lane's ledger makes of the clock: it asks for more than that it is set."""
    try:
        with LedgerView.open(state_dir, clock) as view:
            believed = view.believed_time()
    except (UsageError, LedgerError):  # there is none, or the check of the ledger says why
        return
    if not believed.clock_set:
        words = (
            "the ledger does not believe this clock: no new day's credits begin, earlier scans "
            "count as recent, and nothing is forgotten"
        )
        if clock.is_set():
            words += "; it is behind the last scan, or more than a month after it"
        yield warn(words, f"{_SET_IT}\ndate   # right? then it is believed after a day's running")
    elif believed.unproven:
        yield ok(
            "the ledger believes it, though no time server vouches for it: pictures and results "
            "age only while the lane runs"
        )
    else:
        yield ok("the ledger believes it: a time server set it")


_SET_ZONE = "timedatectl list-timezones\nsudo timedatectl set-timezone Europe/Berlin   # yours"


def _by_network(machine: Machine) -> bool | None:
    """Tell whether NTP has set the clock; None where nobody can say."""
    if machine.at("/run/systemd/timesync/synchronized").exists():
        return True
    said = machine.said("timedatectl", "show", "-p", "NTPSynchronized", "--value")
    return {"yes": True, "no": False}.get(said or "")


def _zone(machine: Machine) -> str | None:
    link = machine.at("/etc/localtime")
    if link.is_symlink():
        return str(link.readlink()).partition("zoneinfo/")[2] or None
    return machine.text("/etc/timezone") or None
