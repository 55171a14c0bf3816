"""The state directory's disk: there, writable for the lane, roomy, and there after a restart."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from shlex import quote

from kiosk.doctor.accounts import ENTER, LANE_USER, WRITE, Account, closed_way
from kiosk.doctor.finding import Finding, fail, ok, warn
from kiosk.doctor.machine import Machine

_LITTLE, _NONE = 1_000_000_000, 100_000_000  # bytes
_FEW_NAMES = 1000  # inodes
_FORGETS = {"tmpfs", "ramfs", "overlay", "squashfs"}
_ELSEWHERE = {"nfs", "nfs4", "cifs", "smb3", "9p", "fuse.sshfs"}  # no shared memory: no SQLite WAL
_BIGGEST = "sudo du -xh / 2>/dev/null | sort -h | tail -n 20"
_MADE_BY_SYSTEMD = Path("/var/lib/vin-kiosk")


@dataclass(frozen=True, slots=True)
class Mount:
    """A line of /proc/self/mountinfo: where, what kind, and whether read-only."""

    point: str
    kind: str
    read_only: bool


@dataclass(frozen=True, slots=True)
class Room:
    """What a file system has left; ``names`` is None where it does not count them."""

    free: int  # bytes
    names: int | None


def disk_findings(machine: Machine, state_dir: Path, user: Account | None) -> Iterator[Finding]:
    """Look at the state directory, or at what it would be made in."""
    place = machine.at(state_dir)
    shell = quote(str(state_dir))
    if closed := closed_way(machine, user, place):
        yield closed
    elif not place.exists():
        yield _missing(state_dir)
    elif not place.is_dir():
        yield fail(f"{state_dir} is no folder", f"sudo mv {shell} {shell}.old")
        return
    elif not _writable(place, user):
        who = user.name if user else "you"
        words = f"{state_dir} cannot be written by {who}"
        yield fail(words, f"sudo chown -R {LANE_USER}:{LANE_USER} {shell}")
    while not place.exists():
        place = place.parent
    shown = str(state_dir)
    yield from mount_findings(shown, mount_of(machine, place))
    yield room_finding(shown, room_at(place))


def mount_of(machine: Machine, place: Path) -> Mount | None:
    """Find the file system that holds ``place``; None where the kernel does not say."""
    path = machine.node_of("/" + str(place.relative_to(machine.root)))
    best: Mount | None = None
    for line in (machine.text("/proc/self/mountinfo") or "").splitlines():
        mount = _mount(line)
        if mount is not None and _holds(mount.point, path):
            longer = best is None or len(mount.point) >= len(best.point)
            best = mount if longer else best  # a later mount lies over an earlier
    return best


def mount_findings(shown: str, mount: Mount | None) -> Iterator[Finding]:
    """Say whether what is written there survives a restart."""
    if mount is None:
        return
    move = f"write a state_dir on the card or a disk, such as {_MADE_BY_SYSTEMD}/LANE"
    if mount.read_only:
        yield fail(
            f"{shown} lies on a read-only file system",
            f"sudo mount -o remount,rw {quote(mount.point)}",
        )
    elif mount.kind == "overlay":
        words = f"{shown} lies on an overlay: all scans are lost at the next restart"
        yield fail(words, f"sudo raspi-config nonint do_overlayfs 1 && sudo reboot   # or: {move}")
    elif mount.kind in _FORGETS:
        yield fail(f"{shown} lies in memory ({mount.kind}): a restart loses all scans", move)
    elif mount.kind in _ELSEWHERE:
        words = f"{shown} lies on another machine ({mount.kind}), where the ledger cannot be safe"
        yield fail(words, move)


def room_at(place: Path) -> Room:
    """Ask how much an ordinary user may still write; raises OSError."""
    status = os.statvfs(place)
    names = status.f_favail if status.f_files else None
    return Room(status.f_bavail * status.f_frsize, names)


def room_finding(shown: str, room: Room) -> Finding:
    """Judge the room that is left."""
    words = f"{shown}: {_size(room.free)} free"
    if room.free < _NONE or room.names == 0:
        return fail(f"{words}: scans will be refused", _BIGGEST)
    if room.free < _LITTLE:
        return warn(words, _BIGGEST)
    if room.names is not None and room.names < _FEW_NAMES:
        return warn(f"{words}, but room for {room.names} more files only", _BIGGEST)
    return ok(words)


def _missing(state_dir: Path) -> Finding:
    if _MADE_BY_SYSTEMD in state_dir.parents:
        return ok(f"{state_dir} is made at the first start")
    words = f"{state_dir} is not there, and only folders below {_MADE_BY_SYSTEMD} are made"
    make = f"sudo install -d -o {LANE_USER} -g {LANE_USER} -m 750 {quote(str(state_dir))}"
    return warn(words, make)


def _writable(place: Path, user: Account | None) -> bool:
    if user is None:
        return os.access(place, os.W_OK | os.X_OK)
    return user.may(place, WRITE | ENTER)


def _mount(line: str) -> Mount | None:
    """Read one line (proc(5)): … mount point, options, optional fields, "-", kind, source, …."""
    before, dash, after = line.partition(" - ")
    fields, about = before.split(), after.split()
    if not dash or len(fields) < 6 or len(about) < 3:  # noqa: PLR2004 - proc(5)
        return None
    point = fields[4].replace("\\040", " ")
    options = f"{fields[5]},{about[2]}".split(",")
    return Mount(point, about[0], "ro" in options)


def _holds(point: str, path: str) -> bool:
    return point in {"/", path} or path.startswith(f"{point}/")


def _size(free: int) -> str:
    return f"{free / 1e9:.1f} GB" if free >= _LITTLE else f"{free / 1e6:.0f} MB"
