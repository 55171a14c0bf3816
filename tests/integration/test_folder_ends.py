"""What becomes of a picture in the folder: set aside, put away, asked about."""

import os
import threading

import pytest
from folder_life import EMPTY, UNREAD, begun, picture

from kiosk.folder import scanner
from kiosk.model import EventKind, ScanOutcome
from kiosk.vision.picture import BYTES_MAX

K = EventKind
VIN = ScanOutcome.VIN


@pytest.fixture
def it(tmp_path):
    """A lane that has started once, in an empty folder."""
    return begun(tmp_path)


# ---- what is set aside ------------------------------------------------------------------------


def test_what_cannot_be_used_is_set_aside_once_and_not_touched(it, caplog):
    (it.root / "outside.png").write_bytes(picture(1))
    (it.folder / "sym.png").symlink_to(it.root / "outside.png")
    os.link(it.root / "outside.png", it.folder / "hard.png")
    os.mkfifo(it.folder / "pipe")
    it.put("text.jpg", b"this is no picture")
    it.put("empty.jpg", b"")
    with (it.folder / "huge.jpg").open("wb") as file:
        file.truncate(BYTES_MAX + 1)
    before = it.names()
    it.run(60)
    it.run(60)
    assert it.names() == before
    assert not it.eye.looked
    assert sorted(it.scans()) == [(name, ScanOutcome.SET_ASIDE) for name in before]
    assert it.kinds() == []
    with it.open_ledger() as ledger:
        why = {one.file_name: one.detail for one in ledger.scans()}
    assert "symbolic" in why["sym.png"]
    assert "hard link" in why["hard.png"]
    assert "Not a picture" in why["text.jpg"]
    assert sum("set aside" in line for line in caplog.messages) == len(before)


def test_a_log_in_the_folder_does_not_fill_the_ledger(it, caplog, monkeypatch):
    reads = []
    real = scanner.read_file

    def read_file(folder, entry):
        reads.append(entry.size)
        return real(folder, entry)

    def add():
        with (it.folder / "upload.log").open("a") as file:
            file.write("a line\n")

    monkeypatch.setattr(scanner, "read_file", read_file)
    it.run(1200, at={5 * turn: add for turn in range(1, 200)})
    assert it.scans() == [("upload.log", ScanOutcome.SET_ASIDE)]
    assert sum("set aside" in line for line in caplog.messages) == 1
    assert 3 <= len(reads) <= 8  # less and less often
    assert it.kinds() == []


def test_a_log_that_outgrows_every_picture_is_set_aside_for_that_too(it):
    path = it.folder / "upload.log"

    def grow(size):
        with path.open("ab") as file:
            file.truncate(size)

    sizes = {5: 5, 10: BYTES_MAX + 1, 15: BYTES_MAX + 2, 20: BYTES_MAX + 3, 60: BYTES_MAX + 4}
    it.run(200, at={at: (lambda size=size: grow(size)) for at, size in sizes.items()})
    assert it.scans() == [("upload.log", ScanOutcome.SET_ASIDE)] * 2
    with it.open_ledger() as ledger:
        assert "larger than" in ledger.scans()[0].detail
        assert [known.stamp.size for known in ledger.files.all()] == [BYTES_MAX + 4]


def test_another_file_in_the_place_of_a_hopeless_one_is_looked_at_at_once(it):
    def spoil(turn):
        (it.folder / "a.png").write_bytes(b"nonsense %d" % turn)

    def replace():
        (it.root / "good").write_bytes(picture(1))
        (it.root / "good").rename(it.folder / "a.png")

    seen = []
    plan = {5 * turn: (lambda turn=turn: spoil(turn)) for turn in range(1, 11)}
    it.run(60, at={**plan, 52: replace, 55: lambda: seen.append(it.kinds())})
    assert seen == [[K.ACCEPTED]]


@pytest.mark.parametrize("restarts", [False, True])
def test_a_picture_that_loses_its_second_name_is_scanned(it, restarts):
    spool = it.root / "spool.png"
    spool.write_bytes(picture(1))
    os.link(spool, it.folder / "a.png")
    if restarts:
        it.run(20)
        it.run(20)
        spool.unlink()
        it.run(20)
    else:
        it.run(60, at={20: spool.unlink})
    assert it.scans() == [("a.png", ScanOutcome.SET_ASIDE), ("a.png", VIN)]
    it.run(20)
    assert len(it.scans()) == 2


def test_a_set_aside_picture_that_is_replaced_is_scanned(it):
    it.put("a.png", b"nonsense")
    it.run(at={10: lambda: it.put("a.png", picture(1))})
    assert it.scans() == [("a.png", ScanOutcome.SET_ASIDE), ("a.png", VIN)]


def test_a_file_that_may_not_be_read_waits_and_is_named_once(it, monkeypatch, caplog):
    allowed = []

    def read_file(folder, entry):
        if not allowed:
            raise PermissionError(13, "Permission denied")
        return real(folder, entry)

    real = scanner.read_file
    monkeypatch.setattr(scanner, "read_file", read_file)
    it.put("a.png", picture(1))
    it.run(200, at={100: lambda: allowed.append(True)})
    assert it.scans() == [("a.png", VIN)]
    assert sum("cannot be read" in line for line in caplog.messages) == 1


def test_another_unreadable_file_of_a_name_is_named_again(it, monkeypatch, caplog):
    def read_file(folder, entry):
        raise PermissionError(13, "Permission denied")

    def another():
        (it.root / "b").write_bytes(picture(2))
        (it.root / "b").rename(it.folder / "a.png")

    monkeypatch.setattr(scanner, "read_file", read_file)
    it.put("a.png", picture(1))
    it.run(200, at={100: another})
    assert sum("cannot be read" in line for line in caplog.messages) == 2
    it.run(100_060, at={5: (it.folder / "a.png").unlink, 20: lambda: it.clock.advance(100_000)})
    assert it.lane._scanner._complaints == {}


def test_a_name_in_the_folder_forges_no_line_of_the_log(it, caplog):
    it.put("a\nkiosk.supervisor: worker uploader died\x1b]0;x\x07.jpg", b"nonsense")
    it.run(10)
    (line,) = [one for one in caplog.messages if "set aside" in one]
    assert line.isprintable()
    ((name, _),) = it.scans()
    assert name.isprintable()


# ---- afterwards -------------------------------------------------------------------------------


@pytest.mark.parametrize(("after", "left"), [("move", [".done"]), ("delete", [".done"])])
def test_scanned_pictures_are_put_away_and_others_are_not(tmp_path, after, left):
    it = begun(tmp_path, after=after)
    for name, number in (("vin", 1), ("none", EMPTY), ("unread", UNREAD)):
        it.put(f"{name}.png", picture(number))
    it.put("text.png", b"no picture")
    it.run(60)
    it.put("asked.png", picture(UNREAD + 256))  # another unread one, inside the window
    it.put("copy.png", picture(1))
    it.put("vin.png", picture(2))
    it.run(60)
    assert it.names() == [*left, "asked.png", "text.png"]
    done = ["copy.png", "none.png", "unread.png", "vin-2.png", "vin.png"]
    assert sorted(path.name for path in (it.folder / ".done").iterdir()) == (
        done if after == "move" else []
    )
    assert len(it.scans()) == 6
    it.run(30)
    assert len(it.scans()) == 6


def test_a_failed_move_is_said_once_and_done_at_the_next_start(tmp_path, monkeypatch, caplog):
    it = begun(tmp_path, after="move")
    (it.folder / ".done").write_bytes(b"somebody's file")
    for number in range(3):
        it.put(f"{number}.png", picture(number))
    it.run()
    assert len(it.scans()) == 3
    assert it.names() == [".done", "0.png", "1.png", "2.png"]
    assert sum("cannot be moved" in line for line in caplog.messages) == 1
    (it.folder / ".done").unlink()
    it.run()
    assert it.names() == [".done"]
    assert len(it.scans()) == 3


def test_what_could_not_be_moved_is_moved_while_the_lane_runs(tmp_path, caplog):
    it = begun(tmp_path, after="move")
    done = it.folder / ".done"
    done.write_bytes(b"somebody's file")
    for number in range(3):
        it.put(f"{number}.png", picture(number))
    it.run(400, at={200: done.unlink})
    assert it.names() == [".done"]
    assert sum("cannot be moved" in line for line in caplog.messages) == 1


def test_a_picture_that_can_never_be_moved_keeps_no_other_from_it(tmp_path, monkeypatch):
    it = begun(tmp_path, after="move")
    real, allowed = scanner.put_away, []

    def put_away(folder, stamp, *, delete):
        if not allowed or stamp.name == "0.png":
            raise PermissionError(1, "Operation not permitted")
        return real(folder, stamp, delete=delete)

    monkeypatch.setattr(scanner, "put_away", put_away)
    for number in range(5):
        it.put(f"{number}.png", picture(number))
    it.run(10)
    allowed.append(True)
    it.run(200)
    assert it.names() == [".done", "0.png"]


def test_a_stop_comes_between_two_pictures_to_put_away_and_arrivals_before_them(
    tmp_path, monkeypatch
):
    it = begun(tmp_path, after="move")
    real, moved = scanner.put_away, []

    def fail(folder, stamp, *, delete):
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(scanner, "put_away", fail)
    for number in range(10):
        it.put(f"{number}.png", picture(number))
    it.run()
    assert len(it.names()) == 10

    def put_away(folder, stamp, *, delete):
        moved.append(stamp.name)
        if len(moved) == 3:
            it.put("new.png", picture(50))
            threading.Event().wait(1.0)  # for its hint, which waits behind those of the moves
        if len(moved) == 6:
            it.lane._life.stop()
        return real(folder, stamp, delete=delete)

    monkeypatch.setattr(scanner, "put_away", put_away)
    it.run()
    assert len(moved) == 6
    assert moved[3] == "new.png"


def test_what_was_scanned_before_moving_was_asked_for_stays(it):
    it.put("a.png", picture(1))
    it.run()
    it.settings["after"] = "move"
    it.run()
    assert it.names() == ["a.png"]
