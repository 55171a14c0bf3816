"""A watched folder in place of a camera."""

from collections.abc import Iterator
from pathlib import Path
from shlex import quote

from kiosk.config.schema import Camera
from kiosk.doctor.accounts import ENTER, READ, WRITE, Account, closed_way
from kiosk.doctor.disk import mount_of
from kiosk.doctor.finding import Finding, fail, ok, warn
from kiosk.doctor.machine import Machine

_FEW_WATCHES = 64
_FEW_WATCHERS = 8
_REMOTE = {"nfs", "nfs4", "cifs", "smb3", "9p", "vboxsf", "fuse.sshfs"}
_LIMITS = "/proc/sys/fs/inotify"


def folder_findings(machine: Machine, camera: Camera, user: Account | None) -> Iterator[Finding]:
    """Say whether pictures that arrive there can be seen, read, and moved where that is asked."""
    path = Path(camera.source.path)
    shell = quote(str(path))
    place = machine.at(path)
    closed = closed_way(machine, user, place)
    if closed:
        yield closed
        return
    if not place.is_dir():
        words = f"{path} is no folder" if place.exists() else f"there is no folder {path}"
        yield fail(words, f"sudo install -d -m 2775 -g vin-kiosk {shell}")
        return
    wish = READ | ENTER | (WRITE if camera.after != "keep" else 0)
    if user is not None and not user.may(place, wish):
        what = "read" if camera.after == "keep" else f"{camera.after} pictures in"
        yield fail(
            f"{user.name} may not {what} {path}",
            f"sudo chgrp vin-kiosk {shell}\nsudo chmod 2775 {shell}",
        )
    else:
        yield ok(f"{path} is there; a scanned picture: {camera.after}")
    mount = mount_of(machine, place)
    if mount is not None and mount.kind in _REMOTE:
        yield ok(f"lies on another machine ({mount.kind}): found by listing, seconds later")
    yield from _limits(machine)


def _limits(machine: Machine) -> Iterator[Finding]:
    watches = machine.number(f"{_LIMITS}/max_user_watches")
    watchers = machine.number(f"{_LIMITS}/max_user_instances")
    if (watches is not None and watches < _FEW_WATCHES) or (
        watchers is not None and watchers < _FEW_WATCHERS
    ):
        words = f"the kernel lets a user watch little ({watchers} watchers, {watches} folders)"
        yield warn(
            words,
            "echo fs.inotify.max_user_instances=128 | sudo tee /etc/sysctl.d/90-vin-kiosk.conf\n"
            "sudo sysctl --system",
        )
