"""Figures of a bench: what was measured, what is asked, and whether that is reached."""

import json
import os
import platform
import statistics
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from importlib.metadata import version
from pathlib import Path

_DISTRIBUTIONS = ("opencv-python-headless", "numpy", "zxing-cpp", "pyzbar")


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured value; ``at_most`` is what is asked of it, None where it only informs."""

    name: str
    value: float
    unit: str
    at_most: float | None = None
    detail: str = ""

    @property
    def is_reached(self) -> bool:
        """Tell whether the value is as asked."""
        return self.at_most is None or self.value <= self.at_most

    def as_json(self) -> str:
        """Return the figure as one line of JSON."""
        return json.dumps({**asdict(self), "reached": self.is_reached}, ensure_ascii=False)


def times(name: str, seconds: Sequence[float], at_most: float | None, *, of_all: bool) -> Figure:
    """Make a figure of several times (s): the longest counts ``of_all``, else the median."""
    median, longest = statistics.median(seconds), max(seconds)
    what = f"longest of {len(seconds)}" if of_all else f"median of {len(seconds)}"
    return Figure(
        f"{name}, {what}",
        longest if of_all else median,
        "s",
        at_most,
        f"{min(seconds):.2f} to {longest:.2f} s, median {median:.2f} s",
    )


def table(figures: Iterable[Figure]) -> str:
    """Lay the figures out as Markdown, which a terminal shows well enough."""
    rows = [("figure", "measured", "asked", "")]
    for figure in figures:
        asked = "" if figure.at_most is None else f"≤ {figure.at_most:g} {figure.unit}"
        missed = "" if figure.is_reached else "MISSED "
        rows.append(
            (figure.name, f"{figure.value:.2f} {figure.unit}", asked, missed + figure.detail)
        )
    widths = [max(len(row[at]) for row in rows) for at in range(3)]
    lines = [
        "| " + " | ".join([*(row[at].ljust(widths[at]) for at in range(3)), row[3]]) + " |"
        for row in rows
    ]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|---|")
    return "\n".join(lines)


def machine() -> str:
    """Say on what kind of machine and with which versions the figures came to be."""
    parts = [
        f"{_kind()}, {os.cpu_count()} cores",
        f"Linux {platform.release().split('-')[0]}",
        f"Python {platform.python_version()}",
        *(f"{name} {version(name)}" for name in _DISTRIBUTIONS),
    ]
    return ", ".join(parts)


def write_page(path: Path, title: str, command: str, body: str) -> None:
    """Write a page of docs/benchmarks."""
    head = f"# {title}\n\n`{command}`, {date.today()}, {machine()}. Written by that command.\n\n"  # noqa: DTZ011 - the day at the machine
    path.write_text(head + body.rstrip() + "\n", "utf-8")
    print(f"written: {path}", file=sys.stderr)


def _kind() -> str:
    model = Path("/proc/device-tree/model")
    if model.exists():
        return model.read_text("utf-8").rstrip("\0")
    lent = " hypervisor" in Path("/proc/cpuinfo").read_text("ascii", "replace")
    return f"{platform.machine()} {'virtual ' if lent else ''}machine"
