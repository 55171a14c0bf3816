"""What is written down for later: people's acts, files that were met, doubts in their order."""

import sqlite3
from contextlib import closing

import pytest
from ledger_makers import DOUBT, FILE_A, VIN_A, VIN_B, accept, claim, put, send

from kiosk.model import Accepted, NewScan, PauseReason, ScanOutcome, State
from kiosk.model.files import FileFate, FileStamp, FolderIdentity

SHA, OTHER = "b" * 64, "c" * 64
STAMP = FileStamp("a.jpg", inode=5, size=100, mtime_ns=1_000)
MOVED = FileStamp("b.jpg", inode=6, size=100, mtime_ns=2_000)


def acts(ledger):
    with ledger._database.reading() as connection:
        rows = connection.execute("SELECT what, who, detail FROM acts ORDER BY id").fetchall()
    return [tuple(row) for row in rows]


# ---- people -------------------------------------------------------------------------------------


def test_who_ended_which_pauses_is_written_down(ledger):
    assert ledger.resume("maria") == ()
    assert acts(ledger) == [], "there was none"
    ledger.pause(PauseReason.OPERATOR, "lunch", "maria")
    ledger.pause(PauseReason.BALANCE, "empty")
    assert ledger.is_paused()
    ledger.resume("jo")
    assert not ledger.is_paused()
    assert acts(ledger) == [
        ("pause", "maria", "operator: lunch"),
        ("pause", "lane", "balance: empty"),
        ("resume", "jo", "balance, operator"),
    ]


def test_what_is_sent_again_waits_behind_the_backlog(ledger):
    for number, vin in enumerate((VIN_A, VIN_B)):
        accept(ledger, f"{number}", vin)
    assert send(ledger, DOUBT).id == 2
    resent = ledger.resend(2, "maria")
    assert not resent.live
    assert claim(ledger).submission.id == 1


def test_what_is_given_up_is_nobodys_any_more(ledger):
    one = accept(ledger, "one", VIN_A)
    assert one.live
    assert not ledger.drop(1, "maria").live


def test_what_was_to_be_sent_again_and_was_given_up_may_come_again(ledger):
    accept(ledger, "one", VIN_A)
    send(ledger, DOUBT)
    ledger.resend(1, "maria")
    ledger.drop(1, "maria")
    assert isinstance(put(ledger, "one", VIN_A), Accepted)


# ---- questions ----------------------------------------------------------------------------------


def test_the_first_doubt_is_the_oldest(ledger):
    for number in range(3):
        accept(ledger, f"car {number}", f"1M8GDM9AXKP{number:06d}", live=False)
        send(ledger, DOUBT)
    ledger.drop(1, "maria")
    assert ledger.status().first_in_doubt == 2
    assert [one.id for one in ledger.submissions({State.IN_DOUBT})] == [2, 3]


def test_the_last_fifty_scans_are_listed_newest_first(ledger):
    for _ in range(51):
        ledger.record_scan(NewScan("button", ScanOutcome.NONE))
    assert [scan.id for scan in ledger.scans()] == [*range(51, 1, -1)]


def test_damaged_rows_are_listed_by_their_numbers(ledger, state_dir):
    for number in range(3):
        accept(ledger, f"car {number}", f"1M8GDM9AXKP{number:06d}")
    with closing(sqlite3.connect(state_dir / "ledger.sqlite", isolation_level=None)) as database:
        database.execute("UPDATE submissions SET vin = ? WHERE id IN (1, 3)", (VIN_B,))
    damaged: list[int] = []
    assert [one.id for one in ledger.submissions(damaged=damaged)] == [2]
    assert damaged == [1, 3]


# ---- picture files ------------------------------------------------------------------------------


def test_files_of_two_folders_are_all_known(ledger):
    stamps = [FileStamp(f"{number}.jpg", number, 9, number) for number in range(4)]
    here = FolderIdentity(device=1, inode=1, file_system=7)
    ledger.files.take_in("/in", here, stamps[:2])
    ledger.files.take_in("/other", here, stamps[2:])
    assert [known.stamp for known in ledger.files.all()] == stamps


def test_of_a_file_the_last_that_is_known_counts(ledger):
    here = FolderIdentity(device=1, inode=1, file_system=7)
    ledger.files.take_in("/in", here, [STAMP])
    ledger.files.settle(STAMP, SHA, FileFate.SCANNED)
    assert ledger.files.known_as(STAMP).fate is FileFate.SCANNED


def test_of_a_content_the_last_scan_counts(ledger):
    for outcome in (ScanOutcome.SET_ASIDE, ScanOutcome.ASKED, ScanOutcome.VIN):
        ledger.record_scan(NewScan("arrival", outcome, file_sha256=SHA))
    assert ledger.files.fate_of(SHA) is FileFate.SCANNED
    ledger.record_scan(NewScan("arrival", ScanOutcome.ASKED, file_sha256=SHA))
    assert ledger.files.fate_of(SHA) is FileFate.ASKED


def test_a_submission_knows_its_file_when_its_scan_is_forgotten(ledger):
    accept(ledger, "one", VIN_A, file_sha256=FILE_A)
    with ledger._database.writing() as connection:
        connection.execute("DELETE FROM scans")
    assert ledger.files.fate_of(FILE_A) is FileFate.SCANNED
    assert ledger.files.fate_of(OTHER) is None


def test_what_is_settled_waits_for_nothing_and_was_no_death(ledger):
    here = FolderIdentity(device=1, inode=1, file_system=7)
    ledger.files.take_in("/in", here, [STAMP])
    assert not ledger.files.known_as(STAMP).pending
    assert not ledger.files.settle(STAMP, SHA, FileFate.SET_ASIDE).pending
    assert ledger.files.settle(MOVED, OTHER, FileFate.SCANNED, pending=True).pending
    assert ledger.files.begin_look(STAMP, SHA) == 1


def test_what_was_set_aside_for_another_reason_was_no_death(ledger):
    scan = NewScan("arrival", ScanOutcome.SET_ASIDE, file_sha256=SHA)
    ledger.files.set_aside(STAMP, SHA, scan)
    assert ledger.files.begin_look(STAMP, SHA) == 1


def test_deaths_of_one_content_add_up_over_what_was_set_aside(ledger):
    scan = NewScan("arrival", ScanOutcome.SET_ASIDE, file_sha256=SHA)
    ledger.files.set_aside(STAMP, SHA, scan, tries=2)
    assert [ledger.files.begin_look(MOVED, SHA) for _ in range(3)] == [3, 4, 5]


def test_a_look_that_ends_takes_back_no_other(ledger):
    for stamp, content in ((STAMP, SHA), (MOVED, OTHER)):
        assert ledger.files.begin_look(stamp, content) == 1
    ledger.files.give_up_look(SHA)
    assert ledger.files.begin_look(STAMP, SHA) == 1
    assert ledger.files.begin_look(MOVED, OTHER) == 2


@pytest.mark.parametrize("days", [0, 400])
def test_what_is_paid_after_all_was_forgotten_counts(ledger, clock, days):
    """Numbers of attempts are given again then."""
    day = 86_400.0
    accept(ledger, "one", VIN_A)
    send(ledger, DOUBT)
    ledger.drop(1, "maria")
    clock.advance((days + 1) * day)
    assert ledger.status().credits_today == 0
    while not ledger.prune(days or 1e6, days or 1e6).is_last:
        pass
    accept(ledger, "two", VIN_B)
    send(ledger, DOUBT)
    assert ledger.status().credits_today == 1
