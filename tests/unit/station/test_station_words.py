"""What the station writes to a display besides a change: brightness, repaints, blinking."""

import pytest

from kiosk.clock import ManualClock
from kiosk.model import Event, EventKind
from kiosk.station.codecs import DISPLAYS, codec_named
from kiosk.station.codecs.displays.display import Brightness
from kiosk.station.glass import Glass
from kiosk.station.station import Station, StationSettings


class Wall:
    """A station without a port, and its display on the wall."""

    def __init__(self, display="cd5220", **settings):
        self.clock = ManualClock()
        self.glass = Glass(display)
        settings = StationSettings("/dev/null", display=display, **settings)
        self.station = Station(settings, self.clock, pytest.fail)
        self.sent = b""
        self.plug_in()

    def plug_in(self):
        self._write(self.station.begin())
        self.look()

    def say(self, kind, **facts):
        self.station.show(Event(kind, self.clock.monotonic(), **facts))
        return self.look()

    def look(self, later_s=0.0):
        self.clock.advance(later_s)
        while words := self.station.next()[0]:
            self._write(words)
        return self.glass.text

    def _write(self, words):
        self.sent += words
        self.glass.feed(words)


@pytest.mark.parametrize("display", ["cd5220", "epson", "logic_controls", "matrix_orbital"])
def test_the_brightness_is_set_once_for_each_opening(display):
    wall = Wall(display, brightness=Brightness.DIM)
    assert (wall.glass.brightness, wall.glass.text) == (40, "STARTING\nPLEASE WAIT")
    wall.say(EventKind.READY)
    for _ in range(5):
        wall.look(later_s=31.0)
    command = codec_named(display).brightness(Brightness.DIM)
    assert wall.sent.count(command) == 1, "some keep it in a memory that wears out"
    wall.glass.power_cycle()
    wall.plug_in()
    assert wall.glass.brightness == 40
    assert wall.glass.misunderstood == b""


def test_a_display_is_left_as_bright_as_it_comes():
    wall = Wall("matrix_orbital")
    assert codec_named("matrix_orbital").brightness(Brightness.FULL) not in wall.sent


def test_at_rest_the_message_is_painted_again_every_half_minute():
    wall = Wall()
    wall.say(EventKind.READY)
    wall.glass.power_cycle()  # its own supply, not the line's: nobody is told
    wall.sent = b""
    wall.look(later_s=29.9)
    assert wall.sent == b""
    assert wall.look(later_s=0.1) == "READY\nPRESS THE BUTTON"
    wall.sent = b""
    wall.look(later_s=29.9)
    assert wall.sent == b""


@pytest.mark.parametrize("display", DISPLAYS)
def test_a_display_that_restarts_as_its_line_is_opened_is_told_again_in_five_seconds(display):
    wall = Wall(display)
    wall.say(EventKind.READY)
    wall.look(later_s=2.0)
    wall.glass.power_cycle()  # as DTR does: what it was told until now is lost
    wall.sent = b""
    wall.look(later_s=1.0)
    wall.look(later_s=1.0)
    if display == "serlcd":
        assert wall.glass.text == "READY\nPRESS THE BUTTON"
    assert wall.sent in {b"", codec_named(display).show(("READY", "PRESS THE BUTTON"))}, "once"
    wall.sent = b""
    wall.look(later_s=25.0)
    assert wall.sent == b"", "from then on every half minute"
    wall.plug_in()
    wall.glass.power_cycle()
    assert (wall.look(later_s=3.0) != "\n") is (display == "serlcd")


def test_only_bad_news_blinks_and_only_until_the_next_word():
    wall = Wall("epson")
    wall.say(EventKind.READY)
    assert not wall.glass.is_blinking
    wall.say(EventKind.NOT_VIN, scan_id=1)
    assert not wall.glass.is_blinking
    assert wall.say(EventKind.CAMERA_LOST) == "THIS IS NO VIN\nSHOW THE VIN LABEL"
    assert wall.look(later_s=6.0) == "CAMERA LOST\nCHECK ITS CABLE"
    assert wall.glass.is_blinking
    wall.glass.power_cycle()  # its own supply, not the line's: nobody is told
    wall.look(later_s=31.0)
    assert wall.glass.is_blinking, "a repaint is the whole message"
    wall.say(EventKind.CAMERA_BACK)
    assert not wall.glass.is_blinking
    wall.sent = b""
    wall.look(later_s=31.0)
    assert b"\x1fE" not in wall.sent, "nothing to say of it at rest"


def test_a_display_that_comes_back_amid_bad_news_blinks_again():
    wall = Wall("epson")
    wall.say(EventKind.READY)
    wall.say(EventKind.CAMERA_LOST)
    wall.glass.power_cycle()
    wall.plug_in()
    assert (wall.glass.is_blinking, wall.glass.text) == (True, "CAMERA LOST\nCHECK ITS CABLE")


def test_the_last_word_is_steady():
    wall = Wall("epson")
    wall.say(EventKind.READY)
    wall.say(EventKind.CAMERA_LOST)
    wall.glass.feed(wall.station.farewell())
    assert (wall.glass.is_blinking, wall.glass.lines[0]) == (False, "STATION IS OFF")


def test_a_button_on_the_line_that_presses_every_two_seconds_counts_and_is_told(caplog):
    clock, presses = ManualClock(), []
    station = Station(StationSettings("/dev/null"), clock, presses.append)
    station.show(Event(EventKind.READY, clock.monotonic()))
    for _ in range(70):
        for _ in range(20):
            clock.advance(0.1)
            while station.next()[0]:
                pass
        station.hear(b"\r")
    clock.advance(1.0)
    for _ in range(2):
        station.next()
    assert len(presses) == 70
    assert "presses every few seconds" in (station.button_problem or "")
    assert station.problem is None, "the display is well"
    clock.advance(4.0)
    station.next()
    assert station.button_problem is None
    assert station.bulletin.read().lines[0] == "READY", "its presses count: it is not stuck"
    assert caplog.text.count("presses every few seconds") == 1
