"""What a day has cost where attempts overlap, days follow each other, or the time is not known."""

import pytest
from ledger_makers import (
    DOUBT,
    FREE_REFUSAL,
    VIN_A,
    accept,
    assert_only_what_is_new_is_read,
    claim,
    open_ledger,
    send,
    success,
)

from kiosk.clock import ManualClock
from kiosk.model import Held

DAY = 86_400.0


def paid(ledger, number):
    accept(ledger, f"car {number}", f"1M8GDM9AXKP{number:06d}", live=False)
    send(ledger, success())


def known_by_the_spent_log_alone(state_dir, clock):
    """A ledger from a backup: what was sent since then becomes a doubt without an attempt."""
    with open_ledger(state_dir, clock) as ledger:
        accept(ledger, "one", VIN_A)
    before = (state_dir / "ledger.sqlite").read_bytes()
    with open_ledger(state_dir, clock) as ledger:
        send(ledger, DOUBT)
    (state_dir / "ledger.sqlite").write_bytes(before)


def test_a_doubt_without_an_attempt_counts_on_its_day_only(state_dir, clock):
    known_by_the_spent_log_alone(state_dir, clock)
    with open_ledger(state_dir, clock) as restored:
        assert restored.claim() == Held("empty")
        assert restored.attempts_of(1) == []
        assert restored.status().credits_today == 1
        clock.advance(DAY)
        assert restored.status().credits_today == 0


def test_an_attempt_under_way_is_not_counted_for_good(ledger):
    """Two are under way, and the first ends for nothing."""
    for number in range(2):
        accept(ledger, f"car {number}", f"1M8GDM9AXKP{number:06d}", live=False)
    first = claim(ledger)
    ledger.commit_tail(first)
    ledger.claim(beside=first)
    assert ledger.status().credits_today == 1, "it may have cost one"
    ledger.settle(first, FREE_REFUSAL)
    assert ledger.status().credits_today == 0


def test_without_a_clock_the_last_known_day_goes_on_and_no_other(state_dir):
    clock = ManualClock()
    with open_ledger(state_dir, clock) as ledger:
        paid(ledger, 1)
        clock.advance(DAY)
        paid(ledger, 2)
    clock.reboot("boot-2", wall=0.0)
    with open_ledger(state_dir, clock) as again:
        assert again.status().credits_today == 1, "yesterday's is over"
        paid(again, 3)
        assert again.status().credits_today == 2, "of an unknown day: it counts beside"


@pytest.fixture
def dated_late():
    return ManualClock(wall=0.0, is_set=False)


def test_a_question_reads_only_what_is_new_after_rows_were_dated_too(state_dir, dated_late):
    with open_ledger(state_dir, dated_late) as ledger:
        for number in range(20):
            paid(ledger, number)
        dated_late.set_wall(1_790_000_000.0)
        while ledger._writer.dating.is_due():
            ledger.status()
        assert ledger.status().credits_today == 20
        assert_only_what_is_new_is_read(ledger)
