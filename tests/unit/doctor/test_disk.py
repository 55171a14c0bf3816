"""The state directory's disk and the ledger on it."""

import os
from pathlib import Path

import pytest

from kiosk.clock import ManualClock
from kiosk.doctor.accounts import Account
from kiosk.doctor.books import ledger_findings
from kiosk.doctor.daemon import Daemon
from kiosk.doctor.disk import Room, disk_findings, mount_findings, mount_of, room_at, room_finding
from kiosk.doctor.folder import folder_findings
from kiosk.doctor.machine import Machine
from kiosk.ledger.ledger import Ledger
from kiosk.model import PauseReason

STATE = "/var/lib/vin-kiosk/lane1"
CARD = "21 1 179:2 / / rw,noatime shared:1 - ext4 /dev/root rw"
NOBODY = Account("vin-kiosk", 65534, frozenset({65534}))


def mounted(tree, *lines):
    tree.write("/proc/self/mountinfo", "\n".join([CARD, "broken line", *lines]) + "\n")


def on(tree, *lines):
    mounted(tree, *lines)
    tree.folder(STATE)
    return list(mount_findings(STATE, mount_of(tree.machine, tree.machine.at(STATE))))


def test_a_card_is_well(tree):
    assert on(tree, "30 21 0:25 / /run rw - tmpfs tmpfs rw") == []


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("30 21 0:25 / /var/lib rw - tmpfs tmpfs rw", "lies in memory (tmpfs)"),
        ("30 21 0:25 / / rw - overlay overlay rw,lowerdir=/a", "lies on an overlay"),
        ("30 21 0:25 / /var/lib rw - nfs4 host:/x rw", "lies on another machine (nfs4)"),
        ("30 21 0:25 / /var/lib ro - ext4 /dev/sda1 rw", "read-only"),
        ("30 21 0:25 / /var rw shared:3 - ext4 /dev/sda1 ro,errors=remount-ro", "read-only"),
    ],
)
def test_what_would_lose_the_ledger_is_a_fault(tree, line, words):
    (finding,) = on(tree, line)
    assert finding.status == "fail"
    assert words in finding.found
    assert finding.do


def test_the_innermost_and_the_latest_mount_counts(tree):
    inner = "31 30 8:1 / /var/lib/vin-kiosk rw - ext4 /dev/sda1 rw"
    assert on(tree, "30 21 0:25 / /var/lib rw - tmpfs tmpfs rw", inner) == []
    assert on(tree, "30 21 0:25 / /var/li rw - tmpfs tmpfs rw") == [], (
        "a name's beginning is no folder"
    )
    (finding,) = on(tree, inner, "32 30 0:9 / /var/lib/vin-kiosk rw - tmpfs over rw")
    assert "tmpfs" in finding.found
    spaced = "31 30 8:1 / /var/my\\040files rw - tmpfs x rw"
    mounted(tree, spaced)
    assert mount_of(tree.machine, tree.folder("/var/my files/x")).kind == "tmpfs"


def test_a_kernel_that_says_nothing_is_no_fault(tree):
    assert mount_of(tree.machine, tree.folder(STATE)) is None
    assert list(mount_findings(STATE, None)) == []


@pytest.mark.parametrize(
    ("free", "names", "status"),
    [
        (50_000_000_000, 1_000_000, "ok"),
        (50_000_000_000, None, "ok"),
        (999_000_000, 1_000_000, "warn"),
        (99_000_000, 1_000_000, "fail"),
        (50_000_000_000, 999, "warn"),
        (50_000_000_000, 0, "fail"),
    ],
)
def test_room_is_judged_by_bytes_and_by_names(free, names, status):
    finding = room_finding(STATE, Room(free, names))
    assert finding.status == status
    assert (finding.do is None) == (status == "ok")


def test_the_room_of_this_machine_is_what_an_ordinary_user_may_write(tmp_path):
    status = os.statvfs(tmp_path)
    room = room_at(tmp_path)
    assert abs(room.free - status.f_bavail * status.f_frsize) < 1e9
    assert (room.names is None) == (status.f_files == 0)


def test_a_directory_that_the_lane_may_not_write_is_a_fault(tree):
    place = tree.folder(STATE)
    place.chmod(0o755)
    first, *_ = disk_findings(tree.machine, place.relative_to(tree.root), NOBODY)
    assert first.status == "fail"
    assert "cannot be written by vin-kiosk" in first.found
    assert first.do.startswith("sudo chown -R vin-kiosk:vin-kiosk")
    owner = Account("vin-kiosk", place.stat().st_uid, frozenset())
    assert [
        one.status for one in disk_findings(tree.machine, place.relative_to(tree.root), owner)
    ] == ["ok"]
    assert [
        one.status for one in disk_findings(tree.machine, place.relative_to(tree.root), None)
    ] == ["ok"]


def test_a_missing_directory_is_made_at_the_start_or_by_a_person(tree, tmp_path):
    tree.folder("/var/lib")
    usual, room = disk_findings(tree.machine, Path(STATE), None)
    assert (usual.status, room.status) == ("ok", "ok")
    assert "made at the first start" in usual.found
    elsewhere, _ = disk_findings(tree.machine, Path("/data/lane1"), None)
    assert elsewhere.status == "warn"
    assert elsewhere.do.endswith("-m 750 /data/lane1")
    tree.write("/data")
    tree.write("/file")
    (file,) = disk_findings(tree.machine, Path("/file"), None)
    assert (file.status, file.found) == ("fail", "/file is no folder")


# ---- the ledger ---------------------------------------------------------------------------------


@pytest.fixture
def ledger(tmp_path):
    with Ledger.open(tmp_path / "state", ManualClock()) as opened:
        yield opened


def test_a_ledger_that_is_not_there_yet_is_well(tmp_path):
    (finding,) = ledger_findings(tmp_path, Daemon())
    assert (finding.status, "made at the first start" in finding.found) == ("ok", True)


def test_a_ledger_opens_beside_the_lane_and_says_what_waits(ledger, tmp_path):
    (finding,) = ledger_findings(tmp_path / "state", Daemon())
    assert finding.status == "ok"
    assert finding.found == "opens; 0 waiting, 0 in doubt, 0 credits today"
    ledger.pause(PauseReason.BALANCE, "the balance is used up")
    (finding,) = ledger_findings(tmp_path / "state", Daemon())
    assert finding.status == "warn"
    assert "top up" in finding.do


def test_a_damaged_ledger_is_a_fault_and_one_that_was_mended_a_warning(ledger, tmp_path):
    ledger.close()
    path = tmp_path / "state" / "ledger.sqlite"
    path.write_bytes(b"no database at all" * 100)
    (finding,) = ledger_findings(tmp_path / "state", Daemon())
    assert finding.status == "fail"
    Ledger.open(tmp_path / "state", ManualClock()).close()
    well, mended = ledger_findings(tmp_path / "state", Daemon())
    assert (well.status, mended.status) == ("ok", "warn")
    assert "ledger.sqlite.damaged-" in mended.found


def test_a_ledger_that_you_may_not_read_is_no_fault(ledger, tmp_path):
    root = os.geteuid() == 0
    state = tmp_path / "state"
    ledger.close()
    state.chmod(0o700 if root else 0)
    if root:
        os.seteuid(65534)
    try:
        found = list(ledger_findings(state, Daemon(running=True)))
    finally:
        if root:
            os.seteuid(0)
        state.chmod(0o750)
    assert [one.status for one in found] == ["unknown"]
    assert "the running lane has it open" in found[0].found


# ---- a watched folder ---------------------------------------------------------------------------


def watched(lane, path, after="keep"):
    return lane(
        camera={"source": f"folder:{path}", "after": after}, trigger={"mode": "arrival"}
    ).camera


def test_a_folder_is_there_readable_and_writable_where_pictures_leave_it(tree, lane):
    place = tree.folder("/srv/scans")
    place.chmod(0o755)
    (read,) = folder_findings(tree.machine, watched(lane, "/srv/scans"), NOBODY)
    assert read.status == "ok"
    (move,) = folder_findings(tree.machine, watched(lane, "/srv/scans", "move"), NOBODY)
    assert move.status == "fail"
    assert move.found == "vin-kiosk may not move pictures in /srv/scans"
    place.chmod(0o700)
    (closed,) = folder_findings(tree.machine, watched(lane, "/srv/scans"), NOBODY)
    assert closed.found == "vin-kiosk may not read /srv/scans"
    (unknown,) = folder_findings(tree.machine, watched(lane, "/srv/scans"), None)
    assert unknown.status == "ok"


def test_a_folder_that_is_missing_or_a_file_is_a_fault(tree, lane):
    (finding,) = folder_findings(tree.machine, watched(lane, "/srv/none"), None)
    assert finding.found == "there is no folder /srv/none"
    tree.write("/srv/file")
    (finding,) = folder_findings(tree.machine, watched(lane, "/srv/file"), None)
    assert finding.found == "/srv/file is no folder"


def test_a_share_is_told_and_a_kernel_that_watches_little_a_warning(tree, lane):
    tree.folder("/srv/scans")
    mounted(tree, "30 21 0:25 / /srv rw - cifs //nas/x rw")
    tree.write("/proc/sys/fs/inotify/max_user_watches", "8192\n")
    tree.write("/proc/sys/fs/inotify/max_user_instances", "4\n")
    there, share, limits = folder_findings(tree.machine, watched(lane, "/srv/scans"), None)
    assert "another machine (cifs)" in share.found
    assert limits.status == "warn"
    assert "4 watchers, 8192 folders" in limits.found
    assert there.status == share.status == "ok"


def test_the_root_itself_is_on_a_file_system():
    mount = mount_of(Machine(), Machine().root)
    assert mount is None or mount.point == "/"


@pytest.mark.parametrize("through", ["/srv/private/lane", "/srv/link"])
def test_a_folder_on_the_way_that_the_lane_may_not_enter_is_a_fault(tree, lane, through):
    tree.folder("/srv/private/lane").chmod(0o777)
    tree.link("/srv/link", tree.machine.at("/srv/private/lane"))
    tree.machine.at("/srv/private").chmod(0o700)
    watch, *_ = folder_findings(tree.machine, watched(lane, through), NOBODY)
    state, *_ = disk_findings(tree.machine, Path(through), NOBODY)
    name = Path(through).name
    assert [watch.status, state.status] == ["fail", "fail"]
    assert watch.found == f"vin-kiosk may not enter /srv/private, on the way to {name}"
    assert state.found == watch.found
    tree.machine.at("/srv/private").chmod(0o711)
    watch, *_ = folder_findings(tree.machine, watched(lane, through), NOBODY)
    state, *_ = disk_findings(tree.machine, Path(through), NOBODY)
    assert [watch.status, state.status] == ["ok", "ok"]


def test_a_path_with_blanks_is_quoted_in_what_to_do(tree, lane):
    (missing,) = folder_findings(tree.machine, watched(lane, "/srv/my scans"), None)
    assert missing.do == "sudo install -d -m 2775 -g vin-kiosk '/srv/my scans'"
    tree.write("/srv/my file")
    (file,) = disk_findings(tree.machine, Path("/srv/my file"), None)
    assert file.do == "sudo mv '/srv/my file' '/srv/my file'.old"
    made, _ = disk_findings(tree.machine, Path("/srv/$(id)"), None)
    assert made.do.endswith("-m 750 '/srv/$(id)'")
