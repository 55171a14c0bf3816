"""Permissions: who you are, whose the lane is, and what the lane may open."""

import getpass
import os
from collections.abc import Iterator

from kiosk.config.schema import LaneConfig
from kiosk.doctor.accounts import LANE_USER, READ, WRITE, Account, account_named, group_number
from kiosk.doctor.finding import Finding, fail, ok, warn
from kiosk.doctor.machine import Machine
from kiosk.doctor.names import named_by
from kiosk.doctor.unit import Unit

_GROUPS = {"camera.source": "video", "trigger.button.device": "input"}
_SERIAL_GROUP = "dialout"


def lane_account(machine: Machine, unit: Unit | None) -> Account | None:
    """Return the user that runs the lane, with the groups its service adds; None if unknown."""
    account = account_named(machine, (unit.user if unit else "") or LANE_USER)
    return account.with_groups(machine, list(unit.groups) if unit else []) if account else None


def this_person() -> Account:
    """Return the user who asks, with the groups of this login."""
    try:
        name = getpass.getuser()
    except (KeyError, OSError):  # a user of a container; Python 3.13 says OSError
        name = f"user {os.geteuid()}"
    return Account(name, os.geteuid(), frozenset({os.getegid(), *os.getgroups()}))


def person_findings(machine: Machine, me: Account) -> Iterator[Finding]:
    """Say who asks, and whether that person may use the commands."""
    group = group_number(machine, LANE_USER)
    if group is None:
        yield warn(f"you are {me.name}; there is no group {LANE_USER} yet", "run scripts/install")
    elif me.uid == 0:
        yield ok("you are root, who may use every command")
    elif group in me.groups:
        yield ok(f"you are {me.name}, in group {LANE_USER}: you may use every command")
    else:
        yield warn(
            f"you are {me.name}, not in group {LANE_USER}: the lane does not listen to you",
            f'sudo usermod -aG {LANE_USER} "$USER"   # then log in again',
        )


def device_findings(
    machine: Machine, config: LaneConfig, user: Account | None
) -> Iterator[Finding]:
    """Say whether the lane's user may open the devices that its file names."""
    if user is None:
        words = f"there is no user {LANE_USER}, who runs the lane"
        yield warn(words, "run scripts/install")
        return
    closed = False
    for one in named_by(config):
        node = machine.at(machine.node_of(one.path))
        if node.exists() and not user.may(node, READ | WRITE):
            group = _GROUPS.get(one.key, _SERIAL_GROUP)
            words = f"{user.name} may not open {one.path} ({one.key})"
            closed = True
            yield fail(words, f"sudo usermod -aG {group} {user.name}   # then restart the lane")
    if not closed:
        yield ok(f"{user.name} may open what the lane's file names")
