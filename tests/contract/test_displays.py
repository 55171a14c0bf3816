"""Every display: whatever we mean to show is what a person sees, through any line."""

import itertools
import threading

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from kiosk.clock import SystemClock
from kiosk.errors import UsageError
from kiosk.model import Event, EventKind, State, Submission
from kiosk.station.codecs import DISPLAYS, codec_named
from kiosk.station.codecs.displays.display import Brightness
from kiosk.station.codecs.text import COLUMNS, cut
from kiosk.station.decoders import DECODERS
from kiosk.station.glass import Glass
from kiosk.station.simulated import SimulatedStation
from kiosk.station.station import Station, StationSettings
from kiosk.supervisor import Life

displays = pytest.mark.parametrize(
    "display",
    [pytest.param(name, marks=pytest.mark.contract("displays", name)) for name in DISPLAYS],
)
SCROLLING = {"plain", "plain_cr", "plain_stx_etx"}
CAN_BLINK = {"epson"}
STANDINS = {
    "matrix_orbital": str.maketrans("\\~", "/-"),
    "serlcd": str.maketrans("\\~|", "/-!"),
}
texts = st.one_of(
    st.text(max_size=30),
    st.text("|\\~\x1b\x0c\x1f\x10\x7c\xfe\r\n\0 AZ09ñüß", min_size=15, max_size=25),
)
two_rows = st.tuples(texts, texts)
fast = settings(max_examples=15, deadline=None)


def in_chunks(data: bytes, sizes: list[int]):
    at = 0
    for size in itertools.cycle(sizes):
        if at >= len(data):
            return
        yield data[at : at + size]
        at += size


def meant(display, lines):
    return tuple(cut(line).translate(STANDINS.get(display, {})).rstrip() for line in lines)


def test_every_codec_has_a_modelled_glass_and_the_name_it_is_found_by():
    assert set(DISPLAYS) == set(DECODERS)
    assert all(codec_named(name).name == name for name in DISPLAYS)


def test_an_unknown_display_is_named_with_those_that_exist():
    with pytest.raises(UsageError, match=r"'cd5221'.*cd5220, epson.*plain"):
        codec_named("cd5221")


@displays
@fast
@given(
    messages=st.lists(two_rows, min_size=1, max_size=4),
    sizes=st.lists(st.integers(1, 30), min_size=1, max_size=5),
)
@example(messages=[("\x1b@\x0c", "\r\n\x1bQA")], sizes=[1])
@example(messages=[("X" * 20, "Y" * 20), ("", "Z" * 20)], sizes=[7])
def test_what_was_sent_shows_what_was_meant(display, messages, sizes):
    codec, glass = codec_named(display), Glass(display)
    glass.feed(codec.initialise())
    for lines in messages:
        for chunk in in_chunks(codec.show(lines), sizes):
            glass.feed(chunk)
        assert glass.lines == meant(display, lines)
    assert glass.misunderstood == b""


@displays
@fast
@given(lines=two_rows)
@example(lines=("|||||", "1HGCM|\x0b|\x12"))
def test_only_our_own_commands_control_the_display(display, lines):
    harmless = codec_named(display).show(("", ""))
    sent = codec_named(display).show(lines)
    assert len(sent) == len(harmless)  # always exactly 20 columns
    changed = bytes(new for old, new in zip(harmless, sent, strict=True) if old != new)
    assert all(0x20 < byte < 0x7F for byte in changed)
    assert display != "serlcd" or b"|" not in sent


wishes = st.lists(
    st.one_of(
        st.tuples(st.just("show"), two_rows),
        st.tuples(st.just("brightness"), st.sampled_from(Brightness)),
        st.tuples(st.just("blink"), st.booleans()),
        st.tuples(st.just("hurt"), st.tuples(st.integers(0, 80), st.integers(0, 80))),
        st.tuples(st.just("power"), st.integers(0, 99)),
    ),
    max_size=8,
)


class Wall:
    """A display on a wall, and what it is meant to look like."""

    def __init__(self, display):
        self.codec, self.glass = codec_named(display), Glass(display)
        self.display, self.lines = display, ("", "")
        self.level, self.blinks = Brightness.FULL, False
        self.glass.feed(self.codec.initialise())

    def show(self, lines):
        self.lines = lines
        self.glass.feed(self.codec.show(lines))

    def brightness(self, level):
        self.level = level
        self.glass.feed(self.codec.brightness(level) + self.codec.show(self.lines))

    def blink(self, on):
        self.blinks = on
        self.glass.feed(self.codec.blink(on=on))

    def commands(self):
        return (
            self.codec.show(("READ 123456789ABCDEF", "|~LMNPRSTUVWXYZ@_^`{"))
            + self.codec.brightness(Brightness.DIM)
            + self.codec.blink(on=True)
        )

    def hurt(self, where):
        """Lose one byte of what is sent, and all from ``end`` on; then begin anew."""
        lost, end = where
        sent = self.commands()
        self.glass.feed((sent[:lost] + sent[lost + 1 :])[:end])
        self.begin_anew()

    def power(self, end):
        self.glass.feed(self.codec.show(("HALF", "A MESSAGE"))[:end])
        self.glass.power_cycle()
        self.begin_anew()

    def begin_anew(self):
        self.blinks = False
        self.glass.feed(self.codec.initialise())
        assert self.display in SCROLLING or self.glass.lines == ("", "")
        self.glass.feed(self.codec.brightness(self.level))
        self.glass.feed(self.codec.show(self.lines))

    def check(self):
        assert self.glass.lines == meant(self.display, self.lines)
        if self.display not in SCROLLING:
            assert self.glass.brightness == self.level
        assert self.glass.is_blinking is (self.blinks and self.display in CAN_BLINK)


@displays
@fast
@given(wishes=wishes)
def test_any_life_ends_with_the_glass_as_meant(display, wishes):
    wall = Wall(display)
    for verb, value in wishes:
        getattr(wall, verb)(value)
        wall.check()


@displays
def test_whichever_byte_is_lost_and_wherever_the_line_the_next_start_heals_it(display):
    wall = Wall(display)
    wall.show(("1HGCM82633A004352", "OK"))
    sent = wall.commands()
    cuts = [(len(sent), end) for end in range(len(sent))]
    losses = [(lost, len(sent)) for lost in range(len(sent))]
    both = [
        (lost, end)
        for lost, byte in enumerate(sent)
        if not 0x20 <= byte < 0x7F
        for end in (lost + 1, lost + 4)
    ]
    for where in cuts + losses + both:
        wall.hurt(where)
        wall.check()


@displays
def test_clear_leaves_nothing_to_read(display):
    codec, glass = codec_named(display), Glass(display)
    glass.feed(codec.initialise() + codec.show(("READY", "PRESS THE BUTTON")))
    assert glass.text == "READY\nPRESS THE BUTTON"
    glass.feed(codec.clear())
    assert glass.lines == ("", "")
    assert glass.misunderstood == b""


@displays
def test_a_display_that_lost_its_supply_shows_the_next_message(display):
    codec, glass = codec_named(display), Glass(display)
    glass.feed(codec.initialise() + codec.show(("A", "B")))
    glass.power_cycle()
    assert glass.lines == ("", "")
    for _ in range(2):
        glass.feed(codec.show(("X" * COLUMNS, "Y" * COLUMNS)))
        assert glass.lines == ("X" * COLUMNS, "Y" * COLUMNS)


@pytest.mark.parametrize("display", [name for name in DISPLAYS if name not in SCROLLING])
def test_a_new_row_is_never_seen_beside_an_old_one(display):
    codec, glass = codec_named(display), Glass(display)
    old, new = ("OLD VIN", "OK OLD CAR"), ("NEW VIN", "SCANNING")
    glass.feed(codec.initialise() + codec.show(old))
    sent = codec.show(new)
    for end in range(len(sent)):
        glass.feed(codec.show(old) + sent[:end])
        upper, lower = glass.lines
        assert upper == old[0] or "OLD" not in lower  # blanked before the upper row is touched
        assert lower in {"", new[1]} or upper == old[0] or new[1].startswith(lower)


@displays
def test_the_station_says_on_any_display_what_it_means(display):
    """The worker of the daemon on a real pty: what it sent, as a person sees it."""
    submission = Submission(1, 1, State.QUEUED, "0" * 64, None, vin="1HGCM82633A004352")
    with SimulatedStation(display) as simulated:
        pressed = threading.Event()
        settings_here = StationSettings(simulated.port, display=display)
        station = Station(settings_here, SystemClock(), lambda _: pressed.set())
        life = Life(station.name, SystemClock())
        thread = threading.Thread(target=station.run, args=(life,))
        thread.start()
        try:
            station.show(Event(EventKind.READY, 0.0))
            assert simulated.wait_for(lambda glass: glass.lines == ("READY", "PRESS THE BUTTON"))
            simulated.press()
            assert pressed.wait(2.0)
            station.show(Event(EventKind.ACCEPTED, 0.0, scan_id=1, submission=submission))
            said = ("1HGCM82633A004352", "READ HERE - SENDING")
            assert simulated.wait_for(lambda glass: glass.lines == said)
        finally:
            life.stop()
            thread.join(5.0)
        assert simulated.wait_for(lambda glass: "STATION IS OFF" in glass.text)
        assert simulated.glass.misunderstood == b""
