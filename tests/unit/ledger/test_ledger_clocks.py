"""Clocks that are typed, slewed, proven late, or proven before a restart: which time is told."""

from ledger_makers import VIN_A, VIN_B, accept, open_ledger, send, success

from kiosk.clock import ManualClock

NOW = 1_790_000_000.0
DAY = 86_400.0
VIN_C = "1FTFW1ET5DFC10312"


def test_what_a_server_said_goes_on_with_the_clock_and_not_with_what_is_typed(ledger, clock):
    one = accept(ledger, "one", VIN_A)
    assert one.created == NOW
    clock.set_wall(NOW + 1, synchronised=False)
    assert accept(ledger, "two", VIN_B).created == NOW + 1, "slewed"
    clock.set_wall(NOW + 200 * DAY, synchronised=False)
    clock.advance(60)
    assert accept(ledger, "three", VIN_C).created == NOW + 60, "typed"
    assert ledger.submission(1).created == NOW


def test_what_a_server_said_is_known_after_a_restart_of_the_lane(state_dir, clock):
    with open_ledger(state_dir, clock) as ledger:
        accept(ledger, "one", VIN_A)
    clock.advance(60)
    clock.set_wall(NOW + 200 * DAY, synchronised=False)
    with open_ledger(state_dir, clock) as again:
        assert accept(again, "two", VIN_B).created == NOW + 60


def test_what_was_written_by_a_typed_clock_is_dated_when_it_is_typed_back(state_dir):
    clock = ManualClock()
    with open_ledger(state_dir, clock) as ledger:
        accept(ledger, "one", VIN_A)
    clock.reboot("boot-2", is_set=True, synchronised=False, wall=NOW + DAY)
    with open_ledger(state_dir, clock) as again:
        assert accept(again, "two", VIN_B).created == NOW + DAY
        clock.set_wall(NOW + 200 * DAY, synchronised=False)
        three = accept(again, "three", VIN_C)
        assert three.created is None, "nobody believes that"
        clock.set_wall(NOW + DAY, synchronised=False)
        again.status()
        assert again.submission(three.id).created == NOW + DAY


def test_a_bound_by_a_right_clock_stays_when_a_server_says_the_same(state_dir):
    """Else credits of an unknown day would count on another one."""
    clock = ManualClock(is_set=False)
    with open_ledger(state_dir, clock) as ledger:
        accept(ledger, "one", VIN_A)
        send(ledger, success())
    clock.reboot("boot-2", is_set=True, synchronised=False, wall=NOW)
    with open_ledger(state_dir, clock) as again:
        assert again.status().credits_today == 1
        clock.advance(2 * DAY)
        assert again.status().credits_today == 0
        clock.set_wall(clock.wall())
        assert again.status().credits_today == 0


def test_a_battery_clock_is_held_against_the_last_that_is_known(state_dir):
    clock = ManualClock()
    with open_ledger(state_dir, clock) as ledger:
        accept(ledger, "one", VIN_A)
        clock.advance(29 * DAY)
        accept(ledger, "two", VIN_B)
    clock.reboot("boot-2", is_set=True, synchronised=False, wall=NOW + 58 * DAY)
    with open_ledger(state_dir, clock) as again:
        assert accept(again, "three", VIN_C).created == NOW + 58 * DAY
