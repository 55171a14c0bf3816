"""To which earlier submission a new scan is referred, in which words, and by the table alone."""

import pytest
from ledger_makers import FILE_A, VIN_A, VIN_B, accept, claim, put, send, success

from kiosk.errors import TransitionError
from kiosk.ledger import arrows
from kiosk.ledger.arrows import ARROWS, By
from kiosk.ledger.duplicates import Duplicate
from kiosk.model import AlreadyScanned, AskFirst, DuplicateRule, State


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ("crop", "the same picture was scanned before"),
        ("file", "the same file was scanned before"),
        ("vin", "the same VIN was scanned a moment ago"),
        ("spent", "it was sent before, by the spent log"),
        ("label", "this label was sent before it could be read here"),
    ],
)
def test_why_a_scan_leads_to_nothing_new_is_said_in_words(rule, words):
    assert Duplicate(DuplicateRule(rule), None).words == words


def test_the_words_are_kept_with_the_scan(ledger):
    accept(ledger, "one", VIN_A)
    again = put(ledger, "one", VIN_A)
    assert again.submission.reason == "the same picture was scanned before"
    assert ledger.submission(again.submission.id).reason == again.submission.reason


def test_of_several_of_one_file_the_last_answers(ledger):
    for content in ("one", "two"):
        accept(ledger, content, consent=True, file_sha256=FILE_A)
        send(ledger, success())
    again = put(ledger, "three", file_sha256=FILE_A)
    assert (again.rule, again.earlier.id) == (DuplicateRule.FILE, 2)


def test_of_several_unread_the_last_is_asked_about(ledger, clock):
    accept(ledger, "one")
    send(ledger, success())
    clock.advance(601)
    accept(ledger, "two")
    send(ledger, success())
    clock.advance(1)
    asked = put(ledger, "three")
    assert isinstance(asked, AskFirst)
    assert asked.earlier.id == 2


def test_an_unread_label_is_no_reading_of_an_earlier_one(ledger):
    """Only a label that was read can be told to be one that was sent unread."""
    one = accept(ledger, "one")
    ledger.commit_tail(claim(ledger))
    assert isinstance(put(ledger, "two", same_label_as=one.id), AskFirst)
    read = put(ledger, "two", VIN_B, same_label_as=one.id)
    assert isinstance(read, AlreadyScanned)
    assert read.rule is DuplicateRule.LABEL


@pytest.mark.parametrize(
    ("missing", "more"),
    [(State.QUEUED, {}), (State.LOCAL, {"local": True}), (State.DUPLICATE, {"vin": VIN_A})],
)
def test_a_scan_obeys_the_table_too(ledger, monkeypatch, missing, more):
    accept(ledger, "one", VIN_A)
    there = len(ledger.submissions()), len(ledger.scans())
    fewer = tuple(one for one in ARROWS if (one.end, one.by) != (missing, By.SCAN))
    monkeypatch.setattr(arrows, "ARROWS", fewer)
    with pytest.raises(TransitionError, match=f"makes {missing} only of what is nothing"):
        put(ledger, "two", **{"vin": VIN_B, **more})
    assert (len(ledger.submissions()), len(ledger.scans())) == there


def test_what_is_no_step_is_told_by_the_steps_there_are():
    with pytest.raises(TransitionError) as raised:
        arrows.check(State.SENDING, State.DROPPED, By.PERSON, "submission 7")
    assert str(raised.value) == (
        "submission 7 is sending: a person makes dropped only of what is "
        "in_doubt or queued or rejected"
    )
    with pytest.raises(TransitionError, match=r"is not there yet: .* only of what is queued$"):
        arrows.check(None, State.SENDING, By.CLAIM)
    with pytest.raises(TransitionError, match="is queued: a scan makes local only of what is new"):
        arrows.check(State.QUEUED, State.LOCAL, By.SCAN)
