"""What a day has cost, though it is not added up at every step; and doubts in a row."""

import os
import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from ledger_makers import (
    DOUBT,
    FREE_REFUSAL,
    NEVER_SENT,
    UNRECOGNIZED,
    accept,
    assert_only_what_is_new_is_read,
    claim,
    open_ledger,
    put,
    send,
    success,
)

from kiosk.clock import ManualClock
from kiosk.ledger.credits import DayCredits
from kiosk.model import Answer, Claim, Held, PauseReason, Settlement, State

DAY = 86_400.0
IN_MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
SICK = Settlement(
    State.UNRECOGNIZED,
    "its database failed",
    credits=1,
    answer=Answer(success=False, key=27, message="", raw=b""),
    status=200,
)


def added_up(ledger):
    with ledger._database.reading() as connection:
        return DayCredits().today(connection, ledger._now())


class KeptCredits(RuleBasedStateMachine):
    """The kept sum is the sum, whatever happens to attempts and to the clock."""

    def __init__(self):
        super().__init__()
        self.state_dir = Path(tempfile.mkdtemp(dir=IN_MEMORY)) / "lane1"
        self.clock = ManualClock(is_set=False)
        self.ledger = self.opened()
        self.claimed = None
        self.crossed = False
        self.scans = 0

    def opened(self):
        return open_ledger(self.state_dir, self.clock, daily_credit_limit=10**6)

    def teardown(self):
        self.ledger.close()
        shutil.rmtree(self.state_dir.parent)

    @rule()
    def scan(self):
        self.scans += 1
        put(self.ledger, f"car {self.scans}", f"1M8GDM9AXKP{self.scans:06d}", live=False)

    @precondition(lambda self: self.claimed is None)
    @rule()
    def claim(self):
        claimed = self.ledger.claim()
        self.claimed, self.crossed = claimed if isinstance(claimed, Claim) else None, False

    @precondition(lambda self: self.claimed and not self.crossed)
    @rule(sent=st.booleans())
    def go_on(self, sent):
        if sent:
            self.ledger.commit_tail(self.claimed)
            self.crossed = True
        else:
            self.ledger.settle(self.claimed, NEVER_SENT)
            self.claimed = None

    @precondition(lambda self: self.claimed and self.crossed)
    @rule(end=st.sampled_from([success(), DOUBT, FREE_REFUSAL]))
    def end(self, end):
        self.ledger.settle(self.claimed, end)
        self.claimed = None

    @rule(days=st.sampled_from([0.01, 1, 3]), heard=st.booleans())
    def wait(self, days, heard):
        self.clock.advance(days * DAY)
        if heard:
            self.clock.set_wall(self.clock.wall() + 3 * DAY)

    @rule()
    def prune(self):
        self.ledger.prune(1, 1)

    @rule()
    def restart(self):
        self.ledger.close()
        self.ledger = self.opened()
        self.claimed = None

    @invariant()
    def the_sum_is_right(self):
        assert self.ledger.status().credits_today == added_up(self.ledger)


TestKeptCredits = KeptCredits.TestCase
TestKeptCredits.settings = settings(max_examples=15, stateful_step_count=25, deadline=None)


def test_what_is_rolled_back_is_not_kept(ledger):
    accept(ledger, "one")
    claimed = claim(ledger)
    ledger.commit_tail(claimed)
    with ledger._database.reading() as connection:
        connection.execute("BEGIN")
        connection.execute("UPDATE attempts SET outcome = 'recognized', credits = 9")
        assert ledger._credits_today(connection, ledger._now()) == 9
        connection.execute("ROLLBACK")
    assert ledger.status().credits_today == 1
    ledger.settle(claimed, success())
    assert ledger.status().credits_today == 1


def test_a_question_reads_only_what_is_new(ledger):
    """A thousand attempts today must not make the next claim slower."""
    for number in range(30):
        accept(ledger, f"car {number}", f"1M8GDM9AXKP{number:06d}")
        send(ledger, success())
    ledger.status()
    assert_only_what_is_new_is_read(ledger)


def steps_of(ledger, act):
    """Count what SQLite does for ``act``."""
    steps = []
    connection = ledger._database._connection
    connection.set_progress_handler(lambda: steps.append(1) and None, 1)
    act()
    connection.set_progress_handler(None, 1)
    return len(steps)


def test_a_claim_is_no_dearer_at_the_end_of_a_day(ledger):
    needed = []
    for number in range(120):
        accept(ledger, f"car {number}", f"1M8GDM9AXKP{number:06d}")
        claimed = []
        needed.append(steps_of(ledger, lambda claimed=claimed: claimed.append(claim(ledger))))
        ledger.commit_tail(claimed[0])
        ledger.settle(claimed[0], success())
    assert max(needed[-5:]) < 1.2 * min(needed[5:10])


def test_the_limit_is_reached_with_the_last_credit(state_dir, clock):
    with open_ledger(state_dir, clock, daily_credit_limit=1) as ledger:
        accept(ledger, "one")
        assert not ledger.status().limit_reached
        send(ledger, success())
        assert ledger.status().limit_reached


def a_row_of(ledger, ends):
    for number, end in enumerate(ends):
        accept(ledger, f"car {number} {end.state}", f"1M8GDM9AXKP{number:06d}", live=False)
        claimed = claim(ledger)
        if end is not NEVER_SENT:
            ledger.commit_tail(claimed)
        ledger.settle(claimed, end)
        if end is NEVER_SENT:
            ledger.drop(claimed.submission.id, "maria")


@pytest.mark.parametrize(
    ("ends", "in_row"),
    [
        ([], 0),
        ([DOUBT, DOUBT], 2),
        ([DOUBT, success(), DOUBT], 1),
        ([DOUBT, UNRECOGNIZED, SICK, DOUBT], 2),
        ([DOUBT, NEVER_SENT, DOUBT], 2),
        ([DOUBT, Settlement(State.REJECTED, "no image", credits=1, status=200)], 0),
    ],
)
def test_doubts_in_a_row_outlive_a_restart(ledger, state_dir, clock, ends, in_row):
    a_row_of(ledger, ends)
    ledger.close()
    with open_ledger(state_dir, clock) as again:
        assert again.doubts_in_row() == in_row
        again.resume("maria")
        assert again.doubts_in_row() == 0, "a person has looked"


def test_a_refusal_ends_the_row(ledger):
    a_row_of(ledger, [DOUBT, DOUBT])
    accept(ledger, "refused", "1M8GDM9AXKP999999")
    send(ledger, Settlement(State.QUEUED, "wrong access code", released=True, status=401))
    assert ledger.doubts_in_row() == 0


def test_what_came_back_before_its_tail_says_nothing_of_the_service(ledger):
    a_row_of(ledger, [DOUBT])
    accept(ledger, "early", "1M8GDM9AXKP999997", live=False)
    ledger.settle(claim(ledger), Settlement(State.QUEUED, "not now", status=503))
    claimed = claim(ledger)
    ledger.commit_tail(claimed)
    ledger.take_back(claimed, "somebody pressed")
    assert ledger.doubts_in_row() == 1


def test_a_service_that_fails_for_its_own_sake_ends_no_row(ledger):
    sick = Answer(success=False, key=0, message="", raw=b"")
    end = Settlement(State.UNRECOGNIZED, "internal", credits=1, answer=sick, status=200)
    a_row_of(ledger, [DOUBT, end, DOUBT])
    assert ledger.doubts_in_row() == 3


def test_a_lane_that_dies_after_each_tail_stops_sending(state_dir, clock):
    with open_ledger(state_dir, clock) as ledger:
        for number in range(12):
            accept(ledger, f"car {number}", f"1M8GDM9AXKP{number:06d}", live=False)
    tails = 0
    for _ in range(12):
        ledger = open_ledger(state_dir, clock)
        claimed = ledger.claim()
        if isinstance(claimed, Claim):
            ledger.commit_tail(claimed)
            tails += 1
        ledger._closing.close()  # killed
    assert tails == 6
    with open_ledger(state_dir, clock) as ledger:
        assert ledger.claim() == Held("paused")
        assert ledger.status().pause.reason is PauseReason.DOUBTS
        ledger.resume("maria")
        ledger.commit_tail(claim(ledger))
    with open_ledger(state_dir, clock) as ledger:
        assert ledger.start_report.in_doubt == 1
        assert ledger.status().pause is None, "one more is not yet a row"


def die_with_two_under_way(ledger):
    first = claim(ledger)
    ledger.commit_tail(first)
    ledger.commit_tail(ledger.claim(beside=first))
    ledger._closing.close()


def test_what_one_stop_left_behind_counts_once(state_dir, clock):
    """Two power cuts in a drain are no service that fails after taking pictures."""
    ledger = open_ledger(state_dir, clock)
    for number in range(4):
        accept(ledger, f"car {number}", f"1M8GDM9AXKP{number:06d}", live=False)
    die_with_two_under_way(ledger)
    ledger = open_ledger(state_dir, clock)
    assert ledger.start_report.in_doubt == 2
    assert ledger.doubts_in_row() == 1
    assert len({row.reason for row in ledger.submissions([State.IN_DOUBT])}) == 2
    assert ledger.status().credits_today == 2, "each of them may have cost one"
    ledger.commit_tail(claim(ledger))
    ledger._closing.close()
    with open_ledger(state_dir, clock) as ledger:
        assert ledger.doubts_in_row() == 2
