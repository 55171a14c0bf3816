"""Runs one check within its bound: a device that hangs must not hang the doctor."""

import threading
from collections.abc import Callable, Iterable
from concurrent import futures
from typing import TypeVar

from kiosk.doctor.finding import Check, Finding, fail, unknown
from kiosk.errors import KioskError

_T = TypeVar("_T")


def findings_of(check: Check) -> list[Finding]:
    """Run a check to its end or to its bound; whatever the machine does becomes a finding."""
    found: list[Finding] = []  # shared with the thread: what a hanging check found still counts
    if within(lambda: _collect(check.examine, found), check.bound_s) is None:
        words = f"no end after {check.bound_s:g} s: something of the machine hangs"
        return [*found, fail(words, "sudo dmesg | tail -n 20")]
    return found


def within(ask: Callable[[], _T], seconds: float) -> _T | None:
    """Call ``ask`` on a thread of its own; None where it did not return in time.

    The thread is left behind then: a system call that hangs can be abandoned, not ended.
    """
    outcome: futures.Future[_T] = futures.Future()
    thread = threading.Thread(target=_into, args=(outcome, ask), name="doctor's look", daemon=True)
    thread.start()
    return outcome.result() if futures.wait({outcome}, seconds).done else None


def _into(outcome: "futures.Future[_T]", ask: Callable[[], _T]) -> None:
    try:
        outcome.set_result(ask())
    except BaseException as error:  # noqa: BLE001 - raised again on the thread that waits
        outcome.set_exception(error)


def _collect(examine: Callable[[], Iterable[Finding]], found: list[Finding]) -> bool:
    try:
        found.extend(examine())
    except KioskError as error:
        found.append(fail(str(error), "see what it says, then run the doctor again"))
    except ImportError as error:
        words = f"a library cannot be loaded: {error}"
        found.append(fail(words, "install vin-kiosk again (scripts/install)"))
    except PermissionError as error:
        words = f"you may not look at {error.filename or 'all of it'}"
        found.append(unknown(words, "sudo vin-kiosk doctor"))
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        words = f"{place}{error.strerror or error}"
        found.append(fail(words, "sudo dmesg | tail -n 20"))
    return True
