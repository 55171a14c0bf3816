"""A command that runs an uploader of its own, and how its waiting ends."""

import threading

import pytest

from kiosk.clock import SystemClock
from kiosk.control.alone import Alone
from kiosk.errors import LedgerError, OutcomeError
from kiosk.supervisor import Supervisor


class Door:
    """Tells of one submission; ``asked`` is set when somebody waits for it."""

    def __init__(self):
        self.asked = threading.Event()
        self.facts = {"id": 7, "pending": True, "state": "queued"}

    def submit(self, data, file_name, *, hurry, pay_again):
        return self.facts

    def submission(self, submission_id):
        return self.facts

    def wait(self, submission_id, timeout_s):
        self.asked.set()
        return self.facts


class Sender:
    """An uploader; the test says what it does once somebody waits."""

    name = "uploader"

    def __init__(self, door, then):
        self.door = door
        self.then = then

    def run(self, life):
        while not self.door.asked.is_set():
            life.wait(0.01)
        self.then(life)


def alone(door, workers, stop_asked=lambda: False):
    return Alone(door, workers, SystemClock(), stop_asked)


def wait_as_a_command_does(lane):
    while lane.wait(7, 0.05)["pending"]:
        pass


def test_an_uploader_that_dies_is_not_waited_for():
    def die(life):
        raise LedgerError("the disk is gone")

    door = Door()
    with Supervisor([Sender(door, die)], SystemClock()) as supervisor:
        lane = alone(door, supervisor)
        with pytest.raises(LedgerError, match="the disk is gone"):
            wait_as_a_command_does(lane)


def test_a_signal_ends_the_wait_with_what_the_uploader_came_to():
    door = Door()
    signals = iter([False, True])

    def answer_while_stopping(life):
        life.stopping.wait(10)
        door.facts = {"id": 7, "pending": False, "state": "recognized"}

    with Supervisor([Sender(door, answer_while_stopping)], SystemClock()) as supervisor:
        facts = alone(door, supervisor, lambda: next(signals)).wait(7, 60)
    assert facts["state"] == "recognized"


def test_what_is_still_queued_after_a_signal_is_not_waited_for():
    door = Door()
    door.asked.set()
    with Supervisor([Sender(door, lambda life: life.stopping.wait(10))], SystemClock()) as workers:
        facts = alone(door, workers, lambda: True).wait(7, 60)
    assert facts == {"id": 7, "pending": False, "state": "queued"}


def test_after_a_signal_no_further_picture_is_looked_at():
    class NotToBeStopped:
        def stop(self):
            pytest.fail("nothing was sent")

    with pytest.raises(OutcomeError, match="not looked at"):
        alone(Door(), NotToBeStopped(), lambda: True).submit(
            b"x", "a.jpg", hurry=True, pay_again=False
        )


def test_a_wait_ends_at_its_time_out():
    door = Door()
    with Supervisor([Sender(door, lambda life: life.stopping.wait(10))], SystemClock()) as workers:
        assert alone(door, workers).wait(7, 0.0)["pending"]
