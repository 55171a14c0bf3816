"""A full disk: scans are refused visibly, nothing half-written stays, paid answers find room."""

import os
import resource
import signal
import sqlite3

import pytest
from ledger_life import DOUBT, REFUSAL, SUCCESS, attempt, clock, in_child, scan

from kiosk.errors import LedgerError, LedgerFullError
from kiosk.ledger import retention, spent
from kiosk.ledger.ledger import Ledger
from kiosk.ledger.reserve import RESERVE_BYTES
from kiosk.model import Claim, Held, NewScan, PauseReason, ScanOutcome, State

NO_SPACE = OSError(28, "No space left on device")


@pytest.fixture
def ledger(tmp_path):
    with Ledger.open(tmp_path, clock()) as opened:
        yield opened


def fill_up(ledger, *, spare_pages=0):
    """Let the database grow no further: SQLite then says exactly what it says of a full disk."""
    connection = ledger._database._connection
    pages = connection.execute("PRAGMA page_count").fetchone()[0]
    connection.execute(f"PRAGMA max_page_count = {pages + spare_pages}")
    free = connection.execute("PRAGMA freelist_count").fetchone()[0]
    if free and not spare_pages:
        connection.execute("VACUUM")
        fill_up(ledger)


def test_a_scan_on_a_full_disk_is_refused_and_leaves_nothing(ledger):
    scan(ledger, "first")
    before = ledger.submissions(), ledger.scans(), ledger.status()
    fill_up(ledger)
    with pytest.raises(LedgerFullError, match="disk is full"):
        scan(ledger, "second" * 3000, None)
    assert (ledger.submissions(), ledger.scans(), ledger.status()) == before
    ledger._database._connection.execute("PRAGMA max_page_count = 1000000")
    assert scan(ledger, "second" * 3000, None).submission.seq == 2


def test_without_room_for_the_reserve_nothing_new_begins(ledger, tmp_path, monkeypatch):
    scan(ledger, "first")
    (tmp_path / "reserve").unlink()
    with monkeypatch.context() as full:
        full.setattr(os, "posix_fallocate", refuse)
        for act in (
            lambda: scan(ledger, "second", None),
            lambda: ledger.record_scan(NewScan("button", ScanOutcome.NONE)),
            ledger.claim,
        ):
            with pytest.raises(LedgerFullError, match="Free some space"):
                act()
        assert not (tmp_path / "reserve").exists()
        ledger.pause(PauseReason.DOUBTS, "people may still act")
        ledger.drop(1, "maria")
    assert len(ledger.scans()) == 1
    ledger.resume("maria")
    assert ledger.claim() == Held("empty")
    assert (tmp_path / "reserve").stat().st_size == RESERVE_BYTES


def refuse(*_):
    raise NO_SPACE


def test_an_answer_already_paid_finds_the_reserve(ledger, tmp_path, monkeypatch):
    """The disk is full until the reserve is given up, then there is room again."""
    scan(ledger, "first")
    claimed = ledger.claim()
    ledger.commit_tail(claimed)
    pages = ledger._database._connection.execute("PRAGMA page_count").fetchone()[0]
    fill_up(ledger)
    settlement = SUCCESS
    grown = settlement.answer.__class__(success=True, vin="1" * 17, raw=b"x" * 40_000)
    settlement = type(settlement)(State.RECOGNIZED, "recognised", credits=1, answer=grown)
    unlink = os.unlink

    def give_room(path, **options):
        unlink(path, **options)
        if str(path).endswith("reserve"):
            ledger._database._connection.execute(f"PRAGMA max_page_count = {pages + 99}")

    monkeypatch.setattr(os, "unlink", give_room)
    done = ledger.settle(claimed, settlement)
    assert (done.state, done.credits) == (State.RECOGNIZED, 1)
    assert not (tmp_path / "reserve").exists()


def test_no_room_in_the_spent_log_stops_the_tail(ledger, tmp_path, monkeypatch):
    scan(ledger, "first")
    claimed = ledger.claim()
    with monkeypatch.context() as full:
        full.setattr(spent.os, "write", refuse)
        with pytest.raises(LedgerFullError):
            ledger.commit_tail(claimed)
    again = ledger.submission(1)
    assert (again.state, again.live) == (State.QUEUED, False)
    assert "not sent" in again.reason
    assert (tmp_path / "spent.log").read_bytes() == b""
    assert isinstance(ledger.claim(), Claim)


def test_no_room_for_the_number_refuses_the_scan(ledger, monkeypatch):
    scan(ledger, "first")
    with monkeypatch.context() as full:
        full.setattr(os, "pwrite", refuse)
        with pytest.raises(LedgerFullError, match="disk is full"):
            scan(ledger, "second", None)
    assert len(ledger.submissions()) == 1
    assert scan(ledger, "second", None).submission.seq == 2


def test_a_short_write_is_taken_back(ledger, tmp_path, monkeypatch):
    scan(ledger, "first")
    claimed = ledger.claim()
    write = os.write
    with monkeypatch.context() as full:
        full.setattr(spent.os, "write", lambda descriptor, line: write(descriptor, line[:40]))
        with pytest.raises(LedgerFullError):
            ledger.commit_tail(claimed)
    assert (tmp_path / "spent.log").read_bytes() == b""
    assert ledger.status().credits_today == 0


def test_a_release_that_cannot_be_written_is_a_doubt(ledger, monkeypatch):
    scan(ledger, "first")
    claimed = ledger.claim()
    ledger.commit_tail(claimed)
    with monkeypatch.context() as full:
        full.setattr(spent.os, "write", refuse)
        done = ledger.settle(claimed, REFUSAL)
        assert done.state is State.IN_DOUBT
        assert "could not be written" in done.reason
        with pytest.raises(LedgerFullError):
            ledger.resend(1, "maria")
    assert ledger.claim() == Held("paused")
    assert ledger.resend(1, "maria").state is State.QUEUED


def test_a_doubt_whose_release_found_no_room_is_restored_to_a_lost_spent_log(
    ledger, tmp_path, monkeypatch
):
    scan(ledger, "first")
    claimed = ledger.claim()
    ledger.commit_tail(claimed)
    with monkeypatch.context() as full:
        full.setattr(spent.os, "write", refuse)
        ledger.settle(claimed, REFUSAL)
    ledger.close()
    (tmp_path / "spent.log").unlink()
    with Ledger.open(tmp_path, clock()) as again:
        assert again._writer.spent.is_spent(claimed.submission.sha256)


def test_what_cannot_even_be_taken_back_is_a_doubt_at_the_next_start(ledger, tmp_path, monkeypatch):
    scan(ledger, "first")
    claimed = ledger.claim()
    database = ledger._database._connection

    def refuse_everything(*_):
        database.execute("PRAGMA query_only = ON")
        raise NO_SPACE

    with monkeypatch.context() as full:
        full.setattr(spent.os, "write", refuse_everything)
        with pytest.raises(LedgerFullError):
            ledger.commit_tail(claimed)
    assert ledger.submission(1).state is State.COMMITTED
    ledger.close()
    with Ledger.open(tmp_path, clock()) as again:
        (doubt,) = again.take_notices()
        assert (doubt.id, doubt.state) == (1, State.IN_DOUBT)


def test_old_pictures_never_cost_the_reserve(ledger, tmp_path, monkeypatch):
    scan(ledger, "first")

    def full(*_):
        raise LedgerFullError("the disk is full")

    monkeypatch.setattr(retention, "prune", full)
    with pytest.raises(LedgerFullError):
        ledger.prune(30, 400)
    assert (tmp_path / "reserve").stat().st_size == RESERVE_BYTES


# ---- a real limit, from the kernel ---------------------------------------------------------


def limited(size: int) -> None:
    """Let no file of this process grow beyond ``size`` bytes: writes fail, as on a full disk."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


def test_walking_into_a_real_limit(tmp_path):
    """Scans and attempts until the kernel says no; what was said to be saved is there."""

    def life():
        with Ledger.open(tmp_path, clock()) as ledger:
            scan(ledger, "first")
            limited(RESERVE_BYTES)
            saved = 1
            try:
                while True:
                    scan(ledger, f"picture {saved}" * 1000, None, consent=True)
                    saved += 1
            except LedgerError:
                pass
            count = len(ledger.submissions())
            (tmp_path / "said").write_text(f"{saved} {count}")

    assert in_child(life) == 0
    saved, count = map(int, (tmp_path / "said").read_text().split())
    assert saved == count > 0
    with Ledger.open(tmp_path, clock()) as ledger:
        assert ledger.start_report.damaged is None
        assert len(ledger.submissions()) == saved
        assert attempt(ledger, FakeWire(), DOUBT)


class FakeWire:
    """A wire nobody looks at."""

    def send_tail(self, picture: bytes) -> None:
        assert picture


def test_a_start_on_a_full_disk_is_a_clear_error(tmp_path):
    def life():
        limited(0)
        try:
            Ledger.open(tmp_path / "lane1", clock())
        except LedgerError as error:
            (tmp_path / "said").touch()
            os._exit(7 if "ledger" in str(error) or "full" in str(error) else 8)

    assert in_child(life) == 7
    Ledger.open(tmp_path / "lane1", clock()).close()


def test_another_writer_is_waited_for_and_then_told(ledger, tmp_path, monkeypatch):
    """Nobody but the ledger should write; somebody with the sqlite3 tool may."""
    ledger._database._connection.execute("PRAGMA busy_timeout = 1")
    other = sqlite3.connect(tmp_path / "ledger.sqlite", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(LedgerError, match="locked"):
        scan(ledger, "first")
    other.execute("ROLLBACK")
    other.close()
    scan(ledger, "first")
