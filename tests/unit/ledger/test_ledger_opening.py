"""What a start makes of odd files under the ledger's name, and of a disk that fails meanwhile."""

import shutil
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from ledger_makers import VIN_A, accept, open_ledger

from kiosk.errors import LedgerError, LedgerFullError, StorageError
from kiosk.ledger import damage, database
from kiosk.ledger.damage import open_if_sound
from kiosk.ledger.database import close_untouched, connect, create_schema, ledger_error
from kiosk.ledger.trust import marked

NAME = "ledger.sqlite"


def set_aside(state_dir):
    found = state_dir.glob(f"{NAME}.damaged-*")
    return [one for one in found if not one.name.endswith(("-wal", "-shm"))]


def opened_by_us(path):
    links = Path("/proc/self/fd").iterdir()
    return [link for link in links if link.exists() and link.samefile(path)]


def an_error(code, words="disk I/O error"):
    error = sqlite3.OperationalError(words)
    error.sqlite_errorcode = code
    return error


def fail_first(monkeypatch, name, error):
    """Let the first use of a function of the room fail."""
    real, calls = getattr(damage, name), []

    def failing(*values, **more):
        calls.append(name)
        if len(calls) == 1:
            raise error
        return real(*values, **more)

    monkeypatch.setattr(damage, name, failing)


def killed_copy(ledger, state_dir):
    """The state of a lane that was killed: its last scans are in the write-ahead log alone."""
    accept(ledger, "one", VIN_A)
    killed = state_dir.with_name("killed")
    shutil.copytree(state_dir, killed)
    ledger.close()
    return killed


# ---- odd files ----------------------------------------------------------------------------------


def test_a_few_bytes_are_no_empty_database_and_are_kept(state_dir, clock):
    """SQLite would take them for one, and write over them."""
    state_dir.mkdir()
    (state_dir / NAME).write_bytes(b"junk")
    with open_ledger(state_dir, clock) as ledger:
        assert "no SQLite database" in ledger.start_report.damaged
    assert [one.read_bytes() for one in set_aside(state_dir)] == [b"junk"]


def test_a_first_page_that_was_being_written_is_taken_back_by_its_journal(state_dir, clock):
    state_dir.mkdir()
    with closing(sqlite3.connect(state_dir / "begun", isolation_level=None)) as connection:
        connection.execute("PRAGMA cache_size = 1")
        connection.execute("BEGIN")
        connection.execute("CREATE TABLE meta (key TEXT)")
        for number in range(200):
            connection.execute("INSERT INTO meta VALUES (?)", (str(number) * 500,))
        (state_dir / f"{NAME}-journal").write_bytes((state_dir / "begun-journal").read_bytes())
        torn = (state_dir / "begun").read_bytes()
        connection.execute("ROLLBACK")
    (state_dir / NAME).write_bytes(b"\xff" * 100 + torn[100:])
    with open_ledger(state_dir, clock) as ledger:
        assert ledger.start_report.damaged is None
        accept(ledger, "one", VIN_A)


def test_a_database_without_tables_that_is_not_empty_is_kept(state_dir, clock):
    """All its rows may have been deleted: that is no ledger's first start."""
    state_dir.mkdir()
    with closing(sqlite3.connect(state_dir / NAME)) as connection:
        connection.execute("CREATE TABLE cars (vin TEXT)")
        connection.execute("DROP TABLE cars")
        assert connection.execute("PRAGMA page_count").fetchone() == (2,)
    with open_ledger(state_dir, clock) as ledger:
        assert "no such table: meta" in ledger.start_report.damaged
    assert len(set_aside(state_dir)) == 1


def test_a_name_of_a_table_that_is_no_text_any_more_is_told(ledger, state_dir, clock):
    ledger.close()
    path = state_dir / NAME
    content = path.read_bytes()
    assert content.count(b"tablescansscans") == 1
    path.write_bytes(content.replace(b"tablescansscans", b"tablesc\xff\xfesscans"))
    with open_ledger(state_dir, clock) as again:
        assert again.start_report.damaged.startswith("the names of the tables are damaged; ")


# ---- a disk that fails --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "code", [sqlite3.SQLITE_IOERR_READ, sqlite3.SQLITE_IOERR_SHORT_READ, sqlite3.SQLITE_CORRUPT]
)
def test_what_cannot_be_read_is_damage_and_told_in_sqlites_words(
    ledger, state_dir, clock, monkeypatch, code
):
    ledger.close()
    fail_first(monkeypatch, "connect", an_error(code, "as SQLite says"))
    with open_ledger(state_dir, clock) as again:
        assert again.start_report.damaged.startswith("as SQLite says; ")
    assert len(set_aside(state_dir)) == 1


@pytest.mark.parametrize("code", [sqlite3.SQLITE_IOERR_WRITE, sqlite3.SQLITE_CANTOPEN])
@pytest.mark.parametrize("where", ["connect", "create_schema"])
def test_what_is_no_damage_stops_the_start_and_moves_no_file(
    ledger, state_dir, clock, monkeypatch, where, code
):
    ledger.close()
    fail_first(monkeypatch, where, an_error(code))
    with pytest.raises(LedgerError, match="cannot be used"):
        open_ledger(state_dir, clock)
    assert set_aside(state_dir) == []
    assert marked(state_dir) is None
    open_ledger(state_dir, clock).close()


@pytest.mark.parametrize("where", ["connect", "create_schema"])
def test_a_sync_that_fails_in_a_start_is_told_to_the_next_and_not_tried_again(
    ledger, state_dir, clock, monkeypatch, where
):
    killed = killed_copy(ledger, state_dir)
    with monkeypatch.context() as failing:
        fail_first(failing, where, an_error(sqlite3.SQLITE_IOERR_FSYNC))
        with pytest.raises(StorageError):
            open_ledger(killed, clock)
    assert "could not be synced" in marked(killed)
    assert (killed / f"{NAME}-wal").stat().st_size > 0, "closing would have synced and removed it"
    assert opened_by_us(killed / NAME) == []
    with open_ledger(killed, clock) as again:
        assert "could not be synced" in again.start_report.damaged
        assert len(again.submissions()) == 1


def test_a_newer_ledger_is_not_held_open(ledger, state_dir):
    ledger.close()
    path = state_dir / NAME
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript("CREATE TABLE more (id INTEGER) STRICT; PRAGMA user_version = 9")
    with pytest.raises(LedgerError, match="version 9") as caught:
        open_if_sound(path)
    assert caught.traceback, "its frames keep what they did not close"
    assert opened_by_us(path) == []


@pytest.mark.parametrize(
    ("code", "is_full", "kind"),
    [
        (sqlite3.SQLITE_FULL, False, LedgerFullError),
        (sqlite3.SQLITE_IOERR_WRITE, True, LedgerFullError),
        (sqlite3.SQLITE_IOERR_WRITE, False, LedgerError),
        (sqlite3.SQLITE_CANTOPEN, True, LedgerFullError),
        (sqlite3.SQLITE_CANTOPEN, False, LedgerError),
        (sqlite3.SQLITE_BUSY, True, LedgerError),
    ],
)
def test_want_of_room_is_told_by_the_file_system(tmp_path, monkeypatch, code, is_full, kind):
    """SQLite has the same words for it and for other failures of its files beside the database."""
    monkeypatch.setattr(database, "is_full", lambda _: is_full)
    told = ledger_error(an_error(code), tmp_path / NAME)
    assert type(told) is kind
    assert ("Free some space" in str(told)) is (kind is LedgerFullError)


# ---- the connection -----------------------------------------------------------------------------


def test_a_connection_is_set_up_as_decided(tmp_path):
    with closing(connect(tmp_path / NAME)) as connection:
        create_schema(connection)
        said = {
            name: connection.execute(f"PRAGMA {name}").fetchone()[0]
            for name in (
                *("journal_mode", "synchronous", "foreign_keys", "wal_autocheckpoint"),
                *("journal_size_limit", "temp_store", "cell_size_check"),
            )
        }
        assert said == {
            "journal_mode": "wal",
            "synchronous": 2,
            "foreign_keys": 1,
            "wal_autocheckpoint": 0,
            "journal_size_limit": 4 << 20,
            "temp_store": 2,
            "cell_size_check": 1,
        }


def test_a_disk_that_keeps_the_ledger_from_its_log_is_named(tmp_path):
    """In memory there is none; SQLite says so in its answer alone."""
    with pytest.raises(LedgerError, match="WAL mode: the disk may be failing"):
        connect(tmp_path / NAME, mode="memory")


def test_tables_that_cannot_all_be_made_are_not_made_at_all(tmp_path):
    with closing(connect(tmp_path / NAME)) as connection:
        connection.execute("CREATE TABLE acts (id INTEGER)")
        with pytest.raises(sqlite3.OperationalError, match="acts"):
            create_schema(connection)
        assert not connection.in_transaction
        assert connection.execute("SELECT name FROM sqlite_schema").fetchall()[0][0] == "acts"
        assert connection.execute("SELECT COUNT(*) FROM sqlite_schema").fetchone()[0] == 1


def test_what_is_closed_untouched_is_closed_where_its_file_is_there(tmp_path):
    path = tmp_path / NAME
    connection = connect(path)
    create_schema(connection)
    close_untouched(connection, path)
    assert path.with_name(f"{NAME}-wal").stat().st_size > 0
    with pytest.raises(sqlite3.ProgrammingError):
        connection.execute("SELECT 1")


def test_closing_untouched_a_file_that_is_gone_raises_nothing(tmp_path):
    path = tmp_path / NAME
    with closing(connect(path)) as connection:
        path.unlink()
        close_untouched(connection, path)


def test_another_thread_may_use_the_ledger(ledger):
    with ThreadPoolExecutor(1) as other:
        assert other.submit(accept, ledger, "one", VIN_A).result().seq == 1
    assert accept(ledger, "two").seq == 2
