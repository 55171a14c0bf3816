"""The guest's journal, as it streams out: the one clock that all of a trial's times come from."""

import json
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vm_guest import TrialFailed

_POLL_S = 0.1  # the file grows without saying so
KERNEL, TRIAL = "kernel", "trial"
STREAM = (
    "journalctl --follow --lines=all --output=json "
    "--output-fields=MESSAGE,_TRANSPORT,SYSLOG_IDENTIFIER,_SYSTEMD_UNIT,UNIT,_SOURCE_MONOTONIC_TIMESTAMP"
)


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the journal. ``at`` is in seconds of the guest's monotonic clock."""

    at: float
    unit: str  # who wrote it, or whom systemd wrote it about; or KERNEL; or TRIAL: we ourselves
    text: str


def entry_of(line: str) -> Entry:
    """Take one line of journalctl's JSON."""
    facts: dict[str, Any] = json.loads(line)
    kernel = facts.get("_TRANSPORT") == "kernel"
    # the kernel's own stamp is from when it happened, not from when it was read
    stamp = facts.get("_SOURCE_MONOTONIC_TIMESTAMP") if kernel else None
    message = facts.get("MESSAGE") or ""
    text = message if isinstance(message, str) else bytes(message).decode("utf-8", "replace")
    unit = facts.get("UNIT") or facts.get("_SYSTEMD_UNIT") or ""
    if kernel or facts.get("SYSLOG_IDENTIFIER") == TRIAL:
        unit = KERNEL if kernel else TRIAL
    return Entry(int(stamp or facts["__MONOTONIC_TIMESTAMP"]) / 1e6, unit, text)


class Journal:
    """All lines so far, read from the file that the virtual machine writes them to."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._read = 0
        self._entries: list[Entry] = []

    def mark(self) -> int:
        """Return a place, to look beyond it."""
        return len(self.entries())

    def entries(self, mark: int = 0) -> list[Entry]:
        """Return what came since ``mark``."""
        with self._path.open("rb") as file:
            file.seek(self._read)
            whole, newline, _ = file.read().rpartition(b"\n")
        self._read += len(whole) + len(newline)
        self._entries += [entry_of(line) for line in whole.decode().split("\n") if line]
        return self._entries[mark:]

    def matching(self, unit: str, pattern: str, mark: int = 0) -> Iterator[Entry]:
        """Give the lines of a unit since ``mark`` that ``pattern`` is found in."""
        wanted = re.compile(pattern)
        for entry in self.entries(mark):
            if entry.unit == unit and wanted.search(entry.text):
                yield entry

    def wait(self, unit: str, pattern: str, mark: int, seconds: float) -> Entry:
        """Wait for such a line; raises TrialFailed when it does not come."""
        end = time.monotonic() + seconds
        while (found := next(self.matching(unit, pattern, mark), None)) is None:
            if time.monotonic() > end:
                raise TrialFailed(f"{unit} did not say {pattern!r} within {seconds:.0f} s")
            time.sleep(_POLL_S)
        return found
