"""A process under strace: its system calls in order, and what each was about."""

import re
import shutil
import subprocess
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Self

_LINE = re.compile(r"(\d+) +(?:<\.\.\. )?(\w+)(?: resumed>|\()(.*)")
_ABOUT = re.compile(r'^\d+<([^>]*)>|"([^"]*)"(\.\.\.)?')  # a descriptor's path, or a string
_MOST_PATHS = 2
_UNFINISHED = " <unfinished ...>"


class UntraceableError(Exception):
    """There is no strace here, or it may not look at other processes."""


@dataclass(frozen=True, slots=True)
class Call:
    """One system call as strace tells it."""

    pid: int
    name: str
    nth: int  # among the calls of that name of this process, from 1: what ``when=`` counts
    words: str  # its arguments
    result: str  # of one that never returned "?"

    @property
    def injected(self) -> bool:
        """Tell whether the answer was strace's own."""
        return self.result.endswith("(INJECTED)")

    @property
    def failed(self) -> bool:
        """Tell whether it did not do what it was asked for."""
        return self.result.startswith(("-1", "?"))

    @property
    def returned(self) -> int:
        """Return its number."""
        return int(self.result.split()[0].partition("<")[0])

    @property
    def path(self) -> str | None:
        """Return the file or socket it was about."""
        return next(self._strings(), None)

    @property
    def paths(self) -> list[str]:
        """List the files that it was about: of a renaming both."""
        return list(islice(self._strings(), _MOST_PATHS))

    @property
    def data(self) -> bytes:
        """Return the bytes that it wrote (of a run traced with ``data``)."""
        return _bytes(self.words.partition('"')[2].partition('"')[0])

    def _strings(self) -> Iterator[str]:
        for found in _ABOUT.finditer(self.words):
            text = found[1] if found[1] is not None else found[2]
            yield _bytes(text).decode("utf-8", "replace") if text.startswith("\\x") else text


class Strace:
    """strace on one process and what it forks, from now on until they end.

    ``inject`` is what strace's option of that name takes. With ``data`` whole buffers are noted.
    Raises UntraceableError.
    """

    def __init__(
        self,
        pid: int,
        log: Path,
        calls: Collection[str],
        *,
        inject: str | None = None,
        data: bool = False,
    ) -> None:
        program = shutil.which("strace")
        if program is None:
            raise UntraceableError("there is no strace here")
        options = [
            "-f",
            "-y",
            "-o",
            str(log),
            "-e",
            f"trace={','.join(calls)}",
            "-e",
            "signal=none",
        ]
        options += ["-e", f"inject={inject}"] if inject else []
        options += ["-xx", "-s", str(1 << 26)] if data else ["-s", "256"]
        self._log = log
        self._process = subprocess.Popen(
            [program, *options, "-p", str(pid)], stderr=subprocess.PIPE, text=True
        )
        said = self._process.stderr.readline()
        if "attached" not in said:
            self.wait()
            raise UntraceableError(said.strip())

    def wait(self) -> Self:
        """Wait until all that it traces have ended."""
        self._process.communicate()
        return self

    def calls(self) -> list[Call]:
        """Return all calls, in the order of their beginning."""
        with self._log.open(encoding="utf-8", errors="replace") as lines:
            return list(parse(lines))


def parse(lines: Iterable[str]) -> Iterator[Call]:
    """Read a log of ``strace -f -y``; a call that others interrupt is put together again."""
    counts: Counter[tuple[int, str]] = Counter()
    begun: dict[int, str] = {}
    for line in lines:
        found = _LINE.match(line.rstrip("\n"))
        if found is None:
            continue
        pid, name, rest = int(found[1]), found[2], found[3]
        if "<unfinished" in rest:
            begun[pid] = rest.removesuffix(_UNFINISHED)
            continue
        words, _, result = (begun.pop(pid, "") + rest).rpartition(" = ")
        counts[pid, name] += 1
        yield Call(pid, name, counts[pid, name], words.rstrip().removesuffix(")"), result)


def _bytes(text: str) -> bytes:
    return bytes.fromhex(text.replace("\\x", ""))
