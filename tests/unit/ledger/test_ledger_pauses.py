"""Pauses of the queue: a set that outlives the process, and that one act of a person lifts."""

import json

import pytest
from ledger_makers import (
    VIN_A,
    accept,
    claim,
    lose_database,
    open_ledger,
    put,
    send,
    success,
)
from spent_reader import parse_log

from kiosk.errors import TransitionError
from kiosk.ledger.spent_lines import Dropped
from kiosk.ledger.store import set_meta
from kiosk.model import AlreadyScanned, Held, Pause, PauseReason, Settlement, State


@pytest.mark.parametrize("reason", PauseReason)
def test_each_pause_survives_a_restart_and_holds_the_queue(ledger, state_dir, clock, reason):
    accept(ledger, "one", VIN_A)
    ledger.pause(reason, "why", "maria")
    ledger.close()
    clock.reboot("boot-2")
    with open_ledger(state_dir, clock) as again:
        assert again.claim() == Held("paused")
        assert again.status().pauses == (Pause(reason, "why", 1_790_000_000.0),)
        assert [pause.reason for pause in again.resume("paul")] == [reason]
        assert again.status().pauses == ()
        assert claim(again).submission.id == 1


def test_a_later_pause_does_not_make_an_earlier_one_forgotten(ledger):
    """Whoever resumes sees that the account is empty, too."""
    accept(ledger, "one", VIN_A)
    send(ledger, Settlement(State.QUEUED, "no balance", released=True, pause=PauseReason.BALANCE))
    ledger.pause(PauseReason.OPERATOR, "stock taking")
    ledger.pause(PauseReason.STORAGE, "salvaged")
    ledger.pause(PauseReason.OPERATOR, "stock taking, still")
    status = ledger.status()
    assert [(pause.reason.value, pause.detail) for pause in status.pauses] == [
        ("storage", "salvaged"),
        ("balance", "no balance"),
        ("operator", "stock taking, still"),
    ]
    assert status.pause == status.pauses[0]
    assert ledger.resume("maria") == status.pauses
    assert ledger.resume("maria") == ()


def test_a_pause_of_an_earlier_versions_ledger_still_holds(ledger, state_dir, clock):
    accept(ledger, "one", VIN_A)
    ledger.pause(PauseReason.BALANCE, "empty")
    with ledger._writer.transaction() as (connection, _):
        set_meta(connection, "pause balance", None)
        set_meta(
            connection,
            "pause",
            json.dumps({"reason": "balance", "detail": "empty", "act": 1}),
        )
    ledger.close()
    with open_ledger(state_dir, clock) as again:
        assert again.claim() == Held("paused")
        assert again.status().pauses == (Pause(PauseReason.BALANCE, "empty", clock.wall()),)
        again.pause(PauseReason.BALANCE, "still empty")
        assert [pause.detail for pause in again.status().pauses] == ["still empty"]
        again.resume("maria")
        assert claim(again).submission.id == 1


def test_an_attempt_under_way_ends_in_a_paused_queue(ledger):
    accept(ledger, "one", VIN_A)
    claimed = claim(ledger)
    ledger.pause(PauseReason.OPERATOR, "now")
    ledger.commit_tail(claimed)
    assert ledger.settle(claimed, success()).state is State.RECOGNIZED
    assert ledger.claim() == Held("paused")


def test_decisions_about_a_submission_are_told_with_who_and_when(ledger, clock):
    accept(ledger, "one", VIN_A)
    send(ledger, Settlement(State.IN_DOUBT, "no answer in time"))
    clock.advance(60)
    ledger.resend(1, "maria")
    ledger.drop(1, "paul")
    ledger.pause(PauseReason.OPERATOR, "of the queue, not of this one")
    told = [(act.what, act.who, act.detail, act.at) for act in ledger.acts_of(1)]
    assert told == [
        ("resend", "maria", "no answer in time", 1_790_000_060.0),
        ("drop", "paul", "sent again by maria", 1_790_000_060.0),
    ]
    assert ledger.acts_of(2) == []


def test_a_drop_leaves_a_line_in_the_spent_log_and_releases_nothing(ledger, state_dir, clock):
    one = accept(ledger, "one", VIN_A)
    send(ledger, Settlement(State.IN_DOUBT, "no answer in time"))
    ledger.drop(one.id, "maria")
    with pytest.raises(TransitionError, match="is dropped"):
        ledger.drop(one.id, "paul")
    *_, last = parse_log((state_dir / "spent.log").read_bytes()).entries
    assert last == Dropped(one.sha256, "maria", "no answer in time", last.at)
    assert len((state_dir / "spent.log").read_text().splitlines()) == 2
    ledger.close()
    lose_database(state_dir)
    with open_ledger(state_dir, clock) as again:
        assert isinstance(put(again, "one", VIN_A), AlreadyScanned)
