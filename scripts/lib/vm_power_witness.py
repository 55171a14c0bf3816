"""What is known outside of a machine that may lose its power at any moment: every acknowledgement.

A picture counts as acknowledged when its number came back from ``submit``, or when its VIN stood on
the display. Whoever hears one sends the next picture, so that the lane is never idle.
"""

import base64
import contextlib
import random
import socket
import threading
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Self

from plain_labels import any_vin, label
from vm_guest import TrialFailed

from kiosk.station.glass import Glass

PORTS = ("load", "glass")
_CONNECT_S = 60.0
_AT_A_TIME = 2  # pictures that lie in the lane's folder at a time
_END_S = 10.0


@dataclass(frozen=True, slots=True)
class Heard:
    """All that was told until the power went."""

    acknowledged: dict[int, str]  # the number of each submission called saved → its file's SHA-256
    shown: frozenset[str]  # the SHA-256 of each file whose VIN stood on the display
    arrived: frozenset[str]  # of each file that lay synced in the lane's folder
    unsynced: int  # lines written to the file that nobody syncs

    @property
    def count(self) -> int:
        """How many pictures were acknowledged."""
        return len({*self.acknowledged.values(), *self.shown})


class Witness:
    """Listens at the sockets ``load`` and ``glass`` in ``folder``, which QEMU connects to.

    A context manager; the machine is started inside it, and ``connected`` is called then.
    """

    def __init__(self, folder: Path, dice: random.Random, before: Heard | None = None) -> None:
        self._dice = dice
        self._changed = threading.Condition()
        self._acknowledged = dict(before.acknowledged) if before else {}
        self._shown = set(before.shown) if before else set()
        self._arrived = set(before.arrived) if before else set()
        self._unsynced = before.unsynced if before else 0
        self._files: dict[str, str] = {}  # by VIN: the SHA-256 of each picture sent here
        self._loading = False
        self._glass = Glass()
        self._looked_at = 0
        self._arriving: set[str] = set()  # the VINs of those that were put into the folder
        self._resources = contextlib.ExitStack()
        self._threads: list[threading.Thread] = []
        self._listeners = [self._listen(folder / name) for name in PORTS]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()
        self._resources.close()
        for thread in self._threads:
            thread.join(_END_S)

    def connected(self) -> None:
        """Take QEMU's connections: the load's port first, then the display's line."""
        self._load, glass = (listener.accept()[0] for listener in self._listeners)
        for line in (self._load, glass):
            line.settimeout(None)
            self._resources.callback(line.close)
            self._resources.callback(_shut, line)
        self._threads = [
            threading.Thread(target=self._hear_for_ever, daemon=True),
            threading.Thread(target=self._look_for_ever, args=(glass,), daemon=True),
        ]
        for thread in self._threads:
            thread.start()

    def begin(self) -> None:
        """Begin the load: one picture is submitted at a time, and some lie in the folder."""
        with self._changed:
            self._loading = True
            self._send("submit")
            for _ in range(_AT_A_TIME):
                self._send("arrive")

    def end(self) -> None:
        """Send no more."""
        with self._changed:
            self._loading = False

    def heard(self) -> Heard:
        """Tell all that was heard so far."""
        with self._changed:
            return self._heard()

    def wait(self, count: int, seconds: float) -> None:
        """Wait until ``count`` pictures are acknowledged; raises TrialFailed."""
        with self._changed:
            if not self._changed.wait_for(lambda: self._heard().count >= count, seconds):
                raise TrialFailed(
                    f"{self._heard().count} pictures acknowledged, not {count}, in {seconds:.0f} s;"
                    f" the display shows {self._glass.text!r}"
                )

    def wait_for_words(self, words: str, seconds: float) -> None:
        """Wait until ``words`` stand on the display; raises TrialFailed."""
        with self._changed:
            if not self._changed.wait_for(lambda: words in self._glass.text, seconds):
                raise TrialFailed(f"the display shows {self._glass.text!r}, not {words!r}")

    def linger(self, seconds: float) -> None:
        """Let the load go on for so long."""
        with self._changed:
            self._changed.wait_for(lambda: False, seconds)

    def over(self) -> Heard:
        """Hear what was still on its way when the power went, and tell all."""
        for thread in self._threads:
            thread.join(_END_S)
        return self.heard()

    def _heard(self) -> Heard:
        return Heard(
            dict(self._acknowledged),
            frozenset(self._shown),
            frozenset(self._arrived),
            self._unsynced,
        )

    def _listen(self, path: Path) -> socket.socket:
        path.unlink(missing_ok=True)
        listener = self._resources.enter_context(socket.socket(socket.AF_UNIX))
        listener.bind(str(path))
        listener.listen()
        listener.settimeout(_CONNECT_S)
        return listener

    def _send(self, how: str) -> None:
        vin = any_vin(self._dice)
        data = label(vin)
        self._files[vin] = sha256(data).hexdigest()
        if how == "arrive":
            self._arriving.add(vin)
        with contextlib.suppress(OSError):  # the power is gone
            self._load.sendall(f"{how} {base64.b64encode(data).decode()}\n".encode())

    def _hear(self, line: str) -> None:
        """Take a line of the load's."""
        word, *facts = line.split()
        if word == "saved":
            self._acknowledged[int(facts[0])] = facts[1]
            if self._loading:
                self._send("submit")
        elif word == "arrived":
            self._arrived.add(facts[0])
        elif word == "wrote":
            self._unsynced = int(facts[0])

    def _look(self) -> None:
        """Take what newly stood on the display."""
        history = self._glass.history
        for rows in history[self._looked_at :]:
            name = self._files.get(rows[0])
            if name is None or name in self._shown:
                continue
            self._shown.add(name)
            if self._loading and rows[0] in self._arriving:
                self._send("arrive")
        self._looked_at = len(history)

    def _hear_for_ever(self) -> None:
        pending = b""
        while data := _receive(self._load):
            *lines, pending = (pending + data).split(b"\n")
            with self._changed:
                for line in lines:
                    self._hear(line.decode())
                self._changed.notify_all()

    def _look_for_ever(self, glass: socket.socket) -> None:
        while data := _receive(glass):
            with self._changed:
                self._glass.feed(data)
                self._look()
                self._changed.notify_all()


def _receive(line: socket.socket) -> bytes:
    try:
        return line.recv(65536)
    except OSError:  # the power is gone
        return b""


def _shut(line: socket.socket) -> None:
    with contextlib.suppress(OSError):
        line.shutdown(socket.SHUT_RDWR)
