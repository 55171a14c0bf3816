"""The daemon under test: one lane under the guest's systemd, and what its accounts must show."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from vm_guest import Guest, TrialFailed
from vm_journal import Journal

LANE = "lane1"
UNIT = f"vin-kiosk@{LANE}.service"
SANDBOX_PORT = 8480
_STATE = f"/var/lib/vin-kiosk/{LANE}"
_START_S = 240.0
_MOST_GROWTH_MB = 8.0  # over a trial's heals, after the first


@dataclass(frozen=True, slots=True)
class Health:
    """The unit's process: it must be the same at the end."""

    pid: int
    restarts: int
    resident_mb: float


class Lane:
    """Configures, starts and judges the lane's unit."""

    def __init__(self, guest: Guest, journal: Journal) -> None:
        self._guest = guest
        self._journal = journal

    @contextmanager
    def running(
        self, camera: dict[str, Any], port: str | None = None, **trigger: Any
    ) -> Iterator["Running"]:
        """Start the lane with an empty ledger; at the end it is stopped, and that must go well.

        ``trigger`` are further keys of that section.
        """
        guest = self._guest
        guest.check(f"systemctl stop {UNIT}; systemctl reset-failed {UNIT} || true")
        guest.check(f"rm -rf {_STATE}")
        guest.write(f"/etc/vin-kiosk/{LANE}.yaml", json.dumps(_settings(camera, port, trigger)))
        guest.write(f"/etc/vin-kiosk/{LANE}.access-code", "only-for-the-sandbox")
        mark = self._journal.mark()
        guest.check(f"systemctl start {UNIT}", _START_S)
        running = Running(guest, self._journal, mark)
        try:
            yield running
        except TrialFailed as failure:
            raise TrialFailed(f"{failure}\n{self._last_words(mark)}") from failure
        finally:
            guest.check(f"systemctl stop {UNIT}", _START_S)
        result = guest.check(f"systemctl show --value -p Result {UNIT}")
        if result != "success":
            raise TrialFailed(f"the lane's stop ended in {result}\n{self._last_words(mark)}")

    def _last_words(self, mark: int) -> str:
        entries = self._journal.matching(UNIT, "", mark)
        return "\n".join([f"  {entry.at:9.3f} {entry.text}" for entry in entries][-30:])


class Running:
    """A lane at work, from READY on."""

    def __init__(self, guest: Guest, journal: Journal, mark: int) -> None:
        self._guest = guest
        self._journal = journal
        self._mark = mark
        self._before = self.health()
        self._warm: Health | None = None

    def health(self) -> Health:
        """Ask systemd and the kernel."""
        said = self._guest.check(f"systemctl show --value -p MainPID -p NRestarts {UNIT}").split()
        pid, restarts = int(said[0]), int(said[1])
        resident = self._guest.check(f"awk '/^VmRSS/ {{ print $2 }}' /proc/{pid}/status")
        return Health(pid, restarts, int(resident) / 1024)

    def warm(self) -> None:
        """Take the memory of now for what the daemon needs: from here on it must not grow."""
        self._warm = self.health()

    def scan(self) -> dict[str, Any]:
        """Press from the command line; return what came of it, the answer included."""
        command = f"vin-kiosk trigger --lane {LANE} --wait --json --timeout 180"
        done = self._guest.run(command, 240)
        if done.code != 0:
            raise TrialFailed(f"the scan ended with exit code {done.code}: {done.said}")
        facts: dict[str, Any] = json.loads(done.said.splitlines()[-1])
        return facts

    def settle(self, losses: dict[str, int]) -> str:
        """Check the accounts; return them in words.

        ``losses`` tells how often what was lost: so many lines must say so, and as many that it
        is back. Raises TrialFailed.
        """
        after = self.health()
        for what, times in losses.items():
            for word in ("lost", "back"):
                lines = list(self._journal.matching(UNIT, rf"\b{what} {word}\b", self._mark))
                if len(lines) != times:
                    raise TrialFailed(f"{len(lines)} lines say '{what} {word}', not {times}")
        if (after.pid, after.restarts) != (self._before.pid, 0):
            raise TrialFailed(f"the daemon did not live through: {self._before}, then {after}")
        if any(self._journal.matching(UNIT, "(?i)watchdog", self._mark)):
            raise TrialFailed("the watchdog had a hand in it")
        words = f"same process, no restart, no watchdog, {after.resident_mb:.0f} MB resident"
        if self._warm is None:
            return words
        if after.resident_mb - self._warm.resident_mb > _MOST_GROWTH_MB:
            raise TrialFailed(f"its memory grows: {self._warm}, then {after}")
        return f"{words}, before the heals {self._warm.resident_mb:.0f} MB"


def _settings(camera: dict[str, Any], port: str | None, trigger: dict[str, Any]) -> dict[str, Any]:
    return {
        "lane": LANE,
        "state_dir": _STATE,
        "camera": camera,
        "trigger": {"mode": "button", "timeout_s": 60} | trigger,  # emulated, a look takes seconds
        "service": {"url": f"http://127.0.0.1:{SANDBOX_PORT}/vinbarcode/v2"},
        "station": {"port": port},
    }
