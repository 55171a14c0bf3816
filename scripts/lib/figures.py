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
    """One measured value and what is asked of it; with neither bound it only informs.

    Not ``judged``: too little was measured to tell, so that it is not reached either.
    """

    name: str
    value: float
    unit: str
    at_most: float | None = None
    detail: str = ""
    at_least: float | None = None
    judged: bool = True

    @property
    def is_asked(self) -> bool:
        """Tell whether anything is asked of the value."""
        return self.at_most is not None or self.at_least is not None

    @property
    def is_reached(self) -> bool:
        """Tell whether the value is as asked; one that is no number or not judged is not."""
        return (
            self.judged
            and (self.at_most is None or self.value <= self.at_most)
            and (self.at_least is None or self.value >= self.at_least)
        )

    @property
    def verdict(self) -> str:
        """Say in a word whether the value is as asked; nothing where nothing is asked."""
        if not self.is_asked:
            return ""
        if not self.judged:
            return "NOT JUDGED"
        return "PASSED" if self.is_reached else "MISSED"

    @property
    def asked(self) -> str:
        """Say what is asked."""
        if self.at_least is not None and self.at_most is not None:
            return f"{self.at_least:g} to {self.at_most:g} {self.unit}".rstrip()
        if self.at_least is not None:
            return f"≥ {self.at_least:g} {self.unit}".rstrip()
        return "" if self.at_most is None else f"≤ {self.at_most:g} {self.unit}".rstrip()

    def as_json(self, **more: object) -> str:
        """Return the figure, and what ``more`` is to be said, as one line of JSON."""
        return json.dumps({**asdict(self), "reached": self.is_reached, **more}, ensure_ascii=False)


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


def table(figures: Iterable[Figure], heading: str = "figure") -> str:
    """Lay the figures out as Markdown, which a terminal shows well enough."""
    rows = [(heading, "measured", "asked", "", "")]
    for figure in figures:
        measured = f"{figure.value:.2f} {figure.unit}".rstrip()
        rows.append(
            (
                figure.name,
                measured,
                figure.asked,
                figure.verdict,
                figure.detail,
            )
        )
    return grid(rows)


def grid(rows: Sequence[Sequence[str]]) -> str:
    """Lay rows of one length, the heading first, out as a Markdown table of even columns."""
    last = len(rows[0]) - 1
    widths = [max(len(row[at]) for row in rows) for at in range(last)]
    lines = [
        "| " + " | ".join([*(row[at].ljust(widths[at]) for at in range(last)), row[last]]) + " |"
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
