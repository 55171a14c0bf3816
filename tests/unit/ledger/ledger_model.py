"""What a ledger's life should come to: a simple model, kept beside the ledger, and what holds."""

import os
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path

from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant
from spent_reader import parse_log

from kiosk.clock import ManualClock
from kiosk.ledger.arrows import ARROWS
from kiosk.ledger.ledger import Ledger
from kiosk.ledger.moment import start_of_day
from kiosk.ledger.spent_lines import Spent
from kiosk.model import Claim, State

# Hundreds of fsyncs on a disk take long and show nothing: memory where there is some.
IN_MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
DAY_S = 86_400.0
WINDOW_S = 600.0
ANSWERS = {
    State.QUEUED,
    State.SENDING,
    State.COMMITTED,
    State.RECOGNIZED,
    State.UNRECOGNIZED,
    State.IN_DOUBT,
}


class Model(RuleBasedStateMachine):
    """The model beside the ledger. ``lied``: the clock once claimed a time that it was not."""

    def __init__(self):
        super().__init__()
        self.state_dir = Path(tempfile.mkdtemp(dir=IN_MEMORY))
        self.clock = ManualClock()
        self.born = self.clock.wall()
        self.elapsed = 0.0
        self.boots = 1
        self.lied = False
        self.claimed: Claim | None = None
        self.committed = False
        self.owed = None  # an end that the ledger could not write yet
        self.owes_a_step_back = False  # that a claim was never sent
        self.seen: dict[int, State] = {}
        self.wire: dict[bytes, int] = {}  # tails sent, by picture
        self.allowed: dict[bytes, int] = {}  # how often a picture may be sent, at most
        self.queued_at: dict[int, tuple[str | None, float]] = {}
        self.left: dict[str, float | None] = {}  # by VIN: when it left; None: in view
        self.credits: dict[int, int] = {}
        self.claimed_at = 0.0
        self.paid: list[tuple[float, int, int]] = []  # when claimed, submission, credits
        self.lost: set[int] = set()  # numbers of rows that rotted
        self.pruned_to = 0
        self.highest = 0

    @initialize()
    def start(self):
        self.ledger = Ledger.open(self.state_dir, self.clock, rescan_window_s=WINDOW_S)

    def teardown(self):
        self.ledger.close()
        shutil.rmtree(self.state_dir)

    def stop(self):
        self.ledger.close()
        self.owed_is_written()

    def number(self, submission):
        assert submission.seq > self.highest
        self.highest = submission.seq

    def answering(self, vin):
        """List the submissions that answer for a VIN: scanned or seen a moment ago."""
        rows = {one.id for one in self.ledger.submissions(ANSWERS)}
        left = self.left.get(vin, -WINDOW_S)
        in_sight = left is None or self.elapsed - left < WINDOW_S
        return [
            one
            for one, (its_vin, at) in self.queued_at.items()
            if its_vin == vin and one in rows and (in_sight or self.elapsed - at < WINDOW_S)
        ]

    def sent(self):
        data = self.claimed.crop
        self.wire[data] = self.wire.get(data, 0) + 1
        assert self.wire[data] <= self.allowed[data]

    def pay(self, claim, end):
        number = claim.submission.id
        self.credits[number] = self.credits.get(number, 0) + end.credits
        self.paid.append((self.claimed_at, number, end.credits))

    def ended(self, end):
        if end.released:
            self.allowed[self.claimed.crop] += 1

    def owed_is_written(self):
        self.owes_a_step_back = False
        if self.owed is not None:
            claim, end = self.owed
            self.pay(claim, end)
            self.owed = None

    @contextmanager
    def no_room(self):
        """Let the database take nothing at all."""
        connection = self.ledger._database._connection
        connection.execute("PRAGMA query_only = ON")
        yield
        connection.execute("PRAGMA query_only = OFF")

    # ---- what always holds ------------------------------------------------------------------

    @invariant()
    def states_are_legal(self):
        for one in self.ledger.submissions():
            before = self.seen.get(one.id)
            if before is not one.state:
                assert reachable(before, one.state), (before, one.state)
            self.seen[one.id] = one.state

    @invariant()
    def nothing_is_spent_twice(self):
        last: dict[str, bool] = {}
        for entry in parse_log((self.state_dir / "spent.log").read_bytes()).entries:
            is_spent = isinstance(entry, Spent)
            assert not (is_spent and last.get(entry.sha256))
            last[entry.sha256] = is_spent
        assert all(self.wire[data] <= self.allowed[data] for data in self.wire)

    @invariant()
    def credits_add_up(self):
        rows = self.ledger.submissions()
        assert {one.id: one.credits for one in rows if one.credits} == {
            number: count for number, count in self.credits.items() if count
        }
        status = self.ledger.status()
        assert status.in_doubt == sum(one.state is State.IN_DOUBT for one in rows)
        if self.lied:
            return
        midnight = start_of_day(self.born + self.elapsed) - self.born
        today = sum(
            count for at, number, count in self.paid if at >= midnight and number in self.credits
        )
        assert status.credits_today >= today


def reachable(start: State | None, end: State) -> bool:
    """Tell whether the state machine leads from one to the other (a rule may take two steps)."""
    found, frontier = set(), {start}
    while frontier:
        found |= frontier
        frontier = {arrow.end for arrow in ARROWS if arrow.start in frontier} - found
    return end in found
