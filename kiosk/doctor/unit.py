"""What systemd knows of a lane's service."""

from collections.abc import Mapping
from dataclasses import dataclass

from kiosk.doctor.machine import Machine

_PROPERTIES = (
    "LoadState",
    "ActiveState",
    "UnitFileState",
    "Result",
    "User",
    "SupplementaryGroups",
    "ProtectHome",
    "PrivateTmp",
    "ProtectSystem",
    "ReadWritePaths",
)


@dataclass(frozen=True, slots=True)
class Unit:
    """The state of ``vin-kiosk@LANE``; ``facts`` are systemd's properties, in its own words."""

    name: str
    facts: Mapping[str, str]

    @property
    def is_installed(self) -> bool:
        """Tell whether systemd has the service's file."""
        return self.facts["LoadState"] == "loaded"

    @property
    def has_failed(self) -> bool:
        """Tell whether systemd gave it up."""
        return self.facts.get("ActiveState") == "failed"

    @property
    def starts_at_boot(self) -> bool:
        """Tell whether it comes back by itself."""
        return self.facts.get("UnitFileState", "").startswith("enabled")

    @property
    def result(self) -> str:
        """How it ended: success, exit-code, watchdog …."""
        return self.facts.get("Result", "")

    @property
    def user(self) -> str:
        """Who runs it; empty for root."""
        return self.facts.get("User", "")

    @property
    def groups(self) -> tuple[str, ...]:
        """The groups its user has beside its own."""
        return tuple(self.facts.get("SupplementaryGroups", "").split())

    @property
    def hides_homes(self) -> bool:
        """Tell whether /home is not to be seen."""
        return self.facts.get("ProtectHome", "no") not in {"no", "read-only"}

    @property
    def hides_temporary(self) -> bool:
        """Tell whether /tmp is one of its own."""
        return self.facts.get("PrivateTmp", "no") != "no"

    @property
    def is_read_only(self) -> bool:
        """Tell whether only what is named may be written."""
        return self.facts.get("ProtectSystem") == "strict"

    @property
    def writable(self) -> tuple[str, ...]:
        """The folders that may be written all the same."""
        return tuple(path.lstrip("-+") for path in self.facts.get("ReadWritePaths", "").split())


def unit_name(lane: str) -> str:
    """Name the service of a lane."""
    return f"vin-kiosk@{lane}"


def unit_of(machine: Machine, lane: str) -> Unit | None:
    """Ask systemd; None where this machine was not booted with it."""
    name = unit_name(lane)
    said = machine.said("systemctl", "show", f"{name}.service", "-p", ",".join(_PROPERTIES))
    facts = dict(line.partition("=")[::2] for line in (said or "").splitlines())
    return Unit(name, facts) if "LoadState" in facts else None
