"""What came of the trials: lines while they run, and the page with the last log."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

_HEAD = """\
# Trials in a virtual machine

The last log of `scripts/vm-test --log docs/trials/vm.md`, which writes this page. A Debian with
its own kernel runs under QEMU, emulated without KVM; the daemon runs in it under systemd, put
there by `scripts/install`. The cameras are v4l2loopback, fed with rendered views of a lane, and
the kernel's vivid; the display hangs on an emulated FTDI adapter at a USB host. In display-cut
only so many bytes of a message leave that adapter before it is pulled, as on a slow line, and the
display has a supply of its own. The buttons are a USB keyboard, CTS of an emulated 16550, DSR of
the adapter, and a line of a GPIO chip in memory (`scripts/lib/vm_gpio.c`). "Back" counts from the
moment the device is there again (the kernel says so, or the first frame is written) to the
daemon's own line, by the guest's clock.

What this does not prove: a true UVC camera's timing, a true display, real contacts, the pins of a
Pi, its USB host.
"""


@dataclass(frozen=True, slots=True)
class Outcome:
    """One trial: what it found, and whether that is well."""

    name: str
    good: bool
    seconds: float
    words: str

    def __str__(self) -> str:
        result = "ok" if self.good else "FAIL"
        return f"{result:<4} {self.name:<12} {self.seconds:6.1f} s  {self.words}"


def write_page(path: Path, facts: dict[str, str], outcomes: Sequence[Outcome]) -> None:
    """Write the page anew."""
    lines = [_HEAD, *(f"- {name}: {value}" for name, value in facts.items()), ""]
    lines += ["| trial | result | took | what was seen |", "|---|---|---|---|"]
    for outcome in outcomes:
        words = outcome.words.splitlines()[0] if outcome.words else ""
        result = "ok" if outcome.good else "**FAIL**"
        lines.append(f"| {outcome.name} | {result} | {outcome.seconds:.0f} s | {words} |")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n", "utf-8")


def today() -> str:
    """Return the date and time, as the log has it."""
    return time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime())
