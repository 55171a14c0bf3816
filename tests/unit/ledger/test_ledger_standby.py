"""A second claim beside the first, for a backlog that drains while an answer is awaited."""

import pytest
from ledger_makers import (
    DOUBT,
    FREE_REFUSAL,
    VIN_A,
    VIN_B,
    accept,
    claim,
    open_ledger,
    send,
    spent_kinds,
    success,
)

from kiosk.errors import LedgerFullError, StorageError, TransitionError
from kiosk.ledger.arrows import By
from kiosk.ledger.store import advance
from kiosk.model import Claim, Held, PauseReason, Settlement, State


@pytest.fixture
def backlog(ledger):
    """Three that nobody waits for."""
    return [
        accept(ledger, f"car {number}", f"1M8GDM9AXKP{number:06d}", live=False)
        for number in range(3)
    ]


def test_an_end_and_the_next_claim_are_one_transaction(ledger, backlog):
    first = claim(ledger)
    ledger.commit_tail(first)
    commits = []
    with ledger._database.reading() as connection:
        connection.set_trace_callback(lambda sql: commits.append(sql) if sql == "COMMIT" else None)
    done, following = ledger.settle_and_claim(first, success())
    assert len(commits) == 1
    assert (done.id, done.state) == (backlog[0].id, State.RECOGNIZED)
    assert isinstance(following, Claim)
    assert following.submission.id == backlog[1].id


def test_what_an_end_calls_for_holds_the_next_claim(ledger, backlog):
    empty = Settlement(State.QUEUED, "no balance", released=True, pause=PauseReason.BALANCE)
    first = claim(ledger)
    ledger.commit_tail(first)
    done, following = ledger.settle_and_claim(first, empty)
    assert (done.state, following) == (State.QUEUED, Held("paused"))


def test_the_limit_counts_the_end_before_the_next_claim(state_dir, clock):
    with open_ledger(state_dir, clock, daily_credit_limit=1) as ledger:
        accept(ledger, "one", VIN_A)
        accept(ledger, "two", VIN_B)
        first = claim(ledger)
        ledger.commit_tail(first)
        assert ledger.settle_and_claim(first, DOUBT)[1] == Held("daily_limit")


def test_an_end_is_written_where_there_is_no_room_for_a_beginning(ledger, backlog, monkeypatch):
    first = claim(ledger)
    ledger.commit_tail(first)

    def full():
        raise LedgerFullError("the disk is full")

    monkeypatch.setattr(ledger._writer._reserve, "ensure", full)
    done, following = ledger.settle_and_claim(first, success())
    assert (done.state, following) == (State.RECOGNIZED, Held("disk_full"))
    assert ledger.submission(backlog[0].id).state is State.RECOGNIZED
    assert ledger.submission(backlog[1].id).state is State.QUEUED


def test_an_impossible_end_claims_nothing(ledger, backlog):
    first = claim(ledger)
    with pytest.raises(TransitionError):
        ledger.settle_and_claim(first, success())
    assert [one.state for one in ledger.submissions()] == [
        State.SENDING,
        State.QUEUED,
        State.QUEUED,
    ]


def test_a_second_claim_is_of_the_backlog_and_never_before_who_waits(ledger, backlog):
    first = claim(ledger)
    ledger.commit_tail(first)
    second = ledger.claim(beside=first)
    assert second.submission.id == backlog[1].id
    accept(ledger, "pressed", VIN_A)
    assert ledger.claim(beside=first) == Held("live")
    ledger.settle(first, success())
    with pytest.raises(TransitionError, match="ended"):
        ledger.claim(beside=first)


def test_the_limit_counts_both(state_dir, clock):
    with open_ledger(state_dir, clock, daily_credit_limit=2) as ledger:
        for number in range(3):
            accept(ledger, f"car {number}", f"1M8GDM9AXKP{number:06d}", live=False)
        send(ledger, success())
        first = claim(ledger)
        ledger.commit_tail(first)
        assert ledger.claim(beside=first) == Held("daily_limit")


@pytest.mark.parametrize("crossed", [False, True])
def test_a_claim_that_is_taken_back_waits_again(ledger, backlog, state_dir, crossed):
    first = claim(ledger)
    ledger.commit_tail(first)
    second = ledger.claim(beside=first)
    if crossed:
        ledger.commit_tail(second)
    ledger.settle(first, FREE_REFUSAL)
    back = ledger.take_back(second, "the account is empty")
    assert (back.state, back.credits, back.reason) == (State.QUEUED, 0, "the account is empty")
    assert spent_kinds(state_dir).count("released") == 1 + crossed
    assert ledger.doubts_in_row() == 0
    ledger.drop(first.submission.id, "maria")
    assert claim(ledger).submission.id == back.id


def test_a_release_without_room_is_made_up_for_before_the_next_claim(
    ledger, backlog, state_dir, monkeypatch
):
    first = claim(ledger)
    ledger.commit_tail(first)
    second = ledger.claim(beside=first)
    ledger.commit_tail(second)
    ledger.settle(first, success())

    def full(*_args, **_facts):
        raise LedgerFullError("the disk is full")

    with monkeypatch.context() as no_room:
        no_room.setattr(ledger._writer.spent, "release", full)
        with pytest.raises(LedgerFullError):
            ledger.take_back(second, "a person pressed")
        with pytest.raises(LedgerFullError):
            ledger.claim()
    assert ledger.submission(second.submission.id).state is State.COMMITTED
    again = claim(ledger)
    assert again.submission.id == second.submission.id
    assert [one.reason for one in ledger.take_notices()] == ["a person pressed"]
    ledger.commit_tail(again)
    assert spent_kinds(state_dir) == ["spent", "spent", "released", "spent"]


def test_a_release_is_not_written_again_where_only_the_row_found_no_room(
    ledger, backlog, state_dir, monkeypatch
):
    first = claim(ledger)
    ledger.commit_tail(first)

    def full(_write):
        raise LedgerFullError("the disk is full")

    with monkeypatch.context() as no_room:
        no_room.setattr(ledger._writer, "at_any_price", full)
        with pytest.raises(LedgerFullError):
            ledger.take_back(first, "a person pressed")
    assert claim(ledger).submission.id == first.submission.id
    assert spent_kinds(state_dir) == ["spent", "released"]


def test_what_has_ended_is_not_taken_back(ledger, backlog):
    first = claim(ledger)
    ledger.commit_tail(first)
    ledger.settle(first, success())
    with pytest.raises(TransitionError):
        ledger.take_back(first, "too late")
    assert claim(ledger).submission.id == backlog[1].id, "and nothing is owed"


def test_an_end_is_not_written_before_what_is_owed(ledger, backlog, monkeypatch):
    first = claim(ledger)
    ledger.commit_tail(first)
    second = ledger.claim(beside=first)

    def full(_write):
        raise LedgerFullError("the disk is full")

    with monkeypatch.context() as no_room:
        no_room.setattr(ledger._writer, "at_any_price", full)
        with pytest.raises(LedgerFullError):
            ledger.take_back(second, "a person pressed")
    _, following = ledger.settle_and_claim(first, success())
    assert following.submission.id == second.submission.id, "it waits again, and is the next"
    assert [one.reason for one in ledger.take_notices()] == ["a person pressed"]


def test_a_claim_with_an_end_tells_of_what_it_made_a_doubt(ledger, backlog, state_dir):
    first = claim(ledger)
    ledger.commit_tail(first)
    with ledger._database.writing() as connection:
        connection.execute("DELETE FROM pictures WHERE id = ?", (backlog[1].id,))
    _, following = ledger.settle_and_claim(first, success())
    assert following.submission.id == backlog[2].id
    assert [(one.id, one.state) for one in ledger.take_notices()] == [
        (backlog[1].id, State.IN_DOUBT)
    ]


def test_what_stands_elsewhere_is_not_released(ledger, backlog, state_dir):
    first = claim(ledger)
    ledger.commit_tail(first)
    with ledger._database.writing() as connection:
        advance(connection, first.submission.id, State.RECOGNIZED, By.ATTEMPT)
    with pytest.raises(TransitionError):
        ledger.take_back(first, "its attempt is open, and it was paid for")
    assert spent_kinds(state_dir) == ["spent"]


def test_a_tail_may_leave_while_nobody_waits_and_nothing_is_paused(ledger, backlog):
    assert ledger.lets_a_tail_go()
    pressed = accept(ledger, "pressed", VIN_A)
    assert not ledger.lets_a_tail_go()
    ledger.drop(pressed.id, "maria")
    assert ledger.lets_a_tail_go()
    ledger.pause(PauseReason.OPERATOR, "stock taking", "maria")
    assert not ledger.lets_a_tail_go()


def test_no_tail_may_leave_whose_answer_could_not_be_kept(ledger, backlog):
    with ledger._database.lock:
        ledger._database.trust.lose("a checkpoint failed")
    with pytest.raises(StorageError):
        ledger.lets_a_tail_go()
