"""A person's consent pays again: for this picture, and only once the earlier one was paid for."""

import pytest
from ledger_makers import (
    FILE_A,
    VIN_A,
    VIN_B,
    accept,
    claim,
    put,
    send,
    spent_kinds,
    success,
)

from kiosk.model import (
    AlreadyScanned,
    DuplicateRule,
    Held,
)

LATER = 100_000  # seconds: far outside every window


def refused(result, rule: DuplicateRule, earlier_id: int) -> None:
    assert isinstance(result, AlreadyScanned), result
    assert (result.rule, result.earlier.id) == (rule, earlier_id)


def test_consent_pays_again_for_the_same_picture(ledger, state_dir):
    first = accept(ledger, "one", VIN_A, file_sha256=FILE_A)
    send(ledger, success())
    again = accept(ledger, "one", VIN_A, file_sha256=FILE_A, consent=True)
    assert again.id != first.id
    assert spent_kinds(state_dir) == ["spent", "released"]
    assert '"who":"button"' in (state_dir / "spent.log").read_text()
    assert send(ledger, success()).id == again.id


@pytest.mark.parametrize("step", ["queued", "sending", "committed"])
@pytest.mark.parametrize(
    ("content", "changes", "rule"),
    [
        ("one", {}, DuplicateRule.CROP),
        ("other", {"file_sha256": FILE_A}, DuplicateRule.FILE),
        ("other", {"vin": VIN_A}, DuplicateRule.VIN),
    ],
)
def test_what_still_waits_cannot_be_paid_again(ledger, state_dir, step, content, changes, rule):
    first = accept(ledger, "one", VIN_A, file_sha256=FILE_A)
    claimed = None if step == "queued" else claim(ledger)
    if step == "committed":
        ledger.commit_tail(claimed)
    refused(put(ledger, content, consent=True, **changes), rule, first.id)
    if claimed is None:
        assert send(ledger, success()).id == first.id
        assert ledger.claim() == Held("empty")
        assert ledger.status().credits_today == 1
        again = accept(ledger, content, consent=True, **changes)  # now it is a second payment
        assert again.id != first.id


def test_consent_is_not_held_back_where_a_plain_scan_would_not_be(ledger, clock):
    accept(ledger, "one", VIN_A)
    clock.advance(LATER)
    accept(ledger, "two", VIN_A, consent=True)
    accept(ledger, "three", VIN_B, local=True)
    accept(ledger, "four", VIN_A, local=True, consent=True)
