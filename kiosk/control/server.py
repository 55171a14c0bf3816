"""The control socket's worker: listens, and gives every connection a thread of its own."""

import contextlib
import logging
import os
import socket
import stat
import threading
from pathlib import Path

from kiosk.clock import Clock
from kiosk.control.address import is_answered, reachable, state_key
from kiosk.control.conversation import Desk, converse
from kiosk.control.protocol import Control
from kiosk.errors import MachineError, StateLockedError
from kiosk.supervisor import Life

_log = logging.getLogger(__name__)
_MODE = 0o660
_AT_ONCE = 8
_BACKLOG = 16
_LOOK_S = 0.5
_GOODBYE_S = 10.0  # a command under way may still be answered when the lane stops


class _Seat:
    """A slot that is taken already, and given back once, by whom it was taken for."""

    def __init__(self, slots: threading.Semaphore) -> None:
        self._slots = slots
        self._taken = True

    def leave(self) -> None:
        if self._taken:
            self._taken = False
            self._slots.release()


class ControlServer:
    """Serves `Control` at ``path``; the socket is there from `listen` until `run` ends."""

    name = "control"

    def __init__(self, path: Path, control: Control, state_dir: Path, clock: Clock) -> None:
        self._path = path
        self._control = control
        self._state_dir = state_dir
        self._clock = clock
        self._listener: socket.socket | None = None
        self._inode = 0
        self._slots = threading.BoundedSemaphore(_AT_ONCE)
        self._open: dict[socket.socket, threading.Thread] = {}
        self._open_lock = threading.Lock()

    def listen(self) -> None:
        """Make the socket, once; raises StateLockedError, MachineError."""
        if self._listener is not None:
            return
        self._clear_stale()
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            os.fchmod(listener.fileno(), _MODE)  # Linux binds with this mode, so it is never wider
            with reachable(self._path) as address:
                listener.bind(address)
            self._path.chmod(_MODE)  # the umask may have narrowed it
            self._inode = self._path.stat().st_ino
            listener.listen(_BACKLOG)
        except OSError as error:
            listener.close()
            raise MachineError(f"cannot listen at {self._path}: {error.strerror}") from error
        listener.settimeout(_LOOK_S)
        self._listener = listener

    def run(self, life: Life) -> None:
        """Accept connections until stopped, then let those under way finish, and go."""
        self.listen()
        pictures = threading.BoundedSemaphore(1)
        desk = Desk(self._control, state_key(self._state_dir), self._clock, pictures)
        try:
            while not life.stopping.is_set():
                life.beat()
                if self._slots.acquire(timeout=_LOOK_S):
                    self._accept(desk, life)
        finally:
            self.close()
            self._say_goodbye(life)

    def close(self) -> None:
        """Stop listening and remove the socket, if it is still ours."""
        if self._listener is None:
            return
        with contextlib.suppress(OSError):  # gone already, or its directory is
            if self._path.lstat().st_ino == self._inode:
                self._path.unlink()
        self._listener.close()
        self._listener = None

    def _clear_stale(self) -> None:
        try:
            mode = self._path.lstat().st_mode
        except OSError:
            return  # nothing there, or bind will say what is wrong
        if not stat.S_ISSOCK(mode):
            raise MachineError(f"{self._path} is in the way: it is no socket")
        if is_answered(self._path):
            raise StateLockedError(f"another daemon already answers at {self._path}")
        with contextlib.suppress(OSError):  # bind will say what is wrong
            self._path.unlink()

    def _accept(self, desk: Desk, life: Life) -> None:
        assert self._listener is not None
        try:
            connection, _ = self._listener.accept()
        except OSError as error:
            self._slots.release()
            if not isinstance(error, TimeoutError):  # out of file descriptors, say
                _log.warning("a command could not be received: %s", error)
                life.wait(_LOOK_S)
            return
        thread = threading.Thread(
            target=self._serve, args=(connection, desk), name="control-peer", daemon=True
        )
        with self._open_lock:
            self._open[connection] = thread
        thread.start()

    def _serve(self, connection: socket.socket, desk: Desk) -> None:
        seat = _Seat(self._slots)
        try:
            converse(connection, desk, seat.leave)
        finally:
            with self._open_lock:
                del self._open[connection]
            connection.close()
            seat.leave()

    def _say_goodbye(self, life: Life) -> None:
        """Cut those off who still have not asked; wait, bounded, for those being answered."""
        life.lease(_GOODBYE_S)
        with self._open_lock:
            still_open = dict(self._open)
            for connection in still_open:
                with contextlib.suppress(OSError):  # the peer was faster
                    connection.shutdown(socket.SHUT_RD)
        deadline = self._clock.monotonic() + _GOODBYE_S
        for thread in still_open.values():
            thread.join(max(0.0, deadline - self._clock.monotonic()))
