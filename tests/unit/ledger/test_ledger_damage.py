"""A damaged database: set aside, never deleted; what is sound is taken over; gaps are told."""

import shutil
import sqlite3
from contextlib import closing

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ledger_makers import (
    DOUBT,
    FREE_REFUSAL,
    VIN_A,
    VIN_B,
    a_crop,
    accept,
    claim,
    lose_database,
    open_ledger,
    put,
    send,
    spent_kinds,
    success,
)

from kiosk.clock import ManualClock
from kiosk.errors import DamagedRowError, LedgerError, LedgerFullError
from kiosk.ledger import recover
from kiosk.ledger.database import connect, create_schema
from kiosk.ledger.rows import picture_is_sound, seal
from kiosk.ledger.salvage import salvage
from kiosk.model import AlreadyScanned, Held, NewScan, PauseReason, ScanOutcome, State


def prepare(state_dir, clock):
    """One recognised, one in doubt, one queued; a pause; closed."""
    with open_ledger(state_dir, clock) as ledger:
        accept(ledger, "one", VIN_A)
        send(ledger, success())
        accept(ledger, "two", VIN_B)
        send(ledger, DOUBT)
        accept(ledger, "three", live=False)
        ledger.record_scan(NewScan("button", ScanOutcome.NONE))
        ledger.pause(PauseReason.DOUBTS, "look")
        return ledger.submissions()


def vandalise(state_dir, sql, *values):
    with closing(sqlite3.connect(state_dir / "ledger.sqlite", isolation_level=None)) as database:
        database.execute("PRAGMA foreign_keys = OFF")
        assert database.execute(sql, values).rowcount == 1


def set_aside(state_dir):
    return [
        path
        for path in state_dir.glob("ledger.sqlite.damaged-*")
        if not path.name.endswith(("-wal", "-shm"))
    ]


def test_a_row_changed_behind_our_back_is_left_behind(state_dir, clock):
    before = prepare(state_dir, clock)
    vandalise(state_dir, "UPDATE submissions SET state = 'queued' WHERE id = 1")
    with open_ledger(state_dir, clock) as ledger:
        report = ledger.start_report
        assert (report.salvaged, report.missing_sequences) == (2, (1,))
        assert "checksum" in report.damaged
        (kept,) = set_aside(state_dir)
        assert kept.name in report.damaged
        assert ledger.submissions() == before[1:]
        assert ledger.status().pause.reason is PauseReason.STORAGE
        assert len(ledger.scans()) == 4
        assert ledger.crop_of(3) == a_crop("three")
        ledger.resume("maria")
        assert claim(ledger).submission.id == 3
        assert accept(ledger, "four", consent=True).seq == 4
        # and the car whose row was lost is known by the spent log
        assert put(ledger, "other picture", VIN_A).rule == "spent"
    with closing(sqlite3.connect(kept)) as evidence:
        assert evidence.execute("SELECT COUNT(*) FROM submissions").fetchone() == (3,)


def test_a_row_removed_behind_our_back_is_reported(state_dir, clock):
    prepare(state_dir, clock)
    vandalise(state_dir, "DELETE FROM submissions WHERE id = 3")
    with open_ledger(state_dir, clock) as ledger:
        assert ledger.start_report.missing_sequences == (3,)
        assert ledger.start_report.damaged is None
        assert accept(ledger, "four", consent=True).seq == 4


def test_a_waiting_picture_that_is_damaged_becomes_a_doubt(state_dir, clock):
    prepare(state_dir, clock)
    vandalise(state_dir, "UPDATE pictures SET crop = x'00' WHERE id = 3")
    with open_ledger(state_dir, clock) as ledger:
        assert ledger.start_report.salvaged == 3
        doubt = ledger.submission(3)
        assert (doubt.state, ledger.crop_of(3)) == (State.IN_DOUBT, None)
        assert "damaged" in doubt.reason
        ledger.resume("maria")
        assert ledger.claim() == Held("empty")
        with pytest.raises(LedgerError, match="gone"):
            ledger.resend(3, "maria")


def test_a_picture_damaged_while_the_lane_runs_is_not_sent(ledger, state_dir):
    one = accept(ledger, "one")
    vandalise(state_dir, "UPDATE pictures SET crop = x'00' WHERE id = 1")
    assert ledger.claim() == Held("empty")
    (notice,) = ledger.take_notices()
    assert (notice.id, notice.state) == (one.id, State.IN_DOUBT)
    assert "damaged" in notice.reason


def test_a_row_damaged_while_the_lane_runs_is_never_sealed_anew(ledger, state_dir, clock):
    """A step rewrites its row with a new seal: over damage that would make it sound."""
    accept(ledger, "one", VIN_A)
    vandalise(state_dir, "UPDATE submissions SET vin = ?, local_vin = ? WHERE id = 1", VIN_B, VIN_B)
    with pytest.raises(DamagedRowError):
        ledger.claim()
    with pytest.raises(DamagedRowError):
        ledger.drop(1, "maria")
    ledger.close()
    with open_ledger(state_dir, clock) as again:
        assert again.start_report.missing_sequences == (1,)
        assert again.claim() == Held("paused")
        assert again.submissions() == []


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE attempts SET credits = 7 WHERE id = 1",
        "UPDATE scans SET outcome = 'vin' WHERE id = 4",
        "UPDATE acts SET who = 'somebody' WHERE id = 1",
        "UPDATE meta SET value = '0' WHERE key = 'last_seq'",
    ],
)
def test_every_table_is_sealed(state_dir, clock, sql):
    before = prepare(state_dir, clock)
    vandalise(state_dir, sql)
    with open_ledger(state_dir, clock) as ledger:
        assert "checksum" in ledger.start_report.damaged
        assert ledger.submissions() == before
        assert accept(ledger, "four", consent=True).seq == 4


def test_a_row_that_breaks_a_rule_stays_behind_whatever_its_seal_says(state_dir, clock):
    before = prepare(state_dir, clock)
    with closing(sqlite3.connect(state_dir / "ledger.sqlite")) as database:
        database.row_factory = sqlite3.Row
        row = dict(database.execute("SELECT * FROM submissions WHERE id = 2").fetchone())
        crc = seal(row | {"state": "odd"})
        database.execute("PRAGMA ignore_check_constraints = ON")
        database.execute("UPDATE submissions SET state = 'odd', crc = ? WHERE id = 2", (crc,))
        database.commit()
    with open_ledger(state_dir, clock) as ledger:
        assert "CHECK" in ledger.start_report.damaged
        assert ledger.start_report.salvaged == 2
        assert ledger.start_report.missing_sequences == (2,)
        assert ledger.submissions() == [before[0], before[2]]


def test_a_text_that_is_none_any_more_is_damage(state_dir, clock):
    before = prepare(state_dir, clock)
    vandalise(state_dir, "UPDATE submissions SET text = CAST(x'49ff31' AS TEXT) WHERE id = 2")
    with open_ledger(state_dir, clock) as ledger:
        assert "text is damaged" in ledger.start_report.damaged
        assert ledger.submissions() == [before[0], before[2]]


def test_damaged_names_hide_nothing_that_stands_between_them(state_dir, clock):
    before = prepare(state_dir, clock)
    for name in (b"\x00\xff", b"z\xff"):
        sql = "INSERT INTO meta (key, value, crc) VALUES (CAST(? AS TEXT), 'x', 1)"
        vandalise(state_dir, sql, name)
    with open_ledger(state_dir, clock) as ledger:
        assert ledger.submissions() == before
        assert ledger.status().pause.reason is PauseReason.DOUBTS


def test_pictures_that_cannot_be_read_make_doubts_and_lose_no_row(state_dir, clock):
    before = prepare(state_dir, clock)
    path = state_dir / "ledger.sqlite"
    with closing(sqlite3.connect(path)) as connection:
        sql = "SELECT rootpage FROM sqlite_schema WHERE name = 'pictures'"
        (page,) = connection.execute(sql).fetchone()
        (size,) = connection.execute("PRAGMA page_size").fetchone()
    content = bytearray(path.read_bytes())
    content[(page - 1) * size : page * size] = b"\xff" * size
    path.write_bytes(content)
    with open_ledger(state_dir, clock) as ledger:
        assert ledger.start_report.salvaged == len(before)
        assert [one.state for one in ledger.submissions()] == [
            State.RECOGNIZED,
            State.IN_DOUBT,
            State.IN_DOUBT,
        ]
        assert ledger.crop_of(1) is None


def test_nothing_is_salvaged_of_what_cannot_be_opened(tmp_path):
    with closing(connect(tmp_path / "fresh.sqlite")) as fresh:
        create_schema(fresh)
        assert salvage(tmp_path / "gone.sqlite", fresh) == 0


@pytest.mark.parametrize("content", [b"\x00" * 9000, b"no database at all" * 700])
def test_a_file_that_is_no_database_any_more(state_dir, clock, content):
    prepare(state_dir, clock)
    (state_dir / "ledger.sqlite").write_bytes(content)
    with open_ledger(state_dir, clock) as ledger:
        assert ledger.start_report.salvaged == 0
        assert ledger.start_report.missing_sequences == (1, 2, 3)
        assert "ends at number 0, 3 had been given out" in ledger.start_report.damaged
        assert [path.read_bytes() for path in set_aside(state_dir)] == [content]
        assert put(ledger, "one").rule == "spent"


def test_a_missing_table_is_damage(state_dir, clock):
    before = prepare(state_dir, clock)
    with closing(sqlite3.connect(state_dir / "ledger.sqlite")) as database:
        database.execute("DROP TABLE scans")
    with open_ledger(state_dir, clock) as ledger:
        assert "not those of the ledger" in ledger.start_report.damaged
        assert ledger.submissions() == before


def make_newer(path):
    with closing(sqlite3.connect(path)) as database:
        database.executescript("CREATE TABLE more (id INTEGER) STRICT; PRAGMA user_version = 5")


def test_a_newer_ledger_is_left_alone(state_dir, clock):
    prepare(state_dir, clock)
    make_newer(state_dir / "ledger.sqlite")
    with pytest.raises(LedgerError, match="version 5"):
        open_ledger(state_dir, clock)
    assert set_aside(state_dir) == []


def test_a_newer_programs_unfinished_salvage_is_left_alone(state_dir, clock):
    prepare(state_dir, clock)
    salvaging = state_dir / "ledger.sqlite.salvaging"
    (state_dir / "ledger.sqlite").rename(salvaging)
    make_newer(salvaging)
    with pytest.raises(LedgerError, match="version 5"):
        open_ledger(state_dir, clock)
    assert salvaging.exists()
    assert not (state_dir / "ledger.sqlite").exists()


@pytest.mark.parametrize("version", [5, 99, 2**31 - 1])
def test_a_newer_version_of_exactly_our_tables_is_damage(state_dir, clock, version):
    before = prepare(state_dir, clock)
    with closing(sqlite3.connect(state_dir / "ledger.sqlite")) as database:
        database.execute(f"PRAGMA user_version = {version}")
    with open_ledger(state_dir, clock) as ledger:
        assert "not those of the ledger" in ledger.start_report.damaged
        assert ledger.submissions() == before
    assert len(set_aside(state_dir)) == 1


@pytest.mark.parametrize("crop", [7, "picture", 1.5, b"other"])
def test_a_picture_of_another_kind_is_damaged(crop):
    row = {"crop": crop, "sha256": "0" * 64, "strip": None, "strip_sha256": None}
    assert not picture_is_sound(row)


@pytest.mark.parametrize(
    ("index", "entry"),
    [("submissions_by_state", b"queued"), ("submissions_by_local_vin", VIN_A.encode())],
)
def test_one_bit_of_an_index_loses_no_scan_and_no_protection(state_dir, clock, index, entry):
    with open_ledger(state_dir, clock) as ledger:
        accept(ledger, "one", VIN_A)
    path = state_dir / "ledger.sqlite"
    with closing(sqlite3.connect(path)) as connection:
        sql = "SELECT rootpage FROM sqlite_schema WHERE name = ?"
        (page,) = connection.execute(sql, (index,)).fetchone()
        (size,) = connection.execute("PRAGMA page_size").fetchone()
    content = bytearray(path.read_bytes())
    content[content.rindex(entry, (page - 1) * size, page * size)] ^= 1
    path.write_bytes(content)
    with open_ledger(state_dir, clock) as ledger:
        assert set_aside(state_dir)
        assert [one.state for one in ledger.submissions({State.QUEUED})] == [State.QUEUED]
        assert isinstance(put(ledger, "two", VIN_A), AlreadyScanned)


@pytest.fixture(scope="module")
def whole_ledger(tmp_path_factory):
    intact = tmp_path_factory.mktemp("intact")
    return intact, prepare(intact, ManualClock())


@given(data=st.data())
@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
def test_any_damage_to_the_file_ends_in_a_start_that_never_pays_twice(
    data, whole_ledger, tmp_path_factory
):
    clock = ManualClock()
    intact, submissions = whole_ledger
    before = {one.id: one for one in submissions}
    state_dir = tmp_path_factory.mktemp("lane") / "lane1"
    shutil.copytree(intact, state_dir)
    path = state_dir / "ledger.sqlite"
    content = bytearray(path.read_bytes())
    if data.draw(st.booleans(), label="truncate"):
        del content[data.draw(st.integers(1, len(content) - 1)) :]
    else:
        start = data.draw(st.integers(0, len(content) - 1))
        noise = data.draw(st.binary(min_size=1, max_size=600))
        content[start : start + len(noise)] = noise
    path.write_bytes(content)
    try:
        ledger = open_ledger(state_dir, clock)
    except LedgerError as error:
        assert "version" in str(error)  # the version's own bytes were hit  # noqa: PT017
        return
    with ledger:
        found = {one.id: one for one in ledger.submissions()}
        for its_id, one in found.items():
            assert one == before[its_id] or one.state is State.IN_DOUBT
        assert set(ledger.start_report.missing_sequences) >= {1, 2} - found.keys()
        ledger.resume("maria")
        claimed = ledger.claim()
        assert isinstance(claimed, Held) or claimed.crop == a_crop("three").data
        assert set_aside(state_dir) or found == before
        assert spent_kinds(state_dir) == ["spent", "spent"]


def test_a_salvage_that_finds_no_room_at_its_end_is_made_again(state_dir, clock, monkeypatch):
    """Closing a database keeps a failed checkpoint to itself: half of the rows would be taken."""
    before = prepare(state_dir, clock)
    vandalise(state_dir, "UPDATE scans SET outcome = 'vin' WHERE id = 4")

    class Full:
        def __init__(self, connection):
            self._connection = connection

        def __getattr__(self, name):
            return getattr(self._connection, name)

        def execute(self, sql, *values):
            if sql.startswith("PRAGMA wal_checkpoint"):
                error = sqlite3.OperationalError("database or disk is full")
                error.sqlite_errorcode = sqlite3.SQLITE_FULL
                raise error
            return self._connection.execute(sql, *values)

    with monkeypatch.context() as full:
        connect = recover.connect
        full.setattr(recover, "connect", lambda *args, **more: Full(connect(*args, **more)))
        with pytest.raises(LedgerFullError):
            open_ledger(state_dir, clock)
    with open_ledger(state_dir, clock) as ledger:
        assert "interrupted" in ledger.start_report.damaged
        assert ledger.submissions() == before


@pytest.mark.parametrize("orphan_wal", [False, True])
def test_a_salvage_that_was_interrupted_goes_on(state_dir, clock, orphan_wal):
    before = prepare(state_dir, clock)
    path = state_dir / "ledger.sqlite"
    path.rename(state_dir / "ledger.sqlite.salvaging")
    (state_dir / "ledger.sqlite.new").write_bytes(b"half")
    if orphan_wal:
        (state_dir / "ledger.sqlite-wal").write_bytes(b"")
    with open_ledger(state_dir, clock) as ledger:
        assert ledger.start_report.salvaged == 3
        assert ledger.submissions() == before
        assert len(set_aside(state_dir)) == 1
        assert not (state_dir / "ledger.sqlite.salvaging").exists()
    with open_ledger(state_dir, clock) as again:
        assert again.start_report.damaged is None


def test_a_salvage_that_was_interrupted_at_its_very_end(state_dir, clock):
    before = prepare(state_dir, clock)
    (state_dir / "ledger.sqlite.salvaging").write_bytes(b"damaged")
    with open_ledger(state_dir, clock) as ledger:
        assert ledger.submissions() == before
        assert [path.read_bytes() for path in set_aside(state_dir)] == [b"damaged"]


def test_damaged_files_of_one_second_do_not_overwrite_each_other(state_dir, clock):
    for content in (b"first" * 99, b"second" * 99, b"third" * 99):
        open_ledger(state_dir, clock).close()
        (state_dir / "ledger.sqlite").write_bytes(content)
    open_ledger(state_dir, clock).close()
    assert len(set_aside(state_dir)) == 3


def test_a_lost_database_is_told_and_pauses(state_dir, clock):
    prepare(state_dir, clock)
    lose_database(state_dir)
    with open_ledger(state_dir, clock) as ledger:
        assert "ends at number 0" in ledger.start_report.damaged
        assert ledger.start_report.missing_sequences == (1, 2, 3)
        assert ledger.claim() == Held("paused")
        (pause,) = ledger.resume("maria")
        assert "3 scans are lost" in pause.detail
        accept(ledger, "three")
        send(ledger, FREE_REFUSAL)
    with open_ledger(state_dir, clock) as again:
        assert (again.start_report.damaged, again.status().pause) == (None, None)


def test_what_a_truncation_took_is_reported_by_its_gap(state_dir, clock):
    with open_ledger(state_dir, clock) as ledger:
        for number in range(10):
            put(ledger, f"car {number}", f"1M8GDM9AXKP{number:06d}", live=False)
    path = state_dir / "ledger.sqlite"
    path.write_bytes(path.read_bytes()[:4096])
    with open_ledger(state_dir, clock) as ledger:
        assert ledger.start_report.missing_sequences == tuple(range(1, 11))
        assert accept(ledger, "next", VIN_A).seq == 11


def test_a_wal_with_a_damaged_frame_loses_nothing_in_silence(state_dir, clock):
    """SQLite takes such a WAL for one that ends there, and calls the database sound."""
    ledger = open_ledger(state_dir, clock)
    for number in range(5):
        put(ledger, f"car {number}", f"1M8GDM9AXKP{number:06d}", live=False)
    killed = state_dir.with_name("killed")
    shutil.copytree(state_dir, killed)
    ledger.close()
    wal = killed / "ledger.sqlite-wal"
    content = bytearray(wal.read_bytes())
    content[content.index(b"picture of car 2")] ^= 1
    wal.write_bytes(content)
    with open_ledger(killed, clock) as again:
        assert again.start_report.missing_sequences == (3, 4, 5)
        assert "ends at number 2, 5 had been given out" in again.start_report.damaged
        assert again.claim() == Held("paused")
        assert [pause.reason for pause in again.resume("maria")] == [PauseReason.STORAGE]
        assert accept(again, "next", VIN_A).seq == 6


def test_damaged_lines_of_the_spent_log_pause_once(state_dir, clock):
    prepare(state_dir, clock)
    log = state_dir / "spent.log"
    log.write_bytes(log.read_bytes().replace(b'"vin":"1M', b'"vin":"1N', 1))
    with open_ledger(state_dir, clock) as ledger:
        assert ledger.status().pause.reason is PauseReason.STORAGE
        ledger.resume("maria")
    with open_ledger(state_dir, clock) as again:
        assert again.start_report.spent_log is not None
        assert again.status().pause is None
