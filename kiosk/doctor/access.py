"""The access code: there and readable for the lane; never shown."""

from collections.abc import Iterator
from pathlib import Path
from shlex import quote

from kiosk.config.access_code import credential_file, read_access_code
from kiosk.config.schema import LaneConfig
from kiosk.doctor.accounts import READ, Account, closed_way
from kiosk.doctor.daemon import Daemon
from kiosk.doctor.finding import Finding, fail, ok, unknown, warn
from kiosk.doctor.machine import Machine
from kiosk.errors import ConfigError


def access_findings(
    machine: Machine, config: LaneConfig, daemon: Daemon, user: Account | None
) -> Iterator[Finding]:
    """Read the access code as the lane does, and forget it.

    Where the file names none, systemd hands the lane its credential, which only root may read.
    """
    named = config.service.access_code_file
    path = named or machine.at(str(credential_file(config.lane)))
    if named is None:
        service = config.service.model_copy(update={"access_code_file": path})
        config = config.model_copy(update={"service": service})
    try:
        read_access_code(config)
    except ConfigError as error:
        yield _unread(error, path, daemon)
    else:
        yield _read_by_the_lane(machine, path, user) if named else ok(f"{path} holds one")


def _read_by_the_lane(machine: Machine, path: Path, user: Account | None) -> Finding:
    if closed := closed_way(machine, user, path):
        return closed
    if user is not None and not user.may(path, READ):
        words = f"{path} holds one, but {user.name}, who runs the lane, may not read it"
        return fail(words, f"sudo chown {user.name} {quote(str(path))}")
    return ok(f"{path} holds one")


def _unread(error: ConfigError, path: Path, daemon: Daemon) -> Finding:
    if isinstance(error.__cause__, PermissionError):
        held = "the running lane has it" if daemon.is_there else "only root or the lane may"
        return unknown(f"you may not read {path}: {held}", "sudo vin-kiosk doctor")
    words = "; ".join(error.problems)
    file = quote(str(path))
    write = f"sudo nano {file}"
    if isinstance(error.__cause__, FileNotFoundError):
        write = f"sudo install -m 600 /dev/null {file}\n{write}"
    elif "chmod" in words:  # what it holds may be right: it must not be emptied
        write = f"sudo chmod 600 {file}"
    if daemon.running:
        return warn(f"{words}; the lane runs, but will not start again", write)
    return fail(words, write)
