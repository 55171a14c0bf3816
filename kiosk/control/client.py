"""The command's end of the control socket."""

import contextlib
import socket
import struct
from pathlib import Path

from kiosk.control.address import RUNTIME_DIR, reachable, socket_paths, state_key
from kiosk.control.protocol import (
    LINE_LIMIT,
    LONGEST_WAIT_S,
    Drop,
    Envelope,
    Facts,
    Halt,
    Look,
    Ping,
    Press,
    Request,
    Resend,
    Resume,
    ScanOf,
    Status,
    Submit,
    Wait,
    decode_reply,
    encode_request,
)
from kiosk.errors import MachineError, NoDaemonError

_PATIENCE_S = 30.0  # a busy lane answers within milliseconds; a full card may take seconds
_EXAMINE_S = 120.0  # a picture waits its turn, is examined, and goes to the disk
_QUEUE_S = 30  # until the daemon accepts; a whole number for the kernel
_TIMEVAL = struct.Struct("@ll")  # struct timeval: seconds, microseconds
_CHUNK = 64 * 1024


class ControlClient:
    """Asks the daemon that listens at ``socket_path``; one connection for each question.

    Every method raises NoDaemonError where none answers, MachineError where the socket may not
    be used or the daemon hangs, and whatever error of ours the daemon replies with.
    """

    def __init__(
        self, socket_path: Path, state_dir: Path, *, patience_s: float = _PATIENCE_S
    ) -> None:
        self._path = socket_path
        self._patience_s = patience_s
        self._state_key = state_key(state_dir)

    @classmethod
    def find(
        cls, lane: str, state_dir: Path, runtime_dir: Path = RUNTIME_DIR
    ) -> "ControlClient | None":
        """Find the daemon of this state directory; None where none runs. Raises MachineError."""
        for path in socket_paths(lane, state_dir, runtime_dir):
            client = cls(path, state_dir)
            try:
                client.ping()
            except NoDaemonError:
                continue
            return client
        return None

    def ping(self) -> None:
        """Make sure that the daemon is there and serves this state directory."""
        self._ask(Ping())

    def status(self) -> Facts:
        """Tell how the lane is."""
        return self._ask(Status())

    def trigger(self, source: str) -> Facts:
        """Press the lane's button."""
        return self._ask(Press(source))

    def scan_of(self, press: int, timeout_s: float) -> Facts:
        """Wait for the scan that a press led to, `LONGEST_WAIT_S` at most."""
        return self._ask(ScanOf(press, timeout_s), LONGEST_WAIT_S)

    def submit(self, data: bytes, file_name: str, *, hurry: bool, pay_again: bool) -> Facts:
        """Send a picture through the whole way."""
        return self._ask(Submit(data, file_name, hurry, pay_again), _EXAMINE_S)

    def wait(self, submission_id: int, timeout_s: float) -> Facts:
        """Wait for a submission's answer, `LONGEST_WAIT_S` at most."""
        return self._ask(Wait(submission_id, timeout_s), LONGEST_WAIT_S)

    def submission(self, submission_id: int) -> Facts:
        """Tell how a submission stands."""
        return self._ask(Look(submission_id))

    def resend(self, submission_id: int, who: str) -> Facts:
        """Queue a submission again; ``who`` stays here: the daemon asks the kernel."""
        return self._ask(Resend(submission_id))

    def drop(self, submission_id: int, who: str) -> Facts:
        """Give up a submission; ``who`` stays here: the daemon asks the kernel."""
        return self._ask(Drop(submission_id))

    def pause(self, why: str, who: str) -> Facts:
        """Pause the queue; ``who`` stays here: the daemon asks the kernel."""
        return self._ask(Halt(why))

    def resume(self, who: str) -> Facts:
        """Let a paused queue go on; ``who`` stays here: the daemon asks the kernel."""
        return self._ask(Resume())

    def _ask(self, request: Request, extra_s: float = 0.0) -> Facts:
        line = encode_request(Envelope(self._state_key, request))
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            self._connect(connection)
            connection.settimeout(self._patience_s + extra_s)
            try:
                reply = _exchange(connection, line)
            except TimeoutError:
                raise MachineError(
                    f"the daemon at {self._path} does not answer: see its log, or restart it"
                ) from None
        return decode_reply(reply)

    def _connect(self, connection: socket.socket) -> None:
        # Where many wait to be accepted a socket with a time-out of Python's fails at once, for
        # it does not block; one with the kernel's time-out waits its turn.
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, _TIMEVAL.pack(_QUEUE_S, 0))
        try:
            with reachable(self._path) as address:
                connection.connect(address)
        except PermissionError:
            raise MachineError(
                f"you may not use {self._path}: you must be in group vin-kiosk "
                "(`sudo adduser $USER vin-kiosk`, then log in again)"
            ) from None
        except (FileNotFoundError, NotADirectoryError, ConnectionRefusedError):
            raise NoDaemonError(f"no daemon answers at {self._path}") from None
        except BlockingIOError:
            raise MachineError(f"the daemon at {self._path} is too busy: try again") from None
        except OSError as error:
            raise MachineError(f"cannot use {self._path}: {error.strerror}") from error


def _exchange(connection: socket.socket, line: bytes) -> bytes:
    """Send the question and read the reply, which ends where the daemon closes."""
    reply = bytearray()
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        connection.sendall(line)  # refused half-way: the reply says why
    with contextlib.suppress(ConnectionResetError):
        while len(reply) < LINE_LIMIT and (chunk := connection.recv(_CHUNK)):
            reply += chunk
    if not reply.endswith(b"\n"):
        raise NoDaemonError(
            "the daemon went away before it replied; `vin-kiosk queue list` tells what it saved"
        )
    return bytes(reply)
