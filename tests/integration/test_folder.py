"""A folder's lane: real files, real inotify, a real ledger; only time is turned by hand."""

import logging
import os
import shutil
import threading

import pytest
from folder_life import EMPTY, NO_VIN, TWO_LABELS, UNREAD, FolderLane, begun, picture

from kiosk.arrivals import Arrivals, ArrivalSettings
from kiosk.clock import SystemClock
from kiosk.folder import scanner
from kiosk.folder.reading import ChangedError
from kiosk.gate import UploadWhen
from kiosk.model import EventKind, ScanOutcome
from kiosk.supervisor import Life

K = EventKind
VIN = ScanOutcome.VIN


@pytest.fixture
def it(tmp_path):
    """A lane that has started once, in an empty folder."""
    return begun(tmp_path)


def write_slowly(path, data, *, at, close_at, reserves=False):
    """Plan a writer that pauses in the middle and closes late: {seconds: what happens}."""
    open_file = {}

    def begin():
        open_file["it"] = path.open("wb", buffering=0)
        open_file["it"].write(data[: len(data) // 2])
        if reserves:
            os.posix_fallocate(open_file["it"].fileno(), 0, len(data))

    def end():
        open_file["it"].write(data[len(data) // 2 :])
        open_file["it"].close()

    return {at: begin, close_at: end}


# ---- what arrives -----------------------------------------------------------------------------


def test_each_picture_that_arrives_is_one_scan(it):
    it.run(at={5: lambda: it.put("a.png", picture(1)), 10: lambda: it.put("b.jpg", picture(2))})
    # a JPEG's grey may be off by one: the name tells
    assert it.scans() == [("a.png", VIN), ("b.jpg", VIN)]
    assert it.kinds() == [K.ACCEPTED, K.ACCEPTED]
    assert [one.live for one in it.sent] == [True, True]
    assert it.said[0].kind is K.SCANNING
    assert it.names() == ["a.png", "b.jpg"]
    it.run()
    assert len(it.scans()) == 2


@pytest.mark.parametrize(
    ("number", "kind", "outcome"),
    [
        (EMPTY, K.NO_LABEL, ScanOutcome.NONE),
        (NO_VIN, K.NOT_VIN, ScanOutcome.NOT_VIN),
        (TWO_LABELS, K.TWO_LABELS, ScanOutcome.TWO_LABELS),
        (UNREAD, K.ACCEPTED, ScanOutcome.UNREAD),
    ],
)
def test_what_else_a_picture_can_come_to(it, number, kind, outcome):
    it.put("a.png", picture(number))
    it.run()
    assert it.kinds() == [kind]
    assert it.scans() == [("a.png", outcome)]


def test_unread_pictures_are_turned_away_where_only_sure_ones_are_uploaded(tmp_path):
    it = begun(tmp_path, upload_when=UploadWhen.READ)
    it.put("a.png", picture(UNREAD))
    it.run()
    assert it.kinds() == [K.UNREADABLE]


def test_real_inotify_is_quick(it):
    """With the world's own clock: from the rename to the word, without waiting for a listing."""
    clock, heard = SystemClock(), threading.Event()
    it.clock = clock
    with it.open_ledger() as ledger:
        lane = Arrivals(
            ArrivalSettings(it.folder), it.eye, ledger, clock, it.said.append, lambda _: heard.set()
        )
        life = Life("lane", clock)
        thread = threading.Thread(target=lane.run, args=(life,))
        thread.start()
        while lane.problem is not None:
            threading.Event().wait(0.01)
        (it.root / "a.png").write_bytes(picture(1))
        began = clock.monotonic()
        (it.root / "a.png").rename(it.folder / "a.png")
        assert heard.wait(10)
        took = clock.monotonic() - began
        life.stop()
        thread.join(10)
    assert took < 1.5  # a listing alone would need the two seconds of quiet
    assert it.sent == []
    assert it.scans() == [("a.png", VIN)]


def test_a_slow_writer_is_not_taken_half(it):
    data = picture(3, kind=".bmp", size=64)  # with its length reserved a BMP looks whole at once
    it.run(60, at=write_slowly(it.folder / "a.bmp", data, at=1, close_at=25, reserves=True))
    assert it.scans() == [("a.bmp", VIN)]
    assert it.eye.looked == {3: 1}


def test_a_writer_that_pauses_for_ever_is_set_aside_and_scanned_when_it_goes_on(it):
    data = picture(3, kind=".jpg", size=64)
    it.run(150, at=write_slowly(it.folder / "a.jpg", data, at=1, close_at=100))
    names, outcomes = zip(*it.scans(), strict=True)
    assert set(names) == {"a.jpg"}
    assert outcomes == (ScanOutcome.SET_ASIDE, VIN)


@pytest.mark.parametrize("kind", [".jpg", ".png", ".bmp"])
def test_a_picture_cut_short_is_given_time_before_it_is_set_aside(it, kind):
    data = picture(5, kind=kind, size=64)
    before = {}
    it.put("half" + kind, data[: len(data) // 2])
    it.run(60, at={25: lambda: before.update(said=len(it.lane._ledger.scans()))})
    assert before == {"said": 0}
    assert it.scans() == [("half" + kind, ScanOutcome.SET_ASIDE)]
    assert not it.eye.looked


def test_without_hints_a_file_is_taken_when_it_is_quiet(it, monkeypatch):
    """As on a network share, where another machine writes."""
    monkeypatch.setattr("kiosk.folder.inbox.Watch.start", lambda *_: None)
    data = picture(6, kind=".jpg", size=64)
    seen = []
    plan = write_slowly(it.folder / "a.jpg", data, at=5, close_at=12)
    it.run(60, at={**plan, 13: lambda: seen.append(dict(it.eye.looked))})
    assert seen == [{}]
    assert it.scans() == [("a.jpg", VIN)]
    assert [one.live for one in it.sent] == [True]


def test_a_file_that_changes_under_the_reader_is_read_later(it, monkeypatch):
    read_file, refusals = scanner.read_file, [ChangedError(), ChangedError()]

    def changing(folder, entry):
        assert not it.lane.is_scanning
        if refusals:
            raise refusals.pop()
        return read_file(folder, entry)

    monkeypatch.setattr(scanner, "read_file", changing)
    it.put("a.png", picture(7))
    it.run(20)
    assert it.scans() == [("a.png", VIN)]


def test_a_name_on_its_way_is_no_picture_until_it_is_renamed(it):
    it.put("a.jpg.part", picture(7))
    it.run(40, at={20: lambda: (it.folder / "a.jpg.part").rename(it.folder / "a.png")})
    assert it.scans() == [("a.png", VIN)]


def test_delivered_by_link_and_unlink(it):
    (it.root / "tmp").write_bytes(picture(8))

    def deliver():
        os.link(it.root / "tmp", it.folder / "a.png")
        (it.root / "tmp").unlink()

    it.run(60, at={3: deliver})
    assert it.scans() == [("a.png", VIN)]


# ---- never twice ------------------------------------------------------------------------------


def test_known_under_any_name_after_a_move_a_touch_and_a_restart(it):
    it.put("a.png", picture(1))
    it.run()
    (it.folder / "a.png").rename(it.folder / "b.png")
    it.put("copy.png", picture(1))
    it.run()
    os.utime(it.folder / "b.png")
    it.run()
    shutil.copy2(it.folder / "b.png", it.folder / "c.png")
    (it.folder / "b.png").unlink()
    it.run(20, at={9: lambda: it.put("d.png", picture(1))})
    assert it.scans() == [("a.png", VIN)]
    assert it.eye.looked == {1: 1}


def test_what_is_known_is_not_read_again(it, monkeypatch):
    for number in range(10):
        it.put(f"{number}.png", picture(number))
    it.run()
    assert len(it.scans()) == 10
    opened = []
    real_open = os.open

    def counting(path, *args, **kwargs):
        opened.append(str(path))
        return real_open(path, *args, **kwargs)

    monkeypatch.setattr(os, "open", counting)
    (it.folder / "3.png").rename(it.folder / "moved.png")
    it.run(200)
    it.run(200)
    assert [path for path in opened if path.startswith(str(it.folder))] == []


def test_the_same_picture_written_again_under_the_same_name(it):
    it.put("latest.png", picture(1))
    it.run()
    it.run(40, at={3: lambda: it.put("latest.png", picture(2)),
                   20: lambda: it.put("latest.png", picture(1))})  # fmt: skip
    assert it.scans() == [("latest.png", VIN), ("latest.png", VIN)]
    assert it.eye.looked == {1: 1, 2: 1}


# ---- the first start --------------------------------------------------------------------------


def test_what_lay_there_before_the_first_start_is_skipped(tmp_path, caplog):
    it = FolderLane(tmp_path)
    for number in range(30):
        it.put(f"{number}.png", picture(number))
    (it.folder / "link.png").symlink_to("0.png")
    with caplog.at_level(logging.INFO):
        it.run(40)
    assert it.scans() == []
    (line,) = [one for one in caplog.messages if "skipped" in one]
    assert "31 pictures" in line
    assert "vin-kiosk submit FILE" in line
    it.put("new.png", picture(99))
    it.run()
    assert it.scans() == [("new.png", VIN)]


def test_a_backlog_is_scanned_where_that_is_asked_for(tmp_path):
    it = FolderLane(tmp_path, backlog="scan")
    for number in range(5):
        it.put(f"{number}.png", picture(number))
        os.utime(it.folder / f"{number}.png", (1000 - number, 1000 - number))
    it.run(20)
    assert [name for name, _ in it.scans()] == ["4.png", "3.png", "2.png", "1.png", "0.png"]
    assert not any(one.live for one in it.sent)


def test_what_arrived_while_the_lane_was_off_waits_its_turn(it):
    for number in range(5):
        it.put(f"{number}.png", picture(number))
    arrived = []

    def arrive(number):
        if not arrived:
            arrived.append(number)
            it.put("live.png", picture(77))
            threading.Event().wait(0.3)  # for inotify

    it.eye.before = arrive
    it.run(20)
    assert [name for name, _ in it.scans()][:2] == ["0.png", "live.png"]
    assert [one.live for one in it.sent] == [False, True, False, False, False, False]


def test_old_pictures_that_are_touched_copied_or_moved_stay_skipped(tmp_path):
    it = FolderLane(tmp_path)
    for number in range(4):
        it.put(f"{number}.png", picture(number))

    def change():
        os.utime(it.folder / "0.png")
        (it.folder / "1.png").rename(it.folder / "one.png")
        it.put("copy.png", picture(2))
        it.put("new.png", picture(50))

    it.run(0.01, at={0: change})  # at once: nobody has read the old ones yet
    it.run(10)
    change_again = lambda: [os.utime(path) for path in it.folder.iterdir()]  # noqa: E731
    it.run(30, at={15: change_again})
    it.put("copy2.png", picture(3))
    it.run()
    assert it.scans() == [("new.png", VIN)]
