"""The judge of the harnesses: what it calls good, and every kind of wrong that it must see."""

import sqlite3
from contextlib import closing

import ledger_life as life
import pytest
from verdict import Verdict, journal_of, judge

from kiosk.clock import ManualClock
from kiosk.ledger.ledger import Ledger
from kiosk.model import Claim, Settlement, State
from kiosk.sandbox.books import Journal
from kiosk.sandbox.journal_file import Entry

GOOD = Verdict((), (), (), 0, (), 0)


class Run:
    """A ledger with one scan, and a service's books beside it."""

    def __init__(self, folder):
        self.folder = folder / "state"
        self.clock = ManualClock()
        self.ledger = Ledger.open(self.folder, self.clock)
        self.entries = []
        self.acknowledged = {}

    def scan(self, content):
        submission = life.scan(self.ledger, content, vin=None, consent=True).submission
        self.acknowledged[submission.id] = submission.sha256
        return submission

    def cross(self):
        claim = self.ledger.claim()
        assert isinstance(claim, Claim)
        self.ledger.commit_tail(claim)
        return claim

    def book(self, sha256, *, charged=True, complete=True, key=None):
        number = len(self.entries) + 1
        self.entries.append(Entry(number, sha256, complete, 200, key, charged))

    def paid(self, content="a"):
        submission = self.scan(content)
        claim = self.cross()
        self.book(submission.sha256)
        self.ledger.settle(claim, life.SUCCESS)
        return submission

    def sql(self, statement):
        self.ledger.close()
        with closing(sqlite3.connect(self.folder / "ledger.sqlite")) as connection:
            connection.execute(statement)
            connection.commit()

    def verdict(self, **more):
        self.ledger.close()
        return judge(self.folder, Journal(tuple(self.entries), 9), self.acknowledged, **more)


@pytest.fixture
def run(tmp_path):
    run = Run(tmp_path)
    yield run
    run.ledger.close()


def test_what_went_well_is_good_and_looking_changes_nothing(run):
    run.paid()
    run.scan("waits")
    run.ledger.close()
    before = {path.name: path.read_bytes() for path in run.folder.iterdir()}
    assert run.verdict() == GOOD
    assert {path.name: path.read_bytes() for path in run.folder.iterdir()} == before


def test_a_doubt_books_its_charge(run):
    submission = run.scan("a")
    claim = run.cross()
    run.book(submission.sha256)
    run.ledger.settle(claim, life.DOUBT)
    assert run.verdict() == Verdict((), (), (), 0, (), doubts=1)


def test_so_does_an_attempt_that_was_cut_off(run):
    run.book(run.scan("a").sha256)
    run.cross()
    assert run.verdict() == GOOD


def test_a_scan_that_is_gone_is_lost(run):
    submission = run.scan("a")
    run.sql("DELETE FROM submissions")
    assert run.verdict().lost == (f"submission {submission.id}",)


def test_so_is_one_that_nobody_dropped(run):
    run.ledger.drop(run.scan("a").id, "someone")
    run.sql("UPDATE submissions SET crc = crc")
    assert run.verdict() == GOOD
    run.sql("DELETE FROM acts")
    assert not run.verdict().good


def test_a_picture_file_of_which_nothing_is_known_is_lost(run):
    assert run.verdict(files=["f" * 64]).lost == ("picture ffffffffffff",)


def test_a_second_payment_is_seen_unless_a_person_said_so(run):
    submission = run.scan("a")
    claim = run.cross()
    run.book(submission.sha256)
    run.ledger.settle(claim, life.DOUBT)
    run.ledger.resend(submission.id, "someone")
    claim = run.cross()
    run.book(submission.sha256)
    run.ledger.settle(claim, life.SUCCESS)
    assert run.verdict() == GOOD
    run.book(submission.sha256)
    verdict = run.verdict()
    assert verdict.twice == (submission.sha256,)
    assert (verdict.unbooked, verdict.uncounted) == ((submission.sha256,), 1)
    assert verdict.out_of_order == (submission.sha256,)


def test_a_refusal_for_nothing_is_no_leave_to_pay_twice(run):
    submission = run.scan("a")
    run.ledger.settle(run.cross(), life.REFUSAL)
    run.book(submission.sha256, charged=False, key=23)
    run.ledger.resume("someone")
    run.ledger.settle(run.cross(), life.SUCCESS)
    run.book(submission.sha256)
    assert run.verdict() == GOOD
    run.book(submission.sha256)
    assert run.verdict().twice == (submission.sha256,)


def test_a_charged_missing_parameter_counts_as_never_sent(run):
    submission = run.scan("a")
    settlement = Settlement(State.QUEUED, "key 29", credits=1, released=True)
    run.ledger.settle(run.cross(), settlement)
    run.book(submission.sha256, key=29)
    run.ledger.settle(run.cross(), life.SUCCESS)
    run.book(submission.sha256)
    assert run.verdict() == GOOD


def test_a_vin_charged_twice_within_the_window_is_seen(run):
    for content in ("a", "b"):
        submission = life.scan(run.ledger, content, consent=content == "b").submission
        claim = run.cross()
        run.book(submission.sha256)
        run.ledger.settle(claim, life.SUCCESS)
        run.clock.advance(100)
    assert run.verdict(window_s=60) == GOOD
    assert run.verdict(window_s=600).twice == (life.VIN,)


def test_a_charge_that_the_ledger_does_not_know_is_unbooked(run):
    submission = run.scan("a")
    run.book(submission.sha256)
    verdict = run.verdict()
    assert (verdict.unbooked, verdict.uncounted) == ((submission.sha256,), 1)
    assert verdict.out_of_order == (submission.sha256,)


def test_so_is_a_charge_for_half_a_picture(run):
    run.scan("a")
    run.book("0" * 64, complete=False)
    assert run.verdict() == Verdict((), (), (), 1, (), 0)


def test_a_spent_line_without_a_release_before_it_is_seen(run):
    submission = run.paid()
    log = run.folder / "spent.log"
    log.write_bytes(log.read_bytes() * 2)
    assert run.verdict() == Verdict((), (), (), 0, (submission.sha256,), 0)


def test_a_damaged_line_of_the_spent_log_still_shows_its_picture(run):
    run.paid()
    log = run.folder / "spent.log"
    log.write_bytes(log.read_bytes().replace(b'"vin"', b'"win"'))
    assert run.verdict() == GOOD


def test_the_books_come_from_the_socket_as_well(run):
    request = {"seq": 1, "sha256": "a", "complete": True, "status": 200, "key": None}
    journal = journal_of({"requests": [request | {"charged": True}], "credits": 4})
    assert (journal.charged, journal.credits) == (1, 4)
