"""Which VINs are in view, and when the others were last seen."""

import pytest
from ledger_makers import VIN_A, VIN_B, a_scan, a_submission, open_ledger, put

from kiosk.errors import LedgerFullError
from kiosk.model import Accepted, AlreadyScanned

DAY = 86_400.0
VIN_C, VIN_D = "1FTFW1ET5DFC10312", "JHMCM56557C404453"


def come(ledger, vin):
    new = a_submission(f"picture of {vin}", vin)
    ledger.enqueue(a_scan(new), new, in_view=True)


def known(ledger):
    with ledger._database.reading() as connection:
        rows = connection.execute("SELECT vin, in_view FROM sightings ORDER BY vin").fetchall()
    return {row["vin"]: bool(row["in_view"]) for row in rows}


def test_what_leaves_is_in_view_no_more_and_known_once(ledger):
    for vin in (VIN_A, VIN_B):
        come(ledger, vin)
    assert ledger.sightings.in_view() == (VIN_A, VIN_B)
    ledger.sightings.leave(VIN_A)
    assert ledger.sightings.in_view() == (VIN_B,)
    come(ledger, VIN_A)
    ledger.sightings.leave(VIN_A)
    assert known(ledger) == {VIN_A: False, VIN_B: True}
    with ledger._database.reading() as connection:
        assert connection.execute("SELECT COUNT(*) FROM sightings").fetchone()[0] == 2


def test_what_is_scanned_without_a_view_is_in_none(ledger):
    put(ledger, "one", VIN_A)
    assert ledger.sightings.in_view() == ()


def test_what_leaves_was_seen_until_then(ledger, clock):
    come(ledger, VIN_A)
    clock.advance(5000)
    ledger.sightings.leave(VIN_A)
    clock.advance(599.5)
    assert isinstance(put(ledger, "two", VIN_A), AlreadyScanned)


def test_a_window_is_ten_minutes_where_nobody_says_otherwise(ledger, clock):
    put(ledger, "one", VIN_A)
    clock.advance(599.5)
    assert isinstance(put(ledger, "two", VIN_A), AlreadyScanned)
    clock.advance(0.5)
    assert isinstance(put(ledger, "three", VIN_A), Accepted)


def test_the_window_runs_from_when_it_was_last_seen(ledger, clock):
    come(ledger, VIN_A)
    clock.advance(5000)
    ledger.sightings.leave(VIN_A, unseen_s=100)
    clock.advance(499)
    assert isinstance(put(ledger, "two", VIN_A), AlreadyScanned)
    clock.advance(1)
    assert isinstance(put(ledger, "three", VIN_A), Accepted)


def test_so_it_does_over_a_restart(state_dir, clock):
    with open_ledger(state_dir, clock) as ledger:
        come(ledger, VIN_A)
        clock.advance(5000)
        ledger.sightings.leave(VIN_A, unseen_s=100)
    clock.advance(450)
    clock.reboot("boot-2", is_set=True)
    with open_ledger(state_dir, clock) as again:
        clock.advance(49)
        assert isinstance(put(again, "two", VIN_A), AlreadyScanned)
        clock.advance(1)
        assert isinstance(put(again, "three", VIN_A), Accepted)


def test_only_what_left_long_ago_is_forgotten(ledger, clock):
    for vin in (VIN_A, VIN_B, VIN_C):
        come(ledger, vin)
    ledger.sightings.leave(VIN_A)
    ledger.sightings.leave(VIN_C)
    with ledger._database.writing() as connection:  # as of a boot whose clock was never set
        sql = "UPDATE sightings SET clock_set = 0, wall = 0 WHERE vin = ?"
        connection.execute(sql, (VIN_C,))
    clock.advance(2 * DAY - 1)
    ledger.sightings.leave(VIN_D)
    assert set(known(ledger)) == {VIN_A, VIN_B, VIN_C, VIN_D}, "it may be within a window"
    clock.advance(2)
    ledger.sightings.leave(VIN_D)
    assert known(ledger) == {VIN_B: True, VIN_C: False, VIN_D: False}


def test_without_a_clock_nothing_is_forgotten(ledger, state_dir, clock):
    come(ledger, VIN_A)
    ledger.sightings.leave(VIN_A)
    ledger.close()
    clock.reboot("boot-2", wall=clock.wall() + 9 * DAY)
    with open_ledger(state_dir, clock) as again:
        again.sightings.leave(VIN_D)
        assert set(known(again)) == {VIN_A, VIN_D}


def test_when_nobody_looks_any_more_all_leave_where_there_is_room(ledger, monkeypatch):
    for vin in (VIN_A, VIN_B):
        come(ledger, vin)

    def full(*_, **__):
        raise LedgerFullError("the disk is full")

    with monkeypatch.context() as failing:
        failing.setattr(ledger._writer, "transaction", full)
        ledger.sightings.close_all()
        with pytest.raises(LedgerFullError):
            ledger.sightings.leave(VIN_A)
    assert ledger.sightings.in_view() == (VIN_A, VIN_B)
    ledger.sightings.close_all()
    assert ledger.sightings.in_view() == ()
