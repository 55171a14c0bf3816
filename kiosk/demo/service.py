"""The sandbox as a process of its own: started, killed, started again, asked for its books."""

import json
import os
import select
import subprocess
import sys
import time
from pathlib import Path
from typing import IO, Any, Self
from urllib.parse import urlsplit

import requests

from kiosk.errors import MachineError

_ASK_S = 5.0
_START_S = 60.0  # a small Pi under load takes ten


class SandboxProcess:
    """Runs ``vin-kiosk sandbox``; its journal survives a kill. A context manager.

    It ends when this process does, however that ends: a pipe is then closed.
    """

    def __init__(self, folder: Path, credits_left: int) -> None:
        self._journal = folder / "sandbox.journal"
        self._log = folder / "sandbox.log"
        self._credits = credits_left
        self._process: subprocess.Popen[bytes] | None = None
        self.url = ""

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    def start(self) -> None:
        """Start it; the second time at the same address. Raises MachineError."""
        address = urlsplit(self.url).netloc or "127.0.0.1:0"
        command = [sys.executable, "-m", "kiosk", "sandbox", "--listen", address]
        command += ["--journal", str(self._journal), "--credits", str(self._credits)]
        command += ["--until-eof"]
        with self._log.open("a", encoding="utf-8") as log:
            self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log
            )
        assert self._process.stdout is not None
        self.url = _first_line(self._process.stdout, _START_S)
        if not self.url:
            last_words = self._log.read_text("utf-8", "replace").strip()
            self.kill()
            raise MachineError(f"the sandbox did not start: {last_words or 'it said nothing'}")

    def kill(self) -> None:
        """Kill it as a power cut would (SIGKILL)."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            for pipe in (self._process.stdin, self._process.stdout):
                assert pipe is not None
                pipe.close()
            self._process = None

    def set_credits(self, credits_left: int) -> None:
        """Set what is left on the account."""
        self._credits = credits_left
        self._ask("POST", "/_sandbox/credits", {"credits": credits_left})

    def journal(self) -> dict[str, Any]:
        """Return its books: every request, and the credits left."""
        books: dict[str, Any] = self._ask("GET", "/_sandbox/journal", None)
        return books

    def _ask(self, method: str, path: str, body: dict[str, Any] | None) -> Any:
        base = "http://" + urlsplit(self.url).netloc
        with requests.Session() as session:
            session.trust_env = False
            reply = session.request(method, base + path, json=body, timeout=_ASK_S)
            reply.raise_for_status()
            return json.loads(reply.text)


def _first_line(pipe: IO[bytes], timeout_s: float) -> str:
    """Wait for a line at most so long; return it without its end, or "" where none came."""
    poll, heard = select.poll(), b""
    poll.register(pipe, select.POLLIN)
    end = time.monotonic() + timeout_s
    while b"\n" not in heard:
        left = end - time.monotonic()
        if left <= 0 or not poll.poll(left * 1000):
            return ""
        chunk = os.read(pipe.fileno(), 4096)
        if not chunk:
            return ""
        heard += chunk
    return heard.partition(b"\n")[0].decode("ascii", "replace").strip()
