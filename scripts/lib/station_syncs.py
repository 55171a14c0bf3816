"""When a lane's commits were on the disk: strace's word on its syncs, and their delay.

strace stops the process at nothing but these calls (seccomp). The answer's commit is the first sync
of the ledger's WAL that the sending thread begins after the last bytes of the service's answer.
"""

import re
import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from lane_process import BenchError

_SYNCS = "fsync,fdatasync"
_SENDER = "uploader"
_LINE = re.compile(r"(?P<thread>\d+) +(?P<at>[\d.]+) (?:<\.\.\. )?(?P<name>\w+)(?P<rest>[( ].*)")
_RESULT = re.compile(r"\) += (-?\d+)[^<]*(?:\(DELAYED\) )?<([\d.]+)>$")


@dataclass(frozen=True, slots=True)
class Call:
    """A system call that returned; times are wall-clock seconds."""

    thread: int
    name: str
    words: str
    result: int
    began: float
    ended: float

    @property
    def is_commit(self) -> bool:
        """Tell whether it made a transaction last."""
        return self.name == "fdatasync" and "ledger.sqlite-wal>" in self.words


def under_strace(log: Path, delay_s: float) -> list[str]:
    """Return the command that runs another as its own process; each sync begins so late."""
    if shutil.which("strace") is None:
        raise BenchError("strace is needed: it tells when a commit is on the disk")
    command = ["strace", "-D", "-f", "--seccomp-bpf", "-qqq", "-ttt", "-T", "-y"]
    command += ["-s", "0", "-e", "signal=none", "-e", f"trace={_SYNCS},recvfrom", "-o", str(log)]
    if delay_s:
        command += ["-e", f"inject={_SYNCS}:delay_enter={round(delay_s * 1e6)}"]
    return command


def calls_of(log: Path) -> list[Call]:
    """Read what strace wrote, in the order of the calls' beginnings."""
    calls: list[Call] = []
    begun: dict[tuple[int, str], tuple[float, str]] = {}
    for line in log.read_text("utf-8", "replace").splitlines():
        if (found := _LINE.fullmatch(line)) is None:
            continue
        thread, name = int(found["thread"]), found["name"]
        at, rest = float(found["at"]), found["rest"]
        if rest.endswith("<unfinished ...>"):
            begun[thread, name] = at, rest
            continue
        if line.partition("<... ")[1]:
            at, head = begun.pop((thread, name), (at, ""))
            rest = head + rest
        if (result := _RESULT.search(rest)) is not None:
            took = float(result[2])
            calls.append(Call(thread, name, rest, int(result[1]), at, at + took))
    return sorted(calls, key=lambda call: call.began)


def sending_thread(pid: int) -> int:
    """Return the number of the thread that sends, by the name that the lane gave it."""
    for task in Path(f"/proc/{pid}/task").iterdir():
        if (task / "comm").read_text("ascii").strip() == _SENDER:
            return int(task.name)
    raise BenchError(f"process {pid} has no thread of the name {_SENDER}")


def answer_on_disk_at(
    calls: Sequence[Call], thread: int, after: float, before: float
) -> float | None:
    """Return when the answer that was shown ``before`` was on the disk (all wall-clock s)."""
    of_it = [call for call in calls if call.thread == thread and after <= call.began < before]
    heard = [call.ended for call in of_it if call.name == "recvfrom" and call.result > 0]
    if not heard:
        return None
    return next((call.ended for call in of_it if call.is_commit and call.began >= heard[-1]), None)


def wall_minus_monotonic() -> float:
    """Return by how much the wall clock is ahead now: strace tells wall-clock time."""
    return time.time() - time.monotonic()
