"""Old pictures are read once, slowly: what is known of them then, and who waits meanwhile."""

import os

import pytest
from folder_life import FolderLane, picture

from kiosk.folder import fingerprints, scanner
from kiosk.model import ScanOutcome

VIN = ScanOutcome.VIN


@pytest.fixture
def it(tmp_path):
    """A lane that never started."""
    return FolderLane(tmp_path)


def overwrite(path, data):
    """Write in place, as a camera does that has one name for all its pictures."""
    with path.open("r+b") as file:
        file.write(data)


def count_read(it):
    return sum(known.sha256 is not None for known in it.lane._ledger.files.all())


@pytest.mark.parametrize("touched_at", [None, 0, 10])
def test_an_old_picture_that_is_overwritten_by_one_of_its_size_is_scanned(it, touched_at):
    old, new = (picture(number, kind=".bmp") for number in (5, 6))
    assert len(old) == len(new)
    path = it.folder / "latest.bmp"
    it.put(path.name, old)
    plan = {30: lambda: overwrite(path, new)}
    if touched_at is not None:  # before it is read for the first time, or after
        plan[touched_at] = lambda: os.utime(path)
    it.run(60, at=plan)
    assert it.scans() == [(path.name, VIN)]
    it.run(60)
    assert it.eye.looked == {6: 1}


def test_an_old_picture_that_was_moved_is_read_under_its_new_name(it, monkeypatch):
    monkeypatch.setattr(fingerprints, "_PAUSE_S", 4.0)
    for number in range(3):
        it.put(f"{number}.bmp", picture(number, kind=".bmp"))

    def move():
        for number in range(3):
            (it.folder / f"{number}.bmp").rename(it.folder / f"moved{number}.bmp")

    def write():
        for number in range(3):
            overwrite(it.folder / f"moved{number}.bmp", picture(100 + number, kind=".bmp"))

    it.run(60, at={1: move, 30: write})
    assert sorted(it.scans()) == [(f"moved{number}.bmp", VIN) for number in range(3)]


def test_what_is_read_counts_at_once_and_not_when_it_is_written_down(it, monkeypatch):
    """Twenty are written in one transaction, or more on a full disk: none is blind till then."""
    names = [f"{number}.bmp" for number in range(8)]
    for number, name in enumerate(names):
        it.put(name, picture(number, kind=".bmp"))
    monkeypatch.setattr(fingerprints.Fingerprints, "save", lambda _: None)
    known = []

    def change():
        known.append(count_read(it))
        for number, name in enumerate(names):
            overwrite(it.folder / name, picture(100 + number, kind=".bmp"))

    it.run(60, at={20: change})
    assert known == [0]
    assert sorted(it.scans()) == [(name, VIN) for name in names]


def test_reading_old_ones_lets_another_picture_go_first_and_keeps_what_it_read(it, monkeypatch):
    for number in range(50):
        it.put(f"old{number}.bmp", picture(number, kind=".bmp"))
    it.run(0.001)
    real, read, kept = fingerprints.read_file, [], []

    def read_file(folder, entry):
        read.append(entry.name)
        if len(read) == 30:
            kept.append(count_read(it))
            it.put("live.png", picture(151, size=30))
            it.lane._inbox.look(now_all=True)
        return real(folder, entry)

    monkeypatch.setattr(fingerprints, "read_file", read_file)
    scanned_after = []
    it.eye.before = lambda number: scanned_after.append((number, len(read)))
    it.put("new.bmp", picture(150, kind=".bmp"))
    monkeypatch.setattr("kiosk.folder.ripening.QUIET_S", 0.0)
    it.run(20)
    assert kept[0] >= 20
    (first, first_after), (second, second_after) = scanned_after
    assert (first, second) == (151, 150)
    assert 30 <= first_after < 45
    assert second_after == len(set(read)) == len(read) >= 49


def test_a_copy_of_the_last_of_many_old_pictures_is_known(it):
    for number in range(70):
        it.put(f"{number:03}.bmp", picture(number, kind=".bmp"))
    it.run(0.001)
    for number in (0, 35, 69):
        it.put(f"copy{number}.bmp", picture(number, kind=".bmp"))
    it.run(30)
    assert it.scans() == []


def test_old_pictures_that_cannot_be_read_hold_nobody_up(it, monkeypatch):
    for number in range(45):
        it.put(f"{number}.bmp", picture(number, kind=".bmp"))
    it.run(0.001)
    asked = []

    def refuse(folder, entry):
        asked.append(entry.name)
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(fingerprints, "read_file", refuse)
    it.put("new.bmp", picture(150, kind=".bmp"))
    it.run(30, at={20: lambda: it.put("next.bmp", picture(151, kind=".bmp"))})
    assert it.scans() == [("new.bmp", VIN), ("next.bmp", VIN)]
    assert len(asked) == len(set(asked)) >= 44  # the first start may have read one


def test_a_candidate_that_never_settles_does_not_stop_the_reading(it, monkeypatch):
    for number in range(20):
        it.put(f"{number}.png", picture(number))
    it.run(0.001)
    real = scanner.read_file

    def read_file(folder, entry):
        if entry.name == "new.png":
            raise PermissionError(13, "Permission denied")
        return real(folder, entry)

    monkeypatch.setattr(scanner, "read_file", read_file)
    read = []
    it.put("new.png", picture(150, size=30))
    it.run(30, at={12: lambda: read.append(count_read(it))})
    assert read == [20]


def test_what_waits_is_not_asked_about_at_each_listing(it, monkeypatch):
    it.run(1)
    for number in range(20):
        it.put(f"{number}.png", picture(number))
    asked = []

    def count(ledger):
        real = ledger.files.known_as

        def known_as(stamp):
            asked.append(stamp.name)
            return real(stamp)

        ledger.files.known_as = known_as

    def refuse(folder, entry):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(scanner, "read_file", refuse)
    it.run(100, ledger_hook=count, at={50: lambda: it.put("3.png", picture(3, size=30))})
    assert sorted(asked) == sorted([*(f"{number}.png" for number in range(20)), "3.png"])
