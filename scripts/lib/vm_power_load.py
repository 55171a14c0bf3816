"""The load inside the machine whose power is cut: does what is asked over a port, and tells it.

Lines in: ``submit BASE64`` and ``arrive BASE64``. Lines out: ``saved ID SHA256`` once the lane has
called a submitted picture saved, ``arrived SHA256`` once one lies synced in the lane's folder, and
``wrote COUNT`` after each line added to a file that nobody syncs: a cut that spares that one was
none.
"""

import base64
import os
import queue
import threading
from hashlib import sha256
from pathlib import Path

import click

from kiosk.control.client import ControlClient


class Load:
    """Works for one lane until the power goes."""

    def __init__(self, port: Path, client: ControlClient, inbox: Path, unsynced: Path) -> None:
        self._port = port.open("r+b", buffering=0)
        self._client = client
        self._inbox = inbox
        self._unsynced = unsynced
        self._written = 0
        self._telling = threading.Lock()
        self._to_submit: queue.SimpleQueue[bytes] = queue.SimpleQueue()

    def run(self) -> None:
        """Do line after line; the lane's answers to what is submitted are waited for beside it."""
        threading.Thread(target=self._submit_for_ever, daemon=True).start()
        self._tell("here")
        pending = b""
        while data := self._port.read(65536):
            *lines, pending = (pending + data).split(b"\n")
            for line in lines:
                self.take(line)

    def take(self, line: bytes) -> None:
        """Put a picture into the folder, or among those to submit."""
        word, _, picture = line.partition(b" ")
        if word == b"submit":
            self._to_submit.put(base64.b64decode(picture))
        else:
            self._arrive(base64.b64decode(picture))

    def submit_next(self) -> None:
        """Submit a picture, once there is one."""
        data = self._to_submit.get()
        facts = self._client.submit(data, "car.png", hurry=False, pay_again=False)
        self._tell(f"saved {facts['id']} {sha256(data).hexdigest()}")

    def close(self) -> None:
        """Let go of the port."""
        self._port.close()

    def _submit_for_ever(self) -> None:
        while True:
            self.submit_next()

    def _arrive(self, data: bytes) -> None:
        """Move a picture into the lane's folder, so that it is still there after a cut."""
        name = sha256(data).hexdigest()
        fresh = self._inbox / ".fresh"
        with fresh.open("wb") as file:
            file.write(data)
            os.fsync(file.fileno())
        fresh.rename(self._inbox / f"{name}.png")
        folder = os.open(self._inbox, os.O_RDONLY)
        os.fsync(folder)
        os.close(folder)
        self._tell(f"arrived {name}")

    def _tell(self, words: str) -> None:
        with self._telling:
            with self._unsynced.open("ab") as file:
                file.write(b"%d\n" % self._written)
            self._written += 1
            self._port.write(f"{words}\nwrote {self._written}\n".encode())


@click.command()
@click.argument("lane")
@click.argument("state", type=click.Path(path_type=Path))
@click.argument("inbox", type=click.Path(path_type=Path))
@click.argument("unsynced", type=click.Path(path_type=Path))
@click.argument("port", type=click.Path(path_type=Path))
def main(lane: str, state: Path, inbox: Path, unsynced: Path, port: Path) -> None:
    """Serve until killed."""
    client = ControlClient.find(lane, state)
    if client is None:
        raise SystemExit(f"no daemon of {lane}")
    Load(port, client, inbox, unsynced).run()


if __name__ == "__main__":
    main()
