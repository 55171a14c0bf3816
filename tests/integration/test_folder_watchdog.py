"""A slow disk is no wedged lane: each long step of a folder's lane has a lease of its own.

The steps are the real ones; on this machine each takes fifty seconds by the lane's own clock.
"""

import threading

import pytest
from folder_life import UNREAD, FolderLane, begun, picture

from kiosk.folder import fingerprints, inbox, scanner
from kiosk.model import EventKind, ScanOutcome

SLOW_S = 50.0  # more than half of what a lane may be silent for


class SlowMachine:
    """Makes steps slow, and notes which left the lane without a sign of life for too long."""

    def __init__(self, it, monkeypatch):
        self.it = it
        self.patch = monkeypatch
        self.steps = []
        self.wedged = []

    def slow(self, room, name, seconds=SLOW_S):
        real = getattr(room, name)

        def step(*args, **kwargs):
            self.take(name, seconds)
            return real(*args, **kwargs)

        self.patch.setattr(room, name, step)

    def take(self, step, seconds=SLOW_S):
        self.it.clock.advance(seconds)
        self.steps.append(step)
        if self.it.lane._life.seconds_left < 0:
            self.wedged.append(step)


@pytest.fixture
def machine(tmp_path, monkeypatch):
    return SlowMachine(FolderLane(tmp_path, after="move"), monkeypatch)


def test_no_step_of_a_slow_machine_looks_wedged(machine):
    it = machine.it
    it.put("old.png", picture(1))
    it.put("old2.png", picture(2, size=30))
    it.run(0)
    for room, name in (
        (inbox, "list_folder"),
        (scanner, "read_file"),
        (fingerprints, "read_file"),
    ):
        machine.slow(room, name)
    machine.slow(scanner, "put_away", 25.0)  # ends the look that came before it
    it.eye.before = lambda _: machine.take("examine")
    it.put("new.png", picture(UNREAD))
    it.run(4000, at={1000: lambda: it.put("second.png", picture(3))})
    assert machine.wedged == []
    assert set(machine.steps) == {"list_folder", "read_file", "put_away", "examine"}
    assert sorted(it.scans()) == [
        ("new.png", ScanOutcome.UNREAD),
        ("second.png", ScanOutcome.VIN),
    ]


def test_what_an_earlier_run_left_is_put_away_under_leases(machine):
    it = machine.it
    it.run(1)
    (it.folder / ".done").write_bytes(b"in the way")
    for number in range(5):
        it.put(f"{number}.png", picture(number))
    it.run()
    (it.folder / ".done").unlink()
    machine.slow(inbox, "identity_of")  # the look that comes before each of them
    machine.slow(scanner, "put_away")
    it.run(3000)
    assert machine.steps.count("put_away") == 5
    assert machine.wedged == []
    assert it.names() == [".done"]


def test_old_pictures_are_read_under_leases(machine):
    it = machine.it
    for number in range(5):
        it.put(f"{number}.png", picture(number))
    it.run(0)
    machine.slow(inbox, "identity_of")
    machine.slow(fingerprints, "read_file")
    it.run(3000)
    assert machine.steps.count("read_file") >= 4  # one may have been read before
    assert machine.wedged == []


def test_a_stop_while_old_pictures_are_read_leaves_the_new_one_for_later(machine):
    it = machine.it
    for number in range(5):
        it.put(f"old{number}.png", picture(number))
    it.run(0)
    real = fingerprints.read_file
    read = []

    def stop(folder, entry):
        read.append(entry.name)
        it.lane._life.stop()
        return real(folder, entry)

    machine.patch.setattr(fingerprints, "read_file", stop)
    it.put("new.png", picture(50))
    it.run()
    assert len(read) == 1
    assert it.scans() == []
    machine.patch.setattr(fingerprints, "read_file", real)
    it.run()
    assert it.scans() == [("new.png", ScanOutcome.VIN)]


def test_a_stop_while_a_picture_is_read_leaves_it_for_later(machine):
    it = machine.it
    it.run(1)
    real = scanner.read_file

    def stop(folder, entry):
        it.lane._life.stop()
        return real(folder, entry)

    machine.patch.setattr(scanner, "read_file", stop)
    it.put("new.png", picture(50))
    it.run()
    assert not it.eye.looked
    machine.patch.setattr(scanner, "read_file", real)
    it.run()
    assert it.scans() == [("new.png", ScanOutcome.VIN)]


def test_what_comes_right_behind_the_first_listing_is_hinted_at(tmp_path, monkeypatch):
    """The watch stands before the listing: between the two no arrival is lost."""
    it = begun(tmp_path)
    real, came = inbox.list_folder, []

    def listing(*args):
        entries = real(*args)
        if not came:
            came.append(True)
            it.put("new.png", picture(1))
            threading.Event().wait(0.3)  # for inotify
        return entries

    monkeypatch.setattr(inbox, "list_folder", listing)
    monkeypatch.setattr(inbox.Inbox, "_is_listing_due", lambda *_, **__: False)
    it.run(20)
    assert it.kinds() == [EventKind.ACCEPTED]
