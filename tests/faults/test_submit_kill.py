"""A submitted picture over which the process dies: set aside, by whatever way it comes again."""

import os
import signal

import pytest
from folder_life import EMPTY, Eye, begun, picture
from ledger_life import clock, in_child

from kiosk.control.operations import Operations
from kiosk.errors import PictureError
from kiosk.ledger.ledger import Ledger
from kiosk.model import ScanOutcome

KILLER = picture(66)
REFUSED = 7
DIED = "the program died over it 2 times"


def crash(number):
    if number == 66:
        os.kill(os.getpid(), signal.SIGKILL)


def submit(state_dir, data, name="front.png"):
    """Submit one picture in a life of its own, as `vin-kiosk submit` without a daemon does."""
    with Ledger.open(state_dir, clock()) as ledger:
        operations = Operations(ledger, Eye(crash), clock(), upload_when="located")
        return operations.submit(data, name, hurry=False, pay_again=False)


def is_refused(state_dir, data=KILLER):
    """Submit it once more, in a child: where it is looked at again, that one dies."""

    def act():
        try:
            submit(state_dir, data)
        except PictureError as error:
            os._exit(REFUSED if DIED in str(error) else 1)

    return in_child(act) == REFUSED


def scans(state_dir):
    with Ledger.open(state_dir, clock()) as ledger:
        return [(scan.outcome, scan.file_name, scan.detail) for scan in reversed(ledger.scans())]


def test_a_picture_that_killed_the_process_twice_is_set_aside(tmp_path):
    for name in ("a.png", "b.png"):  # its name does not matter
        assert in_child(lambda name=name: submit(tmp_path, KILLER, name)) == -signal.SIGKILL
    assert [is_refused(tmp_path) for _ in range(3)] == [True] * 3
    assert submit(tmp_path, picture(1))["state"] == "queued"
    set_aside = (ScanOutcome.SET_ASIDE, "front.png", DIED)
    assert scans(tmp_path) == [set_aside] * 3 + [(ScanOutcome.VIN, "front.png", None)]


def test_two_deadly_pictures_of_one_name_are_counted_apart(tmp_path):
    other = picture(66, size=9)
    for data in (KILLER, other, KILLER, other):
        assert in_child(lambda data=data: submit(tmp_path, data)) == -signal.SIGKILL
    assert is_refused(tmp_path, KILLER)
    assert is_refused(tmp_path, other)


def test_a_folder_and_a_person_warn_each_other(tmp_path):
    it = begun(tmp_path)
    it.put("killer.png", KILLER)
    it.eye.before = crash
    assert in_child(lambda: it.run(5)) == -signal.SIGKILL
    assert in_child(lambda: submit(it.state, KILLER)) == -signal.SIGKILL
    assert in_child(lambda: it.run(10)) == 0
    assert it.scans() == [("killer.png", ScanOutcome.SET_ASIDE)]
    assert is_refused(it.state)


def test_what_a_person_set_aside_is_not_looked_at_by_the_folder(tmp_path):
    it = begun(tmp_path)
    for _ in range(2):
        assert in_child(lambda: submit(it.state, KILLER)) == -signal.SIGKILL
    assert is_refused(it.state)
    it.eye.before = crash
    it.put("killer.png", KILLER)
    assert in_child(lambda: it.run(10)) == 0
    assert [outcome for _, outcome in it.scans()] == [ScanOutcome.SET_ASIDE]


def test_a_look_that_ended_leaves_nothing_behind(tmp_path):
    """However it ended, and however often: only a death counts."""
    for _ in range(4):
        assert submit(tmp_path, picture(EMPTY))["reason"] == "no VIN barcode found"
        with pytest.raises(PictureError, match="Not a picture"):
            submit(tmp_path, b"no picture")
    submit(tmp_path, picture(1))
    with Ledger.open(tmp_path, clock()) as ledger, ledger._database.reading() as connection:
        assert connection.execute("SELECT COUNT(*) FROM files").fetchone()[0] == 0


def test_a_submitted_picture_leaves_a_folder_file_of_its_name_alone(tmp_path):
    it = begun(tmp_path)
    it.put("front.png", picture(2))
    it.run(5)
    submit(it.state, picture(3), "front.png")
    with pytest.raises(PictureError):
        submit(it.state, b"no picture", "front.png")
    with Ledger.open(it.state, clock()) as ledger:
        assert [known.stamp.name for known in ledger.files.all()] == ["front.png"]
