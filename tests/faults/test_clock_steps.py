"""A wall clock that is half a year wrong, set late, mistyped, or mended in mid-day: any story.

The model knows the true time. No car is paid for twice within the window, the day's limit is never
opened early by a clock that a time server has set, dates are right or not given at all, and nothing
is forgotten before its time.
"""

import os
import shutil
import tempfile
from collections import defaultdict
from pathlib import Path

from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from kiosk.clock import ManualClock
from kiosk.ledger.ledger import Ledger
from kiosk.ledger.moment import start_of_day
from kiosk.model import (
    Accepted,
    Claim,
    Crop,
    NewScan,
    NewSubmission,
    ScanOutcome,
    Settlement,
    State,
)

IN_MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
START = 1_790_000_000.0
HOUR, DAY = 3600.0, 86_400.0
WINDOW = 600.0
KEEP = (30.0, 400.0)
VINS = st.sampled_from([f"1M8GDM9AXKP04278{number}" for number in range(3)])
WRONG = st.sampled_from([-200 * DAY, 200 * DAY])
SETTLED = Settlement(State.RECOGNIZED, "recognised", credits=1, status=200)


class ClockSteps(RuleBasedStateMachine):
    """The true time beside the clock's, and what was paid for, when."""

    def __init__(self):
        super().__init__()
        self.state_dir = Path(tempfile.mkdtemp(dir=IN_MEMORY))
        self.true = START
        self.clock = ManualClock(wall=START)  # it was installed with a network
        self.boots = 1
        self.scanned: dict[int, float] = {}  # true times, by submission
        self.paid: dict[str, list[float]] = defaultdict(list)

    @initialize()
    def install(self):
        self.ledger = self.opened()
        self.scan("1M8GDM9AXKP042789")

    def opened(self):
        return Ledger.open(self.state_dir, self.clock, rescan_window_s=WINDOW)

    def teardown(self):
        self.time_server()
        self.who_knows_the_time_is_right()
        self.pass_time(2 * DAY)
        assert self.ledger.status().credits_today == 0, "no wrong clock's credits count for ever"
        self.ledger.close()
        shutil.rmtree(self.state_dir)

    def pass_time(self, seconds):
        self.true += seconds
        self.clock.advance(seconds)

    @rule(vin=VINS)
    def scan(self, vin):
        data = f"picture {len(self.scanned)}".encode() * 20
        new = NewSubmission(Crop(data, 300, 40, "png"), vin, vin)
        done = self.ledger.enqueue(NewScan("button", ScanOutcome.VIN, vin=vin), new)
        self.scanned[done.submission.id] = self.true
        if not isinstance(done, Accepted):
            return
        claim = self.ledger.claim()
        assert isinstance(claim, Claim)
        self.ledger.commit_tail(claim)
        self.ledger.settle(claim, SETTLED)
        assert all(self.true - earlier >= WINDOW for earlier in self.paid[vin][-1:])
        self.paid[vin].append(self.true)

    @rule(seconds=st.sampled_from([1.0, 400.0, 700.0, 7 * HOUR, DAY, 40 * DAY]))
    def wait(self, seconds):
        self.pass_time(seconds)

    @rule()
    def time_server(self):
        self.clock.set_wall(self.true)

    @rule(error=WRONG)
    def mistype(self, error):
        self.clock.set_wall(self.true + error, synchronised=False)

    @rule()
    def restart(self):
        self.ledger.close()
        self.ledger = self.opened()

    @rule(
        off=st.sampled_from([20.0, 300.0, 3 * DAY]),
        battery=st.none() | st.just(0.0) | WRONG,
    )
    def reboot(self, off, battery):
        """Without a battery the clock goes on from where a file says that it ended."""
        self.ledger.close()
        self.true += off
        self.boots += 1
        has_one = battery is not None
        wall = self.true + battery if battery is not None else self.clock.wall()
        name = f"boot-{self.boots}"
        self.clock.reboot(name, is_set=has_one, synchronised=False, wall=wall)
        self.ledger = self.opened()

    @rule(error=WRONG, vin=VINS, off=st.sampled_from([20.0, HOUR]))
    def believe_a_wrong_battery(self, error, vin, off):
        """Nobody contradicts it for more than a day: then a car is dated by it."""
        self.reboot(off, error)
        self.pass_time(DAY + HOUR)
        self.scan(vin)

    @rule()
    def prune(self):
        before = {one.id for one in self.ledger.submissions()}
        pictures = {its_id for its_id in before if self.ledger.crop_of(its_id)}
        while not self.ledger.prune(*KEEP).is_last:
            pass
        gone = before - {one.id for one in self.ledger.submissions()}
        assert all(self.true - self.scanned[its_id] >= KEEP[1] * DAY - 1 for its_id in gone)
        faded = {its_id for its_id in pictures - gone if not self.ledger.crop_of(its_id)}
        assert all(self.true - self.scanned[its_id] >= KEEP[0] * DAY - 1 for its_id in faded)

    @precondition(lambda self: self.clock.is_synchronised())
    @invariant()
    def who_knows_the_time_is_right(self):
        """A day's credits are all counted, and of the others only those of an unknown day."""
        while self.ledger._writer.dating.is_due():
            self.ledger.status()
        midnight = start_of_day(self.true)
        today = sum(at >= midnight for times in self.paid.values() for at in times)
        unknown = 0
        for one in self.ledger.submissions():
            assert one.created is None or abs(one.created - self.scanned[one.id]) < 5
            unknown += one.created is None
        assert today <= self.ledger.status().credits_today <= today + unknown


TestClockSteps = ClockSteps.TestCase
TestClockSteps.settings = settings(
    max_examples=60,
    stateful_step_count=20,
    deadline=None,
    phases=[
        Phase.explicit,
        Phase.reuse,
        Phase.generate,
        Phase.shrink,
    ],  # why it fails is told above
)
