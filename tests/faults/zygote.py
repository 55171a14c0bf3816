"""A process that has imported everything, and forks a lane at each wish: 0.3 s instead of 3.

What runs in the fork is `vin-kiosk` itself, from its command line on. Run as a program it reads
one wish a line on its input; ``Zygote`` is the harness's end, and ``Program`` does the same with
a real exec.
"""

import contextlib
import ctypes
import importlib
import json
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol, Self

import cv2
from mutants import MUTANTS

from kiosk.cli import main
from kiosk.vision.prefilter import Prefilter

_WARM = ("kiosk.arrivals", "kiosk.commands.run", "kiosk.commands.submit", "kiosk.daemon")
_PR_SET_PDEATHSIG = 1  # prctl(2)


class Lives(Protocol):
    """Something that begins lives of `vin-kiosk`: one at a time."""

    def begin(self, words: Sequence[str], log: Path, mutant: str | None = None) -> int:
        """Start ``vin-kiosk WORDS…``, its output going to ``log``; return its process id."""

    def end(self) -> int:
        """Wait for its end; return the exit code (minus the signal that ended it)."""


class Zygote:
    """Lives by fork. A context manager; whatever still lives ends with it.

    ``cwd`` is where they live, and leave their cores, of ``core_bytes`` at most.
    """

    def __init__(self, cwd: Path | None = None, core_bytes: int | None = None) -> None:
        here = str(Path(__file__).parent)
        path = os.pathsep.join([here, *os.environ.get("PYTHONPATH", "").split(os.pathsep)])
        plain = {name: value for name, value in os.environ.items() if "COVERAGE" not in name}
        self._process = subprocess.Popen(
            [sys.executable, str(Path(__file__).resolve())],
            cwd=cwd,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=plain | {"PYTHONPATH": path, "OPENBLAS_NUM_THREADS": "1"},
        )
        if core_bytes is not None:
            try:
                resource.prlimit(self._process.pid, resource.RLIMIT_CORE, (core_bytes, core_bytes))
            except OSError:
                self.__exit__()
                raise

    def begin(self, words: Sequence[str], log: Path, mutant: str | None = None) -> int:
        return self._ask({"words": list(words), "log": str(log), "mutant": mutant})

    def end(self) -> int:
        return self._ask({})

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()

    def _ask(self, wish: dict[str, object]) -> int:
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.write(json.dumps(wish).encode() + b"\n")
            self._process.stdin.flush()
        answer = self._process.stdout.readline()
        assert answer, "the zygote died"
        return int(answer)


class Program:
    """Lives by exec: each imports everything itself, as on a lane's machine."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None

    def begin(self, words: Sequence[str], log: Path, mutant: str | None = None) -> int:
        here = str(Path(__file__).parent)
        path = os.pathsep.join([here, *os.environ.get("PYTHONPATH", "").split(os.pathsep)])
        module = ["mutants", mutant, "--"] if mutant else ["kiosk"]
        with log.open("ab") as out:
            self._process = subprocess.Popen(
                [sys.executable, "-m", *module, *words],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                env=os.environ | {"PYTHONPATH": path},
            )
        return self._process.pid

    def end(self) -> int:
        process, self._process = self._process, None
        return process.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()


def _serve() -> dict[str, object] | None:
    """Fork at each wish; returns the wish in the fork, None in the zygote at the end."""
    child = 0
    for line in sys.stdin.buffer:
        wish = json.loads(line)
        if wish:
            child = os.fork()
            if not child:
                return wish
            _answer(child)
        else:
            _answer(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
    return None


def _answer(number: int) -> None:
    os.write(1, b"%d\n" % number)


def _become(wish: dict[str, object]) -> None:
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    log = os.open(str(wish["log"]), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for descriptor, number in ((nothing, 0), (log, 1), (log, 2)):
        os.dup2(descriptor, number)
    if wish["mutant"]:
        MUTANTS[str(wish["mutant"])](setattr)
    sys.argv = ["vin-kiosk", *wish["words"]]


if __name__ == "__main__":
    cv2.setNumThreads(0)  # a fork has no threads of a pool's, and would wait for them for ever
    for name in _WARM:
        importlib.import_module(name)
    Prefilter()  # draws its templates once for all lives
    if (wished := _serve()) is not None:
        _become(wished)
        main()
