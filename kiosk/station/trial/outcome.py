"""The outcome of a walk around the station: each step, and for each device what to do."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum


class Device(StrEnum):
    """What is tried, in the order of the walk."""

    DISPLAY = "display"
    LIGHT = "light"
    BUTTON = "button"
    SCANNER = "scanner"


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that was tried.

    ``good`` is None where nobody was asked. ``facts`` are for a program; ``to_do`` is said where
    the step itself knows it.
    """

    device: Device
    name: str
    good: bool | None
    words: str
    to_do: str | None = None
    facts: Mapping[str, object] = field(default_factory=dict)
    is_line: bool = False  # the line itself failed, not what is on it


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the steps say about one device."""

    device: Device
    result: str  # ok, or what failed
    to_do: str | None

    @property
    def facts(self) -> dict[str, object]:
        """The verdict for a table, or a program."""
        return {"device": self.device.value, "result": self.result, "to_do": self.to_do}


def verdicts(steps: Sequence[Step]) -> list[Verdict]:
    """Sum up the devices that were tried."""
    return [
        _verdict(device, [step for step in steps if step.device is device])
        for device in Device
        if any(step.device is device for step in steps)
    ]


def _verdict(device: Device, steps: Sequence[Step]) -> Verdict:
    failed = [step for step in steps if step.good is False]
    if not failed:
        asked = any(step.good for step in steps)
        return Verdict(device, "ok" if asked else "not asked", None)
    names = ", ".join(step.name for step in failed)
    return Verdict(device, f"failed: {names}", _told(failed) or _advice(device, steps))


def _told(failed: Sequence[Step]) -> str | None:
    """Return a step's own word where it fits all that failed: a lost line, or each has one."""
    lines = [step.to_do for step in failed if step.is_line]
    told = [step.to_do for step in failed]
    return next(iter(lines or (told if all(told) else [])), None)


def _advice(device: Device, steps: Sequence[Step]) -> str:
    """Tell dark from partly wrong: where something was seen, line and supply are well."""
    is_dark = not any(step.good for step in steps)
    if device is Device.LIGHT:
        return (
            "check its 12 V supply, its cable and station.light.baud"
            if is_dark
            else "a lamp or its wire in the light is broken, or the lamps are in another order"
        )
    return (
        "check its supply and cable, then its speed: vin-kiosk station test --find"
        if is_dark
        else "is station.display the set of commands the display is set to? See docs/displays.md"
    )
