"""Forgetting can wait: a full disk must not end the lane because of it."""

import logging
from dataclasses import dataclass

import pytest

from kiosk.clock import ManualClock
from kiosk.housekeeping import Housekeeping
from kiosk.ledger import retention
from kiosk.ledger.ledger import Ledger
from kiosk.model import Crop, NewScan, NewSubmission, ScanOutcome
from kiosk.supervisor import Life

DAY = 86_400
STEPS_AN_HOUR = 720


@dataclass(frozen=True)
class Keep:
    pictures_days: int = 30
    results_days: int = 400


class QuickLife(Life):
    """Lets no time pass: what should happen in the n-th hour happens in its n-th wait."""

    def __init__(self, clock, hours):
        super().__init__("housekeeping", clock)
        self.hours = hours
        self.waits = 0

    def wait(self, seconds):
        if self.waits % STEPS_AN_HOUR == 0:
            self.hours.pop(0)()
        self.waits += 1
        if not self.hours:
            self.stop()
        return self.stopping.is_set()


@pytest.fixture
def clock():
    return ManualClock()


@pytest.fixture
def ledger(tmp_path, clock):
    with Ledger.open(tmp_path / "lane1", clock) as opened:
        yield opened


def record(ledger, count):
    for number in range(count):
        new = NewSubmission(Crop(b"%d" % number * 99, 9, 9, "png"), local=True)
        ledger.enqueue(NewScan("button", ScanOutcome.UNREAD), new, consent=True)


def test_it_prunes_all_there_is_in_steps_and_again_every_hour(ledger, clock, monkeypatch):
    monkeypatch.setattr(retention, "BATCH", 2)
    record(ledger, 5)
    clock.advance(401 * DAY)
    left = []

    def look_and_record():
        left.append(len(ledger.submissions()))
        record(ledger, 3)
        clock.advance(401 * DAY)

    life = QuickLife(clock, [look_and_record, look_and_record, lambda: None])
    Housekeeping(ledger, Keep()).run(life)
    assert left == [0, 0]
    assert ledger.submissions() == []
    assert life.waits == 2 * STEPS_AN_HOUR + 1


def test_a_ledger_that_cannot_forget_is_told_once_and_tried_again(ledger, clock, caplog):
    caplog.set_level(logging.INFO)
    record(ledger, 2)
    clock.advance(401 * DAY)
    database = ledger._database._connection
    database.execute("PRAGMA query_only = ON")
    told = []

    def look():
        told.append([record.levelname for record in caplog.records])

    def heal():
        look()
        assert len(ledger.submissions()) == 2
        database.execute("PRAGMA query_only = OFF")

    Housekeeping(ledger, Keep()).run(QuickLife(clock, [look, heal, look]))
    assert told == [["ERROR"], ["ERROR"], ["ERROR", "INFO"]]
    assert ledger.submissions() == []


def test_a_stop_ends_it_between_two_steps(ledger, clock):
    record(ledger, 1)
    clock.advance(401 * DAY)
    life = Life("housekeeping", clock)
    life.stop()
    Housekeeping(ledger, Keep()).run(life)
    assert len(ledger.submissions()) == 1
