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
from kiosk.ledger import retention
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
