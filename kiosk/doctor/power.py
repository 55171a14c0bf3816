"""A Raspberry Pi's supply and heat, as its firmware reports them."""

from collections.abc import Iterator

from kiosk.doctor.finding import Finding, ok, warn
from kiosk.doctor.machine import Machine

_SYS = "/sys/devices/platform/soc/soc:firmware/get_throttled"
_HOT = 80.0  # °C: the firmware begins to slow the processor down
# Bits of get_throttled (Raspberry Pi documentation, vcgencmd): now, and 16 higher since the start.
_BITS = {0: "under-voltage", 1: "its speed is capped", 2: "it is slowed down", 3: "it is hot"}
_SINCE_START = 16


def power_findings(machine: Machine) -> Iterator[Finding]:
    """Say whether the supply and the temperature are good; nothing where there is no Pi."""
    model = machine.text("/proc/device-tree/model")
    flags = _flags(machine)
    if flags is not None:
        yield _supply(model or "this machine", flags)
    elif model is not None:
        yield ok(model)
    millidegrees = machine.number("/sys/class/thermal/thermal_zone0/temp")
    if millidegrees is not None and model is not None:
        yield _heat(millidegrees / 1000)


def _supply(model: str, flags: int) -> Finding:
    now = [words for bit, words in _BITS.items() if flags & 1 << bit]
    before = [words for bit, words in _BITS.items() if flags & 1 << (bit + _SINCE_START)]
    if now:
        return warn(f"{model}: now {', '.join(now)}", _MEND)
    if before:
        return warn(f"{model}: since the start there was {', '.join(before)}", _MEND)
    return ok(f"{model}: its supply was good since the start")


_MEND = "use the Pi's own power supply and a short cable; then: vcgencmd get_throttled"


def _heat(degrees: float) -> Finding:
    words = f"the processor is at {degrees:.0f} °C"
    return warn(words, "give it a fan or more air") if degrees >= _HOT else ok(words)


def _flags(machine: Machine) -> int | None:
    flags = machine.number(_SYS, 16)
    if flags is not None:
        return flags
    said = (machine.said("vcgencmd", "get_throttled") or "").partition("throttled=")[2]
    try:
        return int(said, 16)
    except ValueError:
        return None
