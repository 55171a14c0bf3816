"""One command's visit to the control socket: read a line, do it, reply with a line, go."""

import logging
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import assert_never

from kiosk.clock import Clock
from kiosk.control.protocol import (
    LINE_LIMIT,
    Control,
    Drop,
    Facts,
    Halt,
    Look,
    Ping,
    Press,
    Resend,
    Resume,
    ScanOf,
    Status,
    Submit,
    Wait,
    decode_request,
    encode_error,
    encode_facts,
)
from kiosk.control.who import peer_of
from kiosk.errors import KioskError, NoDaemonError, OutcomeError, UsageError

_log = logging.getLogger(__name__)
_READ_S = 10.0  # from connecting to the end of the line: local bytes take milliseconds
_WRITE_S = 10.0
_CHUNK = 256 * 1024
_SMALL = 64 * 1024  # every question but a picture
_PICTURE_TURN_S = 30.0
_SLICE_S = 0.5  # a wait looks this often whether the asker is gone
_WAITERS = 64
_Prompt = Ping | Status | Press | Submit | Look | Resend | Drop | Halt | Resume  # answered at once


@dataclass(frozen=True, slots=True)
class Desk:
    """What all conversations of a server share."""

    control: Control
    state_dir: str
    clock: Clock
    pictures: threading.Semaphore
    """One picture is received and examined at a time: a Pi's memory is small."""
    waiters: threading.Semaphore = field(
        default_factory=lambda: threading.BoundedSemaphore(_WAITERS)
    )
    """How many may wait for something of the lane at once."""


def converse(connection: socket.socket, desk: Desk, leave_seat: Callable[[], None]) -> None:
    """Serve one connection to its end. Nothing a peer sends or fails to send gets out of here.

    ``leave_seat`` is called where the asker only waits from now on: others may be served.
    """
    with ExitStack() as turn:
        try:
            reply = encode_facts(_serve(connection, desk, turn, leave_seat))
        except KioskError as error:
            reply = encode_error(error)
        except ConnectionError:
            return
        except Exception:  # noqa: BLE001 - a person's command must not end the lane
            _log.exception("a command failed for a reason of ours; the lane goes on")
            reply = encode_error(KioskError("the daemon failed at this: see its log"))
    try:
        connection.settimeout(_WRITE_S)
        connection.sendall(reply)
    except OSError as error:
        _log.debug("a command went away before its reply: %s", error)


def _serve(
    connection: socket.socket, desk: Desk, turn: ExitStack, leave_seat: Callable[[], None]
) -> Facts:
    envelope = decode_request(_read_line(connection, desk, turn))
    if envelope.state_dir != desk.state_dir:
        raise NoDaemonError("the daemon that answers here serves another state directory")
    request = envelope.request
    if isinstance(request, Wait | ScanOf):
        with _waiting(desk, leave_seat):
            return _wait(request, connection, desk)
    return _answer(request, connection, desk)


def _read_line(connection: socket.socket, desk: Desk, turn: ExitStack) -> bytes:
    line = bytearray()
    deadline = desk.clock.monotonic() + _READ_S
    has_turn = False
    while True:
        connection.settimeout(max(0.001, deadline - desk.clock.monotonic()))
        try:
            chunk = connection.recv(_CHUNK)
        except TimeoutError:
            raise UsageError("no whole line came in time") from None
        line += chunk
        if b"\n" in chunk:
            return bytes(line[: line.index(b"\n", len(line) - len(chunk))])
        if not chunk:
            raise UsageError("the line is cut short")
        if len(line) > LINE_LIMIT:
            raise UsageError(f"a line may hold {LINE_LIMIT} bytes at most")
        if len(line) > _SMALL and not has_turn:
            turn.enter_context(_picture_turn(desk))
            has_turn = True
            deadline = desk.clock.monotonic() + _READ_S


@contextmanager
def _picture_turn(desk: Desk) -> Iterator[None]:
    if not desk.pictures.acquire(timeout=_PICTURE_TURN_S):
        raise OutcomeError("the daemon is busy with other pictures: try again")
    try:
        yield
    finally:
        desk.pictures.release()


@contextmanager
def _waiting(desk: Desk, leave_seat: Callable[[], None]) -> Iterator[None]:
    if not desk.waiters.acquire(blocking=False):
        raise OutcomeError("too many commands wait already: try again")
    try:
        leave_seat()
        yield
    finally:
        desk.waiters.release()


def _answer(request: _Prompt, connection: socket.socket, desk: Desk) -> Facts:
    control = desk.control
    match request:
        case Ping():
            facts: Facts = {}
        case Status():
            facts = control.status()
        case Press(source):
            facts = control.trigger(source)
        case Submit(data, file_name, hurry, pay_again):
            facts = control.submit(data, file_name, hurry=hurry, pay_again=pay_again)
        case Look(submission_id):
            facts = control.submission(submission_id)
        case Resend(submission_id):
            facts = control.resend(submission_id, peer_of(connection))
        case Drop(submission_id):
            facts = control.drop(submission_id, peer_of(connection))
        case Halt(why):
            facts = control.pause(why, peer_of(connection))
        case Resume():
            facts = control.resume(peer_of(connection))
        case _:
            assert_never(request)
    return facts


def _wait(request: Wait | ScanOf, connection: socket.socket, desk: Desk) -> Facts:
    """Wait in slices, so that neither a lost command nor a stop keeps a thread for long.

    A server that stops ends the receiving side, which looks like a command that is gone.
    """
    deadline = desk.clock.monotonic() + request.timeout_s
    while True:
        left = deadline - desk.clock.monotonic()
        patience = max(0.0, min(left, _SLICE_S))
        if isinstance(request, Wait):
            facts = desk.control.wait(request.id, patience)
            over = not facts["pending"]
        else:
            facts = desk.control.scan_of(request.press, patience)
            over = facts["scan"] is not None or facts["refused"] is not None
        if over or left <= _SLICE_S or _is_gone(connection):
            return facts


def _is_gone(connection: socket.socket) -> bool:
    connection.setblocking(False)
    try:
        return connection.recv(1, socket.MSG_PEEK) == b""
    except BlockingIOError:
        return False
    except OSError:
        return True
