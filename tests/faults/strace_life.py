"""Lives of a lane's ledger and uploader in processes of their own, to be traced from outside.

A life is forked from a process that has imported everything (this file, run as a program), so that
its first system call is the lane's. It tells over a socket what it does, and waits to be told to go
on: nobody knows its number before, and no call is missed.
"""

import contextlib
import importlib
import json
import os
import socket
import subprocess
import sys
import traceback
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Self

_OWN_FAULT, _NO_EXIT = 1, 0


class Life:
    """A life's end of the line, as the harness holds it. A context manager."""

    def __init__(self, nursery: "Nursery", pid: int, line: socket.socket) -> None:
        self.pid = pid
        self._nursery = nursery
        self._line = line
        self._said = line.makefile("rb")

    def go_on(self) -> None:
        """Let it go on."""
        with contextlib.suppress(OSError):
            self._line.sendall(b"\n")

    def hears(self) -> list[object] | None:
        """Return the next thing that it says; None once it has ended."""
        line = self._said.readline()
        return json.loads(line) if line.endswith(b"\n") else None

    def end(self) -> int:
        """Wait for its end; return the exit code (minus the signal that ended it)."""
        with contextlib.suppress(OSError):
            self._said.read()
        self._said.close()
        self._line.close()
        return self._nursery.ended()


class Nursery:
    """Where lives begin, one at a time. A context manager."""

    def __init__(self, folder: Path) -> None:
        here = Path(__file__).parent
        folder.mkdir(parents=True, exist_ok=True)
        self._log = folder / "log"
        self._listener = socket.socket(socket.AF_UNIX)
        self._meet = folder / "meet"
        self._listener.bind(str(self._meet))
        self._listener.listen()
        paths = [str(here), str(here.parents[1])]
        path = os.pathsep.join([*paths, *os.environ.get("PYTHONPATH", "").split(os.pathsep)])
        plain = {name: value for name, value in os.environ.items() if "COVERAGE" not in name}
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, __file__, str(self._meet)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                env=plain | {"PYTHONPATH": path},
            )

    def begin(self, life: str, mutant: str | None = None, **facts: object) -> Life:
        """Begin a life by name; it waits before its first step until it is told to go on."""
        wish = {"life": life, "mutant": mutant, **facts}
        self._process.stdin.write(json.dumps(wish).encode() + b"\n")
        self._process.stdin.flush()
        line, _ = self._listener.accept()
        begun = Life(self, 0, line)
        begun.pid = int(str(begun.hears()[0]))
        return begun

    def ended(self) -> int:
        """Wait for the end of the one that lives; return its exit code."""
        return int(self._process.stdout.readline())

    def last_words(self) -> str:
        """Return what the lives wrote when the last of them died of something."""
        return self._log.read_text("utf-8", "replace").strip().rpartition("\n")[2]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()
        self._listener.close()


class Told:
    """The same line's other end: what a life says, and waits for."""

    def __init__(self, meet: str) -> None:
        self._line = socket.socket(socket.AF_UNIX)
        self._line.connect(meet)

    def say(self, *words: object) -> None:
        """Say something that cannot be taken back."""
        os.write(self._line.fileno(), json.dumps(words).encode() + b"\n")

    def wait(self) -> None:
        """Wait to be told to go on."""
        os.read(self._line.fileno(), 1)


def _serve(meet: str, lives: Mapping[str, Callable[..., None]]) -> None:
    for line in sys.stdin.buffer:
        wish = json.loads(line)
        child = os.fork()
        if not child:
            _live(meet, lives, wish)
        os.write(1, b"%d\n" % os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))


def _live(meet: str, lives: Mapping[str, Callable[..., None]], wish: dict[str, object]) -> None:
    code = _OWN_FAULT
    try:
        told = Told(meet)
        if mutant := wish.pop("mutant"):
            importlib.import_module("mutants").MUTANTS[str(mutant)](setattr)
        told.say(os.getpid())
        told.wait()
        lives[str(wish.pop("life"))](told, **wish)
        code = _NO_EXIT
    except BaseException as error:  # noqa: BLE001 - it is the end of this process
        code = getattr(error, "exit_code", _OWN_FAULT)
        traceback.print_exc()
    finally:
        os._exit(code)


def main(arguments: Sequence[str]) -> None:
    """Serve wishes until nobody has any."""
    lives = importlib.import_module("strace_lives").LIVES
    importlib.import_module("mutants")
    _serve(arguments[0], lives)


if __name__ == "__main__":
    main(sys.argv[1:])
