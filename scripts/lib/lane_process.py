"""The daemon of one lane as a process: started as systemd does it, listened to, and pressed."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

_PATIENCE_S = 60.0
_DATAGRAM = 4096


class BenchError(Exception):
    """The lane did not do what a measurement needs; the text holds its last words."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the daemon's log and when it came (monotonic s)."""

    at: float
    text: str


class Notified:
    """The socket that systemd would give to a daemon (sd_notify); hears it from bind to close."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._ready_at: float | None = None
        self._heard = threading.Event()
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(path))
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def ready_at(self, timeout_s: float) -> float | None:
        """Wait for READY=1 (or `give_up`); return when it came (monotonic s), or None."""
        self._heard.wait(timeout_s)
        return self._ready_at

    def give_up(self) -> None:
        """Let nobody wait any longer: the daemon has ended."""
        self._heard.set()

    def close(self) -> None:
        """Hear no more, and clear the socket away."""
        self._socket.shutdown(socket.SHUT_RD)
        self._thread.join()
        self._socket.close()
        self.path.unlink()

    def _listen(self) -> None:
        while said := self._socket.recv(_DATAGRAM):
            if self._ready_at is None and b"READY=1" in said.splitlines():
                self._ready_at = time.monotonic()
                self._heard.set()


class LaneProcess:
    """One ``vin-kiosk run``. A context manager; leaving it stops the daemon (SIGTERM).

    ``under`` is a command that runs it as the very process it was started as, such as `strace -D`.
    """

    def __init__(self, config: Path, folder: Path, under: Sequence[str] = ()) -> None:
        self._config = config
        self._folder = folder
        self._under = under
        self._lines: list[Line] = []
        self._said = threading.Condition()
        self._process: subprocess.Popen[str]
        self.ready_after_s = 0.0

    def __enter__(self) -> Self:
        self._notified = Notified(self._folder / "notify")
        begun = time.monotonic()
        self._process = subprocess.Popen(
            [*self._under, sys.executable, "-m", "kiosk", "run", "-c", str(self._config)],
            stderr=subprocess.PIPE,
            text=True,
            env=os.environ | {"NOTIFY_SOCKET": str(self._notified.path)},
        )
        self._reader = threading.Thread(target=self._listen, daemon=True)
        self._reader.start()
        ready_at = self._notified.ready_at(_PATIENCE_S)
        if ready_at is None:
            self.__exit__()
            raise BenchError(f"the lane did not become ready; {self._last_words()}")
        self.ready_after_s = ready_at - begun
        return self

    def __exit__(self, *_: object) -> None:
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(_PATIENCE_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._reader.join()
        assert self._process.stderr is not None
        self._process.stderr.close()
        self._notified.close()

    @property
    def pid(self) -> int:
        """The daemon's process number."""
        return self._process.pid

    def mark(self) -> int:
        """Return a place in the log, to wait beyond it."""
        with self._said:
            return len(self._lines)

    def line_after(self, mark: int, pattern: str) -> Line:
        """Wait for a line of the log; raises BenchError where it does not come."""

        def found() -> Line | None:
            return next(
                (line for line in self._lines[mark:] if re.search(pattern, line.text)), None
            )

        with self._said:
            line = self._said.wait_for(found, _PATIENCE_S)
        if line is None:
            raise BenchError(f"the lane never said {pattern!r}; {self._last_words()}")
        return line

    def press(self) -> str:
        """Trigger a scan as ``vin-kiosk trigger`` does; return its outcome."""
        command = [sys.executable, "-m", "kiosk", "trigger", "--wait", "--json"]
        command += ["-c", str(self._config)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        try:
            facts: dict[str, Any] = json.loads(done.stdout)
        except ValueError as error:
            raise BenchError(f"vin-kiosk trigger failed: {done.stderr}") from error
        return str(facts["outcome"])

    def _last_words(self) -> str:
        return "its last words:\n" + "\n".join(line.text for line in self._lines[-8:])

    def _listen(self) -> None:
        assert self._process.stderr is not None
        for text in self._process.stderr:
            with self._said:
                self._lines.append(Line(time.monotonic(), text.rstrip()))
                self._said.notify_all()
        self._notified.give_up()
