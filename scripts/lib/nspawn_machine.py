"""A Debian tree that is booted in a container, used from outside as root: nsenter and systemctl."""

import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_ENVIRONMENT = {"HOME": "/root", "PATH": _PATH, "TERM": "dumb", "SYSTEMD_COLORS": "0"}
_HALT = signal.SIGRTMIN + 4  # systemd(1): begin to power off
_BOOT_S = 60.0
_LOOK_S = 0.1

_Seen = TypeVar("_Seen")


class Failure(Exception):  # noqa: N818 - a step's outcome, not a fault of ours
    """The machine did not do what it should; the text says what it did."""


class Machine:
    """One container. A context manager: entering boots it, leaving powers it off."""

    def __init__(self, tree: Path) -> None:
        self._tree = tree
        self._container: subprocess.Popen[bytes] | None = None
        self._leader = 0

    def __enter__(self) -> Self:
        self._container = subprocess.Popen(
            [
                "systemd-nspawn",
                "--quiet",
                f"--directory={self._tree}",
                "--boot",
                "--register=no",
                "--keep-unit",
                "--console=pipe",
                "--private-network",
                "--capability=all",
                "--system-call-filter=bpf keyctl add_key",  # device rules and credentials
            ],
            env=os.environ | {"SYSTEMD_NSPAWN_UNIFIED_HIERARCHY": "1"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
        )
        self._leader = int(until(self._find_leader, "systemd in the container", _BOOT_S))
        until(self._is_up, "the end of the boot", _BOOT_S)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        assert self._container is not None
        if self._leader:
            os.kill(self._leader, _HALT)
        try:
            self._container.wait(_BOOT_S)
        except subprocess.TimeoutExpired:
            self._container.kill()
            raise Failure("the container does not power off") from error

    def run(
        self, *command: str, user: str | None = None, stdin: str = "", timeout_s: float = 120.0
    ) -> subprocess.CompletedProcess[str]:
        """Run a command inside, as root or another user; never raises for its exit code."""
        as_user = ["runuser", "-u", user, "--"] if user else []
        return subprocess.run(
            ["nsenter", "-t", str(self._leader), "-a", *as_user, *command],
            env=_ENVIRONMENT,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=timeout_s,
            check=False,
        )

    def out(self, *command: str, user: str | None = None, stdin: str = "") -> str:
        """Run a command that must succeed; return what it printed."""
        done = self.run(*command, user=user, stdin=stdin)
        if done.returncode:
            said = (done.stderr or done.stdout).strip()
            raise Failure(f"{' '.join(command)}: exit code {done.returncode}: {said}")
        return done.stdout

    def shows(self, unit: str, name: str) -> str:
        """Return a property of a unit, as systemd has it."""
        return self.out("systemctl", "show", "--value", "-p", name, unit).strip()

    def journal(self, unit: str, cursor: str = "") -> str:
        """Return a unit's journal as plain lines, all or what came after the cursor."""
        after = [f"--after-cursor={cursor}"] if cursor else []
        return self.out("journalctl", "-q", "-b", "-o", "cat", "-u", unit, *after)

    def cursor(self) -> str:
        """Return where the journal stands now."""
        line = self.out("journalctl", "-q", "-n", "0", "--show-cursor").strip()
        return line.removeprefix("-- cursor: ")

    def outside(self, pid: int) -> int:
        """Return the number that a process of the container has out here."""
        namespace = Path(f"/proc/{self._leader}/ns/pid").readlink()
        for status in Path("/proc").glob("[0-9]*/status"):
            try:
                if (status.parent / "ns/pid").readlink() != namespace:
                    continue
                numbers = status.read_text("ascii", "replace").split("NSpid:")[1].split("\n")[0]
            except OSError:  # it ended meanwhile
                continue
            if int(numbers.split()[-1]) == pid:
                return int(status.parent.name)
        raise Failure(f"there is no process {pid} in the container")

    def _find_leader(self) -> str:
        assert self._container is not None
        if self._container.poll() is not None:
            raise Failure(f"systemd-nspawn ended with code {self._container.returncode}")
        found = subprocess.run(
            ["pgrep", "-P", str(self._container.pid), "-x", "systemd"],
            capture_output=True,
            text=True,
            check=False,
        )
        return found.stdout.strip()

    def _is_up(self) -> bool:
        return self.run("systemctl", "is-system-running").stdout.strip() in {"running", "degraded"}


def until(look: Callable[[], _Seen], what: str, timeout_s: float = 20.0) -> _Seen:
    """Look until there is something; raises Failure when it does not come in time."""
    deadline = time.monotonic() + timeout_s
    while not (seen := look()):
        if time.monotonic() > deadline:
            raise Failure(f"waited {timeout_s:g} s in vain for {what}")
        time.sleep(_LOOK_S)
    return seen
