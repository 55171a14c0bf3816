"""Ends without a committed tail: refused early, never fit to be sent, answered before its time."""

import pytest
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
    accept,
    claim,
    open_ledger,
    put,
    send,
    spent_kinds,
    success,
)

from kiosk.errors import TransitionError
from kiosk.model import AlreadyScanned, Held, PauseReason, Settlement, State


@pytest.mark.parametrize("end", [TOO_LARGE, UNSENDABLE])
def test_what_can_never_be_sent_is_rejected_and_costs_nothing(ledger, state_dir, end):
    one = accept(ledger, "one", VIN_A)
    done = ledger.settle(claim(ledger), end)
    assert (done.state, done.credits, done.reason) == (State.REJECTED, 0, end.reason)
    assert ledger.status().credits_today == 0
    assert spent_kinds(state_dir) == []
    assert ledger.claim() == Held("empty")
    accept(ledger, "one", VIN_A)  # nothing was paid: the label may come again
    assert ledger.resend(one.id, "maria").state is State.QUEUED


def test_an_early_refusal_after_the_commit_is_released(ledger, state_dir):
    accept(ledger, "one", VIN_A)
    refused = Settlement(State.REJECTED, "too large", released=True, status=413)
    assert send(ledger, refused).state is State.REJECTED
    assert spent_kinds(state_dir) == ["spent", "released"]
    accept(ledger, "one", VIN_A)


@pytest.mark.parametrize("end", [success(VIN_B), UNRECOGNIZED, REJECTED])
def test_a_paid_answer_before_its_time_is_final_at_once(ledger, state_dir, clock, end):
    one = accept(ledger, "one", VIN_A)
    done = ledger.settle_charged(claim(ledger), end)
    assert (done.state, done.credits, done.attempts) == (end.state, 1, 1)
    assert done == ledger.submission(one.id)
    assert ledger.status().credits_today == 1
    assert spent_kinds(state_dir) == ["spent"]
    assert isinstance(put(ledger, "one"), AlreadyScanned)
    ledger.close()
    with open_ledger(state_dir, clock) as again:
        assert again.submission(one.id) == done
        assert again.start_report.in_doubt == again.start_report.requeued == 0


@pytest.mark.parametrize(
    "end", [NEVER_SENT, FREE_REFUSAL, DOUBT, Settlement(State.DROPPED, "", credits=1)]
)
def test_only_an_answer_can_be_charged_early(ledger, state_dir, end):
    accept(ledger, "one")
    claimed = claim(ledger)
    with pytest.raises(TransitionError):
        ledger.settle_charged(claimed, end)
    assert ledger.submission(1).state is State.SENDING
    ledger.commit_tail(claimed)
    with pytest.raises(TransitionError):
        ledger.settle_charged(claimed, success())
    assert spent_kinds(state_dir) == ["spent"]


def rejected_twice(ledger, between):
    for number in range(2):
        accept(ledger, f"car {number}", consent=True)
        send(ledger, TOO_LARGE if number else REJECTED)
        if number == 0:
            between()
    return ledger.status().pause


def test_the_second_rejection_pauses_the_queue(ledger):
    pause = rejected_twice(ledger, lambda: None)
    assert (pause.reason, pause.detail) == (PauseReason.CONFIGURATION, "too large")
    assert ledger.claim() == Held("paused")


def test_rejections_count_through_network_failures_and_restarts(state_dir, clock):
    with open_ledger(state_dir, clock) as ledger:
        accept(ledger, "one", VIN_A)
        send(ledger, REJECTED)
    with open_ledger(state_dir, clock) as ledger:
        accept(ledger, "two", VIN_A)
        ledger.settle(claim(ledger), NEVER_SENT)
        assert ledger.status().pause is None
        ledger.settle(claim(ledger), TOO_LARGE)
        assert ledger.status().pause.reason is PauseReason.CONFIGURATION
        ledger.resume("maria")
        accept(ledger, "three", VIN_A)
        send(ledger, REJECTED)
        assert ledger.status().pause is None, "a person has looked: it counts anew"


def test_what_says_that_pictures_are_taken_ends_the_row_of_rejections(ledger):
    def a_good_one():
        accept(ledger, "good", consent=True)
        send(ledger, UNRECOGNIZED)

    assert rejected_twice(ledger, a_good_one) is None


def test_a_crop_that_was_never_fit_is_not_the_configurations_fault(ledger):
    for number in range(3):
        accept(ledger, f"car {number}", consent=True)
        ledger.settle(claim(ledger), UNSENDABLE)
    assert ledger.status().pause is None
