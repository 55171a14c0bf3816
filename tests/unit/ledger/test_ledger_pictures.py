"""Pictures are written once, and lie where they lie: in their table, or in rows of version 3."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from ledger_makers import (
    DOUBT,
    FILE_A,
    VIN_A,
    VIN_B,
    a_crop,
    a_scan,
    a_submission,
    accept,
    claim,
    open_ledger,
    put,
    send,
    success,
)

from kiosk.clock import ManualClock
from kiosk.errors import DamagedRowError, LedgerError
from kiosk.ledger import damage, database
from kiosk.ledger.view import LedgerView
from kiosk.model import AlreadyScanned, Crop, Held, PauseReason, State

VERSION_3 = Path(__file__).with_name("version-3.sql")
VIN_C = "1FTFW1ET5DFC10312"
WORDS = ("one", "two", "three", "four", "five", "six")
STATES = [
    State.RECOGNIZED,
    State.IN_DOUBT,
    State.QUEUED,
    State.DUPLICATE,
    State.DROPPED,
    State.QUEUED,
]
DAY = 86_400.0


@pytest.fixture
def version_3(state_dir):
    """A state directory with the database of a lane of version 3, made by that program."""
    state_dir.mkdir()
    with closing(sqlite3.connect(state_dir / "ledger.sqlite")) as made:
        made.executescript(VERSION_3.read_text("utf-8"))
    return state_dir


@pytest.fixture
def later():
    """The clock of the boot in which the lane of version 3 ran, some hours on."""
    clock = ManualClock()
    clock.advance(10_000)
    return clock


def sql(state_dir, statement, *values):
    with closing(sqlite3.connect(state_dir / "ledger.sqlite", isolation_level=None)) as connection:
        connection.execute("PRAGMA foreign_keys = OFF")
        cursor = connection.execute(statement, values)
        return cursor.fetchall() if cursor.description else cursor.rowcount


def lying_apart(state_dir):
    return [row[0] for row in sql(state_dir, "SELECT id FROM pictures ORDER BY id")]


def lying_in_rows(state_dir):
    found = sql(state_dir, "SELECT id FROM submissions WHERE crop IS NOT NULL OR strip IS NOT NULL")
    return [row[0] for row in found]


# ---- from version 3 ---------------------------------------------------------------------------


def test_a_ledger_of_version_3_opens_and_nothing_is_lost_or_moved(version_3, later):
    for _ in range(2):
        with open_ledger(version_3, later) as ledger:
            report = ledger.start_report
            assert (report.damaged, report.missing_sequences) == (None, ())
            assert [one.state for one in ledger.submissions()] == STATES
            assert [ledger.crop_of(at) for at in range(1, 7)] == [a_crop(word) for word in WORDS]
            assert ledger.status().pause.reason is PauseReason.DOUBTS
            assert ledger.sightings.in_view() == (VIN_C,)
            assert ledger.knows_file(FILE_A)
            assert len(ledger.scans()) == 7
    assert lying_in_rows(version_3) == [1, 2, 3, 4, 5, 6]
    assert lying_apart(version_3) == []
    assert sql(version_3, "PRAGMA user_version") == [(4,)]


def test_what_waited_in_version_3_is_sent_before_what_came_since(version_3, later):
    with open_ledger(version_3, later) as ledger:
        ledger.resume("maria")
        accept(ledger, "seven", consent=True, live=False)
        for word in ("three", "six", "seven"):
            claimed = claim(ledger)
            assert claimed.crop == a_crop(word).data
            ledger.commit_tail(claimed)
            ledger.settle(claimed, success())
        ledger.resend(2, "maria")
        assert claim(ledger).crop == a_crop("two").data
        assert isinstance(put(ledger, "five again", VIN_C), AlreadyScanned)
    assert lying_in_rows(version_3) == [1, 2, 3, 4, 5, 6]
    assert lying_apart(version_3) == [7, 8]


def test_pictures_of_every_version_are_forgotten_in_time(version_3, later):
    with open_ledger(version_3, later) as ledger:
        ledger.resume("maria")
        send(ledger, success(VIN_C))
        accept(ledger, "seven", VIN_A, consent=True)
        send(ledger, success())
        later.advance(31 * DAY)
        accept(ledger, "eight", VIN_B, consent=True)
        assert ledger.prune(30, 400).pictures == 5
        assert ledger.prune(30, 400).is_last
        kept = [at for at in range(1, 9) if ledger.crop_of(at)]
        assert kept == [2, 6, 8], "what waits or is in doubt stays"
        later.advance(400 * DAY)
        ledger.prune(30, 400)
        assert ledger.prune(30, 400).is_last
    assert (lying_in_rows(version_3), lying_apart(version_3)) == ([2, 6], [8])


def test_a_damaged_ledger_of_version_3_keeps_what_is_sound(version_3, later):
    assert sql(version_3, "UPDATE submissions SET text = 'other' WHERE id = 1") == 1
    assert sql(version_3, "UPDATE submissions SET crop = x'00' WHERE id = 3") == 1
    with open_ledger(version_3, later) as ledger:
        assert ledger.start_report.salvaged == 5
        assert ledger.start_report.missing_sequences == (1,)
        states = {one.id: one.state for one in ledger.submissions()}
        assert states == dict(zip(range(2, 7), STATES[1:], strict=True)) | {3: State.IN_DOUBT}
        kept = {at: ledger.crop_of(at) for at in range(2, 7)}
        assert kept == {at: a_crop(WORDS[at - 1]) for at in range(2, 7)} | {3: None}
    assert (lying_in_rows(version_3), lying_apart(version_3)) == ([], [2, 4, 5, 6])


def test_a_ledger_of_version_3_can_be_read_beside(version_3):
    with LedgerView.open(version_3) as view:
        assert [one.state for one in view.submissions()] == STATES
        assert view.crop_of(6) == a_crop("six")
    assert sql(version_3, "PRAGMA user_version") == [(3,)]


def test_the_program_of_version_3_leaves_this_one_alone(ledger, state_dir, clock, monkeypatch):
    accept(ledger, "one", VIN_A)
    ledger.close()
    before = (state_dir / "ledger.sqlite").read_bytes()
    monkeypatch.setattr(database, "SCHEMA_VERSION", 3)
    monkeypatch.setattr(damage, "SCHEMA_VERSION", 3)
    monkeypatch.setattr(database.our_schema, "__defaults__", (3,))
    with pytest.raises(LedgerError, match="version 4, this program knows 3: update it"):
        open_ledger(state_dir, clock)
    assert (state_dir / "ledger.sqlite").read_bytes() == before


# ---- written once ---------------------------------------------------------------------------


def test_no_step_writes_a_picture_again(ledger, state_dir):
    new = a_submission("one", VIN_A)
    big = Crop(os.urandom(1000), 300, 40, "png", strip=os.urandom(50_000))
    wal = state_dir / "ledger.sqlite-wal"
    before = wal.stat().st_size
    ledger.enqueue(a_scan(new), a_submission("one", VIN_A, crop=big))
    saved = wal.stat().st_size
    assert saved - before > 51_000
    ledger.resend(send(ledger, DOUBT).id, "maria")
    send(ledger, success())
    assert wal.stat().st_size - saved < 7 * 7 * 4120, "seven steps of a few pages"
    assert ledger.crop_of(1) == big


# ---- lost, swapped, damaged -------------------------------------------------------------------


def two_waiting(state_dir, clock):
    with open_ledger(state_dir, clock) as ledger:
        accept(ledger, "one", VIN_A, live=False)
        accept(ledger, "two", VIN_B, live=False)


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("DELETE FROM pictures WHERE id = 1", "picture is gone"),
        ("UPDATE pictures SET crop = x'00' WHERE id = 1", "picture is damaged"),
        ("UPDATE pictures SET strip = x'00' WHERE id = 1", "picture is damaged"),
        ("UPDATE pictures SET strip = NULL WHERE id = 1", "picture is damaged"),
        ("UPDATE pictures SET id = 0 WHERE id = 1", "pictures fails its checksum"),
    ],
)
def test_a_waiting_picture_that_is_lost_is_told_and_never_sent(state_dir, clock, statement, told):
    two_waiting(state_dir, clock)
    assert sql(state_dir, statement) == 1
    with open_ledger(state_dir, clock) as ledger:
        assert told in ledger.start_report.damaged
        assert ledger.start_report.salvaged == 2
        lost = ledger.submission(1)
        assert (lost.state, ledger.crop_of(1)) == (State.IN_DOUBT, None)
        assert "damaged" in lost.reason
        with pytest.raises(LedgerError, match="gone"):
            ledger.resend(1, "maria")
        assert claim(ledger).crop == a_crop("two").data
    with open_ledger(state_dir, clock) as again:
        assert again.start_report.damaged is None


def test_a_lost_table_of_pictures_is_damage_and_all_that_waited_is_in_doubt(state_dir, clock):
    two_waiting(state_dir, clock)
    sql(state_dir, "DROP TABLE pictures")
    with open_ledger(state_dir, clock) as ledger:
        assert "not those of the ledger" in ledger.start_report.damaged
        assert {one.state for one in ledger.submissions()} == {State.IN_DOUBT}
        assert ledger.claim() == Held("empty")


def test_a_version_that_is_belied_does_not_hide_the_pictures(state_dir, clock):
    two_waiting(state_dir, clock)
    sql(state_dir, "PRAGMA user_version = 3")
    with open_ledger(state_dir, clock) as ledger:
        assert "not those of the ledger" in ledger.start_report.damaged
        assert claim(ledger).crop == a_crop("one").data


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM pictures WHERE id = 1",
        "UPDATE pictures SET crop = (SELECT crop FROM pictures WHERE id = 2) WHERE id = 1",
    ],
)
def test_what_is_lost_or_swapped_while_the_lane_runs_is_not_sent(ledger, state_dir, statement):
    accept(ledger, "one", VIN_A, live=False)
    accept(ledger, "two", VIN_B, live=False)
    assert sql(state_dir, statement) == 1
    assert claim(ledger).crop == a_crop("two").data
    (notice,) = ledger.take_notices()
    assert (notice.id, notice.state) == (1, State.IN_DOUBT)


def test_the_picture_of_a_doubt_that_was_lost_before_is_no_new_damage(state_dir, clock):
    with open_ledger(state_dir, clock) as ledger:
        accept(ledger, "one", VIN_A)
        send(ledger, DOUBT)
    assert sql(state_dir, "DELETE FROM pictures") == 1
    with open_ledger(state_dir, clock) as ledger:
        assert ledger.start_report.damaged is None
        with pytest.raises(LedgerError, match="gone"):
            ledger.resend(1, "maria")


def test_a_strip_that_was_lost_alone_is_no_evidence(ledger, state_dir):
    accept(ledger, "one", VIN_A)
    assert sql(state_dir, "UPDATE pictures SET strip = NULL") == 1
    with pytest.raises(DamagedRowError, match="picture of submission 1"):
        ledger.crop_of(1)
