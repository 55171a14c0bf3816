"""No check hangs the doctor, and nothing that a machine does ends it."""

import threading
import time

import pytest

from kiosk.doctor.bounded import findings_of, within
from kiosk.doctor.finding import Check, Status, ok
from kiosk.errors import MachineError


def statuses(examine, bound_s=5.0):
    return [(one.status, one.found) for one in findings_of(Check("x", examine, None, bound_s))]


def test_what_hangs_is_left_alone_and_what_it_found_before_counts():
    let_go = threading.Event()

    def examine():
        yield ok("the first half")
        let_go.wait(30)

    began = time.monotonic()
    found = statuses(examine, 0.05)
    let_go.set()
    assert time.monotonic() - began < 5
    assert found == [
        (Status.OK, "the first half"),
        (Status.FAIL, "no end after 0.05 s: something of the machine hangs"),
    ]


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (MachineError("the glass is broken"), "the glass is broken"),
        (FileNotFoundError(2, "No such file", "/dev/x"), "/dev/x: No such file"),
        (OSError("no number"), "no number"),
        (TimeoutError("of its own"), "of its own"),
        (ImportError("libGL.so.1"), "a library cannot be loaded: libGL.so.1"),
    ],
)
def test_what_the_machine_does_becomes_a_fail_with_its_words(error, words):
    def examine():
        yield ok("before")
        raise error

    assert statuses(examine) == [(Status.OK, "before"), (Status.FAIL, words)]


def test_what_the_person_may_not_see_is_no_fault_of_the_machine():
    def examine():
        yield ok("before")
        raise PermissionError(13, "Permission denied", "/var/lib/vin-kiosk/lane1")

    assert statuses(examine)[1:] == [
        (Status.UNKNOWN, "you may not look at /var/lib/vin-kiosk/lane1")
    ]


def test_a_mistake_of_ours_is_not_told_as_the_machines():
    def examine():
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        statuses(examine)


def test_an_answer_in_time_is_given_back():
    assert within(lambda: 7, 5.0) == 7
    blocked = threading.Event()
    assert within(lambda: blocked.wait(30), 0.01) is None
    blocked.set()
