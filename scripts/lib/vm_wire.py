"""Lines of JSON over a Unix socket: how QEMU's monitor and the guest's agent are spoken to."""

import json
import socket
from collections import deque
from pathlib import Path
from typing import Any, Self

Facts = dict[str, Any]


class Refused(Exception):  # noqa: N818 - it says what the other side did
    """The other side answered with an error."""


class JsonLines:
    """A conversation: one object asked, one object answered; what comes between is kept.

    Raises TimeoutError where an answer does not come in time, ConnectionError where the other
    side is gone.
    """

    def __init__(self, path: Path, timeout_s: float) -> None:
        """Connect to the socket that listens at ``path``."""
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(timeout_s)
        self._socket.connect(str(path))
        self._pending = b""
        self._owed = 0  # answers that are still to come, those nobody waits for any more included
        self.events: deque[Facts] = deque(maxlen=1000)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the conversation."""
        self._socket.close()

    def ask(self, command: str, arguments: Facts | None = None, timeout_s: float = 30) -> Any:
        """Return what ``command`` gives back; raises Refused with the other side's words."""
        request = {"execute": command} | ({"arguments": arguments} if arguments else {})
        self._socket.settimeout(timeout_s)
        self._socket.sendall(json.dumps(request).encode() + b"\n")
        self._owed += 1
        while self._owed:
            said = self.listen(timeout_s)
            if "return" not in said and "error" not in said:
                self.events.append(said)
                continue
            self._owed -= 1
        if "return" in said:
            return said["return"]
        raise Refused(f"{command}: {said['error'].get('desc', said['error'])}")

    def listen(self, timeout_s: float) -> Facts:
        """Return the next object."""
        self._socket.settimeout(timeout_s)
        while b"\n" not in self._pending:
            data = self._socket.recv(65536)
            if not data:
                raise ConnectionError("the virtual machine ended")
            self._pending += data
        line, _, self._pending = self._pending.partition(b"\n")
        said: Facts = json.loads(line.lstrip(b"\xff"))  # an agent that woke marks a fresh start
        return said

    def wait_for(self, event: str, timeout_s: float) -> Facts:
        """Return the next event of that name, one that already came included."""
        while True:
            said = self.events.popleft() if self.events else self.listen(timeout_s)
            if said.get("event") == event:
                return said
