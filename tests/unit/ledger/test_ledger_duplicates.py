"""No picture, file or car is paid for twice, unless a person says so."""

import shutil
from hashlib import sha256

import pytest
from ledger_makers import (
    DOUBT,
    FILE_A,
    FREE_REFUSAL,
    REJECTED,
    UNRECOGNIZED,
    VIN_A,
    VIN_B,
    a_scan,
    a_submission,
    accept,
    claim,
    lose_database,
    open_ledger,
    put,
    send,
    spent_kinds,
    success,
)

from kiosk.clock import ManualClock
from kiosk.errors import LedgerError
from kiosk.ledger.moment import moment_now
from kiosk.ledger.spent_lines import Spent
from kiosk.model import (
    Accepted,
    AlreadyScanned,
    AskFirst,
    Claim,
    DuplicateRule,
    Held,
    ScanOutcome,
    Settlement,
    State,
)

LATER = 100_000  # seconds: far outside every window


def refused(result, rule: DuplicateRule, earlier_id: int | None) -> None:
    assert isinstance(result, AlreadyScanned), result
    assert result.rule is rule
    assert (result.earlier.id if result.earlier else None) == earlier_id
    assert result.submission.state is State.DUPLICATE
    assert result.submission.duplicate_of == earlier_id


def test_the_same_crop_ever(ledger, clock):
    first = accept(ledger, "one")
    send(ledger, success())
    clock.advance(LATER)
    result = put(ledger, "one")
    refused(result, DuplicateRule.CROP, first.id)
    assert result.earlier.state is State.RECOGNIZED
    scan = ledger.scans(1)[0]
    assert (scan.id, scan.outcome) == (result.scan_id, ScanOutcome.DUPLICATE)
    assert scan.submission_id == result.submission.id
    assert ledger.claim() == Held("empty")


def test_the_same_file_ever_though_the_crop_differs(ledger, clock):
    first = accept(ledger, "one", file_sha256=FILE_A, file_name="a.jpg")
    clock.advance(LATER)
    refused(put(ledger, "other crop", file_sha256=FILE_A), DuplicateRule.FILE, first.id)


def test_a_duplicate_of_a_duplicate_leads_to_the_original(ledger, clock):
    first = accept(ledger, "one", VIN_A)
    refused(put(ledger, "two", VIN_A, file_sha256=FILE_A), DuplicateRule.VIN, first.id)
    clock.advance(LATER)
    refused(put(ledger, "three", VIN_A, file_sha256=FILE_A), DuplicateRule.FILE, first.id)


def test_a_file_recorded_locally_is_known(ledger, clock):
    first = accept(ledger, "one", VIN_A, file_sha256=FILE_A, local=True)
    refused(put(ledger, "two", VIN_A, file_sha256=FILE_A), DuplicateRule.FILE, first.id)


@pytest.mark.parametrize("end", [None, "sending", "committed", success(), UNRECOGNIZED, DOUBT])
def test_the_same_vin_within_the_window(ledger, clock, end):
    first = accept(ledger, "one", VIN_A)
    if end is not None:
        claimed = claim(ledger)
        if end != "sending":
            ledger.commit_tail(claimed)
        if isinstance(end, Settlement):
            ledger.settle(claimed, end)
    clock.advance(599)
    refused(put(ledger, "two", VIN_A), DuplicateRule.VIN, first.id)
    assert isinstance(put(ledger, "three", VIN_B), Accepted)
    clock.advance(2)
    assert isinstance(put(ledger, "four", VIN_A), Accepted)


def test_a_vin_that_the_service_read_counts_too(ledger):
    first = accept(ledger, "one")
    send(ledger, success(VIN_B))
    refused(put(ledger, "two", VIN_B), DuplicateRule.VIN, first.id)


def test_what_was_given_up_does_not_keep_its_vin(ledger):
    first = accept(ledger, "one", VIN_A)
    ledger.drop(first.id, "maria")
    accept(ledger, "two", VIN_A)
    send(ledger, REJECTED)
    accept(ledger, "three", VIN_A)


def test_a_local_scan_does_not_keep_the_official_one(ledger):
    accept(ledger, "one", VIN_A, local=True)
    accept(ledger, "one", VIN_A)


def test_a_local_scan_needs_no_picture_and_is_never_sent(ledger):
    new = a_submission("", VIN_A, crop=None, local=True, text=VIN_A)
    first = ledger.enqueue(a_scan(new, outcome=ScanOutcome.FOREIGN), new).submission
    assert (first.state, first.vin, first.vin_source) == (State.LOCAL, VIN_A, "local")
    assert first.sha256 == sha256(VIN_A.encode()).hexdigest()
    assert ledger.crop_of(first.id) is None
    assert ledger.claim() == Held("empty")
    assert isinstance(ledger.enqueue(a_scan(new), new), Accepted)  # next week's visit
    with pytest.raises(LedgerError, match="picture"):
        put(ledger, "", crop=None)
    assert len(ledger.scans()) == 2


def by_hand(ledger, vin):
    new = a_submission("", vin, crop=None, local=True, text=f"I{vin}")
    return ledger.enqueue(a_scan(new, trigger="scanner"), new)


def test_a_car_that_is_scanned_by_hand_twice_is_noted_once(ledger, clock):
    first = by_hand(ledger, VIN_A).submission
    assert first.state is State.LOCAL
    for _ in range(2):
        clock.advance(250)
        refused(by_hand(ledger, VIN_A), DuplicateRule.VIN, first.id)
    assert isinstance(by_hand(ledger, VIN_B), Accepted), "another car"
    clock.advance(150)  # the window counts from what was noted, not from its repetitions
    assert isinstance(by_hand(ledger, VIN_A), Accepted)
    assert len(ledger.scans()) == 5, "every one is on record"


def test_what_was_noted_by_hand_does_not_keep_the_official_reading(ledger):
    by_hand(ledger, VIN_A)
    by_hand(ledger, VIN_A)
    sent = accept(ledger, "one", VIN_A)
    assert sent.state is State.QUEUED
    refused(by_hand(ledger, VIN_A), DuplicateRule.VIN, sent.id)


def test_a_camera_that_only_notes_is_not_answered_by_what_it_noted(ledger):
    accept(ledger, "", VIN_A, crop=None, local=True)
    accept(ledger, "", VIN_A, crop=None, local=True)


def test_a_local_scan_of_a_car_that_was_just_read_is_known(ledger):
    first = accept(ledger, "one", VIN_A)
    refused(put(ledger, "two", VIN_A, local=True), DuplicateRule.VIN, first.id)


def test_a_crop_dropped_before_it_was_paid_may_come_again(ledger):
    first = accept(ledger, "one", file_sha256=FILE_A)
    ledger.drop(first.id, "maria")
    again = accept(ledger, "one", file_sha256=FILE_A)
    send(ledger, success())
    refused(put(ledger, "one", file_sha256=FILE_A), DuplicateRule.CROP, again.id)


def test_a_crop_dropped_after_a_doubt_stays_spent(ledger):
    first = accept(ledger, "one")
    send(ledger, DOUBT)
    ledger.drop(first.id, "maria")
    refused(put(ledger, "one"), DuplicateRule.CROP, first.id)


def test_a_crop_dropped_after_a_free_refusal_may_come_again(ledger):
    first = accept(ledger, "one")
    send(ledger, FREE_REFUSAL)
    ledger.drop(first.id, "maria")
    accept(ledger, "one")


def test_a_rejected_crop_was_sent(ledger):
    first = accept(ledger, "one")
    send(ledger, REJECTED)
    refused(put(ledger, "one"), DuplicateRule.CROP, first.id)


def test_an_unread_crop_soon_after_another_asks_first(ledger, clock):
    first = accept(ledger, "one")
    send(ledger, success())  # answered meanwhile: still the same label, most likely
    clock.advance(599)
    asked = put(ledger, "two")
    assert isinstance(asked, AskFirst)
    assert asked.earlier == ledger.submission(first.id)
    scan = ledger.scans(1)[0]
    assert (scan.id, scan.outcome, scan.submission_id) == (asked.scan_id, ScanOutcome.ASKED, None)
    assert [one.id for one in ledger.submissions()] == [first.id]
    accept(ledger, "a read one", VIN_B)
    accept(ledger, "two", consent=True)
    clock.advance(600)
    accept(ledger, "three")


def test_what_was_given_up_is_not_asked_about(ledger):
    ledger.drop(accept(ledger, "one").id, "maria")
    accept(ledger, "two")
    send(ledger, REJECTED)
    accept(ledger, "three")


def test_a_window_of_zero_never_holds_back(state_dir, clock):
    with open_ledger(state_dir, clock, rescan_window_s=0) as ledger:
        for content in ("one", "two"):
            accept(ledger, content, VIN_A)
            accept(ledger, f"unread {content}")


def test_consent_for_a_new_picture_leaves_the_old_one_protected(state_dir, clock):
    with open_ledger(state_dir, clock) as ledger:
        accept(ledger, "one", VIN_A)
        ledger.close()
        backup(state_dir)
    with open_ledger(state_dir, clock) as ledger:
        send(ledger, success())
        accept(ledger, "two", VIN_A, consent=True)
        assert spent_kinds(state_dir) == ["spent"]
        ledger.close()
        restore(state_dir)
    with open_ledger(state_dir, clock) as ledger:
        ledger.resume("maria")  # a scan is lost: sending waits for a person
        assert ledger.claim() == Held("empty")


def backup(state_dir):
    shutil.copy(state_dir / "ledger.sqlite", state_dir / "backup")


def restore(state_dir):
    lose_database(state_dir)
    shutil.copy(state_dir / "backup", state_dir / "ledger.sqlite")


# ---- the database lost, or an old one restored ---------------------------------------------


def test_a_lost_database_does_not_pay_again(ledger, state_dir, clock):
    accept(ledger, "one", VIN_A, file_sha256=FILE_A)
    send(ledger, success())
    ledger.close()
    lose_database(state_dir)
    with open_ledger(state_dir, clock) as again:
        assert again.submissions() == []
        assert again.start_report.missing_sequences == (1,)
        assert again.knows_file(FILE_A)
        refused(put(again, "one"), DuplicateRule.SPENT, None)
        refused(put(again, "other", file_sha256=FILE_A), DuplicateRule.SPENT, None)
        refused(put(again, "other", VIN_A), DuplicateRule.SPENT, None)
        again.resume("maria")  # scans are lost: sending waits for a person
        assert again.claim() == Held("empty")
        assert again.submissions()[0].seq == 2  # numbers go on behind what the spent log saw
        clock.advance(601)
        accept(again, "next visit", VIN_A)
        assert isinstance(again.claim(), Claim)


def test_a_restored_database_makes_a_doubt_of_what_was_spent(ledger, state_dir, clock):
    one = accept(ledger, "one", VIN_A)
    ledger.close()
    backup(state_dir)
    with open_ledger(state_dir, clock) as later:
        send(later, success())
    restore(state_dir)
    with open_ledger(state_dir, clock) as restored:
        assert restored.submission(one.id).state is State.QUEUED
        assert restored.claim() == Held("empty")
        doubt = restored.submission(one.id)
        assert (doubt.state, doubt.reason) == (
            State.IN_DOUBT,
            "this picture was already sent, by the spent log",
        )
        assert restored.take_notices() == [doubt]
        assert restored.take_notices() == []
        assert restored.status().credits_today == 1
        restored.resend(one.id, "maria")
        assert claim(restored).submission.id == one.id


def test_a_lost_spent_log_is_written_again_from_the_database(ledger, state_dir, clock):
    accept(ledger, "one")
    send(ledger, success(VIN_B))
    accept(ledger, "two", VIN_A)
    send(ledger, FREE_REFUSAL)
    ledger.close()
    (state_dir / "spent.log").unlink()
    open_ledger(state_dir, clock).close()
    assert spent_kinds(state_dir) == ["spent"]
    lose_database(state_dir)
    with open_ledger(state_dir, clock) as again:
        refused(put(again, "one"), DuplicateRule.SPENT, None)
        accept(again, "two", VIN_A)


def test_a_picture_sent_meanwhile_is_not_sent_again(ledger, state_dir):
    """The spent log has the last word, whatever the rows say."""
    accept(ledger, "one")
    claimed = claim(ledger)
    entry = Spent(claimed.submission.sha256, None, None, 1, moment_now(ManualClock()))
    ledger._writer.spent.spend(entry)
    with pytest.raises(LedgerError, match="already sent"):
        ledger.commit_tail(claimed)
    assert ledger.submission(1).state is State.QUEUED
    assert ledger.claim() == Held("empty")
    assert [notice.state for notice in ledger.take_notices()] == [State.IN_DOUBT]
    assert spent_kinds(state_dir) == ["spent"]
