"""What a person is told to do, for each thing that may be wrong with a lane."""

import dataclasses

import pytest

from kiosk.control.advice import advice_on, with_lane
from kiosk.model import Event, EventKind, Pause, PauseReason, QueueStatus

QUIET = QueueStatus(waiting=0, in_doubt=0, credits_today=0)
LOST = {"camera": "ok", "display": "ok", "service_lost": "connection refused"}


def queue(**changes):
    return dataclasses.replace(QUIET, **changes)


def test_where_all_is_well_there_is_nothing_to_do():
    assert advice_on(QUIET) is None
    assert advice_on(queue(waiting=3), {"camera": "ok", "display": "ok", "refused": None}) is None
    assert advice_on(QUIET, LOST) is None, "nothing waits for the service"


@pytest.mark.parametrize(("waiting", "words"), [(1, "1 waits while"), (4, "4 wait while")])
def test_what_waits_for_the_network_needs_nobody(waiting, words):
    advice = advice_on(queue(waiting=waiting), LOST)
    assert advice.startswith(f"{words} the service cannot be reached (connection refused): noth")
    assert "sent by itself" in advice


@pytest.mark.parametrize("reason", PauseReason)
def test_a_pause_names_the_command_that_ends_it_whatever_the_network_does(reason):
    advice = advice_on(queue(waiting=1, pauses=(Pause(reason, "why", None),)), LOST)
    assert advice.endswith("`vin-kiosk queue resume`")
    assert "nothing to do" not in advice


def test_used_up_credits_are_the_advice_while_something_waits():
    assert "daily_credit_limit" in advice_on(queue(waiting=1, limit_reached=True), LOST)
    assert advice_on(queue(limit_reached=True)) is None


def test_doubts_are_decided_by_number():
    one = advice_on(queue(in_doubt=1, first_in_doubt=17))
    assert "`vin-kiosk queue show 17`" in one
    assert "`vin-kiosk queue resend 17` (may be paid twice) or `vin-kiosk queue drop 17`" in one
    several = advice_on(queue(in_doubt=2, first_in_doubt=17))
    assert "`vin-kiosk queue list --open`" in several
    assert "`vin-kiosk queue resend 17`" in several
    assert "queue list --open" in advice_on(queue(in_doubt=2)), "the numbers are not known"


def test_every_step_is_told_the_lost_scan_first():
    live = LOST | {"camera": "no picture for 4 s", "display": "unplugged", "refused": "disk full"}
    pause = Pause(PauseReason.BALANCE, "why", None)
    advice = advice_on(queue(waiting=1, pauses=(pause,), in_doubt=1, first_in_doubt=2), live)
    marks = (
        "make room",
        "see to the camera: ",
        "see to the display: ",
        "top up",
        "resend 2",
    )
    places = [advice.index(mark) for mark in marks]
    assert places == sorted(places)


def test_only_commands_that_need_a_lane_get_its_option():
    words = "`vin-kiosk queue resend 17`, `sudo systemctl start vin-kiosk@a`, `vin-kiosk doctor`"
    named = with_lane(words, "--lane a")
    assert named == words.replace("resend 17", "resend --lane a 17")
    assert with_lane(words, "") == words


def test_the_daemon_tells_of_a_lost_service_until_it_is_back(operations, submit, pictures):
    submit(pictures.vin())
    assert (operations.status()["service_lost"], operations.status()["advice"]) == (None, None)
    operations.notice(Event(EventKind.SERVICE_LOST, 0.0, detail="no route to host"))
    status = operations.status()
    assert status["service_lost"] == "no route to host"
    assert "(no route to host): nothing to do" in status["advice"]
    operations.notice(Event(EventKind.SERVICE_BACK, 0.0))
    assert (operations.status()["service_lost"], operations.status()["advice"]) == (None, None)


def test_every_device_that_is_away_is_to_be_seen_to_and_no_other():
    live = {"camera": "ok", "display": "ok", "scanner": "was lost", "light": None}
    assert advice_on(queue(), live).startswith("see to the scanner: ")
    assert "light" not in advice_on(queue(), live)
