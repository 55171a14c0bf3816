"""Every crash point of a scan's life: each system call on disk or wire, killed at or made to fail.

The points are enumerated from a first run under strace, not from a list. At each in turn the lane
is killed, or the call fails with ENOSPC or EIO, once; then a second life starts, a person resumes,
and what waits is sent; then an old database comes back, and a third life tries to send again. The
service's books, the ledger and the spent log are judged after each.
"""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from strace_calls import Call, Strace
from strace_life import Life, Nursery
from verdict import Verdict, judge

from kiosk.errors import LedgerError
from kiosk.sandbox.server import Sandbox

HOWS = ("KILL", "ENOSPC", "EIO")
SYNCS = frozenset({"fsync", "fdatasync"})
_ON_DISK = SYNCS | {
    "openat",
    "read",
    "pread64",
    "write",
    "pwrite64",
    "ftruncate",
    "fallocate",
    "mkdir",
    "rename",
    "link",
    "unlink",
    "fchmod",
    "fchown",
    "flock",
    "mmap",
}
_ON_WIRE = frozenset({"connect", "poll", "sendto", "recvfrom"})
_WRITES = frozenset({"write", "pwrite64"})
_DATABASE = "ledger.sqlite"
_MARK = "storage-failed"
_POST = '"POST '  # how a head begins
_ENOUGH = 100  # credits, once a person has paid


@dataclass(frozen=True, slots=True)
class Point:
    """One system call of the life, by its place among those of its name."""

    call: str
    nth: int
    about: str  # the file's name, or "service"

    @property
    def is_sync(self) -> bool:
        """Tell whether it makes a file durable."""
        return self.call in SYNCS

    def __str__(self) -> str:
        return f"{self.call} {self.nth} ({self.about})"


@dataclass(frozen=True, slots=True)
class Hit:
    """What came of one point, hit in one way."""

    point: Point
    how: str
    reached: bool
    verdict: Verdict
    complaints: tuple[str, ...]

    @property
    def good(self) -> bool:
        """Tell whether all promises were kept, and not by luck."""
        return self.verdict.faultless and not self.complaints

    def __str__(self) -> str:
        return f"{self.how} at {self.point}: {self.verdict} {' | '.join(self.complaints)}"


def enumerate_points(
    folder: Path, nursery: Nursery, mutant: str | None = None, *, notes: int = 0
) -> list[Point]:
    """Let a life run undisturbed, and list its points in their order.

    ``notes`` presses that found nothing come before the two scans: with each of them all that
    happens every so many commits (a checkpoint) happens elsewhere in the life.
    """
    run = _Run(folder, nursery, mutant, notes)
    calls = run.send(None)
    assert run.code == 0, nursery.last_words()
    main = calls[0].pid
    return [
        Point(call.name, call.nth, about)
        for call in calls
        if call.pid == main and (about := _about(call, run.state))
    ]


def hit(
    folder: Path,
    nursery: Nursery,
    point: Point,
    how: str,
    mutant: str | None = None,
    *,
    notes: int = 0,
) -> Hit:
    """Hit one point; ``folder`` is made for it and removed."""
    run = _Run(folder, nursery, mutant, notes)
    try:
        return run.hit(point, how)
    finally:
        shutil.rmtree(folder)


def _about(call: Call, state: Path) -> str | None:
    if call.name in _ON_WIRE:
        return "service"
    if call.name not in _ON_DISK:
        return None
    inside = [path for path in call.paths if path.startswith(str(state))]
    return Path(inside[0]).name if inside else None


class _Run:
    """A state directory and its three lives."""

    def __init__(self, folder: Path, nursery: Nursery, mutant: str | None, notes: int) -> None:
        self.state = folder / "state"
        self.code = 0
        self._log = folder / "strace"
        self._copy = folder / "copy"
        self._nursery = nursery
        self._mutant = mutant
        self._notes = notes
        self._acknowledged: dict[int, str] = {}
        self._complaints: list[str] = []
        self._copy.mkdir(parents=True)

    def hit(self, point: Point, how: str) -> Hit:
        what = "signal=KILL" if how == "KILL" else f"error={how}"
        with Sandbox(credits=1) as sandbox:
            calls = self.send(f"{point.call}:{what}:when={point.nth}", sandbox)
            reached = self.code < 0 if how == "KILL" else any(call.injected for call in calls)
            if reached:
                self._check_end(point, how, calls)
            sandbox.set_credits(_ENOUGH)
            self._drain(sandbox, told=how != "KILL")
            verdict = judge(self.state, sandbox.journal(), self._acknowledged)
            if verdict.faultless and any(self._copy.iterdir()):
                self._restore()
                self._drain(sandbox, told=True)
                after = judge(self.state, sandbox.journal(), {})
                if after.twice or after.out_of_order:
                    verdict = after
        return Hit(point, how, reached, verdict, tuple(self._complaints))

    def send(self, inject: str | None, sandbox: Sandbox | None = None) -> list[Call]:
        if sandbox is None:
            with Sandbox(credits=1) as own:
                return self.send(inject, own)
        life = self._begin("send", sandbox, notes=self._notes)
        strace = Strace(life.pid, self._log, _ON_DISK | _ON_WIRE, inject=inject)
        life.go_on()
        while (said := life.hears()) is not None:
            if said[0] == "saved":
                self._acknowledged[int(str(said[1]))] = str(said[2])
            elif said[0] == "all":
                self._keep_database()
                life.go_on()
        self.code = life.end()
        return strace.wait().calls()

    def _check_end(self, point: Point, how: str, calls: Sequence[Call]) -> None:
        if how == "KILL":
            return
        if self.code not in {0, LedgerError.exit_code}:
            self._complaints.append(f"it ended with {self.code}: {self._nursery.last_words()}")
        if point.is_sync:
            self._complaints += _after_a_failed_sync(calls, self.state)
            if point.about != self.state.name and not (self.state / _MARK).exists():
                self._complaints.append("a failed sync left no mark for the next start")

    def _drain(self, sandbox: Sandbox, *, told: bool) -> None:
        life = self._begin("drain", sandbox)
        life.go_on()
        left: object = "it did not start"
        while (said := life.hears()) is not None:
            if said[0] == "found" and any(said[1:]) and not told:
                self._complaints.append(f"a kill was taken for damage: {said[1:]}")
            elif said[0] == "left":
                left = said[1]
        if code := life.end():
            left = f"it ended with {code}: {self._nursery.last_words()}"
        if left:
            self._complaints.append(f"the next start: {left}")

    def _begin(self, name: str, sandbox: Sandbox, **more: object) -> Life:
        facts = {"state": str(self.state), "url": sandbox.url, **more}
        return self._nursery.begin(name, self._mutant, **facts)

    def _keep_database(self) -> None:
        for name in (_DATABASE, f"{_DATABASE}-wal"):
            if (self.state / name).exists():
                shutil.copyfile(self.state / name, self._copy / name)

    def _restore(self) -> None:
        for path in self.state.glob(f"{_DATABASE}*"):
            path.unlink()
        for path in self._copy.iterdir():
            shutil.copyfile(path, self.state / path.name)


def _after_a_failed_sync(calls: Sequence[Call], state: Path) -> list[str]:
    """Say what was done that must not be: the same file synced again, or a tail sent.

    Two things are SQLite's own, and it keeps them to itself. It syncs the directory, and does not
    look whether that failed: the ledger does so again itself, with ``fsync``, and looks. And where
    the very first page of a new database cannot be synced it takes that back, with a sync: nothing
    is in that file yet.
    """
    at = next(number for number, call in enumerate(calls) if call.injected)
    failed = calls[at]
    if failed.path == str(state) and failed.name == "fdatasync":
        return []
    later = [call for call in calls[at + 1 :] if str(call.path).startswith(str(state))]
    if any(call.path == f"{state}/{_DATABASE}-wal" for call in calls[:at] if call.name in _WRITES):
        again = [call for call in later if call.name in SYNCS and call.path == failed.path]
    else:
        again = []
    tails = [call for call in calls[at + 1 :] if call.name == "sendto" and _POST not in call.words]
    return [
        *(f"{call.name} again of {call.path}" for call in again),
        *("a tail was sent after a failed sync" for _ in tails),
    ]
