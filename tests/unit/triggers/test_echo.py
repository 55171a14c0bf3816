"""A line that gives back what it is sent must press nothing, and a hand on it still can."""

from collections import deque

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.clock import ManualClock
from kiosk.model import Event, EventKind
from kiosk.station.codecs import DISPLAYS
from kiosk.station.station import Station, StationSettings
from kiosk.triggers.echo import Echo, Signals, gives_back

BYTE_S = 10 / 9600
KINDS = (EventKind.READY, EventKind.CAMERA_LOST, EventKind.CAMERA_BACK, EventKind.SCANNING)
KNOWN = "the display's line gives back what it is sent: that presses nothing"
families = pytest.mark.parametrize("display", DISPLAYS)


class Wire:
    """A station without a port, on a wire that gives back what is said, late and not all of it.

    Its first ``lost`` bytes never come back, nor the first ``lost_each`` of what is said at once.
    """

    def __init__(self, display="cd5220", lag_s=0.001, lost=0, lost_each=0, *, echoes=True):
        self.clock = ManualClock()
        self.presses = []
        self.said = 0  # messages
        self.echoes = echoes
        self.station = Station(
            StationSettings("/dev/null", display=display), self.clock, self.presses.append
        )
        self._lag_s, self._lost, self._lost_each = lag_s, lost, lost_each
        self._coming = deque()
        self._free_at = 0.0
        self.open()

    def open(self):
        self._say(self.station.begin())
        self.turn()

    def _say(self, words):
        self.said += bool(words)
        for place, byte in enumerate(words):
            self._free_at = max(self._free_at, self.clock.monotonic()) + BYTE_S
            if place >= self._lost_each and self.echoes:
                if self._lost > 0:
                    self._lost -= 1
                else:
                    self._coming.append((self._free_at + self._lag_s, byte))

    def turn(self):
        """Let the owner of the line go round once."""
        while words := self.station.next()[0]:
            self._say(words)
        now, heard = self.clock.monotonic(), b""
        while self._coming and self._coming[0][0] <= now:
            heard += bytes([self._coming.popleft()[1]])
        if heard:
            self.station.hear(heard)

    def pass_by(self, seconds, step_s=0.01):
        until = self.clock.monotonic() + seconds
        while self.clock.monotonic() < until:
            self.clock.advance(step_s)
            self.turn()

    def say(self, kind, seconds=2.0):
        self.station.show(Event(kind, self.clock.monotonic()))
        self.turn()
        self.pass_by(seconds)

    def press(self, data=b"\r"):
        self.station.hear(data)
        return self.clock.monotonic()

    @property
    def pressed_at(self):
        return [press.at for press in self.presses]


@families
@given(
    lag_s=st.floats(0.0, 0.5),
    lost=st.integers(0, 300),
    lost_each=st.sampled_from([0, 0, 0, 1, 8, 30, 45]),
    step_s=st.sampled_from([0.002, 0.03, 0.1]),
    told=st.lists(st.tuples(st.sampled_from(KINDS), st.floats(0.0, 3.0)), max_size=6),
)
@settings(max_examples=25, deadline=None)
def test_an_echo_presses_nothing_whatever_is_left_of_it(
    display, lag_s, lost, lost_each, step_s, told
):
    wire = Wire(display, lag_s, lost, lost_each)
    for kind, seconds in told:
        wire.station.show(Event(kind, wire.clock.monotonic()))
        wire.pass_by(seconds, step_s)
    wire.pass_by(3.0, step_s)
    assert wire.presses == []


@families
@pytest.mark.parametrize("lost", range(0, 60, 3))
def test_an_echo_that_lost_its_beginning_presses_nothing_at_each_new_plug(display, lost):
    wire = Wire(display, 0.1)
    for _ in range(3):
        wire._lost = lost
        wire.open()
        wire.pass_by(2.0)
    assert wire.presses == []


@pytest.mark.parametrize("display", ["cd5220", "plain_cr"])
def test_an_echo_of_which_only_the_last_byte_is_left_presses_nothing(display):
    whole = Wire(display, 5.0)
    lost = len(whole._coming) - 1
    wire = Wire(display, 0.3, lost)
    wire.pass_by(4.0)
    assert wire.presses == []


@families
@pytest.mark.parametrize("echoes", [True, False])
def test_a_press_between_two_messages_is_heard_at_once(display, echoes, caplog):
    wire = Wire(display, echoes=echoes)
    wire.say(EventKind.READY)
    at = wire.press()
    assert wire.pressed_at == [at]
    assert caplog.messages == ([KNOWN] if echoes else [])


@families
@pytest.mark.parametrize("after_s", [0.0, 0.01, 0.03, 0.06, 0.1, 0.2, 0.4])
def test_a_press_amid_an_echo_is_heard_when_the_echo_ends(display, after_s):
    wire = Wire(display, 0.1)
    wire.say(EventKind.READY)
    wire.say(EventKind.SCANNING, after_s)
    at = wire.press()
    wire.pass_by(0.4)
    assert len(wire.presses) == 1
    assert at <= wire.pressed_at[0] <= at + 0.25


@families
@pytest.mark.parametrize("after_s", [0.0, 0.01, 0.1, 0.5])
def test_on_a_line_known_to_be_silent_each_press_counts_at_once(display, after_s):
    wire = Wire(display, echoes=False)
    for kind in KINDS:
        wire.say(kind, after_s if kind is KINDS[-1] else 3.0)
    at = wire.press()
    assert wire.pressed_at == [at]


@families
@pytest.mark.parametrize("after_s", [0.0, 0.01, 0.1, 0.5])
def test_a_press_right_after_a_message_counts_a_moment_later_with_its_own_time(display, after_s):
    wire = Wire(display, echoes=False)
    wire.pass_by(after_s)
    at = wire.press()
    wire.pass_by(0.8)
    assert wire.pressed_at == [at]


def test_of_two_presses_in_a_hurry_one_counts():
    wire = Wire(echoes=False)
    wire.press()
    wire.pass_by(0.3)
    at = wire.press()
    wire.pass_by(2.0)
    assert wire.pressed_at == [at]


def test_a_press_in_doubt_has_what_is_shown_said_again_once():
    wire = Wire(echoes=False)
    wire.pass_by(0.1)
    said = wire.said
    wire.press()
    wire.pass_by(3.0)
    assert wire.said == said + 1
    wire.press()
    wire.pass_by(3.0)
    assert (wire.said, len(wire.presses)) == (said + 1, 2)


def test_a_line_lost_before_a_press_was_sure_takes_it_along():
    wire = Wire(echoes=False)
    wire.press()
    wire.pass_by(0.3)
    wire.open()
    wire.pass_by(2.0)
    assert wire.presses == []


def test_an_echo_that_waited_for_a_thread_held_up_presses_nothing():
    wire = Wire("plain_cr", lost=20)
    for _ in range(5):
        wire.station.show(Event(EventKind.READY, wire.clock.monotonic()))
        wire.turn()
        wire.clock.advance(5.0)
        wire.station.show(Event(EventKind.SCANNING, wire.clock.monotonic()))
        heard = bytes(byte for _, byte in wire._coming)
        wire._coming.clear()
        if heard:
            wire.station.hear(heard)
        wire.pass_by(0.001, 0.001)
    assert wire.presses == []


def test_a_last_byte_that_waited_is_read_before_a_press_counts():
    wire = Wire("plain_cr", lost=10_000)
    wire.press()
    assert wire.station.next()[0], "said again"
    wire.clock.advance(5.0)
    assert wire.station.next() == (b"", 0.0)
    wire.station.hear(b"READY               \r")
    wire.pass_by(2.0)
    assert wire.presses == []


def test_where_an_echo_was_switched_off_presses_count_as_on_any_line():
    wire = Wire()
    wire.say(EventKind.READY)
    wire.echoes = False
    wire.say(EventKind.CAMERA_LOST)
    wire.say(EventKind.CAMERA_BACK, 0.1)
    at = wire.press()
    wire.pass_by(1.0)
    assert wire.pressed_at == [at]


@pytest.mark.parametrize("display", ["cd5220", "plain"])
def test_a_later_echo_presses_nothing_once_it_is_known(display):
    wire = Wire(display, lag_s=1.2)
    wire.pass_by(6.0)
    first = len(wire.presses)
    for kind in KINDS:
        wire.say(kind, 5.0)
    assert len(wire.presses) == first <= 1


def sent(words=bytes(range(32, 96)) + b"\r", at=0.0):
    echo = Echo(b"\r", 9600)
    echo.sent(words, at)
    return echo, words


def test_as_many_signals_as_were_sent_may_be_echoes_and_no_more():
    echo, _ = sent(b"READY\rREADY\r")
    assert [echo.hear(b"\r", 0.1) for _ in range(3)] == [Signals(0, in_doubt=True)] * 2 + [
        Signals(1)
    ]


def test_what_was_sent_long_ago_owes_nothing():
    echo, _ = sent()
    assert echo.hear(b"\r", echo.due_at) == Signals(0, in_doubt=True)
    echo, _ = sent()
    assert echo.hear(b"\r", echo.due_at + 0.01) == Signals(1)


def test_a_few_bytes_are_no_echo_and_a_run_is_wherever_it_stands():
    for start in range(20):
        echo, words = sent()
        echo.hear(b"\x00" + words[start : start + 7] + b"\x00", 0.1)
        assert not echo.is_there
        echo.hear(words[start : start + 8], 0.1)
        assert echo.is_there


def test_what_comes_back_after_seconds_is_no_echo():
    echo, words = sent()
    echo.hear(words, 3.0)
    assert not echo.is_there


@given(
    pattern=st.sampled_from([b"\r\n", b"D\r", b"\x02P"]),
    cut=st.lists(st.integers(1, 9), min_size=1),
)
def test_a_button_of_several_bytes_is_told_from_its_echo(pattern, cut):
    echo, words = Echo(pattern, 9600), b"READ\r\n\x02PRESSED\r\n"
    echo.sent(words, 0.0)
    rest, own = words, 0
    for size in cut * len(words):
        own += echo.hear(rest[:size], 0.1).own
        rest = rest[size:]
    assert (own, echo.is_there) == (0, True)
    assert echo.hear(pattern, 0.1) == Signals(1)


@given(before=st.binary(max_size=20), sent=st.binary(min_size=16, max_size=60), at=st.integers(0))
def test_a_run_is_found_wherever_it_stands(before, sent, at):
    start = at % (len(sent) - 15)
    assert gives_back(before + sent[start : start + 16] + b"\r", sent)


@given(heard=st.binary(max_size=15), sent=st.binary(max_size=60))
def test_less_than_a_run_is_a_button(heard, sent):
    assert not gives_back(heard, sent)
