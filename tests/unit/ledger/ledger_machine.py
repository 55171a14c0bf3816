"""A ledger's life in any order, against a simple model: what was sent, allowed, paid, and shown.

Scans, ties and sightings; attempts and what they end in; people's acts; stops, kills and reboots;
a clock that is unset, set or wrong; a disk without room; rows that rot; time that forgets.
"""

import shutil
import sqlite3
from contextlib import closing

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule
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
    a_scan,
    a_submission,
    lose_database,
    success,
)
from ledger_model import DAY_S, Model

from kiosk.errors import LedgerError, TransitionError
from kiosk.ledger.ledger import Ledger
from kiosk.model import Accepted, AlreadyScanned, Claim, Held, PauseReason, State, Submission

CONTENTS = st.sampled_from(["one", "two", "three", "four"])
VINS = st.sampled_from([None, VIN_A, VIN_B])
ENDS = st.sampled_from([success(), UNRECOGNIZED, DOUBT, REJECTED, FREE_REFUSAL])


class LedgerMachine(Model):
    """The steps. Each does one thing to the ledger and the same to the model."""

    # ---- scans ----------------------------------------------------------------------------

    @rule(
        content=CONTENTS,
        vin=VINS,
        consent=st.booleans(),
        live=st.booleans(),
        in_view=st.booleans(),
        tied=st.booleans(),
    )
    def scan(self, content, vin, consent, live, in_view, tied):
        unread = [one.id for one in self.ledger.submissions() if one.local_vin is None]
        tie = unread[-1] if tied and unread else None
        new = a_submission(content, vin, live=live, same_label_as=tie)
        result = self.ledger.enqueue(a_scan(new), new, consent=consent, in_view=in_view)
        answering = self.answering(vin)
        if in_view and vin is not None:
            self.left[vin] = None
        data = a_crop(content).data
        self.allowed.setdefault(data, 1)
        if isinstance(result, AlreadyScanned):
            if consent:
                waiting = self.ledger.submission(result.submission.duplicate_of)
                assert waiting.state.is_waiting
            self.number(result.submission)
        if not isinstance(result, Accepted):
            assert not consent or isinstance(result, AlreadyScanned)
            return
        if consent:
            self.allowed[data] += 1
        elif vin is not None and not self.lied:
            assert not answering
        self.number(result.submission)
        self.queued_at[result.submission.id] = (vin, self.elapsed)

    @rule(content=CONTENTS, vin=st.sampled_from([VIN_A, VIN_B]))
    def scan_a_label_that_reads(self, content, vin):
        self.scan(content, vin, consent=False, live=True, in_view=False, tied=False)

    @rule(vin=st.sampled_from([VIN_A, VIN_B]))
    def leave(self, vin):
        self.ledger.sightings.leave(vin)
        self.left[vin] = self.elapsed

    # ---- attempts -------------------------------------------------------------------------

    @precondition(lambda self: self.claimed is None)
    @rule()
    def claim(self):
        claimed = self.ledger.claim()
        self.owed_is_written()
        waiting = self.ledger.submissions({State.QUEUED})
        if isinstance(claimed, Held):
            paused = bool(self.ledger.status().pauses)
            assert claimed == Held("paused" if paused else "empty")
            assert paused or not waiting
            assert not self.ledger.submissions({State.SENDING, State.COMMITTED})
            return
        mine = claimed.submission
        assert self.ledger.submissions({State.SENDING, State.COMMITTED}) == [mine]
        assert all(_urgency(one) < _urgency(mine) for one in waiting)
        self.claimed, self.committed, self.claimed_at = claimed, False, self.elapsed

    @precondition(lambda self: self.claimed and not self.committed)
    @rule()
    def send_tail(self):
        self.ledger.commit_tail(self.claimed)
        self.committed = True
        self.sent()

    @precondition(lambda self: self.claimed and not self.committed)
    @rule()
    def fail_before_the_tail(self):
        self.ledger.settle(self.claimed, NEVER_SENT)
        self.claimed = None

    @precondition(lambda self: self.claimed and not self.committed)
    @rule()
    def find_no_room_before_the_tail(self):
        """The point of no return cannot be written: nothing is sent, and it is queued again."""
        with self.no_room():
            try:
                self.ledger.commit_tail(self.claimed)
            except LedgerError:
                self.claimed, self.owes_a_step_back = None, True
                return
        raise AssertionError("committed without room")

    @precondition(lambda self: self.claimed and not self.committed)
    @rule(end=st.sampled_from([TOO_LARGE, UNSENDABLE]))
    def reject_before_the_tail(self, end):
        assert self.ledger.settle(self.claimed, end).state is State.REJECTED
        self.claimed = None

    @precondition(lambda self: self.claimed and not self.committed)
    @rule(end=st.sampled_from([success(), UNRECOGNIZED, REJECTED]))
    def answer_before_the_tail(self, end):
        self.sent()
        done = self.ledger.settle_charged(self.claimed, end)
        assert (done.state, done.credits >= 1) == (end.state, True)
        self.pay(self.claimed, end)
        self.claimed = None

    @precondition(lambda self: self.claimed and self.committed)
    @rule(end=ENDS)
    def answer(self, end):
        done = self.ledger.settle(self.claimed, end)
        assert done.state is end.state
        self.ended(end)
        self.pay(self.claimed, end)
        self.claimed = None

    @precondition(lambda self: self.claimed and self.committed)
    @rule(end=ENDS)
    def answer_without_room(self, end):
        """The end is owed: written before the next claim, or at a stop; lost by a kill."""
        with self.no_room():
            try:
                self.ledger.settle(self.claimed, end)
            except LedgerError:
                self.ended(end)
                self.owed, self.claimed = (self.claimed, end), None
                return
        raise AssertionError("settled without room")

    @precondition(lambda self: self.claimed is None)
    @rule(end=ENDS)
    def attempt(self, end):
        """Walk all of the way at once, as nearly all attempts do."""
        self.claim()
        if self.claimed is not None:
            self.send_tail()
            self.answer(end)

    # ---- people ---------------------------------------------------------------------------

    @rule()
    def resume(self):
        self.ledger.resume("maria")
        assert not self.ledger.status().pauses

    @rule(reason=st.sampled_from(list(PauseReason)))
    def pause(self, reason):
        self.ledger.pause(reason, "why", "maria")
        assert reason in {pause.reason for pause in self.ledger.status().pauses}

    @rule(which=st.integers(1, 12), person=st.sampled_from(["resend", "drop"]))
    def decide(self, which, person):
        one = self.ledger.submission(which)
        if one is None:
            return
        states = {State.IN_DOUBT, State.REJECTED} | ({State.QUEUED} if person == "drop" else set())
        act = getattr(self.ledger, person)
        crop = self.ledger.crop_of(which)
        expected = TransitionError if one.state not in states else LedgerError
        if one.state not in states or (person == "resend" and crop is None):
            try:
                act(which, "maria")
            except expected:
                return
            raise AssertionError(f"{person} of {one.state}")
        if person == "resend":
            self.allowed[crop.data] += 1
        assert act(which, "maria").state in {State.QUEUED, State.DROPPED}

    # ---- time -----------------------------------------------------------------------------

    @rule(seconds=st.sampled_from([1, 1, 1, 700, 3 * DAY_S]))
    def wait(self, seconds):
        self.clock.advance(seconds)
        self.elapsed += seconds

    @rule(days=st.sampled_from([0, 0, 0, 0, -200, 200]))
    def hear_the_time(self, days):
        self.clock.set_wall(self.born + self.elapsed + days * DAY_S)
        self.lied |= days != 0

    @rule()
    def prune(self):
        before = {one.seq: one for one in self.ledger.submissions()}
        while not self.ledger.prune(1, 2).is_last:
            pass
        gone = set(before) - {one.seq for one in self.ledger.submissions()}
        assert not any(before[seq].state.is_waiting for seq in gone)
        assert all(before[seq].state is not State.IN_DOUBT for seq in gone)
        self.pruned_to = max((*gone, self.pruned_to))
        for seq in gone:
            self.credits.pop(seq, None)

    # ---- lives ----------------------------------------------------------------------------

    @rule(killed=st.booleans(), rebooted=st.sampled_from([None, False, True]))
    def restart(self, killed, rebooted):
        """Stop or kill the lane and start it; over a reboot the clock is set then, or is not."""
        doubts = int(self.claimed is not None and self.committed)
        requeued = 0
        if killed:
            doubts += self.owed is not None
            requeued += self.owes_a_step_back
            self.owed, self.owes_a_step_back = None, False
            self.ledger._closing.close()
        else:
            self.stop()
        if rebooted is not None:
            self.boots += 1
            self.clock.reboot(f"boot-{self.boots}", is_set=rebooted)
        self.start()
        report = self.ledger.start_report
        requeued += int(self.claimed is not None and not self.committed)
        assert (report.requeued, report.in_doubt) == (requeued, doubts)
        self._started_sound()

    def _started_sound(self):
        report = self.ledger.start_report
        assert report.damaged is None
        assert set(report.missing_sequences) == {n for n in self.lost if n > self.pruned_to}
        self.claimed = None

    @precondition(lambda self: self.claimed is None and self.owed is None)
    @rule()
    def restore_the_state_before(self):
        """Go back to a database in which the last picture still waits."""
        self.stop()
        shutil.copy(self.state_dir / "ledger.sqlite", self.state_dir / "backup")
        with Ledger.open(self.state_dir, self.clock) as later:
            claimed = later.claim()
            if isinstance(claimed, Claim):
                later.commit_tail(claimed)
                self.wire[claimed.crop] = self.wire.get(claimed.crop, 0) + 1
                later.settle(claimed, success())
        lose_database(self.state_dir)
        shutil.copy(self.state_dir / "backup", self.state_dir / "ledger.sqlite")
        self.start()

    @precondition(lambda self: self.claimed is None and self.owed is None)
    @rule(which=st.integers(1, 12))
    def rot_a_row(self, which):
        """Change a row behind its seal's back: it is missed, and told as a gap."""
        if self.ledger.submission(which) is None:
            return
        self.stop()
        with closing(sqlite3.connect(self.state_dir / "ledger.sqlite")) as connection:
            connection.execute("UPDATE submissions SET vin = 'ROTTEN' WHERE id = ?", (which,))
            connection.commit()
        self.start()
        self.lost.add(which)
        self.credits.pop(which, None)
        self.seen.pop(which, None)
        assert self.ledger.submission(which) is None
        assert which in self.ledger.start_report.missing_sequences or which <= self.pruned_to
        assert self.ledger.start_report.damaged


def _urgency(one: Submission) -> tuple[bool, int]:
    """The live before the backlog; of the live the newest, of the backlog the oldest."""
    return one.live, one.seq if one.live else -one.seq
