"""What a stop left behind, attempt by attempt; and rows as they are given out again."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from ledger_makers import (
    DOUBT,
    NEVER_SENT,
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

from kiosk.errors import DamagedRowError, LedgerError, TransitionError
from kiosk.ledger.doubts import BESIDE_ANOTHER
from kiosk.ledger.rows import plain
from kiosk.ledger.start import StartReport
from kiosk.ledger.store import change, submission_row_of
from kiosk.ledger.view import LedgerView
from kiosk.model import Crop, PauseReason, State


def kill(ledger):
    ledger._closing.close()


# ---- a start ------------------------------------------------------------------------------------


def test_a_first_start_has_nothing_to_tell(ledger):
    assert ledger.start_report == StartReport()


def test_after_a_restart_nobody_waits_at_the_display(ledger, state_dir, clock):
    accept(ledger, "one", VIN_A)
    accept(ledger, "two", VIN_B, live=False)
    accept(ledger, "three", consent=True)
    claimed = claim(ledger)
    assert claimed.submission.live
    kill(ledger)
    with open_ledger(state_dir, clock) as again:
        assert [one.live for one in again.submissions()] == [False] * 3
        assert again.lets_a_tail_go()
        assert claim(again).submission.id == 1, "it waits longest"


def test_each_attempt_ends_as_far_as_it_came(ledger, state_dir, clock):
    for number in range(2):
        accept(ledger, f"car {number}", f"1M8GDM9AXKP{number:06d}", live=False)
    first = claim(ledger)
    ledger.commit_tail(first)
    ledger.claim(beside=first)
    kill(ledger)
    with open_ledger(state_dir, clock) as again:
        ends = [again.attempts_of(number)[0].outcome for number in (1, 2)]
        assert ends == [State.IN_DOUBT, State.QUEUED]
        assert (again.status().credits_today, again.doubts_in_row()) == (1, 1)


def test_what_had_ended_before_stays_as_it_was(ledger, state_dir, clock):
    accept(ledger, "one", VIN_A, live=False)
    ledger.settle(claim(ledger), NEVER_SENT)
    ledger.commit_tail(claim(ledger))
    kill(ledger)
    with open_ledger(state_dir, clock) as again:
        ends = [attempt.outcome for attempt in again.attempts_of(1)]
        assert ends == [State.QUEUED, State.IN_DOUBT]
        assert again.status().credits_today == 1


def test_of_two_under_way_the_earlier_is_the_one_that_was_sent(ledger, state_dir, clock):
    accept(ledger, "one", VIN_A)
    accept(ledger, "two", VIN_B, live=False)
    first = claim(ledger)
    ledger.commit_tail(first)
    ledger.commit_tail(ledger.claim(beside=first))
    kill(ledger)
    with open_ledger(state_dir, clock) as again:
        one, two = again.submissions({State.IN_DOUBT})
        assert "the answer came" in one.reason
        assert two.reason == BESIDE_ANOTHER


def test_a_start_that_finds_no_new_doubt_pauses_nothing(ledger, state_dir, clock):
    for number in range(7):
        accept(ledger, f"car {number}", f"1M8GDM9AXKP{number:06d}", live=False)
        send(ledger, DOUBT)
    assert ledger.doubts_in_row() == 7
    ledger.close()
    with open_ledger(state_dir, clock) as again:
        assert again.status().pause is None


def test_what_the_spent_log_lost_is_written_again_by_a_start(ledger, state_dir, clock):
    accept(ledger, "one", VIN_A)
    send(ledger, success())
    accept(ledger, "two", VIN_B)
    ledger.close()
    (state_dir / "spent.log").write_bytes(b"")
    open_ledger(state_dir, clock).close()
    assert (state_dir / "spent.log").read_bytes().count(b'"kind":"spent"') == 1
    with open_ledger(state_dir, clock) as again:
        assert again.knows_file("a" * 64) is False
        assert put(again, "one", VIN_A).rule == "crop"


def test_a_database_younger_than_what_was_paid_for_gives_no_number_twice(ledger, state_dir, clock):
    for number in range(3):
        accept(ledger, f"car {number}", f"1M8GDM9AXKP{number:06d}")
        send(ledger, success())
    ledger.close()
    for path in (*state_dir.glob("ledger.sqlite*"), state_dir / "numbers"):
        path.unlink()
    with open_ledger(state_dir, clock) as again:
        assert again.files.in_doubt
        assert again.start_report.missing_sequences == (1, 2, 3)
        assert again.status().pause.reason is PauseReason.STORAGE
        assert accept(again, "next", consent=True).seq == 4


# ---- rows ---------------------------------------------------------------------------------------


def test_what_an_attempt_came_to_is_told(ledger):
    accept(ledger, "one", VIN_A)
    ledger.settle(claim(ledger), NEVER_SENT)
    send(ledger, success())
    first, second = ledger.attempts_of(1)
    assert (first.tail_sent, first.reason, first.outcome) == (
        False,
        "the network is down",
        State.QUEUED,
    )
    assert (second.tail_sent, second.reason, second.status) == (True, "recognised", 200)


def test_an_attempt_under_way_has_no_reason(ledger):
    accept(ledger, "one", VIN_A)
    claim(ledger)
    (attempt,) = ledger.attempts_of(1)
    assert (attempt.reason, attempt.outcome, attempt.took_s) == (None, None, None)


@pytest.mark.parametrize("strip", [None, b""])
def test_a_picture_without_a_strip_is_sound(ledger, strip):
    crop = a_crop("one")
    new = a_submission("one", VIN_A, crop=Crop(crop.data, 300, 40, "png", strip=strip))
    ledger.enqueue(a_scan(new), new)
    assert ledger.crop_of(1) == Crop(crop.data, 300, 40, "png")
    assert claim(ledger).crop == crop.data


def test_a_picture_of_a_damaged_row_is_no_evidence(ledger, state_dir):
    accept(ledger, "one", VIN_A)
    with closing(sqlite3.connect(state_dir / "ledger.sqlite", isolation_level=None)) as database:
        database.execute("UPDATE submissions SET crop_width = 7")
    with pytest.raises(DamagedRowError, match="submission 1 is damaged"):
        ledger.crop_of(1)


def test_a_truth_is_kept_as_a_number_as_sqlite_gives_it_back():
    assert [type(plain(value)) for value in (True, False)] == [int, int]
    assert [plain(True), plain(False)] == [1, 0]


def test_a_row_that_moved_on_is_not_moved_again(ledger):
    accept(ledger, "one", VIN_A)
    with ledger._database.reading() as connection:
        row = submission_row_of(connection, 1)
    claim(ledger)
    with (
        pytest.raises(TransitionError, match="submissions 1 changed under the step"),
        ledger._database.writing() as connection,
    ):
        change(connection, "submissions", row, {"state": "dropped"}, "state = ?", ("queued",))
    assert ledger.submission(1).state is State.SENDING


def test_where_the_count_is_lost_numbers_go_on_behind_the_last_row(ledger):
    for number in range(2):
        accept(ledger, f"car {number}", f"1M8GDM9AXKP{number:06d}")
    with ledger._database.writing() as connection:
        connection.execute("DELETE FROM meta WHERE key = 'last_seq'")
    assert accept(ledger, "three").seq == 3


# ---- from beside --------------------------------------------------------------------------------


def test_a_view_tells_the_time_as_the_lane_would_and_is_closed(ledger, state_dir, clock):
    accept(ledger, "one", VIN_A)
    with LedgerView.open(state_dir, clock) as view:
        assert view.believed_time().wall == clock.wall()
        assert view.status().waiting == 1
    with pytest.raises(LedgerError):
        view.status()


def test_a_view_of_a_newer_ledger_is_refused_and_not_held_open(ledger, state_dir):
    ledger.close()
    path = state_dir / "ledger.sqlite"
    with closing(sqlite3.connect(path)) as newer:
        newer.executescript("CREATE TABLE more (id INTEGER) STRICT; PRAGMA user_version = 9")
    with pytest.raises(LedgerError, match="version 9") as refused:
        LedgerView.open(state_dir)
    assert refused.traceback, "its frames keep what they did not close"
    held = [one for one in Path("/proc/self/fd").iterdir() if one.exists()]
    assert not any(one.samefile(path) for one in held)
