"""What a process costs, as the kernel counts it in /proc: processor time and memory."""

import os
import time
from dataclasses import dataclass
from pathlib import Path

_TICK_S = 1.0 / os.sysconf("SC_CLK_TCK")
_UTIME, _STIME = 11, 12  # proc(5): fields 14 and 15 of stat, counted after the name in brackets
_KB_PER_MB = 1024.0


@dataclass(frozen=True, slots=True)
class Memory:
    """Resident memory, MB: all of it, its fair share (PSS), and what is the process's alone."""

    resident: float
    share: float
    private: float


@dataclass(frozen=True, slots=True)
class ThreadTime:
    """Processor time of one thread over a period, s."""

    name: str
    user_s: float
    system_s: float


@dataclass(frozen=True, slots=True)
class Reading:
    """The counters at one moment: threads' (user, system) seconds by number."""

    at: float
    whole: tuple[float, float]
    threads: dict[int, tuple[str, float, float]]


class ProcessMeter:
    """Reads the counters of one running process; raises OSError once it is gone."""

    def __init__(self, pid: int) -> None:
        self._proc = Path("/proc") / str(pid)

    def read(self) -> Reading:
        """Read processor times now: of all threads, ended ones included, and of each."""
        threads = {}
        for folder in (self._proc / "task").iterdir():
            name = (folder / "comm").read_text("utf-8", "replace").strip()
            threads[int(folder.name)] = (name, *_times(folder / "stat"))
        return Reading(time.monotonic(), _times(self._proc / "stat"), threads)

    def memory(self) -> Memory:
        """Read the present memory."""
        fields = {}
        for line in (self._proc / "smaps_rollup").read_text("ascii").splitlines()[1:]:
            name, value = line.split()[:2]
            fields[name] = int(value) / _KB_PER_MB
        private = fields["Private_Clean:"] + fields["Private_Dirty:"]
        return Memory(fields["Rss:"], fields["Pss:"], private)

    def peak(self) -> float:
        """Return the most that was ever resident, MB."""
        for line in (self._proc / "status").read_text("utf-8", "replace").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / _KB_PER_MB
        raise OSError(f"{self._proc}/status tells no peak")


def share_of_a_core(before: Reading, after: Reading) -> float:
    """Return the processor time between two readings, in percent of one core."""
    return 100.0 * (sum(after.whole) - sum(before.whole)) / (after.at - before.at)


def by_thread(before: Reading, after: Reading) -> list[ThreadTime]:
    """Return each thread's time between two readings, the busiest first."""
    rows = []
    for number, (name, user, system) in after.threads.items():
        _, user_before, system_before = before.threads.get(number, ("", 0.0, 0.0))
        rows.append(ThreadTime(name, user - user_before, system - system_before))
    return sorted(rows, key=lambda row: row.user_s + row.system_s, reverse=True)


def _times(stat: Path) -> tuple[float, float]:
    fields = stat.read_text("utf-8", "replace").rpartition(")")[2].split()
    return int(fields[_UTIME]) * _TICK_S, int(fields[_STIME]) * _TICK_S
