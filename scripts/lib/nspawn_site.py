"""A lane installed in the container, and all that stands around it: service, camera, people."""

import json
import re
import subprocess
import time
from pathlib import Path
from typing import Any

from nspawn_machine import Failure, Machine, until

INSTALLER = "pi"  # has sudo
CHECKOUT = f"/home/{INSTALLER}/vin-kiosk"
TECHNICIAN = "technician"  # member of the group vin-kiosk
STRANGER = "stranger"  # anybody else
SANDBOX = "127.0.0.1:8039"
_SERVICE = f"http://{SANDBOX}/vinbarcode/v2"
_PYTHON = ("/opt/vin-kiosk/bin/python", "-I")
_SCENES = "/srv/scenes"
_VIEW = "/srv/view.jpg"  # what the simulated camera sees
SLOW_S = 8  # a slow answer of the sandbox, seconds
_SHOWN_BY_THE_LANE = "kiosk.station.headless: display: "


class Site:
    """What a step needs to act as the installer, the technician, the service or fate."""

    def __init__(self, machine: Machine, lane: str = "lane1") -> None:
        self.machine = machine
        self.lane = lane
        self.unit = f"vin-kiosk@{lane}"
        self._scenes_used = 0

    # ---- the surroundings -----------------------------------------------------------------------

    def set_up(self) -> None:
        """Make people, scenes and a sandbox of the service."""
        machine = self.machine
        machine.out("useradd", "--create-home", "--groups", "vin-kiosk", TECHNICIAN)
        machine.out("useradd", "--create-home", STRANGER)
        scenes = f"{CHECKOUT}/scripts/lib/scenes.py"
        machine.out(*_PYTHON, scenes, "--level", "clear", "--count", "9", "--out", _SCENES)
        self.next_car()
        machine.out(
            *("systemd-run", "-q", "--unit=sandbox", "/usr/local/bin/vin-kiosk", "sandbox"),
            *("--listen", SANDBOX, "--slow", str(SLOW_S)),
        )

    def next_car(self) -> None:
        """Let the camera see another label."""
        self._scenes_used += 1
        picture = f"{_SCENES}/clear-{self._scenes_used:02}.jpg"
        self.machine.out("cp", picture, f"{_VIEW}.part")
        self.machine.out("mv", f"{_VIEW}.part", _VIEW)
        time.sleep(0.5)  # the simulated camera looks at its file a few times a second

    def faults(self, **probabilities: float) -> None:
        """Tell the sandbox how to misbehave, from now on; nothing: at its best."""
        self._ask_sandbox("faults", json.dumps(probabilities))

    def paid(self) -> int:
        """Return how many credits the sandbox has charged so far."""
        requests = self._ask_sandbox("journal")["requests"]
        return sum(1 for request in requests if request["charged"])

    def _ask_sandbox(self, what: str, body: str = "") -> Any:
        ask = (
            "import sys, urllib.request as u; b = sys.stdin.read().encode() or None;"
            f"print(u.urlopen(u.Request('http://{SANDBOX}/_sandbox/{what}', b)).read().decode())"
        )
        return json.loads(self.machine.out(*_PYTHON, "-c", ask, stdin=body) or "{}")

    def install(
        self, *arguments: str, timeout_s: float = 120.0
    ) -> subprocess.CompletedProcess[str]:
        """Run scripts/install as the installer, who is not root; never raises for its exit code."""
        script = f"{CHECKOUT}/scripts/install"
        return self.machine.run(script, *arguments, user=INSTALLER, timeout_s=timeout_s)

    # ---- the lane's files -----------------------------------------------------------------------

    @property
    def file(self) -> str:
        """The lane's file."""
        return f"/etc/vin-kiosk/{self.lane}.yaml"

    def configure(self, **values: str) -> None:
        """Edit the lane's file as a person would: NAME=VALUE replaces the line of that key."""
        values = {"source": f"simulated:{_VIEW}", "url": _SERVICE} | values
        text = self.machine.out("cat", self.file)
        for key, value in values.items():
            text, count = re.subn(rf"(?m)^( *{key}:) .*$", rf"\g<1> {value}", text)
            if count != 1:
                raise Failure(f"{self.file} has {count} lines with the key {key}")
        self.machine.out("tee", self.file, stdin=text)

    def give_access_code(self, code: str) -> None:
        """Write the access code into its file; its mode stays."""
        self.machine.out("tee", f"/etc/vin-kiosk/{self.lane}.access-code", stdin=f"{code}\n")

    # ---- the lane -------------------------------------------------------------------------------

    def systemctl(self, verb: str) -> None:
        """Run systemctl VERB on the lane's unit; it must succeed."""
        self.machine.out("systemctl", verb, self.unit)

    def pid(self) -> int:
        """Return the daemon's process number inside; 0 while there is none."""
        return int(self.machine.shows(self.unit, "MainPID"))

    def status_text(self) -> str:
        """Return the line that systemctl status shows."""
        return self.machine.shows(self.unit, "StatusText")

    def facts(self, *command: str) -> dict[str, Any]:
        """Run a command with --json as the technician; return its last object."""
        done = self.machine.run("vin-kiosk", *command, "--json", user=TECHNICIAN)
        if not done.stdout.strip():
            raise Failure(f"vin-kiosk {' '.join(command)}: {done.stderr.strip()}")
        facts: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        return facts

    def press(self) -> None:
        """Press the button."""
        self.machine.out("vin-kiosk", "trigger", "--lane", self.lane, user=TECHNICIAN)

    def latest(self) -> dict[str, Any]:
        """Return the latest submission."""
        return self.facts("queue", "list", "--lane", self.lane)

    def await_latest(self, state: str, beyond: int = 0) -> dict[str, Any]:
        """Wait until the latest submission is one after ``beyond``, and in that state."""

        def seen() -> dict[str, Any] | None:
            latest = self.latest()
            return latest if latest["id"] > beyond and latest["state"] == state else None

        found = until(seen, f"a submission that is {state}; it is {self.latest()}")
        assert found is not None
        return found

    def await_ready(self, after_pid: int = 0) -> int:
        """Wait until a daemon other than ``after_pid`` is ready; return its process number."""

        def ready() -> int:
            active = self.machine.shows(self.unit, "ActiveState") == "active"
            pid = self.pid()
            return pid if active and pid != after_pid else 0

        return until(ready, "the lane to be ready")

    def shown_since(self, cursor: str) -> list[str]:
        """Return what the display showed after that place of the journal."""
        lines = self.machine.journal(self.unit, cursor).splitlines()
        found = (line.partition(_SHOWN_BY_THE_LANE)[2] for line in lines)
        return [text for text in found if text]

    def restarts(self) -> int:
        """Return how often systemd had to start the lane again."""
        return int(self.machine.shows(self.unit, "NRestarts"))


def expect(condition: object, text: str) -> None:
    """Raise Failure with the text unless the condition holds."""
    if not condition:
        raise Failure(text)


def waiting_thread(pid: int) -> int:
    """Return a thread of a process (numbers out here) that waits for a connection, not its first.

    Such a thread holds none of Python's locks: it can be frozen without the others.
    """
    poll = {"x86_64": "7", "aarch64": "73"}

    def found() -> int:
        for task in Path(f"/proc/{pid}/task").iterdir():
            number = (task / "syscall").read_text("ascii").split()[0]
            if int(task.name) != pid and number in poll.values():
                return int(task.name)
        return 0

    return until(found, "a thread that waits for a connection")
