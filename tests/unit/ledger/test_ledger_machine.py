"""Any order of scans, attempts, people's acts, restarts and losses, against a simple model."""

import os
import shutil
import tempfile
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)
from ledger_makers import (
    DOUBT,
    FREE_REFUSAL,
    NEVER_SENT,
    REJECTED,
    TOO_LARGE,
    UNRECOGNIZED,
    UNSENDABLE,
    VIN_A,
    VIN_B,
    a_crop,
    lose_database,
    put,
    success,
)

from kiosk.clock import ManualClock
from kiosk.errors import TransitionError
from kiosk.ledger.ledger import Ledger
from kiosk.ledger.spent_lines import Released, Spent, parse_log
from kiosk.model import Accepted, AlreadyScanned, Claim, Held, State, Submission

# Fifteen runs of fsyncs on a disk take long and show nothing: memory where there is some.
IN_MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
CONTENTS = st.sampled_from(["one", "two", "three"])
VINS = st.sampled_from([None, VIN_A, VIN_B])
LEGAL = {
    State.QUEUED: {State.SENDING, State.IN_DOUBT, State.DROPPED},
    State.SENDING: {
        State.QUEUED,
        State.COMMITTED,
        State.REJECTED,  # refused early, or never fit to be sent
        State.RECOGNIZED,  # a paid answer came before its time
        State.UNRECOGNIZED,
    },
    State.COMMITTED: {
        State.RECOGNIZED,
        State.UNRECOGNIZED,
        State.IN_DOUBT,
        State.REJECTED,
        State.QUEUED,
    },
    State.IN_DOUBT: {State.QUEUED, State.DROPPED},
    State.REJECTED: {State.QUEUED, State.DROPPED},
}


class LedgerMachine(RuleBasedStateMachine):
    """The model: what went over the wire, what people allowed, and each submission's last state."""

    def __init__(self):
        super().__init__()
        self.state_dir = Path(tempfile.mkdtemp(dir=IN_MEMORY))
        self.clock = ManualClock()
        self.claimed: Claim | None = None
        self.committed = False
        self.seen: dict[int, State] = {}
        self.wire: dict[bytes, int] = {}  # tails sent, by picture
        self.allowed: dict[bytes, int] = {}  # how often a picture may be sent, at most
        self.credits = 0
        self.highest = 0

    @initialize()
    def start(self):
        self.ledger = Ledger.open(self.state_dir, self.clock)

    def teardown(self):
        self.ledger.close()
        shutil.rmtree(self.state_dir)

    @rule(content=CONTENTS, vin=VINS, consent=st.booleans(), live=st.booleans())
    def scan(self, content, vin, consent, live):
        result = put(self.ledger, content, vin, consent=consent, live=live)
        data = a_crop(content).data
        self.allowed.setdefault(data, 1)
        if consent and isinstance(result, AlreadyScanned):
            waiting = self.ledger.submission(result.submission.duplicate_of)
            assert waiting.state.is_waiting
        elif consent:
            assert isinstance(result, Accepted)
            self.allowed[data] += 1
        if isinstance(result, Accepted):
            assert result.submission.seq > self.highest
            self.highest = result.submission.seq

    @precondition(lambda self: self.claimed is None)
    @rule()
    def claim(self):
        claimed = self.ledger.claim()
        waiting = self.ledger.submissions({State.QUEUED})
        if isinstance(claimed, Held):
            paused = self.ledger.status().pause is not None
            assert claimed == Held("paused" if paused else "empty")
            assert paused or not waiting
            return
        mine = claimed.submission
        assert all(_urgency(one) < _urgency(mine) for one in waiting)
        self.claimed, self.committed = claimed, False

    @precondition(lambda self: self.claimed and not self.committed)
    @rule()
    def send_tail(self):
        self.ledger.commit_tail(self.claimed)
        self.committed = True
        data = self.claimed.crop
        self.wire[data] = self.wire.get(data, 0) + 1
        assert self.wire[data] <= self.allowed[data]

    @precondition(lambda self: self.claimed and not self.committed)
    @rule()
    def fail_before_the_tail(self):
        self.ledger.settle(self.claimed, NEVER_SENT)
        self.claimed = None

    @precondition(lambda self: self.claimed and not self.committed)
    @rule(end=st.sampled_from([TOO_LARGE, UNSENDABLE]))
    def reject_before_the_tail(self, end):
        assert self.ledger.settle(self.claimed, end).state is State.REJECTED
        self.claimed = None

    @precondition(lambda self: self.claimed and not self.committed)
    @rule(end=st.sampled_from([success(), UNRECOGNIZED, REJECTED]))
    def answer_before_the_tail(self, end):
        data = self.claimed.crop
        self.wire[data] = self.wire.get(data, 0) + 1
        done = self.ledger.settle_charged(self.claimed, end)
        assert (done.state, done.credits >= 1) == (end.state, True)
        self.credits += end.credits
        self.claimed = None

    @rule()
    def resume(self):
        self.ledger.resume("maria")

    @precondition(lambda self: self.claimed and self.committed)
    @rule(end=st.sampled_from([success(), UNRECOGNIZED, DOUBT, REJECTED, FREE_REFUSAL]))
    def answer(self, end):
        done = self.ledger.settle(self.claimed, end)
        assert done.state is end.state
        self.credits += end.credits
        if end.released:
            self.allowed[self.claimed.crop] += 1
        self.claimed = None

    @rule(which=st.integers(1, 12), person=st.sampled_from(["resend", "drop"]))
    def decide(self, which, person):
        one = self.ledger.submission(which)
        if one is None:
            return
        states = {State.IN_DOUBT, State.REJECTED} | ({State.QUEUED} if person == "drop" else set())
        act = getattr(self.ledger, person)
        if one.state not in states:
            try:
                act(which, "maria")
            except TransitionError:
                return
            raise AssertionError(f"{person} of {one.state}")
        if person == "resend":
            self.allowed[self.ledger.crop_of(which).data] += 1
        assert act(which, "maria").state in {State.QUEUED, State.DROPPED}

    @rule(seconds=st.sampled_from([1, 700]))
    def wait(self, seconds):
        self.clock.advance(seconds)

    @rule()
    def restart(self):
        self.ledger.close()
        self.ledger = Ledger.open(self.state_dir, self.clock)
        report = self.ledger.start_report
        sending, committed = (
            self.claimed is not None and self.committed is committed for committed in (False, True)
        )
        assert (report.requeued, report.in_doubt) == (sending, committed)
        assert (report.damaged, report.missing_sequences) == (None, ())
        self.claimed = None

    @precondition(lambda self: self.claimed is None)
    @rule()
    def restore_the_state_before(self):
        """Go back to a database in which the last picture still waits."""
        self.ledger.close()
        shutil.copy(self.state_dir / "ledger.sqlite", self.state_dir / "backup")
        with Ledger.open(self.state_dir, self.clock) as later:
            claimed = later.claim()
            if isinstance(claimed, Claim):
                later.commit_tail(claimed)
                self.wire[claimed.crop] = self.wire.get(claimed.crop, 0) + 1
                later.settle(claimed, success())
        lose_database(self.state_dir)
        shutil.copy(self.state_dir / "backup", self.state_dir / "ledger.sqlite")
        self.ledger = Ledger.open(self.state_dir, self.clock)

    @invariant()
    def states_are_legal(self):
        for one in self.ledger.submissions():
            before = self.seen.get(one.id)
            if before is not None and before is not one.state:
                assert _reachable(before, one.state), (before, one.state)
            self.seen[one.id] = one.state

    @invariant()
    def nothing_is_spent_twice(self):
        last: dict[str, bool] = {}
        for entry in parse_log((self.state_dir / "spent.log").read_bytes()).entries:
            if isinstance(entry, Spent):
                assert not last.get(entry.sha256)
            last[entry.sha256] = not isinstance(entry, Released)
        assert all(self.wire[data] <= self.allowed[data] for data in self.wire)

    @invariant()
    def credits_add_up(self):
        assert sum(one.credits for one in self.ledger.submissions()) == self.credits
        status = self.ledger.status()
        assert status.credits_today >= self.credits + status.in_doubt
        assert status.in_doubt == len(self.ledger.submissions({State.IN_DOUBT}))


def _urgency(one: Submission) -> tuple[bool, int]:
    """The live before the backlog; of the live the newest, of the backlog the oldest."""
    return one.live, one.seq if one.live else -one.seq


def _reachable(start: State, end: State) -> bool:
    """Tell whether the state machine leads from one to the other (a rule may take two steps)."""
    found, frontier = set(), {start}
    while frontier:
        found |= frontier
        frontier = {to for state in frontier for to in LEGAL.get(state, ())} - found
    return end in found


TestLedgerMachine = LedgerMachine.TestCase
TestLedgerMachine.settings = settings(max_examples=15, stateful_step_count=25, deadline=None)
