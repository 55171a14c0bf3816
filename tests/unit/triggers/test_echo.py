"""A line that gives back what it is sent must press nothing, and a hand on it still can."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.clock import ManualClock
from kiosk.model import Event, EventKind
from kiosk.station.codecs import DISPLAYS
from kiosk.station.station import Station, StationSettings
from kiosk.triggers.echo import Echo, gives_back

SHOWN = (EventKind.READY, EventKind.CAMERA_LOST, EventKind.CAMERA_BACK, EventKind.BUTTON_LOST)
families = pytest.mark.parametrize("display", DISPLAYS)


class Wire:
    """A station without a port on a wire that gives everything back, in pieces."""

    def __init__(self, display="cd5220", pieces=(64,), delay_s=0.001):
        self.clock = ManualClock()
        self.presses = []
        self.station = Station(
            StationSettings("/dev/null", display=display), self.clock, self.presses.append
        )
        self._pieces, self._delay_s = itertools.cycle(pieces), delay_s
        self._coming = self.station.begin()
        self.look()

    def look(self):
        """Let the owner of the line go round until nothing is written and nothing comes."""
        while (words := self.station.next()[0]) or self._coming:
            self._coming += words
            self.clock.advance(self._delay_s)
            size = next(self._pieces)
            self.station.hear(self._coming[:size])
            self._coming = self._coming[size:]

    def say(self, kind):
        self.station.show(Event(kind, self.clock.monotonic()))
        self.look()

    def press(self, data=b"\r"):
        self.station.hear(data)
        self.look()


@families
@given(pieces=st.lists(st.integers(1, 40), min_size=1, max_size=5).map(tuple))
@settings(max_examples=10, deadline=None)
def test_what_comes_back_presses_nothing_however_it_arrives(display, pieces):
    wire = Wire(display, pieces)
    for kind in SHOWN:
        wire.clock.advance(0.6)
        wire.say(kind)
    wire.clock.advance(5.0)
    wire.look()
    assert wire.presses == []


@families
def test_a_hand_presses_between_two_messages(display, caplog):
    wire = Wire(display)
    wire.say(EventKind.READY)
    wire.clock.advance(1.0)
    wire.press()
    assert [press.at for press in wire.presses] == [wire.clock.monotonic()]
    assert caplog.messages == [
        "the display's line gives back what it is sent: that presses nothing"
    ]


@families
def test_a_press_as_the_line_opens_counts_a_moment_later_with_its_own_time(display):
    clock, presses = ManualClock(), []
    station = Station(StationSettings("/dev/null", display=display), clock, presses.append)
    station.begin()
    while station.next()[0]:
        pass
    pressed_at = clock.monotonic()
    station.hear(b"\r")
    clock.advance(0.5)
    station.next()
    assert [press.at for press in presses] == [pressed_at]


def test_another_press_lets_the_first_one_count():
    clock, presses = ManualClock(), []
    station = Station(StationSettings("/dev/null"), clock, presses.append)
    station.begin()
    for _ in range(2):
        station.hear(b"\r")
        clock.advance(0.9)
    assert len(presses) == 2


def test_a_new_line_is_not_held_for_one_that_gives_back():
    wire = Wire()
    wire.clock.advance(1.0)
    wire.station.begin()
    wire.station.next()
    wire.station.hear(b"noise\r")
    assert len(wire.presses) == 1


def test_noise_is_no_echo_and_an_echo_that_comes_too_late_is_not_known():
    echo = Echo(9600)
    words = bytes(range(32, 96))
    echo.sent(words, 0.0)
    assert echo.genuine(words[:15], 0.1) == words[:15]
    assert echo.genuine(b"\x00" + words[:14], 0.1) == b"\x00" + words[:14]
    assert not echo.is_there
    assert echo.genuine(words, echo.due_at + 0.1) == words
    assert not echo.is_there
    assert echo.genuine(words, echo.due_at) == b""
    assert echo.is_there


@given(before=st.binary(max_size=20), sent=st.binary(min_size=16, max_size=60), at=st.integers(0))
def test_a_run_is_found_wherever_it_stands(before, sent, at):
    start = at % (len(sent) - 15)
    assert gives_back(before + sent[start : start + 16] + b"\r", sent)


@given(heard=st.binary(max_size=15), sent=st.binary(max_size=60))
def test_less_than_a_run_is_a_button(heard, sent):
    assert not gives_back(heard, sent)
