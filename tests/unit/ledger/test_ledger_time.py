"""A machine without a clock battery: windows stay open, the day goes on, wall times come later."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ledger_makers import VIN_A, VIN_B, accept, open_ledger, put, send, success

from kiosk.clock import ManualClock
from kiosk.ledger import store
from kiosk.ledger.moment import Moment, start_of_day, within
from kiosk.model import Accepted, AlreadyScanned, Held, NewScan, PauseReason, ScanOutcome


def test_across_boots_with_both_clocks_set_the_wall_decides(ledger, state_dir, clock):
    accept(ledger, "one", VIN_A)
    ledger.close()
    clock.advance(300)
    clock.reboot("boot-2", is_set=True)
    with open_ledger(state_dir, clock) as again:
        assert isinstance(put(again, "two", VIN_A), AlreadyScanned)
        clock.advance(301)
        assert isinstance(put(again, "three", VIN_A), Accepted)


@pytest.mark.parametrize(("set_before", "set_after"), [(True, False), (False, True)])
def test_across_boots_an_unknown_age_counts_as_recent(state_dir, set_before, set_after):
    clock = ManualClock(is_set=set_before)
    with open_ledger(state_dir, clock) as ledger:
        accept(ledger, "one", VIN_A)
    clock.advance(1e6)
    clock.reboot("boot-2", is_set=set_after)
    with open_ledger(state_dir, clock) as again:
        assert isinstance(put(again, "two", VIN_A), AlreadyScanned)


def test_within_one_boot_the_clock_need_not_be_set(state_dir):
    clock = ManualClock(is_set=False)
    with open_ledger(state_dir, clock) as ledger:
        accept(ledger, "one", VIN_A)
        clock.advance(601)
        accept(ledger, "two", VIN_A)


def test_the_spent_logs_window_follows_the_same_rule(ledger, state_dir, clock):
    accept(ledger, "one", VIN_A)
    send(ledger, success())
    ledger.close()
    for path in state_dir.glob("ledger.sqlite*"):
        path.unlink()
    clock.advance(1e6)
    clock.reboot("boot-2")
    with open_ledger(state_dir, clock) as again:
        assert isinstance(put(again, "two", VIN_A), AlreadyScanned)
        clock.set_wall(clock.wall())
        assert isinstance(put(again, "three", VIN_A), Accepted)


def test_wall_times_are_filled_in_once_the_clock_is_set(state_dir):
    clock = ManualClock(wall=0.0, is_set=False)
    with open_ledger(state_dir, clock) as ledger:
        one = accept(ledger, "one", VIN_A)
        ledger.record_scan(NewScan("button", ScanOutcome.NONE))
        send(ledger, success())
        ledger.pause(PauseReason.DOUBTS, "three in a row")
        assert one.created is None
        assert ledger.status().pause.since is None
        clock.advance(50)
        clock.set_wall(1_800_000_000.0)
        assert ledger.status().pause.since == 1_799_999_950.0
        assert ledger.submission(one.id).created == 1_799_999_950.0
        assert {scan.created for scan in ledger.scans()} == {1_799_999_950.0}
    with open_ledger(state_dir, clock) as again:  # the seals were renewed with the times
        assert again.start_report.damaged is None


def test_an_earlier_boots_times_stay_unknown(state_dir):
    clock = ManualClock(is_set=False)
    with open_ledger(state_dir, clock) as ledger:
        one = accept(ledger, "one", VIN_A)
    clock.reboot("boot-2", is_set=True)
    with open_ledger(state_dir, clock) as again:
        two = accept(again, "two", VIN_B)
        assert again.submission(one.id).created is None
        assert two.created == clock.wall()


def test_the_days_credits_are_not_reset_while_the_clock_is_not_set(state_dir):
    clock = ManualClock()
    with open_ledger(state_dir, clock, daily_credit_limit=1) as ledger:
        accept(ledger, "one")
        send(ledger, success())
    clock.set_wall(0.0)
    clock.reboot("boot-2")
    with open_ledger(state_dir, clock, daily_credit_limit=1) as again:
        accept(again, "two", VIN_B)
        assert again.status().credits_today == 1
        assert again.claim() == Held("daily_limit")
        clock.set_wall(1_790_000_000.0 + 3 * 86_400)
        assert again.status().credits_today == 0


def test_credits_of_unknown_time_do_not_count_for_ever(state_dir):
    """The limit was reached before anybody knew the time; the next day it is lifted."""
    clock = ManualClock(is_set=False)
    with open_ledger(state_dir, clock, daily_credit_limit=1) as ledger:
        accept(ledger, "one")
        send(ledger, success())
        accept(ledger, "two", VIN_B)
    clock.reboot("boot-2", is_set=True)
    for days_later, credits_today in ((0, 1), (1, 0), (2, 0)):
        with open_ledger(state_dir, clock, daily_credit_limit=1) as again:
            assert again.status().credits_today == credits_today, days_later
            assert again.start_report.damaged is None
            assert again.submission(1).created is None, "a bound is nobody's date"
        clock.advance(86_400)
    with open_ledger(state_dir, clock, daily_credit_limit=1) as again:
        assert again.claim().submission.seq == 2


def test_a_window_from_a_boot_without_a_clock_ends(state_dir):
    clock = ManualClock(is_set=False)
    with open_ledger(state_dir, clock) as ledger:
        accept(ledger, "one", VIN_A)
    clock.reboot("boot-2", is_set=True)
    with open_ledger(state_dir, clock) as again:
        clock.advance(599)
        assert isinstance(put(again, "two", VIN_A), AlreadyScanned)
        clock.advance(2)
        assert isinstance(put(again, "three", VIN_A), Accepted)


def test_many_rows_are_dated_a_few_at_a_time(state_dir, monkeypatch):
    monkeypatch.setattr(store, "_DATED_AT_ONCE", 2)
    clock = ManualClock(is_set=False)
    with open_ledger(state_dir, clock) as ledger:
        for _ in range(5):
            ledger.record_scan(NewScan("button", ScanOutcome.NONE))
        clock.set_wall(1_800_000_000.0)
        dated = []
        for _ in range(4):
            ledger.status()
            dated.append(sum(scan.created is not None for scan in ledger.scans()))
        assert dated == [2, 4, 5, 5]


def test_credits_of_unknown_time_count(state_dir):
    clock = ManualClock(is_set=False)
    with open_ledger(state_dir, clock) as ledger:
        accept(ledger, "one")
        send(ledger, success())
        clock.advance(10 * 86_400)
        assert ledger.status().credits_today == 1


@given(st.floats(0, 4e9))
def test_a_day_starts_at_local_midnight(wall):
    midnight = time.localtime(start_of_day(wall))
    assert (midnight.tm_hour, midnight.tm_min, midnight.tm_sec) == (0, 0, 0)
    assert midnight.tm_yday == time.localtime(wall).tm_yday
    assert 0 <= wall - start_of_day(wall) <= 25 * 3600


def test_summer_time_does_not_move_midnight(monkeypatch):
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    try:
        noon = time.mktime((2026, 3, 29, 12, 0, 0, 0, 0, -1))
        assert noon - start_of_day(noon) == 11 * 3600
    finally:
        monkeypatch.undo()
        time.tzset()


_MOMENTS = st.builds(
    Moment, st.sampled_from(["a", "b"]), st.floats(0, 1e6), st.floats(0, 1e9), st.booleans()
)


@given(_MOMENTS, _MOMENTS, st.floats(0, 1e5))
def test_only_a_proof_of_age_closes_a_window(then, now, window):
    if window > 0 and not within(window, then, now):
        same_boot = then.boot_id == now.boot_id
        proof = now.monotonic - then.monotonic if same_boot else now.wall - then.wall
        assert proof >= window
        assert same_boot or (then.clock_set and now.clock_set)
