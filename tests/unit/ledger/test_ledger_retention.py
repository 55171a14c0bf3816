"""Forgetting in time, without forgetting what may still cost or has cost money."""

import pytest
from ledger_makers import (
    DOUBT,
    REJECTED,
    VIN_A,
    accept,
    claim,
    open_ledger,
    put,
    send,
    success,
)

from kiosk.clock import ManualClock
from kiosk.errors import LedgerError
from kiosk.ledger import dating, retention
from kiosk.ledger.retention import Pruned
from kiosk.model import AlreadyScanned, DuplicateRule, NewScan, ScanOutcome, State

DAY = 86_400


@pytest.fixture
def of_every_kind(ledger, clock):
    """One submission in each lasting state, waiting and doubtful ones included."""
    made = {}
    for content, end in (("done", success()), ("doubt", DOUBT), ("rejected", REJECTED)):
        made[content] = accept(ledger, content, consent=True).id
        send(ledger, end)
    made["dropped"] = accept(ledger, "dropped", consent=True).id
    ledger.drop(made["dropped"], "maria")
    made["waiting"] = accept(ledger, "waiting", consent=True).id
    made["local"] = accept(ledger, "local", VIN_A, local=True, consent=True).id
    return made


def kept_pictures(ledger, made):
    return {name for name, its_id in made.items() if ledger.crop_of(its_id)}


def test_pictures_go_first_but_not_what_waits_or_is_in_doubt(ledger, of_every_kind, clock):
    clock.advance(29 * DAY)
    assert ledger.prune(30, 400) == Pruned(0, 0)
    clock.advance(2 * DAY)
    assert ledger.prune(30, 400) == Pruned(4, 0)
    assert kept_pictures(ledger, of_every_kind) == {"doubt", "waiting"}
    assert len(ledger.submissions()) == 6
    with pytest.raises(LedgerError, match="gone"):
        ledger.resend(of_every_kind["rejected"], "maria")
    assert ledger.submission(of_every_kind["rejected"]).state is State.REJECTED


def test_rows_go_later_and_are_no_gap(ledger, of_every_kind, state_dir, clock):
    ledger.record_scan(NewScan("button", ScanOutcome.NONE))
    clock.advance(401 * DAY)
    new = accept(ledger, "new", consent=True)
    assert ledger.prune(30, 400) == Pruned(4, 4, notes=8)
    kept = [of_every_kind["doubt"], of_every_kind["waiting"], new.id]
    assert [one.id for one in ledger.submissions()] == kept
    assert len(ledger.scans()) == 1
    ledger.close()
    with open_ledger(state_dir, clock) as again:
        assert again.start_report.missing_sequences == ()
        assert again.start_report.damaged is None
        assert accept(again, "newer", consent=True).seq == new.seq + 1


def test_the_spent_log_remembers_what_was_pruned(ledger, clock):
    accept(ledger, "one")
    send(ledger, success())
    clock.advance(500 * DAY)
    ledger.prune(30, 400)
    assert ledger.submissions() == []
    result = put(ledger, "one")
    assert isinstance(result, AlreadyScanned)
    assert (result.rule, result.earlier) == (DuplicateRule.SPENT, None)


def test_numbers_go_on_after_everything_was_pruned(ledger, state_dir, clock):
    for content in ("one", "two"):
        accept(ledger, content, local=True)
    clock.advance(500 * DAY)
    ledger.prune(30, 400)
    ledger.close()
    with open_ledger(state_dir, clock) as again:
        assert accept(again, "three").seq == 3


def test_nothing_is_forgotten_while_nobody_knows_the_time(state_dir):
    clock = ManualClock(is_set=False)
    with open_ledger(state_dir, clock) as ledger:
        accept(ledger, "one")
        send(ledger, success())
    clock.advance(1000 * DAY)
    clock.reboot("boot-2", is_set=False)
    with open_ledger(state_dir, clock) as again:
        assert again.prune(1, 1) == Pruned(0, 0)
        clock.set_wall(clock.wall())
        assert again.prune(1, 1) == Pruned(0, 0)  # of unknown age, but older than now
        accept(again, "two", consent=True)
        assert claim(again).submission.seq == 2
        clock.advance(2 * DAY)
        assert again.prune(1, 1) == Pruned(1, 1, notes=2)


def test_a_backlog_of_old_rows_goes_in_small_steps(ledger, monkeypatch, clock):
    monkeypatch.setattr(retention, "BATCH", 2)
    for number in range(5):
        accept(ledger, f"car {number}", local=True, consent=True)
    clock.advance(500 * DAY)
    steps = []
    while not steps or not steps[-1].is_last:
        steps.append(ledger.prune(30, 400))
    assert [step.results for step in steps] == [2, 2, 1, 0]
    assert (ledger.submissions(), ledger.scans()) == ([], [])


def an_old_row(state_dir, clock):
    with open_ledger(state_dir, clock) as ledger:
        accept(ledger, "one")
        send(ledger, success())
        clock.advance(DAY)
        assert ledger.prune(30, 400) == Pruned(0, 0)


def test_a_clock_that_jumps_ahead_forgets_nothing(state_dir, clock):
    an_old_row(state_dir, clock)
    wall = clock.wall()
    clock.reboot("boot-2", is_set=True, synchronised=False, wall=wall + 200 * DAY)
    with open_ledger(state_dir, clock) as ledger:
        assert ledger.prune(30, 400) == Pruned(0, 0)
        clock.advance(2 * DAY)  # believed by now, but it lived two days only
        assert ledger.status().pause is None
        assert ledger.prune(30, 400) == Pruned(0, 0)
        clock.set_wall(wall + 200 * DAY)  # a time server says so, too
        assert ledger.prune(30, 400).pictures == 1


def test_what_a_wrong_battery_dated_is_not_made_old_by_another(state_dir, clock):
    an_old_row(state_dir, clock)
    wall = clock.wall()
    for boot, days in ((2, -200), (3, 200)):
        clock.reboot(f"boot-{boot}", is_set=True, synchronised=False, wall=wall + days * DAY)
        with open_ledger(state_dir, clock) as ledger:
            clock.advance(DAY)
            accept(ledger, f"of boot {boot}", local=True, consent=True)
            assert ledger.prune(30, 400) == Pruned(0, 0)
            assert ledger.submissions()[-1].created is not None, "it is believed by now"
            if boot == 3:
                clock.advance(29 * DAY)
                assert ledger.prune(30, 400).pictures == 2, "30 days of running are 30 days"


def test_a_lane_that_never_hears_a_time_server_forgets_by_days_of_running(state_dir):
    clock = ManualClock(synchronised=False)
    with open_ledger(state_dir, clock) as ledger:
        accept(ledger, "one", local=True)
    clock.reboot("boot-2", is_set=True, synchronised=False, wall=clock.wall() + DAY)
    with open_ledger(state_dir, clock) as ledger:
        days = [(day, ledger.prune(30, 400).pictures, clock.advance(DAY)) for day in range(40)]
    assert [day for day, pictures, _ in days if pictures] == [31]


def test_a_mistyped_date_forgets_nothing(state_dir, clock):
    an_old_row(state_dir, clock)
    right = clock.wall()
    clock.reboot("boot-2", is_set=True)
    with open_ledger(state_dir, clock) as ledger:
        one = accept(ledger, "two", local=True)
        clock.set_wall(right + 200 * DAY, synchronised=False)
        clock.advance(2 * DAY)
        assert ledger.prune(30, 400) == Pruned(0, 0)
        assert ledger.submission(one.id).created == right
    with open_ledger(state_dir, clock) as again:
        assert again.prune(30, 400) == Pruned(0, 0)
        assert accept(again, "three", local=True).created == right + 2 * DAY


def test_without_a_time_server_things_age_while_the_lane_runs(state_dir, clock):
    an_old_row(state_dir, clock)
    for boot in range(2, 33):
        clock.reboot(f"boot-{boot}", is_set=True, synchronised=False, wall=clock.wall() + DAY / 2)
        with open_ledger(state_dir, clock) as ledger:
            ledger.record_scan(NewScan("button", ScanOutcome.NONE))
            clock.advance(DAY)
            pruned = ledger.prune(30, 400).pictures
            assert pruned == (1 if boot == 31 else 0), boot


def test_nothing_is_forgotten_before_every_row_is_dated(ledger, clock, monkeypatch):
    monkeypatch.setattr(dating, "_DATED_AT_ONCE", 1)
    for number in range(3):
        accept(ledger, f"car {number}", local=True, consent=True)
    clock.set_wall(clock.wall() + 200 * DAY)
    for _ in range(8):
        assert ledger.prune(30, 400) == Pruned(0, 0)
    assert len(ledger.submissions()) == 3


def test_older_than_so_many_days_is_more_than_so_many(ledger, clock):
    accept(ledger, "one", local=True)
    clock.advance(30 * DAY)
    assert ledger.prune(30, 30) == Pruned(0, 0)
    clock.advance(1)
    assert ledger.prune(30, 30) == Pruned(1, 1, notes=1)


def test_a_date_counts_as_far_as_a_time_server_and_then_the_lane_have_gone_on(state_dir, clock):
    with open_ledger(state_dir, clock) as ledger:
        accept(ledger, "one", local=True)
        clock.advance(20 * DAY)
        assert ledger.prune(30, 400) == Pruned(0, 0)
    clock.reboot("boot-2", is_set=True, synchronised=False, wall=clock.wall())
    with open_ledger(state_dir, clock) as ledger:
        accept(ledger, "two", local=True)
        clock.advance(10 * DAY)
        assert ledger.prune(30, 400) == Pruned(0, 0), "30 days, and no more"
        clock.advance(1)
        assert ledger.prune(30, 400).pictures == 1


def test_a_first_look_by_a_battery_clock_goes_on_from_the_last_date_there_is(state_dir, clock):
    with open_ledger(state_dir, clock) as ledger:
        ledger.record_scan(NewScan("button", ScanOutcome.NONE))
    clock.reboot("boot-2", is_set=True, synchronised=False, wall=clock.wall() + 20 * DAY)
    with open_ledger(state_dir, clock) as ledger:
        clock.advance(11 * DAY)
        assert ledger.prune(30, 30).notes == 0, "the lane has run for 11 days"
        clock.advance(20 * DAY)
        assert ledger.prune(30, 30).notes == 1


def test_a_first_look_after_a_month_of_running_finds_what_is_a_month_old(state_dir, clock):
    with open_ledger(state_dir, clock) as ledger:
        ledger.record_scan(NewScan("button", ScanOutcome.NONE))
    clock.reboot("boot-2", is_set=True, synchronised=False, wall=clock.wall() + 20 * DAY)
    with open_ledger(state_dir, clock) as ledger:
        clock.advance(31 * DAY)
        assert ledger.prune(30, 30).notes == 1


def test_as_long_as_anything_is_forgotten_there_may_be_more():
    assert Pruned(0, 0).is_last
    assert not any(one.is_last for one in (Pruned(1, 0), Pruned(0, 1), Pruned(0, 0, notes=1)))
