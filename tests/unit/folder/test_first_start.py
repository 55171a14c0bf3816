"""Whose old stock is it? Disks that take turns at one mount point, by what statvfs(3) says of them.

To mount a disk needs a machine of one's own: a folder's inode stands for the disk that it is.
"""

import pytest
from folder_life import FolderLane, picture

from kiosk.folder import inbox, listing
from kiosk.model import EventKind, ScanOutcome
from kiosk.model.files import FolderIdentity

VIN = ScanOutcome.VIN
SDA1 = 0x801


def ext4(inode):
    return FolderIdentity(SDA1, 2, inode + 1_000_000_000)  # the id is the disk's own


def fat(_):
    return FolderIdentity(SDA1, 1, SDA1)  # the id is the device's number: no two differ


@pytest.fixture(params=[ext4, fat])
def it(request, tmp_path, monkeypatch):
    """A lane whose folder is one of two disks, each sda1 in its turn; started once, on an empty."""
    it = FolderLane(tmp_path)

    def identity_of(path):
        identity, changed = listing.identity_of(path)
        return request.param(identity.inode), changed

    monkeypatch.setattr(inbox, "identity_of", identity_of)
    (tmp_path / "other").mkdir()
    it.run(1)
    return it


def swap(it):
    """Mount the other disk, while the lane is off."""
    it.folder.rename(it.root / "between")
    (it.root / "other").rename(it.folder)
    (it.root / "between").rename(it.root / "other")


def test_a_swapped_disk_does_not_cost_its_old_stock(it, caplog):
    it.run(at={5: lambda: it.put("a.png", picture(1))})
    swap(it)
    for number in range(20, 25):
        it.put(f"{number}.png", picture(number))
    it.run()
    assert it.scans() == [("a.png", VIN)]
    assert sum("never saw" in line for line in caplog.messages) == 1
    it.run(at={10: lambda: it.put("new.png", picture(2))})
    assert it.scans() == [("a.png", VIN), ("new.png", VIN)]


def test_disks_by_turns_are_each_known_by_a_picture(it, caplog):
    it.run(at={5: lambda: it.put("a.png", picture(1))})
    swap(it)
    it.put("old.png", picture(20))
    it.run()
    caplog.clear()
    for name, number in (("b.png", 2), ("c.png", 3), ("d.png", 4)):
        swap(it)
        it.put(name, picture(number))  # while the lane was off, beside what is known
        it.run()
    assert it.scans() == [(name, VIN) for name in ("a.png", "b.png", "c.png", "d.png")]
    assert not any("never saw" in line for line in caplog.messages)


def test_what_comes_to_the_ledgers_own_disk_while_the_lane_is_off_is_new(tmp_path, monkeypatch):
    """An XFS has no id of its own; the disk that holds the ledger was not exchanged."""
    it = FolderLane(tmp_path)

    def identity_of(path):
        identity, changed = listing.identity_of(path)
        return FolderIdentity(identity.device, identity.inode, identity.device), changed

    monkeypatch.setattr(inbox, "identity_of", identity_of)
    it.run(1)
    it.put("a.png", picture(1))
    it.run()
    assert it.scans() == [("a.png", VIN)]


def test_a_disk_that_was_emptied_is_no_lost_one(it):
    it.run(at={5: lambda: it.put("a.png", picture(1))})
    (it.folder / "a.png").unlink()
    it.said.clear()
    it.run(at={10: lambda: it.put("b.png", picture(2))})
    assert EventKind.CAMERA_LOST not in it.kinds()
    assert it.scans() == [("a.png", VIN), ("b.png", VIN)]


def test_a_known_picture_ends_the_doubt_about_lost_rows(it):
    it.run(at={5: lambda: it.put("a.png", picture(1))})
    with it.open_ledger() as ledger:
        ledger.files._writer.database._connection.execute("UPDATE files SET size = size + 1")
    it.put("b.png", picture(2))
    it.run()  # salvaged: all that lies there is in doubt
    assert it.scans() == [("a.png", VIN)]
    it.run()
    it.put("c.png", picture(3))
    it.run()
    assert it.scans() == [("a.png", VIN), ("c.png", VIN)]
