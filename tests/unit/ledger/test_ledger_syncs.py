"""Which COMMIT waits for the disk: all that anybody is told of; a claim's does not have to."""

import pytest
from ledger_makers import (
    DOUBT,
    NEVER_SENT,
    REJECTED,
    VIN_A,
    VIN_B,
    accept,
    claim,
    open_ledger,
    send,
    spent_kinds,
    success,
)

from kiosk.model import Held, NewScan, PauseReason, ScanOutcome, State

FULL, NORMAL = 2, 1


@pytest.fixture
def commits(ledger):
    """How SQLite's ``synchronous`` stood at each COMMIT that wrote anything, from now on."""
    connection = ledger._database._connection
    seen: list[int] = []
    state = {"level": connection.execute("PRAGMA synchronous").fetchone()[0], "wrote": False}

    def hear(statement: str) -> None:
        if statement.startswith("PRAGMA synchronous = "):
            state["level"] = int(statement.rpartition(" ")[2])
        elif statement.startswith(("INSERT", "UPDATE", "DELETE")):
            state["wrote"] = True
        elif statement == "COMMIT" and state["wrote"]:
            seen.append(state["level"])
            state["wrote"] = False

    connection.set_trace_callback(hear)
    yield seen
    connection.set_trace_callback(None)


def test_of_a_scan_only_the_claim_does_not_wait_for_the_disk(ledger, commits):
    accept(ledger, "one", VIN_A)
    claimed = claim(ledger)
    ledger.commit_tail(claimed)
    ledger.settle(claimed, success())
    assert commits == [FULL, NORMAL, FULL, FULL]


def test_all_that_people_and_other_ends_do_waits_for_the_disk(ledger, commits):
    accept(ledger, "one", VIN_A)
    for end in (NEVER_SENT, DOUBT):
        claimed = claim(ledger)
        if end is DOUBT:
            ledger.commit_tail(claimed)
        ledger.settle(claimed, end)
    ledger.resend(1, "maria")
    ledger.take_back(claim(ledger), "stopped")
    ledger.drop(1, "maria")
    ledger.pause(PauseReason.OPERATOR, "lunch")
    ledger.resume("maria")
    ledger.record_scan(NewScan("button", ScanOutcome.NONE))
    assert commits.count(NORMAL) == 3, "the claims"
    assert set(commits) == {FULL, NORMAL}
    assert commits[-4:] == [FULL] * 4


def test_an_answer_that_is_written_with_the_next_claim_waits_for_the_disk(ledger, commits):
    for number, vin in enumerate((VIN_A, VIN_B)):
        accept(ledger, f"{number}", vin, live=False)
    claimed = claim(ledger)
    ledger.commit_tail(claimed)
    del commits[:]
    ledger.settle_and_claim(claimed, success())
    assert commits == [FULL]


def test_a_claim_that_makes_a_doubt_waits_for_the_disk(ledger, state_dir, clock):
    """It is told at the display; here the spent log knows a picture that the database does not."""
    accept(ledger, "one", VIN_A)
    ledger.close()
    before = (state_dir / "ledger.sqlite").read_bytes()
    with open_ledger(state_dir, clock) as other:
        send(other, REJECTED)
    (state_dir / "ledger.sqlite").write_bytes(before)
    assert spent_kinds(state_dir) == ["spent"]
    with open_ledger(state_dir, clock) as restored:
        levels = []
        connection = restored._database._connection
        connection.set_trace_callback(levels.append)
        assert restored.claim() == Held("empty")
        connection.set_trace_callback(None)
        (doubt,) = restored.take_notices()
        assert doubt.state is State.IN_DOUBT
        assert "COMMIT" in levels
        assert not any(one.startswith("PRAGMA synchronous") for one in levels)
        assert connection.execute("PRAGMA synchronous").fetchone()[0] == FULL
