"""SIGKILL between any two steps of a folder's lane: no picture is scanned twice, none is lost."""

import os
import shutil
import signal
import tarfile
import tempfile
from pathlib import Path

import pytest
from folder_life import EMPTY, FolderLane, begun, picture
from ledger_life import clock, die_at, in_child

from kiosk.ledger.ledger import Ledger
from kiosk.model import ScanOutcome

MOST_STEPS = 300
VERSION_1 = Path(__file__).parents[1] / "unit" / "ledger" / "version-1.tar.gz"


@pytest.fixture
def quick_dir():
    """A folder in memory where there is one: a kill spares the page cache, so disks add nothing."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if os.access(memory, os.W_OK) else None) as name:
        yield Path(name)


@pytest.fixture
def no_hints(monkeypatch):
    """The steps are the ledger's and the folder's; threads that come and go only take time."""
    monkeypatch.setattr("kiosk.folder.inbox.Watch.start", lambda *_: None)


def each_step(root, life, check):
    """Kill a copy of ``root`` at each step of ``life`` in turn, and ``check`` what is left."""
    prepared = root.with_name("prepared")
    root.rename(prepared)
    for step in range(1, MOST_STEPS):
        shutil.copytree(prepared, root)

        def armed(step=step):
            die_at(step)
            life(root)

        code = in_child(armed)
        assert code in {0, -signal.SIGKILL}
        check(root)
        shutil.rmtree(root)
        if code == 0:
            assert step > 10  # it did walk through the steps
            return
    raise AssertionError(f"more than {MOST_STEPS} steps")


def test_killed_at_every_step_of_the_first_start(quick_dir, no_hints):
    it = FolderLane(quick_dir / "lane")
    for number in range(3):
        it.put(f"{number}.png", picture(number))

    def check(root):
        again = FolderLane(root)
        again.put("copy.png", picture(1))
        again.put("new.png", picture(9))
        again.run(5)
        # The kill may have come before the first start was recorded: then these lay there, too.
        assert set(again.scans()) <= {("new.png", ScanOutcome.VIN)}

    each_step(quick_dir / "lane", lambda root: FolderLane(root).run(2), check)


@pytest.mark.parametrize(
    ("after", "left", "done"), [("move", [".done", "c.png"], 2), ("delete", [".done"], 0)]
)
def test_killed_at_every_step_of_a_scan(quick_dir, no_hints, after, left, done):
    it = begun(quick_dir / "lane", after=after)
    it.put("a.png", picture(1))
    if after == "move":
        it.put("b.png", picture(EMPTY))
        it.put("c.png", b"no picture")

    def check(root):
        again = FolderLane(root, after=after)
        again.run(5)
        assert again.names() == left
        with again.open_ledger() as ledger:
            outcomes = sorted(one.outcome for one in ledger.scans())
            assert len(ledger.submissions()) == 1
        scans = {ScanOutcome.VIN, ScanOutcome.NONE, ScanOutcome.SET_ASIDE}
        assert outcomes == sorted(scans if after == "move" else [ScanOutcome.VIN])
        kept = [path.read_bytes() for path in (root / "in" / ".done").iterdir()]
        kept = [data for data in kept if data]  # a kill may leave an empty name behind
        # and between the two steps of a deletion the picture lies there, out of the way
        assert len(kept) == done or (after == "delete" and len(kept) == 1)

    each_step(quick_dir / "lane", lambda root: FolderLane(root, after=after).run(3), check)


def test_killed_at_every_step_of_a_migration(quick_dir):
    prepared = quick_dir / "lane"
    prepared.mkdir()
    with tarfile.open(VERSION_1) as archive:
        archive.extractall(prepared, filter="data")

    def check(root):
        with Ledger.open(root, clock()) as ledger:
            assert ledger.start_report.damaged is None
            assert len(ledger.submissions()) == 3
            assert list(ledger.files.all()) == []

    each_step(prepared, lambda root: Ledger.open(root, clock()).close(), check)


def test_a_picture_over_which_the_process_dies_twice_is_set_aside_at_the_third_meeting(quick_dir):
    it = begun(quick_dir)

    def crash(number):
        if number == 66:
            os.kill(os.getpid(), signal.SIGKILL)

    it.put("killer.png", picture(66))
    it.eye.before = crash
    codes = []
    for name in ("killer.png", "again.png"):  # its name does not matter
        (it.folder / "killer.png").rename(it.folder / name)
        codes.append(in_child(lambda: it.run(5)))
        (it.folder / name).rename(it.folder / "killer.png")
    it.put("good.png", picture(1))
    codes.append(in_child(lambda: it.run(20)))
    assert codes == [-signal.SIGKILL, -signal.SIGKILL, 0]
    assert sorted(it.scans()) == [
        ("good.png", ScanOutcome.VIN),
        ("killer.png", ScanOutcome.SET_ASIDE),
    ]
    it.put("copy.png", picture(66))
    it.run(10)
    assert len(it.scans()) == 2
