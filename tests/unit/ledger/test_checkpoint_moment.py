"""A checkpoint costs three syncs: it is made while nobody waits, and not too rarely."""

from ledger_makers import accept, claim, success

from kiosk.model import Held

CARS = 60


def a_car(number):
    return f"car {number}", f"1M8GDM9AXKP{number:06d}"


def checkpoints(ledger):
    """Hear of each checkpoint from now on."""
    made = []

    def hear(sql):
        if "wal_checkpoint" in sql:
            made.append(sql)

    ledger._database._connection.set_trace_callback(hear)
    return made


def test_a_scan_at_the_display_never_waits_for_a_checkpoint(ledger):
    made, among_scans, at_rest = checkpoints(ledger), 0, 0
    for number in range(CARS):
        assert ledger.claim() == Held("empty")
        at_rest += len(made)
        made.clear()
        accept(ledger, *a_car(number), live=True)
        claimed = claim(ledger)
        ledger.commit_tail(claimed)
        ledger.settle(claimed, success())
        among_scans += len(made)
        made.clear()
    assert among_scans == 0
    assert CARS / 30 < at_rest < CARS / 3, "as rare as a log of a megabyte allows"


def test_a_lane_that_never_rests_makes_them_all_the_same(ledger):
    made = checkpoints(ledger)
    for number in range(CARS):
        accept(ledger, *a_car(number), live=False)
    assert made


def test_while_an_answer_is_awaited_there_is_no_rest(ledger):
    accept(ledger, *a_car(0), live=True)
    claimed = claim(ledger)
    ledger.commit_tail(claimed)
    ledger._database._commits = ledger._database._checkpoint_every - 8
    made = checkpoints(ledger)
    assert ledger.claim(beside=claimed) == Held("empty")
    assert made == []
    assert ledger.claim() == Held("empty")
    assert len(made) == 1
