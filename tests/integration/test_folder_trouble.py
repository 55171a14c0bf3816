"""A folder that goes away, another in its place, a full disk, a kernel that gives no watch."""

import logging
import shutil

import pytest
from folder_life import EMPTY, FolderLane, begun, break_names, picture
from watchdog.observers.inotify import InotifyObserver

from kiosk.errors import LedgerFullError
from kiosk.folder import inbox, listing
from kiosk.model import EventKind, ScanOutcome
from kiosk.model.files import FolderIdentity

K = EventKind
VIN = ScanOutcome.VIN


@pytest.fixture
def it(tmp_path):
    """A lane that has started once, in an empty folder."""
    return begun(tmp_path)


# ---- trouble ----------------------------------------------------------------------------------


def test_a_folder_that_goes_away_is_a_lost_camera(it, caplog):
    caplog.set_level(logging.INFO)
    it.put("a.png", picture(1))
    problems = []

    def note():
        problems.append((it.clock.monotonic(), it.lane.problem))

    def away():
        it.folder.rename(it.root / "away")

    def back():
        (it.root / "away").rename(it.folder)
        it.put("b.png", picture(2))

    plan = {10: away, 14: note, 15: it.press, 20: back, 25: note}
    it.run(40, at=plan)
    assert it.kinds() == [K.ACCEPTED, K.CAMERA_LOST, K.NO_CAMERA, K.CAMERA_BACK, K.ACCEPTED]
    assert "mount its disk" in problems[0][1]
    assert problems[1][1] is None
    lines = [line for line in caplog.messages if "lost" in line or "back after" in line]
    assert len(lines) == 2
    assert it.scans() == [("a.png", VIN), ("b.png", VIN)]


def test_a_folder_that_is_not_there_at_the_start(tmp_path):
    it = FolderLane(tmp_path)
    it.folder.rmdir()

    def make():
        it.folder.mkdir()
        it.put("old.png", picture(1))

    it.run(40, at={10: make, 20: lambda: it.put("new.png", picture(2))})
    assert it.kinds() == [K.CAMERA_LOST, K.CAMERA_BACK, K.ACCEPTED]
    assert it.scans() == [("new.png", VIN)]


def test_a_folder_that_is_made_again_is_watched_again(it):
    it.put("a.png", picture(1))

    def make_again():
        (it.root / "other").mkdir()
        shutil.rmtree(it.folder)
        (it.root / "other").rename(it.folder)

    it.run(40, at={10: make_again, 20: lambda: it.put("b.png", picture(2))})
    assert it.kinds() == [K.ACCEPTED, K.CAMERA_LOST, K.CAMERA_BACK, K.ACCEPTED]
    assert [one.live for one in it.sent][-1]


@pytest.mark.parametrize("step", ["begin_look", "set_aside"])
def test_a_full_disk_is_said_once_and_loses_nothing(it, step):
    it.put("a.png", b"no picture" if step == "set_aside" else picture(1))
    restore = {}

    def full(ledger):
        restore["it"] = getattr(ledger.files, step)

        def refuse(*args, **kwargs):
            raise LedgerFullError("the disk is full")

        setattr(ledger.files, step, refuse)
        restore["files"] = ledger.files

    def room():
        setattr(restore["files"], step, restore["it"])

    it.run(60, ledger_hook=full, at={30: room})
    assert it.kinds().count(K.REFUSED) == 1
    outcome = ScanOutcome.SET_ASIDE if step == "set_aside" else VIN
    assert it.scans() == [("a.png", outcome)]


@pytest.mark.parametrize(("number", "kind"), [(1, K.ACCEPTED), (EMPTY, K.NO_LABEL)])
def test_a_disk_that_fills_behind_a_scan_refuses_nothing(it, number, kind):
    """What was said of a picture stands; its row in the table of files can wait."""
    real = []

    def full(ledger):
        real.append((ledger.files, ledger.files.settle))

        def refuse(*args, **kwargs):
            raise LedgerFullError("the disk is full")

        ledger.files.settle = refuse

    def room():
        files, settle = real[0]
        files.settle = settle
        assert list(files.all()) == []

    it.put("a.png", picture(number))
    it.run(120, ledger_hook=full, at={50: room})
    assert it.kinds() == [kind]
    assert len(it.scans()) == 1
    with it.open_ledger() as ledger:
        assert [known.stamp.name for known in ledger.files.all()] == ["a.png"]


@pytest.mark.parametrize("number", [1, EMPTY])
def test_a_disk_that_fills_during_the_look_is_no_crash(it, number):
    it.put("a.png", picture(number))
    calls = []

    def full(ledger):
        name = "record_scan" if number == EMPTY else "enqueue"
        real = getattr(ledger, name)

        def refuse(*args, **kwargs):
            calls.append(1)
            if len(calls) < 5:
                raise LedgerFullError("the disk is full")
            return real(*args, **kwargs)

        setattr(ledger, name, refuse)

    it.run(60, ledger_hook=full)
    assert it.kinds()[0] is K.REFUSED
    (scan,) = it.scans()
    assert scan[1] is not ScanOutcome.SET_ASIDE


def test_one_damaged_name_takes_no_other_picture_away(it, monkeypatch, caplog):
    bad = {"bad.png", "worse.png"}
    break_names(monkeypatch, bad)
    for name, number in (("bad.png", 1), ("good.png", 2), ("worse.png", 3)):
        it.put(name, picture(number))
    it.run(60, at={20: lambda: it.put("new.png", picture(4)), 40: bad.clear})
    assert it.kinds() == [K.ACCEPTED] * 4
    assert [name for name, _ in it.scans()][:2] == ["good.png", "new.png"]
    (line,) = [one for one in caplog.messages if "cannot be looked at" in one]
    assert "Stale file handle" in line
    assert "2 in all" in line


def test_an_old_picture_that_could_not_be_looked_at_is_old_all_the_same(tmp_path, monkeypatch):
    it = FolderLane(tmp_path)
    bad = {"old.png"}
    break_names(monkeypatch, bad)
    it.put("old.png", picture(1))
    it.put("old2.png", picture(2))
    it.run(60, at={20: bad.clear, 40: lambda: it.put("copy.png", picture(1))})
    it.run(20)
    assert it.scans() == []


def test_where_the_kernel_gives_no_watch_the_listing_does(it, monkeypatch, caplog):
    def refuse(self):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(InotifyObserver, "start", refuse)
    it.run(20, at={5: lambda: it.put("a.png", picture(1))})
    assert it.scans() == [("a.png", VIN)]
    assert any("no inotify" in line for line in caplog.messages)


def test_forgotten_scans_are_forgotten_here_too(it):
    it.put("a.png", picture(EMPTY))
    it.put("b.png", picture(EMPTY + 256))
    it.run()
    (it.folder / "a.png").unlink()
    it.clock.advance(500 * 86_400)
    with it.open_ledger() as ledger:
        ledger.prune(30, 400)
        assert ledger.scans() == []
    it.run()
    with it.open_ledger() as ledger:
        assert [known.stamp.name for known in ledger.files.all()] == ["b.png"]


def test_a_stop_comes_between_two_pictures(it):
    for number in range(5):
        it.put(f"{number}.png", picture(number))
    it.eye.before = lambda number: it.lane._life.stop()
    it.run()
    assert len(it.scans()) == 1
    it.eye.before = lambda number: None
    it.run()
    assert len(it.scans()) == 5


def test_a_full_disk_at_the_first_start_spends_nothing(tmp_path):
    it = FolderLane(tmp_path)
    it.put("old.png", picture(1))

    def full(ledger):
        def refuse(*args, **kwargs):
            raise LedgerFullError("the disk is full")

        ledger.files.take_in = refuse

    it.run(20, ledger_hook=full)
    assert it.kinds() == [K.REFUSED]
    it.run(20)
    assert it.scans() == []


def test_a_lost_database_makes_nothing_new(it, caplog):
    for number in (1, EMPTY):
        it.put(f"{number}.png", picture(number))
    it.run()
    with it.open_ledger() as ledger:
        claim = ledger.claim()
        ledger.commit_tail(claim)
    for path in it.state.glob("ledger.sqlite*"):
        path.unlink()
    it.settings["backlog"] = "scan"
    it.run()
    assert it.scans() == []
    assert any("lost or damaged" in line for line in caplog.messages)
    it.put("new.png", picture(9))
    it.run()
    assert it.scans() == [("new.png", VIN)]


# ---- disks --------------------------------------------------------------------------------------


def test_the_disk_that_is_mounted_later_holds_old_pictures(it, monkeypatch, caplog):
    """The very first start saw the bare mount point; then a disk with old pictures is mounted."""
    pretend_disks(it, monkeypatch)
    mount = it.root / "disk"
    mount.mkdir()
    (mount / "old.png").write_bytes(picture(1))
    it.run(30, at={5: lambda: swap(it, mount), 20: lambda: it.put("new.png", picture(2))})
    assert it.scans() == [("new.png", VIN)]
    assert any("never saw" in line for line in caplog.messages)
    # and the bare mount point is no reason to forget: it looks like a lost folder
    it.said.clear()
    it.run(30, at={5: lambda: swap(it, mount)})
    it.run(10, at={3: lambda: swap(it, mount)})
    assert it.scans() == [("new.png", VIN)]


def pretend_disks(it, monkeypatch):
    """Let a folder's own inode stand for its disk: to mount one needs a machine of one's own."""

    def identity_of(path):
        identity, changed = listing.identity_of(path)
        return FolderIdentity(identity.inode, 2, identity.inode + 1_000_000_000), changed

    monkeypatch.setattr(inbox, "identity_of", identity_of)
    for path in it.state.glob("*"):
        path.unlink()
    it.run(1)


def swap(it, mount):
    it.folder.rename(it.root / "between")
    mount.rename(it.folder)
    (it.root / "between").rename(mount)


def test_an_empty_folder_in_place_of_a_known_one_is_a_lost_one(it, monkeypatch):
    pretend_disks(it, monkeypatch)
    it.put("a.png", picture(1))
    it.run()
    bare = it.root / "bare"
    bare.mkdir()
    problems = []
    it.said.clear()
    it.run(30, at={
        5: lambda: swap(it, bare),
        15: lambda: problems.append(it.lane.problem),
        20: lambda: swap(it, bare),
    })  # fmt: skip
    assert it.kinds() == [K.CAMERA_LOST, K.CAMERA_BACK]
    assert "mounted" in problems[0]
    assert it.scans() == [("a.png", VIN)]
    # a picture that comes into the empty one while we look on has arrived
    it.run(30, at={5: lambda: swap(it, bare), 15: lambda: it.put("b.png", picture(2))})
    assert it.scans() == [("a.png", VIN), ("b.png", VIN)]
