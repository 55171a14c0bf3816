"""Between a life of the lane, which may die at any call, and who runs the service and counts."""

import json
import os
import signal
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

from kiosk.model.events import SCAN_ENDS
from kiosk.sandbox.books import Journal
from kiosk.sandbox.server import Sandbox

ACCOUNT = 2000
_DISK = {"execute", "executescript", "fsync", "fdatasync", "write", "ftruncate", "rename"}
_COUNTED = _DISK | {"unlink", "connect", "send", "recv", "close"}

Note = dict[str, Any]
ENDS = frozenset(kind.value for kind in SCAN_ENDS)
"""The words at a scan's end, as notes have them."""


class Service:
    """The sandbox at one address, which may be out of reach for a while; its books stay."""

    def __init__(self, folder: Path) -> None:
        self._journal = folder / "service.jsonl"
        self._port = 0
        self._sandbox: Sandbox | None = None

    @property
    def url(self) -> str:
        """The paid address; the service must have been open once."""
        return f"http://127.0.0.1:{self._port}/vinbarcode/v2"

    def open(self) -> None:
        """Come within reach."""
        self.close()
        self._sandbox = Sandbox(
            port=self._port, credits=ACCOUNT, journal_file=self._journal
        ).start()
        self._port = int(self._sandbox.origin.rpartition(":")[2])

    def close(self) -> None:
        """Go out of reach: connections are refused."""
        if self._sandbox is not None:
            self._sandbox.close()
            self._sandbox = None

    def lose_answers(self) -> None:
        """Take every picture from now on, charge it, and let its answer be lost."""
        self._present.set_faults({"reset_after_tail": 1.0})

    def set_credits(self, balance: int) -> None:
        """Empty the account, or fill it."""
        self._present.set_credits(balance)

    def journal(self) -> Journal:
        """Return the books."""
        return self._present.journal()

    def do(self, wish: Note) -> object:
        """Do what a life asks for, and answer it."""
        match wish["wish"]:
            case "open":
                self.open()
            case "close":
                self.close()
            case "lose":
                self.lose_answers()
            case "credits":
                self.set_credits(wish["value"])
            case "requests":
                return len(self.journal().requests)
            case "url":
                return self.url
        return None

    @property
    def _present(self) -> Sandbox:
        assert self._sandbox is not None, "the service is out of reach"
        return self._sandbox


class Channel:
    """A life's end: wishes are answered, notes are not; both arrive in order, whatever happens."""

    def __init__(self, end: socket.socket) -> None:
        self._end = end
        self._answers = end.makefile("rb")

    def ask(self, wish: str, value: object = None) -> Any:
        """Wish something of the service."""
        self.note({"wish": wish, "value": value})
        return json.loads(self._answers.readline())

    def note(self, note: Note) -> None:
        """Leave a note."""
        self._end.sendall(json.dumps(note).encode() + b"\n")


def live_in_a_child(
    life: Callable[[Channel], None], service: Service, hear: Callable[[Note], None]
) -> tuple[int, list[Note]]:
    """Run a life in a process of its own; return how it ended, and the notes that it left.

    ``hear`` gets each note as it comes. The service is closed while the process is forked, so that
    it inherits neither threads nor sockets, and opened then.
    """
    service.close()
    ours, theirs = socket.socketpair()
    child = os.fork()
    if child == 0:
        ours.close()
        code = 1
        try:
            life(Channel(theirs))
            code = 0
        except BaseException:  # noqa: BLE001 - told, and the process ends
            sys.excepthook(*sys.exc_info())
        finally:
            os._exit(code)
    theirs.close()
    service.open()
    notes = []
    with ours, ours.makefile("rb") as lines:
        for line in lines:
            note = json.loads(line)
            if "wish" in note:
                ours.sendall(json.dumps(service.do(note)).encode() + b"\n")
            else:
                notes.append(note)
                hear(note)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), notes


def die_at_call(call: int) -> None:
    """Let this process kill itself as it enters the so many-th call that reaches the kernel.

    Counted are statements of the database, and calls of files and sockets, from now on.
    """
    passed = 0

    def count(_frame: FrameType, event: str, called: Any) -> None:
        nonlocal passed
        if event == "c_call" and called.__name__ in _COUNTED:
            passed += 1
            if passed == call:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.setprofile(count)
