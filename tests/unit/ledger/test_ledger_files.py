"""The book of picture files: what is known, what becomes of it, and ledgers from before it."""

import os
import sqlite3
import tarfile
import tempfile
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ledger_makers import (
    DOUBT,
    FILE_A,
    VIN_A,
    a_scan,
    a_submission,
    accept,
    lose_database,
    open_ledger,
    send,
)

from kiosk.clock import ManualClock
from kiosk.errors import LedgerError, LedgerFullError
from kiosk.ledger.database import (
    SCHEMA_VERSION,
    connect,
    create_schema,
    our_schema,
    schema_of,
    schema_version,
)
from kiosk.ledger.view import LedgerView
from kiosk.model import NewScan, PauseReason, ScanOutcome, State
from kiosk.model.files import FileFate, FileStamp, FolderIdentity

IN_MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
# A state directory as a lane of version 1 left it when its power failed: with its WAL.
VERSION_1 = Path(__file__).with_name("version-1.tar.gz")
HERE = FolderIdentity(device=1, inode=1001, file_system=77)
OLD = FileStamp("old.jpg", inode=5, size=100, mtime_ns=1_000)
SHA = "b" * 64


def a_scan_of(vin):
    new = a_submission("one", vin)
    return a_scan(new), new


def version_of(state_dir):
    with closing(sqlite3.connect(state_dir / "ledger.sqlite")) as database:
        return database.execute("PRAGMA user_version").fetchone()[0]


def unpack_version_1(state_dir):
    state_dir.mkdir()
    with tarfile.open(VERSION_1) as archive:
        archive.extractall(state_dir, filter="data")


def set_aside(state_dir):
    return list(state_dir.glob("*.damaged-*"))


# ---- from version 1 ---------------------------------------------------------------------------


def test_a_ledger_of_version_1_opens_and_keeps_everything(state_dir, clock):
    unpack_version_1(state_dir)
    for _ in range(2):
        with open_ledger(state_dir, clock) as ledger:
            report = ledger.start_report
            assert (report.damaged, report.missing_sequences) == (None, ())
            states = [one.state for one in ledger.submissions()]
            assert states == [State.RECOGNIZED, State.IN_DOUBT, State.QUEUED]
            assert ledger.status().pause.reason is PauseReason.DOUBTS
            assert len(ledger.scans()) == 4
            assert ledger.knows_file(FILE_A)
            assert not ledger.files.in_doubt
        assert version_of(state_dir) == SCHEMA_VERSION == 4
    with open_ledger(state_dir, clock) as ledger:
        ledger.files.take_in("/in", HERE, [OLD])
    with open_ledger(state_dir, clock) as ledger:
        assert [known.stamp for known in ledger.files.all()] == [OLD]
        assert ledger.files.fate_of(FILE_A) is FileFate.SCANNED
    assert set_aside(state_dir) == []


def test_a_damaged_ledger_of_version_1_is_salvaged(state_dir, clock):
    unpack_version_1(state_dir)
    with closing(sqlite3.connect(state_dir / "ledger.sqlite")) as database:
        database.execute("UPDATE submissions SET state = 'queued' WHERE id = 1")
        database.commit()
    with open_ledger(state_dir, clock) as ledger:
        assert "checksum" in ledger.start_report.damaged
        assert ledger.start_report.salvaged == 2
        assert ledger.files.in_doubt
    assert version_of(state_dir) == 4


def test_a_ledger_of_version_1_can_be_read_beside(state_dir):
    unpack_version_1(state_dir)
    with LedgerView.open(state_dir) as view:
        assert len(view.submissions()) == 3
    assert version_of(state_dir) == 1


# ---- from any version before ------------------------------------------------------------------


def begin_version_2(state_dir):
    state_dir.mkdir()
    with closing(connect(state_dir / "ledger.sqlite")) as database:
        create_schema(database, 2)


def test_a_ledger_of_version_2_opens_and_is_brought_up_to_date(state_dir, clock):
    begin_version_2(state_dir)
    with open_ledger(state_dir, clock) as ledger:
        assert ledger.start_report.damaged is None
        ledger.enqueue(*a_scan_of(VIN_A), in_view=True)
    assert version_of(state_dir) == SCHEMA_VERSION
    with open_ledger(state_dir, clock) as ledger:
        assert ledger.start_report.damaged is None
        assert ledger.sightings.in_view() == (VIN_A,)


def begin_version_3(state_dir):
    state_dir.mkdir()
    with closing(connect(state_dir / "ledger.sqlite")) as database:
        create_schema(database, 3)


@pytest.mark.parametrize("unpack", [unpack_version_1, begin_version_2, begin_version_3])
def test_a_power_cut_while_it_is_brought_up_to_date_leaves_it_as_it_was(state_dir, clock, unpack):
    unpack(state_dir)
    path = state_dir / "ledger.sqlite"
    before = version_of(state_dir)

    def die_at_the_end(action, pragma, value, *_):
        if (action, pragma) == (sqlite3.SQLITE_PRAGMA, "user_version") and value is not None:
            os._exit(7)
        return sqlite3.SQLITE_OK

    child = os.fork()
    if not child:
        database = connect(path)
        database.set_authorizer(die_at_the_end)
        create_schema(database)
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
    with closing(connect(path, mode="ro")) as database:
        assert (schema_version(database), schema_of(database)) == (before, our_schema(before))
    with open_ledger(state_dir, clock) as ledger:
        assert ledger.start_report.damaged is None
    assert version_of(state_dir) == SCHEMA_VERSION


@pytest.mark.parametrize("version", [-1, 0, 1, 2, 3])
def test_a_version_that_the_tables_belie_is_damage(state_dir, clock, version):
    with open_ledger(state_dir, clock) as ledger:
        accept(ledger, "one")
    with closing(sqlite3.connect(state_dir / "ledger.sqlite")) as database:
        database.execute(f"PRAGMA user_version = {version}")
    with open_ledger(state_dir, clock) as ledger:
        assert "not those of the ledger" in ledger.start_report.damaged
        assert ledger.start_report.salvaged == 1


# ---- folders ----------------------------------------------------------------------------------


def test_a_folder_is_taken_in_once_and_for_all(state_dir, clock):
    with open_ledger(state_dir, clock) as ledger:
        assert ledger.files.identities("/in") is None
        ledger.files.take_in("/in", HERE, [OLD])
    with open_ledger(state_dir, clock) as ledger:
        assert ledger.files.identities("/in") == (HERE,)
        assert ledger.files.identities("/other") is None
        (known,) = ledger.files.all()
        assert (known.stamp, known.fate, known.sha256) == (OLD, FileFate.SKIPPED, None)


def test_a_first_start_is_recorded_whole_or_not_at_all(ledger):
    twice = FileStamp("x", 2**63, 1, 1)  # too large for SQLite: the last row fails
    with pytest.raises(OverflowError):
        ledger.files.take_in("/in", HERE, [OLD, twice])
    assert ledger.files.identities("/in") is None
    assert list(ledger.files.all()) == []


def test_a_full_disk_takes_no_folder_in(ledger, monkeypatch):
    def full(self):
        raise LedgerFullError("the disk is full")

    monkeypatch.setattr("kiosk.ledger.reserve.Reserve.ensure", full)
    for begin in (
        lambda: ledger.files.take_in("/in", HERE, [OLD]),
        lambda: ledger.files.begin_look(OLD, SHA),
        lambda: ledger.files.set_aside(OLD, SHA, NewScan("arrival", ScanOutcome.SET_ASIDE)),
    ):
        with pytest.raises(LedgerFullError):
            begin()
    assert ledger.files.identities("/in") is None
    assert list(ledger.files.all()) == []


def test_a_folder_keeps_its_last_identities(ledger):
    many = [FolderIdentity(device, device, 0) for device in range(20)]
    for one in [*many, many[15]]:
        ledger.files.take_in("/in", one, [])
    kept = ledger.files.identities("/in")
    assert kept == (*many[12:15], *many[16:], many[15])


STICK = 0x801  # sda1: the first stick that is plugged in, whichever it is
SHARE = 0x2D  # shares have the major number 0
PARTS = st.builds(
    FolderIdentity, st.integers(0, 2**20), st.integers(1, 300), st.integers(-(2**63), 2**63 - 1)
)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        # ext4, Btrfs: the id is made of the disk's own UUID, and says all
        (FolderIdentity(STICK, 2, 77), FolderIdentity(0x811, 2, 77), True),
        (FolderIdentity(STICK, 12, 77), FolderIdentity(STICK, 13, 77), True),  # made again
        (FolderIdentity(STICK, 2, 77), FolderIdentity(STICK, 2, 78), False),
        (FolderIdentity(STICK, 12, 77), FolderIdentity(STICK, 12, 78), False),  # DCIM is always 12
        # FAT, exFAT, XFS: the id is the device's number, and says nothing
        (FolderIdentity(STICK, 1, STICK), FolderIdentity(STICK, 1, STICK), False),
        (FolderIdentity(STICK, 131, STICK), FolderIdentity(STICK, 131, STICK), False),
        (FolderIdentity(STICK, 2, 77), FolderIdentity(STICK, 1, STICK), False),
        # NTFS by FUSE: a disk without an id
        (FolderIdentity(STICK, 64, 0), FolderIdentity(STICK, 64, 0), False),
        (FolderIdentity(STICK, 40, 0), FolderIdentity(STICK, 40, 0), False),
        # NFS: the server gives the inode's number, the device's comes by the order of mounting
        (FolderIdentity(SHARE, 1001, 0), FolderIdentity(SHARE + 1, 1001, 0), True),
        (FolderIdentity(SHARE, 1001, 0), FolderIdentity(SHARE, 2002, 0), False),
        (FolderIdentity(SHARE, 2, 0), FolderIdentity(SHARE, 2, 0), False),  # a whole disk's root
        (FolderIdentity(SHARE, 1001, 0), FolderIdentity(STICK, 1001, 0), False),
        (FolderIdentity(SHARE, 1001, 0), FolderIdentity(SHARE, 1001, 5), False),
    ],
)
def test_only_what_cannot_be_another_disk_is_the_same_folder(one, other, same):
    assert one.is_same_folder(other) is same
    assert other.is_same_folder(one) is same


@given(one=PARTS, other=PARTS)
def test_what_surely_is_one_folder_may_be_one(one, other):
    assert one.may_be_same_folder(one)
    assert one.is_same_folder(other) is other.is_same_folder(one)
    assert one.may_be_same_folder(other) or not one.is_same_folder(other)


def test_any_sign_of_three_tells_that_it_may_be_the_same():
    one = FolderIdentity(1, 1001, 77)
    for other in (FolderIdentity(1, 5, 0), FolderIdentity(9, 1001, 0), FolderIdentity(9, 5, 77)):
        assert one.may_be_same_folder(other)
    assert not one.may_be_same_folder(FolderIdentity(9, 5, 78))
    assert not FolderIdentity(1, 2, 0).may_be_same_folder(FolderIdentity(9, 2, 0))


def test_a_folder_is_known_here_as_what_it_was_and_on_the_ledgers_own_disk(ledger, state_dir):
    status = state_dir.stat()
    here = FolderIdentity(status.st_dev, status.st_ino, status.st_dev)
    elsewhere = FolderIdentity(status.st_dev + 1, status.st_ino, status.st_dev + 1)
    assert not ledger.files.is_known_here("/in", here)
    for one in (here, elsewhere):
        ledger.files.take_in("/in", one, [])
    assert ledger.files.is_known_here("/in", here)
    assert not ledger.files.is_known_here("/in", elsewhere)
    assert not ledger.files.is_known_here("/in", FolderIdentity(status.st_dev, 5, status.st_dev))
    (state_dir / "ledger.sqlite").unlink()
    assert not ledger.files.is_known_here("/in", here)


# ---- lost databases ---------------------------------------------------------------------------


def test_after_a_salvage_files_are_in_doubt_until_the_folder_is_taken_in(state_dir, clock):
    with open_ledger(state_dir, clock) as ledger:
        assert not ledger.files.in_doubt
        ledger.files.take_in("/in", HERE, [OLD])
    with closing(sqlite3.connect(state_dir / "ledger.sqlite", isolation_level=None)) as database:
        database.execute("UPDATE files SET size = 7")
    with open_ledger(state_dir, clock) as ledger:
        assert "files" in ledger.start_report.damaged
        assert list(ledger.files.all()) == []
    with open_ledger(state_dir, clock) as ledger:
        assert ledger.files.in_doubt
        ledger.files.take_in("/in", HERE, [], clears_doubt=False)
        assert ledger.files.in_doubt
        ledger.files.take_in("/in", HERE, [])
        assert not ledger.files.in_doubt


def test_a_database_younger_than_the_spent_log_has_files_in_doubt(state_dir, clock):
    with open_ledger(state_dir, clock) as ledger:
        accept(ledger, "one", VIN_A, file_sha256=FILE_A)
        send(ledger, DOUBT)
    lose_database(state_dir)
    with open_ledger(state_dir, clock) as ledger:
        assert ledger.files.in_doubt
        assert ledger.files.fate_of(FILE_A) is FileFate.SCANNED  # by the spent log
        ledger.files.take_in("/in", HERE, [])
    with open_ledger(state_dir, clock) as ledger:
        assert not ledger.files.in_doubt


# ---- what is known ----------------------------------------------------------------------------


def test_a_file_is_known_by_its_name_or_by_its_inode(ledger):
    ledger.files.settle(OLD, SHA, FileFate.SCANNED)
    moved = FileStamp("new.jpg", OLD.inode, OLD.size, OLD.mtime_ns)
    put_back = FileStamp(OLD.name, 99, OLD.size, OLD.mtime_ns)
    for same in (OLD, moved, put_back):
        assert ledger.files.known_as(same).sha256 == SHA
    for other in (
        FileStamp("new.jpg", 99, OLD.size, OLD.mtime_ns),
        FileStamp(OLD.name, OLD.inode, OLD.size + 1, OLD.mtime_ns),
        FileStamp(OLD.name, OLD.inode, OLD.size, OLD.mtime_ns + 1),
    ):
        assert ledger.files.known_as(other) is None


@given(names=st.sets(st.binary(min_size=1, max_size=40).filter(lambda name: b"\0" not in name)))
@settings(max_examples=20)
def test_any_name_survives(names):
    stamps = [FileStamp(os.fsdecode(name), -1, 0, -5) for name in sorted(names)]
    with tempfile.TemporaryDirectory(dir=IN_MEMORY) as folder:
        with open_ledger(Path(folder), ManualClock()) as ledger:
            for stamp in stamps:
                ledger.files.settle(stamp, SHA, FileFate.SCANNED)
        with open_ledger(Path(folder), ManualClock()) as ledger:
            assert ledger.start_report.damaged is None
            assert [known.stamp for known in ledger.files.all()] == stamps


def test_looks_are_counted_by_content_until_one_ends(ledger):
    files = ledger.files
    other_name = FileStamp("again.jpg", 9, 100, 2_000)
    assert [files.begin_look(OLD, SHA), files.begin_look(other_name, SHA)] == [1, 2]
    assert files.known_as(other_name) is None  # being looked at is not known
    assert list(files.all()) == []
    assert files.fate_of(SHA) is None
    files.give_up_look(SHA)
    assert files.begin_look(OLD, SHA) == 2
    files.settle(OLD, SHA, FileFate.SCANNED)
    assert files.begin_look(OLD, SHA) == 1


@pytest.mark.parametrize(
    ("outcome", "fate"),
    [
        (ScanOutcome.NONE, FileFate.SCANNED),
        (ScanOutcome.DUPLICATE, FileFate.SCANNED),
        (ScanOutcome.ASKED, FileFate.ASKED),
        (ScanOutcome.SET_ASIDE, FileFate.SET_ASIDE),
        (ScanOutcome.REFUSED, None),
        (ScanOutcome.BUSY, None),
        (ScanOutcome.STOPPED, None),
    ],
)
def test_a_scan_alone_makes_its_content_known(ledger, outcome, fate):
    ledger.record_scan(NewScan("arrival", outcome, file_name="x", file_sha256=SHA))
    assert ledger.files.fate_of(SHA) is fate
    assert ledger.knows_file(SHA) is (fate is not None)


def test_what_a_person_did_with_a_picture_comes_before_what_the_table_says(ledger):
    ledger.files.settle(OLD, SHA, FileFate.SKIPPED)
    assert ledger.files.fate_of(SHA) is FileFate.SKIPPED
    ledger.record_scan(NewScan("submit", ScanOutcome.VIN, file_sha256=SHA))
    assert ledger.files.fate_of(SHA) is FileFate.SCANNED


def test_a_new_file_takes_the_place_of_what_was_scanned_and_never_of_what_was_skipped(ledger):
    files = ledger.files
    files.take_in("/in", HERE, [OLD])
    files.note_contents({1: SHA})
    second = FileStamp(OLD.name, 6, 200, 3_000)
    third = FileStamp(OLD.name, 7, 300, 4_000)
    files.settle(second, "c" * 64, FileFate.SCANNED)
    files.settle(third, "d" * 64, FileFate.ASKED)
    assert [known.stamp for known in files.all()] == [OLD, third]
    assert files.fate_of(SHA) is FileFate.SKIPPED


def test_skipped_files_are_read_by_and_by(ledger):
    files = ledger.files
    files.take_in("/in", HERE, [OLD, FileStamp("b.jpg", 6, 100, 5)])
    files.note_contents({1: SHA, 99: SHA})  # the second is gone by now
    assert [known.sha256 for known in files.all()] == [SHA, None]
    touched = FileStamp("moved.jpg", 8, 100, 6)
    files.restamp({2: touched})
    assert files.known_as(touched).fate is FileFate.SKIPPED


def test_what_was_read_is_followed_where_it_moves_and_not_where_it_is_written(ledger):
    files = ledger.files
    files.take_in("/in", HERE, [OLD])
    files.note_contents({1: SHA})
    moved = FileStamp("moved.jpg", 8, OLD.size, OLD.mtime_ns)
    files.restamp({1: moved})
    for written in (
        FileStamp("moved.jpg", 8, OLD.size, OLD.mtime_ns + 1),
        FileStamp("moved.jpg", 8, OLD.size + 1, OLD.mtime_ns),
    ):
        files.restamp({1: written})
    assert [known.stamp for known in files.all()] == [moved]


def test_pending_work_is_kept_until_the_file_is_forgotten(state_dir, clock):
    with open_ledger(state_dir, clock) as ledger:
        known = ledger.files.settle(OLD, SHA, FileFate.SCANNED, pending=True)
    with open_ledger(state_dir, clock) as ledger:
        assert list(ledger.files.all()) == [known]
        assert known.pending
        ledger.files.forget(known.id)
        assert list(ledger.files.all()) == []


def test_only_vanished_files_whose_scans_are_forgotten_are_forgotten(ledger):
    files = ledger.files
    files.take_in("/in", HERE, [OLD])
    here = files.settle(FileStamp("here", 1, 1, 1), "1" * 64, FileFate.SCANNED)
    files.settle(FileStamp("gone", 2, 1, 1), "2" * 64, FileFate.SCANNED)
    files.settle(FileStamp("known", 3, 1, 1), "3" * 64, FileFate.SCANNED)
    files.set_aside(
        FileStamp("link", 4, 1, 1), None, NewScan("arrival", ScanOutcome.SET_ASIDE, detail="why")
    )
    ledger.record_scan(NewScan("arrival", ScanOutcome.NONE, file_sha256="3" * 64))
    assert files.prune({here.id}) == 2
    assert files.prune({here.id}) == 0
    assert [known.stamp.name for known in files.all()] == ["old.jpg", "here", "known"]


def test_what_was_set_aside_unread_is_kept_as_long_as_its_scan(ledger, clock):
    """A disk that is away for a night must not be told anew of each of its links."""
    for name in ("link.jpg", os.fsdecode(b"\xff.jpg")):
        scan = NewScan("arrival", ScanOutcome.SET_ASIDE, file_name=ascii(name).strip("'"))
        ledger.files.set_aside(FileStamp(name, 4, 1, 1), None, scan)
    ledger.record_scan(NewScan("button", ScanOutcome.NONE))  # without a file
    assert ledger.files.prune(set()) == 1  # of a name that no text can show
    assert [known.stamp.name for known in ledger.files.all()] == ["link.jpg"]
    clock.advance(500 * 86_400)
    ledger.prune(30, 400)
    assert ledger.files.prune(set()) == 1


def test_the_table_is_sealed(state_dir, clock):
    with open_ledger(state_dir, clock) as ledger:
        ledger.files.take_in("/in", HERE, [OLD, FileStamp("b.jpg", 6, 100, 5)])
    with closing(sqlite3.connect(state_dir / "ledger.sqlite", isolation_level=None)) as database:
        database.execute("UPDATE files SET mtime_ns = 7 WHERE id = 1")
    with open_ledger(state_dir, clock) as ledger:
        assert "a row of files fails its checksum" in ledger.start_report.damaged
        assert [known.stamp.name for known in ledger.files.all()] == ["b.jpg"]
        assert ledger.files.identities("/in") == (HERE,)


def test_ten_thousand_files_are_taken_in_at_once(ledger):
    many = [FileStamp(f"{n}.jpg", n, 100, n) for n in range(10_000)]
    steps = []
    with ledger._database.reading() as connection:
        connection.set_trace_callback(steps.append)
        ledger.files.take_in("/in", HERE, many)
        connection.set_trace_callback(None)
    assert [step for step in steps if "COMMIT" in step] == ["COMMIT"]
    assert sum(1 for _ in ledger.files.all()) == 10_000


def test_a_broken_ledger_says_so(ledger, state_dir):
    ledger.close()
    with pytest.raises(LedgerError):
        ledger.files.known_as(OLD)
