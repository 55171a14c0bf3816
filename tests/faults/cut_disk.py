"""A disk as a power cut may leave it, by model: replayed from the system calls of a life.

What was synced is there. Of what was written since, each sector of 512 bytes may be there in any of
its versions or not at all, a file may have any of the sizes that it had, and each change of a name
may be there or not: whatever order the writes were made in. That is more than any real disk does to
us, short of lying about its syncs.
"""

import random
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from strace_calls import Call

SECTOR = 512
_SYNCS = frozenset({"fsync", "fdatasync"})
_OF_TWO = frozenset({"rename", "link"})
_GONE = " (deleted)"
CALLS = _SYNCS | _OF_TWO | {"openat", "pwrite64", "write", "ftruncate", "fallocate", "unlink"}
"""The calls that change what is on a disk, or say that it is there."""


@dataclass(slots=True)
class _File:
    durable: bytes = b""
    now: bytearray = field(default_factory=bytearray)
    sizes: list[int] = field(default_factory=list)  # since the last sync
    sectors: dict[int, list[bytes]] = field(default_factory=lambda: defaultdict(list))  # likewise

    def write(self, data: bytes, at: int) -> None:
        if at > len(self.now):
            self.resize(at)
        self.now[at : at + len(data)] = data
        self._changed(at, at + len(data))

    def resize(self, size: int) -> None:
        before = len(self.now)
        if size < before:
            del self.now[size:]
        else:
            self.now.extend(bytes(size - before))
        self._changed(min(size, before), max(size, before))

    def sync(self) -> None:
        self.durable = bytes(self.now)
        self.sizes.clear()
        self.sectors.clear()

    def after_a_cut(self, dice: random.Random, likely: float) -> bytes:
        size = dice.choice([len(self.durable), *self.sizes])
        if dice.random() < likely:
            size = len(self.now)
        content = bytearray(self.durable[:size].ljust(size, b"\0"))
        for number, versions in self.sectors.items():
            at = number * SECTOR
            if at >= size:
                continue
            before = self.durable[at : at + SECTOR].ljust(SECTOR, b"\0")
            kept = versions[-1] if dice.random() < likely else dice.choice([before, *versions])
            content[at : at + SECTOR] = kept
        return bytes(content[:size])

    def _changed(self, start: int, end: int) -> None:
        self.sizes.append(len(self.now))
        for number in range(start // SECTOR, -(-end // SECTOR)):
            at = number * SECTOR
            self.sectors[number].append(bytes(self.now[at : at + SECTOR]).ljust(SECTOR, b"\0"))


class CutDisk:
    """One folder of a disk, as its calls made it, and as a cut may leave it."""

    def __init__(self, folder: Path) -> None:
        self._folder = str(folder)
        self._names: dict[str, _File] = {}
        self._durable: dict[str, _File] = {}
        self._renamings: list[dict[str, _File | None]] = []  # since the folder's last sync

    def replay(self, call: Call) -> bool:
        """Let a call happen; tell whether it was one of this folder's."""
        if call.failed or call.name not in CALLS:
            return False
        paths = call.paths if call.name in _OF_TWO else [str(call.path)]
        if call.name in _SYNCS and paths == [self._folder]:
            self._sync_names()
            return True
        if not paths[0].startswith(f"{self._folder}/") or paths[0].endswith(_GONE):
            return False
        names = [path.removeprefix(f"{self._folder}/") for path in paths]
        getattr(self, f"_{call.name}")(call, *names)
        return True

    def after_a_cut(self, dice: random.Random) -> dict[str, bytes]:
        """Return the files of one of the disks that a cut at this moment may leave."""
        likely = dice.choice([0.0, 0.1, 0.5, 0.9, 1.0])  # how much had reached the disk
        names: dict[str, _File | None] = dict(self._durable)
        for change in self._renamings:
            if dice.random() < likely or dice.random() < 0.5:
                names |= change
        return {
            name: file.after_a_cut(dice, likely) for name, file in names.items() if file is not None
        }

    @property
    def unsynced(self) -> int:
        """Count the sectors and names that a cut may take."""
        return len(self._renamings) + sum(len(file.sectors) for file in self._names.values())

    def _sync_names(self) -> None:
        self._durable = dict(self._names)
        self._renamings.clear()

    def _fsync(self, _call: Call, name: str) -> None:
        self._names[name].sync()

    _fdatasync = _fsync

    def _openat(self, call: Call, name: str) -> None:
        if name not in self._names:
            if "O_CREAT" not in call.words:
                return
            self._change({name: _File()})
        if "O_TRUNC" in call.words:
            self._names[name].resize(0)

    def _pwrite64(self, call: Call, name: str) -> None:
        self._names[name].write(call.data[: call.returned], _last_number(call))

    def _write(self, call: Call, name: str) -> None:
        """Append: no file of the ledger is written from its beginning on but a new one."""
        file = self._names[name]
        file.write(call.data[: call.returned], len(file.now))

    def _ftruncate(self, call: Call, name: str) -> None:
        self._names[name].resize(_last_number(call))

    def _fallocate(self, call: Call, name: str) -> None:
        file = self._names[name]
        offset, length = (int(word) for word in call.words.rsplit(", ", 2)[1:])
        file.resize(max(len(file.now), offset + length))

    def _rename(self, _call: Call, source: str, target: str) -> None:
        self._change({source: None, target: self._names[source]})

    def _link(self, _call: Call, source: str, target: str) -> None:
        self._change({target: self._names[source]})

    def _unlink(self, _call: Call, name: str) -> None:
        self._change({name: None})

    def _change(self, names: dict[str, _File | None]) -> None:
        self._renamings.append(names)
        for name, file in names.items():
            if file is None:
                self._names.pop(name, None)
            else:
                self._names[name] = file


def lay_out(files: dict[str, bytes], folder: Path) -> None:
    """Write a disk's files; what SQLite keeps in memory alone is not among them."""
    folder.mkdir(mode=0o750)
    for name, content in files.items():
        if not name.endswith("-shm"):
            (folder / name).write_bytes(content)


def changes(disk: CutDisk, calls: Iterable[Call]) -> int:
    """Let calls happen; return how many of them were this folder's."""
    return sum(disk.replay(call) for call in calls)


def _last_number(call: Call) -> int:
    return int(call.words.rpartition(", ")[2])
