"""Users and groups of the machine: who may open what."""

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from shlex import quote

from kiosk.doctor.finding import Finding, fail
from kiosk.doctor.machine import Machine

LANE_USER = "vin-kiosk"
"""The system user that runs the lanes, and the group of those who may use the commands."""

READ, WRITE, ENTER = 4, 2, 1  # as in a file's mode


@dataclass(frozen=True, slots=True)
class Account:
    """A user with all groups it is in."""

    name: str
    uid: int
    groups: frozenset[int]

    def may(self, path: Path, wish: int) -> bool:
        """Tell whether the mode of ``path`` grants READ, WRITE or ENTER; raises OSError.

        Access lists are not looked at, nor the folders on the way: see ``closed_way``.
        """
        status = path.stat()
        if self.uid == 0:
            return True
        if status.st_uid == self.uid:
            granted = status.st_mode >> 6
        elif status.st_gid in self.groups:
            granted = status.st_mode >> 3
        else:
            granted = status.st_mode
        return stat.S_IMODE(granted) & wish == wish

    def with_groups(self, machine: Machine, names: list[str]) -> "Account":
        """Add groups that only the service has (SupplementaryGroups= in its unit)."""
        more = {number for name in names if (number := group_number(machine, name)) is not None}
        return replace(self, groups=self.groups | more)


def closed_way(machine: Machine, user: Account | None, place: Path) -> Finding | None:
    """Find the folder on the way to ``place`` that ``user`` may not enter; raises OSError.

    Links are followed: the folders that ``place`` names and those it leads to must let the user
    through, root being the machine's (path_resolution(7)).
    """
    if user is None:
        return None
    for folder in _way(machine, place):
        if not user.may(folder, ENTER):
            shown = f"/{folder.relative_to(machine.root)}"
            words = f"{user.name} may not enter {shown}, on the way to {place.name}"
            return fail(words, f"sudo chmod o+x {quote(shown)}   # or choose a place outside it")
    return None


def _way(machine: Machine, place: Path) -> Iterator[Path]:
    for end in (place, Path(os.path.realpath(place))):
        for folder in reversed(end.parents):
            if folder.is_relative_to(machine.root) and folder.exists():
                yield folder


def account_named(machine: Machine, name: str) -> Account | None:
    """Find a local user and its groups, in the machine's own files; None where there is none."""
    for fields in _lines(machine, "/etc/passwd"):
        if fields[0] == name and len(fields) > 3:  # noqa: PLR2004 - passwd(5)
            own = int(fields[3])
            also = {int(line[2]) for line in _lines(machine, "/etc/group") if _has(line, name)}
            return Account(name, int(fields[2]), frozenset({own} | also))
    return None


def group_number(machine: Machine, name: str) -> int | None:
    """Find a local group's number."""
    for fields in _lines(machine, "/etc/group"):
        if fields[0] == name:
            return int(fields[2])
    return None


def _has(group: list[str], user: str) -> bool:
    return len(group) > 3 and user in group[3].split(",")  # noqa: PLR2004 - group(5)


def _lines(machine: Machine, path: str) -> list[list[str]]:
    text = machine.text(path) or ""
    rows = [line.split(":") for line in text.splitlines()]
    return [row for row in rows if len(row) > 2 and row[2].isdigit()]  # noqa: PLR2004 - the number
