"""Whether the lane's daemon runs, what it says of itself, and whether it comes back by itself."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from kiosk.config.schema import LaneConfig
from kiosk.control.client import ControlClient
from kiosk.control.protocol import Facts
from kiosk.devices import DEVICES
from kiosk.doctor.bounded import within
from kiosk.doctor.finding import Finding, fail, ok, unknown, warn
from kiosk.doctor.unit import Unit, unit_name
from kiosk.errors import MachineError, NoDaemonError

_ANSWER_S = 5.0  # a busy lane answers within milliseconds


@dataclass(frozen=True, slots=True)
class Daemon:
    """What the control socket said. ``problem``: why it cannot be asked, though it is there."""

    running: bool = False
    facts: Facts = field(default_factory=dict)
    problem: str | None = None

    @property
    def is_there(self) -> bool:
        """Tell whether a daemon runs, be it one that may not be asked."""
        return self.running or self.problem is not None

    def says(self, fact: str) -> str:
        """Return a fact in its words; empty where the daemon does not tell."""
        return str(self.facts.get(fact) or "")


def ask_daemon(config: LaneConfig, patience_s: float = _ANSWER_S) -> Daemon:
    """Ask the lane's daemon how it is; never waits longer than ``patience_s``."""
    silent = Daemon(problem=f"the daemon does not answer within {patience_s:g} s")
    return within(lambda: _ask(config), patience_s) or silent


def _ask(config: LaneConfig) -> Daemon:
    try:
        client = ControlClient.find(config.lane, config.state_dir)
        return Daemon() if client is None else Daemon(running=True, facts=client.status())
    except NoDaemonError:  # it stopped between the two questions
        return Daemon()
    except MachineError as error:
        return Daemon(problem=str(error))


def daemon_findings(lane: str, daemon: Daemon, unit: Unit | None) -> Iterator[Finding]:
    """Say whether the daemon runs and how it is, and what systemd does about it."""
    if daemon.problem is not None:
        yield warn(daemon.problem, _way_in(daemon.problem, lane))
    elif daemon.running:
        yield from _of_running(daemon, lane)
    else:
        yield _of_stopped(unit)
    if unit is not None and unit.is_installed and not unit.starts_at_boot:
        words = "does not start by itself after a power cut"
        yield warn(words, f"sudo systemctl enable {unit.name}")


def _of_running(daemon: Daemon, lane: str) -> Iterator[Finding]:
    yield ok(f"runs since {_duration(daemon.facts.get('uptime_s'))} (process {daemon.says('pid')})")
    for device in DEVICES:
        if daemon.says(device) not in {"ok", ""}:
            yield warn(
                f"has no {device} now: {daemon.says(device)}",
                f"journalctl -u {unit_name(lane)} -n 50 | grep {device}",
            )


def _of_stopped(unit: Unit | None) -> Finding:
    if unit is None:
        return unknown("does not run; this machine has no systemd to start it")
    if not unit.is_installed:
        return warn("does not run, and systemd knows no such service", "run scripts/install again")
    if unit.has_failed:
        return fail(
            f"ended and was given up by systemd ({unit.result})",
            f"journalctl -u {unit.name} -n 30\nsudo systemctl restart {unit.name}",
        )
    return warn("does not run", f"sudo systemctl enable --now {unit.name}")


def _way_in(problem: str, lane: str) -> str:
    if "group vin-kiosk" in problem:
        return 'sudo usermod -aG vin-kiosk "$USER"   # then log in again'
    return f"sudo systemctl restart {unit_name(lane)}"


def _duration(seconds: object) -> str:
    if not isinstance(seconds, int | float):
        return "an unknown time"
    minutes = int(seconds) // 60
    if minutes < 60:  # noqa: PLR2004 - an hour
        return f"{minutes} min"
    return f"{minutes // 60} h {minutes % 60:02} min"
