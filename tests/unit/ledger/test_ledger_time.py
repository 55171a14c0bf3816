"""A machine without a clock battery: windows stay open, the day goes on, wall times come later."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ledger_makers import VIN_A, VIN_B, accept, open_ledger, put, send, success

from kiosk.clock import ManualClock
from kiosk.ledger import dating
from kiosk.ledger.moment import Moment, start_of_day, within
from kiosk.model import Accepted, AlreadyScanned, Held, NewScan, PauseReason, ScanOutcome

NOW = 1_790_000_000.0
DAY = 86_400.0


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
    monkeypatch.setattr(dating, "_DATED_AT_ONCE", 2)
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
        if then.boot_id == now.boot_id:
            assert now.monotonic - then.monotonic >= window
        elif now.monotonic < window:  # this boot alone is no proof
            assert now.wall - then.wall >= window
            assert then.clock_set
            assert now.clock_set


def test_a_clock_that_is_corrected_dates_anew_what_was_written_by_it(state_dir):
    """A battery's clock half a year ahead, until a time server is heard at noon."""
    clock = ManualClock(wall=NOW + 200 * DAY, synchronised=False)
    with open_ledger(state_dir, clock, daily_credit_limit=2) as ledger:
        one = accept(ledger, "one", VIN_A)
        send(ledger, success())
        assert ledger.submission(one.id).created == NOW + 200 * DAY
        clock.advance(60)
        clock.set_wall(NOW + 60)
        assert ledger.status().credits_today == 1
        assert ledger.submission(one.id).created == NOW
        assert ledger.attempts_of(one.id)[0].started == NOW
        clock.set_wall(NOW + 61.5)
        ledger.status()
        assert ledger.submission(one.id).created == NOW, "a leap second is no correction"
    with open_ledger(state_dir, clock) as again:
        assert again.start_report.damaged is None


@pytest.mark.parametrize("days", [200, -200])
def test_a_step_while_the_lane_was_down_is_seen_at_the_next_start(state_dir, days):
    clock = ManualClock(wall=NOW + days * DAY, synchronised=False)
    with open_ledger(state_dir, clock) as ledger:
        one = accept(ledger, "one", VIN_A)
    clock.advance(60)
    clock.set_wall(NOW + 60)
    with open_ledger(state_dir, clock) as again:
        assert again.submission(one.id).created == NOW


def test_credits_of_a_clock_that_was_ahead_end_with_the_day(state_dir):
    clock = ManualClock(wall=NOW + 200 * DAY, synchronised=False)
    with open_ledger(state_dir, clock) as ledger:
        one = accept(ledger, "one", VIN_A)
        send(ledger, success())
    clock.reboot("boot-2", wall=NOW)
    clock.set_wall(NOW)
    with open_ledger(state_dir, clock) as again:
        assert again.status().credits_today == 1
        assert again.submission(one.id).created is None, "a bound is nobody's date"
        clock.advance(DAY)
        assert again.status().credits_today == 0


@pytest.mark.parametrize(("days", "believed"), [(-200, False), (1, True), (29, True), (200, False)])
def test_a_battery_clock_is_believed_where_it_goes_on_from_what_is_known(state_dir, days, believed):
    """Behind the last row it is wrong; months after it, it may be: a time server must say so."""
    clock = ManualClock()
    with open_ledger(state_dir, clock) as ledger:
        accept(ledger, "one", VIN_A)
        send(ledger, success())
    clock.reboot("boot-2", is_set=True, synchronised=False, wall=NOW + days * DAY)
    with open_ledger(state_dir, clock) as again:
        two = accept(again, "two", VIN_B)
        assert (two.created is not None) is believed
        assert again.status().credits_today == (0 if believed else 1)
        assert isinstance(put(again, "three", VIN_A), Accepted if believed else AlreadyScanned)
        clock.set_wall(clock.wall())
        again.status()
        assert again.submission(two.id).created == NOW + days * DAY


def test_a_clock_that_nobody_vouches_for_is_believed_after_a_day_without_a_step(state_dir):
    clock = ManualClock()
    with open_ledger(state_dir, clock) as ledger:
        accept(ledger, "one", VIN_A)
    clock.reboot("boot-2", is_set=True, synchronised=False, wall=NOW + 200 * DAY)
    with open_ledger(state_dir, clock) as again:
        two = accept(again, "two", VIN_B)
        clock.advance(DAY - 1)
        again.status()
        assert again.submission(two.id).created is None
        clock.set_wall(clock.wall() + 5, synchronised=False)
        again.status()
        clock.advance(DAY - 1)
        again.status()
        assert again.submission(two.id).created is None
        clock.advance(1)
        again.status()
        assert again.submission(two.id).created == NOW + 200 * DAY + 5


def test_bounds_by_a_clock_that_was_behind_move_with_its_correction(state_dir):
    """Else the credits of an unknown day would count as some day's half a year ago."""
    clock = ManualClock(wall=0.0, is_set=False)
    with open_ledger(state_dir, clock) as ledger:
        accept(ledger, "one", VIN_A)
        send(ledger, success())
    clock.reboot("boot-2", is_set=True, synchronised=False, wall=NOW - 200 * DAY)
    with open_ledger(state_dir, clock) as again:
        assert again.status().credits_today == 1
        clock.advance(60)
        clock.set_wall(NOW)
        assert again.status().credits_today == 1
        clock.advance(DAY)
        assert again.status().credits_today == 0


def test_what_an_earlier_boot_did_is_as_old_as_this_boot(state_dir):
    clock = ManualClock(is_set=False)
    with open_ledger(state_dir, clock) as ledger:
        accept(ledger, "one", VIN_A)
    clock.reboot("boot-2")
    with open_ledger(state_dir, clock) as again:
        clock.advance(599)
        assert isinstance(put(again, "two", VIN_A), AlreadyScanned)
        clock.advance(1)
        assert isinstance(put(again, "three", VIN_A), Accepted)


def test_a_time_that_nobody_vouched_for_closes_no_window_of_a_time_servers_clock(state_dir):
    """The first boot of all ran half a year behind: there is nothing to tell it by."""
    clock = ManualClock(wall=NOW - 200 * DAY, synchronised=False)
    with open_ledger(state_dir, clock) as ledger:
        accept(ledger, "one", VIN_A)
    clock.reboot("boot-2", wall=NOW)
    clock.set_wall(NOW)
    with open_ledger(state_dir, clock) as again:
        assert isinstance(put(again, "two", VIN_A), AlreadyScanned)
        clock.advance(600)
        assert isinstance(put(again, "three", VIN_A), Accepted)


def test_what_a_battery_dated_is_proven_once_a_time_server_says_the_same(state_dir):
    clock = ManualClock(synchronised=False)
    with open_ledger(state_dir, clock) as ledger:
        accept(ledger, "one", VIN_A)
        clock.set_wall(clock.wall())
        ledger.status()
    clock.advance(700)
    clock.reboot("boot-2", is_set=True)
    with open_ledger(state_dir, clock) as again:
        assert isinstance(put(again, "two", VIN_A), Accepted)


def test_what_lies_behind_a_proven_time_before_it_gets_a_bound(state_dir):
    clock = ManualClock()
    with open_ledger(state_dir, clock) as ledger:
        proven = accept(ledger, "one", VIN_A)
    clock.reboot("boot-2", is_set=True, synchronised=False, wall=NOW - 200 * DAY)
    with open_ledger(state_dir, clock) as ledger:
        clock.advance(DAY)
        two = accept(ledger, "two", VIN_B)
        assert two.created == NOW - 199 * DAY, "after a day it is believed"
    clock.reboot("boot-3", wall=NOW + DAY + 60)
    clock.set_wall(clock.wall())
    with open_ledger(state_dir, clock) as again:
        assert again.submission(two.id).created is None
        assert again.submission(proven.id).created == NOW


def test_credits_are_added_up_anew_while_rows_are_dated_anew(state_dir, monkeypatch):
    monkeypatch.setattr(dating, "_DATED_AT_ONCE", 1)
    clock = ManualClock(wall=NOW + 200 * DAY)
    with open_ledger(state_dir, clock) as ledger:
        for number in range(3):
            accept(ledger, f"car {number}", f"1M8GDM9AXKP{number:06d}")
            send(ledger, success())
    clock.reboot("boot-2", is_set=True, wall=NOW)
    with open_ledger(state_dir, clock) as again:
        while again._writer.dating.is_due():
            told = again.status().credits_today
        assert told == 3
