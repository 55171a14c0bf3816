"""The state machine's table: each arrow is walked, and what is no arrow cannot be walked."""

import itertools
import shutil
from contextlib import ExitStack

import pytest
from ledger_makers import (
    DOUBT,
    FREE_REFUSAL,
    NEVER_SENT,
    REJECTED,
    TOO_LARGE,
    UNRECOGNIZED,
    VIN_A,
    VIN_B,
    accept,
    claim,
    lose_database,
    open_ledger,
    put,
    send,
    success,
)

from kiosk.errors import TransitionError
from kiosk.ledger.arrows import ARROWS, By, check, starts
from kiosk.ledger.opening import open_writer
from kiosk.ledger.start import start
from kiosk.ledger.store import advance
from kiosk.model import State

WATCH = """
CREATE TEMP TABLE walked (start TEXT, end TEXT);
CREATE TEMP TRIGGER born AFTER INSERT ON main.submissions
    BEGIN INSERT INTO walked VALUES (NULL, NEW.state); END;
CREATE TEMP TRIGGER moved AFTER UPDATE OF state ON main.submissions
    BEGIN INSERT INTO walked VALUES (OLD.state, NEW.state); END;
"""
"""SQLite itself tells of every step, those too that one transaction makes one after another."""


def walked(connection):
    rows = connection.execute("SELECT DISTINCT start, end FROM temp.walked").fetchall()
    return {(start and State(start), State(end)) for start, end in map(tuple, rows)}


def connection_of(ledger):
    with ledger._database.reading() as connection:
        return connection


def walk_all_but_the_starts(ledger):
    accept(ledger, "one", VIN_A)
    put(ledger, "one", VIN_A)
    put(ledger, "noted", VIN_B, local=True)
    send(ledger, success())
    for number, end in enumerate((UNRECOGNIZED, REJECTED, FREE_REFUSAL, DOUBT, success())):
        accept(ledger, f"car {number}", f"1M8GDM9AXKP{number:06d}")
        send(ledger, end)
    accept(ledger, "sent early", "1M8GDM9AXKP777777")
    ledger.settle_charged(claim(ledger), success())
    ledger.settle(claim(ledger), NEVER_SENT)
    ledger.settle(claim(ledger), TOO_LARGE)
    rejected = [one.id for one in ledger.submissions({State.REJECTED})]
    doubt = ledger.submissions({State.IN_DOUBT})[0].id
    ledger.resume("maria")
    for person in (ledger.resend, ledger.drop):
        person(doubt, "maria")
    ledger.resend(rejected[0], "maria")
    ledger.drop(rejected[0], "maria")
    ledger.drop(rejected[1], "maria")
    accept(ledger, "doubted", "1M8GDM9AXKP888888")
    send(ledger, DOUBT)
    ledger.drop(ledger.submissions({State.IN_DOUBT})[0].id, "maria")


def test_every_arrow_is_walked(state_dir, clock):
    with open_ledger(state_dir, clock) as ledger:
        connection_of(ledger).executescript(WATCH)
        walk_all_but_the_starts(ledger)
        seen = walked(connection_of(ledger))
        # What a copy of the database still has queued, and the spent log as spent.
        accept(ledger, "copied", "1M8GDM9AXKP999999")
    shutil.copy(state_dir / "ledger.sqlite", state_dir / "copy")
    with open_ledger(state_dir, clock) as ledger:
        send(ledger, success())
    lose_database(state_dir)
    shutil.copy(state_dir / "copy", state_dir / "ledger.sqlite")
    with open_ledger(state_dir, clock) as ledger:
        connection_of(ledger).executescript(WATCH)
        ledger.claim()
        seen |= walked(connection_of(ledger))
    assert seen == {(a.start, a.end) for a in ARROWS}


def test_the_arrows_of_a_start_are_walked(state_dir, clock):
    with open_ledger(state_dir, clock) as ledger:
        accept(ledger, "half sent", VIN_A)
        claim(ledger)
        accept(ledger, "sent", VIN_B)
        ledger.commit_tail(claim(ledger))
    with ExitStack() as stack:
        writer, _ = open_writer(state_dir, clock, stack)
        with writer.database.reading() as connection:
            connection.executescript(WATCH)
            start(writer)
            assert walked(connection) == {(a.start, a.end) for a in ARROWS if a.by is By.START}


@pytest.mark.parametrize("by", By)
def test_what_is_no_arrow_is_refused(by):
    there = {(a.start, a.end) for a in ARROWS if a.by is by}
    for begin, end in itertools.product((None, *State), State):
        if (begin, end) in there:
            check(begin, end, by)
            assert begin in starts(end, by)
        else:
            with pytest.raises(TransitionError, match=end.value):
                check(begin, end, by)


def test_the_ledger_obeys_the_table(ledger):
    one = accept(ledger, "one", VIN_A)
    send(ledger, success())
    connection = connection_of(ledger)
    for end, by in itertools.product(State, By):
        with pytest.raises(TransitionError, match=f"submission {one.id} is recognized"):
            advance(connection, one.id, end, by)
    assert ledger.submission(one.id).state is State.RECOGNIZED


def test_no_arrow_stands_twice():
    keys = [(arrow.start, arrow.end, arrow.by) for arrow in ARROWS]
    assert len(keys) == len(set(keys))
    assert {arrow.start for arrow in ARROWS} | {arrow.end for arrow in ARROWS} == {None, *State}
