"""What goes over the control socket: one JSON object a line, one question and one reply.

A question carries the state directory it is meant for, so that two lanes of the same name never
answer for each other. Whatever the bytes are, decoding ends in a value or in a `UsageError`.
"""

import base64
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Protocol, cast, get_type_hints

from kiosk.errors import (
    KioskError,
    LedgerError,
    LedgerFullError,
    MachineError,
    NoDaemonError,
    OutcomeError,
    PictureError,
    StateLockedError,
    TransitionError,
    UsageError,
)

Facts = dict[str, object]
"""Facts for a person or a program; every value is plain JSON."""

LINE_LIMIT = 48 * 1024 * 1024
"""Bytes in one line: a picture of up to `PICTURE_LIMIT` bytes travels in base64."""

PICTURE_LIMIT = (LINE_LIMIT - 8192) // 4 * 3
LONGEST_WAIT_S = 30.0
"""Seconds that one question may wait for an answer; who wants to wait longer asks again."""

_LARGEST_ID = 2**63 - 1  # SQLite's integer
_TEXT_LIMIT = 4096


@dataclass(frozen=True, slots=True)
class Ping:
    """Make sure that the daemon of this state directory is there."""


@dataclass(frozen=True, slots=True)
class Status:
    """Tell how the lane is."""


@dataclass(frozen=True, slots=True)
class Press:
    """Press the lane's button."""

    source: str


@dataclass(frozen=True, slots=True)
class ScanOf:
    """Wait for the scan that a press led to; ``press`` is the number that the press was given."""

    press: int
    timeout_s: float


@dataclass(frozen=True, slots=True)
class Submit:
    """Send a picture's bytes through the whole way."""

    data: bytes
    file_name: str
    hurry: bool
    pay_again: bool


@dataclass(frozen=True, slots=True)
class Wait:
    """Wait until a submission is no longer on its way to the service."""

    id: int
    timeout_s: float


@dataclass(frozen=True, slots=True)
class Look:
    """Tell where a submission stands."""

    id: int


@dataclass(frozen=True, slots=True)
class Resend:
    """Send again what is in doubt or was rejected."""

    id: int


@dataclass(frozen=True, slots=True)
class Drop:
    """Give up what waits, is in doubt or was rejected."""

    id: int


@dataclass(frozen=True, slots=True)
class Halt:
    """Pause the queue, by a person's wish."""

    why: str


@dataclass(frozen=True, slots=True)
class Resume:
    """Let a paused queue go on."""


Request = Ping | Status | Press | ScanOf | Submit | Wait | Look | Resend | Drop | Halt | Resume

_VERBS: dict[str, type[Request]] = {
    "ping": Ping,
    "status": Status,
    "trigger": Press,
    "scan_of": ScanOf,
    "submit": Submit,
    "wait": Wait,
    "submission": Look,
    "resend": Resend,
    "drop": Drop,
    "pause": Halt,
    "resume": Resume,
}
_NAMES = {kind: verb for verb, kind in _VERBS.items()}


class Sending(Protocol):
    """What sends pictures: a daemon, or a command that runs an uploader of its own."""

    def submit(self, data: bytes, file_name: str, *, hurry: bool, pay_again: bool) -> Facts:
        """Examine a picture and queue its crop; raises PictureError, LedgerError."""

    def wait(self, submission_id: int, timeout_s: float) -> Facts:
        """Wait for a submission's answer; returns how it stands then, answered or not."""


class Control(Sending, Protocol):
    """What can be asked of a lane, in the daemon's process or through its socket."""

    def status(self) -> Facts:
        """Tell how the lane is: the queue, and what only the daemon knows."""

    def trigger(self, source: str) -> Facts:
        """Press the button: ``outcome`` (accepted, busy), ``press`` its number for `scan_of`."""

    def scan_of(self, press: int, timeout_s: float) -> Facts:
        """Wait for the scan that a press led to.

        ``scan`` holds it, or ``refused`` says why it could not be saved; None both at the time-out.
        """

    def submission(self, submission_id: int) -> Facts:
        """Tell how a submission stands; raises UsageError where there is none."""

    def resend(self, submission_id: int, who: str) -> Facts:
        """Queue again what is in doubt or rejected; raises TransitionError."""

    def drop(self, submission_id: int, who: str) -> Facts:
        """Give up a submission; raises TransitionError."""

    def pause(self, why: str, who: str) -> Facts:
        """Stop the queue by a person's wish; ``pauses`` lists all that it then waits for."""

    def resume(self, who: str) -> Facts:
        """Let a paused queue go on; ``pauses`` lists what it was paused for."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """A question and the state directory it is meant for."""

    state_dir: str
    request: Request


_ERRORS: dict[str, type[KioskError]] = {
    kind.__name__: kind
    for kind in (
        KioskError,
        UsageError,
        PictureError,
        OutcomeError,
        StateLockedError,
        NoDaemonError,
        MachineError,
        LedgerError,
        LedgerFullError,
        TransitionError,
    )
}


def encode_request(envelope: Envelope) -> bytes:
    """Write a question as one line, newline included."""
    request = envelope.request
    wire: Facts = {"verb": _NAMES[type(request)], "state_dir": envelope.state_dir}
    for field in fields(request):
        value = getattr(request, field.name)
        wire[field.name] = base64.b64encode(value).decode() if isinstance(value, bytes) else value
    return _line(wire)


def decode_request(line: bytes) -> Envelope:
    """Read a question; raises UsageError for anything that is not exactly one."""
    wire = _object(line)
    verb = _text(wire.get("verb"))
    kind = _VERBS.get(verb)
    if kind is None:
        raise UsageError("the daemon does not know this command: are both of the same version?")
    hints = get_type_hints(kind)
    values: Facts = {}
    for field in fields(kind):
        try:
            values[field.name] = _READERS[hints[field.name]](wire.get(field.name))
        except ValueError as error:
            raise UsageError(f"{verb}: {field.name}: {error}") from None
    return Envelope(_text(wire.get("state_dir")), cast("Callable[..., Request]", kind)(**values))


def encode_facts(facts: Facts) -> bytes:
    """Write a reply as one line."""
    return _line({"ok": facts})


def encode_error(error: KioskError) -> bytes:
    """Write an error as one line: the nearest class of ours, and its message."""
    name = next(kind.__name__ for kind in type(error).__mro__ if kind.__name__ in _ERRORS)
    return _line({"error": name, "message": str(error)})


def decode_reply(line: bytes) -> Facts:
    """Read a reply; raises the error it carries, and UsageError where it is no reply."""
    wire = _object(line)
    if "error" in wire:
        raise _ERRORS.get(_text(wire["error"]), KioskError)(_text(wire.get("message")))
    facts = wire.get("ok")
    if not isinstance(facts, dict):
        raise UsageError("the daemon's reply makes no sense: are both of the same version?")
    return facts


def _line(wire: Facts) -> bytes:
    return json.dumps(wire, separators=(",", ":"), allow_nan=False).encode("ascii") + b"\n"


def _object(line: bytes) -> Facts:
    try:
        wire = json.loads(line)
    except (ValueError, RecursionError):  # ValueError: no UTF-8, no JSON, an endless number
        raise UsageError("this is not one JSON object on one line") from None
    if not isinstance(wire, dict):
        raise UsageError("this is not one JSON object on one line")
    return wire


def _text(value: object) -> str:
    if not isinstance(value, str) or len(value) > _TEXT_LIMIT:
        raise UsageError(f"a text of at most {_TEXT_LIMIT} characters is missing")
    return value


def _whole(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= _LARGEST_ID:
        raise ValueError("must be a whole number, and not negative")
    return value


def _seconds(value: object) -> float:
    if isinstance(value, int | float) and not isinstance(value, bool) and value >= 0:
        return float(min(value, LONGEST_WAIT_S))  # an infinity is as good as any long time
    raise ValueError("must be a number of seconds, and not negative")


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise ValueError("must be true or false")  # noqa: TRY004 - one kind of error for the caller
    return value


def _bytes(value: object) -> bytes:
    if not isinstance(value, str):
        raise ValueError("must be base64")  # noqa: TRY004 - one kind of error for the caller
    return base64.b64decode(value, validate=True)


_READERS: Mapping[type, Callable[[object], object]] = {
    int: _whole,
    float: _seconds,
    bool: _flag,
    str: _text,
    bytes: _bytes,
}
