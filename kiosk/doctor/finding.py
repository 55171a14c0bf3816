"""What a check says: how it stands, what was found, and what to do about it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum


class Status(StrEnum):
    """How a thing stands."""

    OK = "ok"
    WARN = "warn"  # the lane works, but not as well or not for as long as it could
    FAIL = "fail"  # the lane cannot work so
    UNKNOWN = "unknown"  # not to be told from here, or nothing to check


@dataclass(frozen=True, slots=True)
class Finding:
    """One line for the installer; ``do`` holds what to do, one command or step a line."""

    status: Status
    found: str
    do: str | None = None
    about: str | None = (
        None  # in place of the check's name, where one check looks at several things
    )


@dataclass(frozen=True, slots=True)
class Check:
    """Something to look at, for at most ``bound_s`` seconds.

    ``examine`` may raise OSError, ImportError and any KioskError: that becomes a FAIL, and what
    the person may not see becomes unknown.
    """

    name: str
    examine: Callable[[], Iterable[Finding]]
    lane: str | None = None
    bound_s: float = 10.0


def ok(found: str, *, about: str | None = None) -> Finding:
    """Say that all is well."""
    return Finding(Status.OK, found, None, about)


def warn(found: str, do: str, *, about: str | None = None) -> Finding:
    """Say what is less than well."""
    return Finding(Status.WARN, found, do, about)


def fail(found: str, do: str, *, about: str | None = None) -> Finding:
    """Say what is broken."""
    return Finding(Status.FAIL, found, do, about)


def unknown(found: str, do: str | None = None, *, about: str | None = None) -> Finding:
    """Say what cannot be told."""
    return Finding(Status.UNKNOWN, found, do, about)
