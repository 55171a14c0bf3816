"""A label that was sent unread and read here later is paid for once, and no other car with it."""

import pytest
from ledger_makers import (
    DOUBT,
    FREE_REFUSAL,
    REJECTED,
    UNRECOGNIZED,
    VIN_A,
    VIN_B,
    accept,
    lose_database,
    open_ledger,
    put,
    send,
    success,
)

from kiosk.model import AlreadyScanned, DuplicateRule, Held, ScanOutcome, State


def noted(result, sent):
    """Check that a reading was only recorded, beside what was sent of its label."""
    assert isinstance(result, AlreadyScanned), result
    assert (result.rule, result.earlier.id) == (DuplicateRule.LABEL, sent.id)
    row = result.submission
    assert (row.state, row.duplicate_of, row.credits) == (State.LOCAL, sent.id, 0)
    assert (row.vin, row.vin_source) == (VIN_A, "local")


def referred(result, sent):
    assert isinstance(result, AlreadyScanned), result
    assert (result.rule, result.earlier.id) == (DuplicateRule.VIN, sent.id)
    assert result.submission.state is State.DUPLICATE


@pytest.mark.parametrize("end", [UNRECOGNIZED, DOUBT, None])
def test_what_was_sent_unread_answers_for_the_vin_read_later(ledger, clock, end):
    sent = accept(ledger, "unread")
    if end is not None:
        send(ledger, end)
    clock.advance(7200)  # it stood there all the time
    noted(put(ledger, "read", VIN_A, same_label_as=sent.id), sent)
    assert ledger.scans(1)[0].outcome is ScanOutcome.VIN
    clock.advance(599)
    referred(put(ledger, "read again", VIN_A), sent)
    clock.advance(2)
    accept(ledger, "next visit", VIN_A)


def test_what_was_read_later_is_paid_again_by_a_persons_consent_alone(ledger):
    sent = accept(ledger, "unread")
    noted(put(ledger, "read", VIN_A, same_label_as=sent.id), sent)
    told = put(ledger, "pressed again", VIN_A, consent=True)
    assert told.earlier.id == sent.id, "what waits has not been paid for once"
    send(ledger, UNRECOGNIZED)
    assert ledger.claim() == Held("empty")
    again = accept(ledger, "pressed again later", VIN_A, consent=True)
    assert send(ledger, success()).id == again.id
    assert put(ledger, "and then", VIN_A).earlier.id == again.id


def test_a_consent_on_a_label_whose_picture_still_waits_pays_once(ledger):
    sent = accept(ledger, "unread")
    noted(put(ledger, "read", VIN_A, same_label_as=sent.id, consent=True), sent)


@pytest.mark.parametrize("end", [REJECTED, success(VIN_B), "dropped"])
def test_what_cannot_answer_for_the_vin_does_not_hold_it_back(ledger, end):
    sent = accept(ledger, "unread")
    if end == "dropped":
        ledger.drop(sent.id, "maria")
    else:
        send(ledger, end)
    assert accept(ledger, "read", VIN_A, same_label_as=sent.id).state is State.QUEUED


@pytest.mark.parametrize("end", [REJECTED, success(VIN_B), "dropped"])
def test_a_tie_ends_with_what_it_leads_to(ledger, end):
    """The answer came after the label was read: it was another car, or it cost nothing."""
    sent = accept(ledger, "unread")
    noted(put(ledger, "read", VIN_A, same_label_as=sent.id), sent)
    if end == "dropped":
        ledger.drop(sent.id, "maria")
    else:
        send(ledger, end)
    accept(ledger, "read again", VIN_A)


def test_a_free_refusal_keeps_the_tie(ledger):
    sent = accept(ledger, "unread")
    noted(put(ledger, "read", VIN_A, same_label_as=sent.id), sent)
    send(ledger, FREE_REFUSAL)
    referred(put(ledger, "read again", VIN_A), sent)


def test_one_picture_answers_for_one_car(ledger):
    sent = accept(ledger, "unread")
    send(ledger, UNRECOGNIZED)
    noted(put(ledger, "read", VIN_A, same_label_as=sent.id), sent)
    accept(ledger, "another car", VIN_B, same_label_as=sent.id)
    referred(put(ledger, "read again", VIN_A), sent)


def test_an_older_tie_does_not_hide_the_official_scan(ledger, clock):
    sent = accept(ledger, "unread")
    noted(put(ledger, "read", VIN_A, same_label_as=sent.id), sent)
    clock.advance(601)
    official = accept(ledger, "next visit", VIN_A)
    referred(put(ledger, "and again", VIN_A), official)


def test_a_scan_that_is_only_to_be_recorded_needs_no_tie(ledger):
    sent = accept(ledger, "unread")
    local = accept(ledger, "read", VIN_A, same_label_as=sent.id, local=True)
    assert local.duplicate_of is None


def test_a_lost_database_loses_the_tie(ledger, state_dir, clock):
    sent = accept(ledger, "unread")
    send(ledger, UNRECOGNIZED)
    noted(put(ledger, "read", VIN_A, same_label_as=sent.id), sent)
    ledger.close()
    lose_database(state_dir)
    with open_ledger(state_dir, clock) as again:
        accept(again, "read again", VIN_A, same_label_as=sent.id)
