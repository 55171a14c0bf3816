"""A terminal for a command that runs in a thread of the test: what is asked is answered.

A command throws away what was typed before its question, so answers cannot lie ready.
"""

import io
import os
import pty
from collections.abc import Iterable, Iterator
from contextlib import contextmanager


class Keyboard(io.BufferedIOBase):
    """The command's end of a real pty; each line is typed when the command waits for one."""

    def __init__(self, slave: int, master: int, answers: Iterable[str]) -> None:
        self._slave, self._master = slave, master
        self._answers = iter(answers)

    def readable(self) -> bool:
        return True

    def isatty(self) -> bool:
        return os.isatty(self._slave)

    def fileno(self) -> int:
        return self._slave

    def type(self, line: str) -> None:
        os.write(self._master, line.encode())

    def read1(self, size: int = -1, /) -> bytes:
        answer = next(self._answers, None)
        self.type("\x04" if answer is None else answer)  # ^D: nobody is there any more
        return os.read(self._slave, max(size, 4096))

    def read(self, size: int | None = -1, /) -> bytes:
        return self.read1() if size else b""


@contextmanager
def keyboard(answers: str) -> Iterator[Keyboard]:
    """Open one that types the lines of ``answers``."""
    master, slave = pty.openpty()
    try:
        yield Keyboard(slave, master, answers.splitlines(keepends=True))
    finally:
        os.close(slave)
        os.close(master)
