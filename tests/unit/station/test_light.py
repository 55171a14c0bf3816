"""The stack light's worker on a modelled tower: what is seen and heard from two metres."""

import pytest

from kiosk.clock import ManualClock
from kiosk.errors import UsageError
from kiosk.model import Event, EventKind, QueueStatus, State, Submission
from kiosk.station.bulletin import Bulletin
from kiosk.station.codecs.lights import Lamps
from kiosk.station.decoders.adafruit_tower import TowerDecoder
from kiosk.station.lamps import lamps_for, next_turn_s
from kiosk.station.light import Light, LightSettings
from kiosk.station.messages import Beginning, Message, Mood

DARK, GREEN, YELLOW, RED = Lamps(), Lamps(green=True), Lamps(yellow=True), Lamps(red=True)
BUZZING_YELLOW = Lamps(yellow=True, buzzer=True)
BUZZING_RED = Lamps(red=True, buzzer=True)
STEP_S = 0.05


class Corner:
    """A tower in the corner of a lane, and somebody who watches it."""

    def __init__(self):
        self.clock = ManualClock()
        self.bulletin = Bulletin(self.clock, Beginning.BUTTON)
        self.light = Light(LightSettings("/dev/null"), self.clock, self.bulletin)
        self.tower = TowerDecoder()
        self.tower.feed(self.light.begin())
        self.sent = b""

    def say(self, kind, **facts):
        self.bulletin.post(Event(kind, self.clock.monotonic(), **facts))

    def look(self):
        while words := self.light.next()[0]:
            self.tower.feed(words)
            self.sent += words
        return Lamps(*self.tower.lit)

    def watch(self, seconds):
        """Return what is seen one after the other."""
        seen = [self.look()]
        for _ in range(round(seconds / STEP_S)):
            self.clock.advance(STEP_S)
            lamps = self.look()
            if lamps != seen[-1]:
                seen.append(lamps)
        return seen

    def buzzes(self, seconds):
        return sum(lamps.buzzer for lamps in self.watch(seconds))


@pytest.fixture
def corner():
    corner = Corner()
    assert corner.look() == DARK, "it starts"
    corner.say(EventKind.READY)
    assert corner.look() == GREEN
    return corner


def answered(state):
    return Submission(1, 1, state, "0" * 64, None, vin="1M8GDM9AXKP042788", live=True, scan_id=1)


def test_good_bad_and_attention_differ_in_colour_and_in_sound(corner):
    corner.say(EventKind.SCANNING)
    assert corner.watch(1.0) == [YELLOW], "at work, silent and steady"
    corner.say(EventKind.RECOGNIZED, scan_id=1, submission=answered(State.RECOGNIZED))
    assert corner.watch(12.5) == [DARK, GREEN, DARK, GREEN], "winks: it may have been green before"
    corner.say(EventKind.NOT_VIN, scan_id=2)
    assert corner.watch(1.4) == [BUZZING_YELLOW, YELLOW, DARK, YELLOW]
    assert corner.buzzes(6.0) == 0
    corner.say(EventKind.REFUSED, scan_id=3)
    seen = corner.watch(4.0)
    assert seen == [BUZZING_RED, RED] * 3


def test_what_stands_at_rest_sounds_once_and_not_again_after_each_scan(corner):
    corner.say(EventKind.CAMERA_LOST)
    assert corner.buzzes(5.0) == 3
    corner.say(EventKind.NO_CAMERA, scan_id=1)
    assert corner.buzzes(3.0) == 3
    assert corner.watch(10.0) == [RED], "back to the same trouble, silently"
    corner.say(EventKind.CAMERA_BACK)
    assert corner.watch(3.0) == [GREEN]
    corner.say(EventKind.CAMERA_LOST)
    assert corner.buzzes(3.0) == 3, "a new loss is news"


def test_trouble_that_comes_amid_a_scan_sounds_once_it_is_shown(corner):
    corner.say(EventKind.SCANNING)
    corner.look()
    corner.say(EventKind.CAMERA_LOST)
    assert corner.buzzes(6.0) == 3


def test_a_doubt_at_rest_is_steady_yellow(corner):
    queue = QueueStatus(waiting=0, in_doubt=1, credits_today=1)
    corner.say(EventKind.QUEUE_CHANGED, queue=queue)
    assert corner.watch(5.0) == [BUZZING_YELLOW, YELLOW]


def test_a_lost_byte_is_healed_within_a_minute_and_a_buzzer_at_once(corner):
    corner.tower = TowerDecoder()  # lost its supply; the line knows nothing of it
    assert corner.look() == DARK
    assert corner.watch(60.1)[-1] == GREEN
    corner.say(EventKind.NOT_VIN, scan_id=1)
    corner.sent = b""
    corner.watch(0.3)
    assert corner.sent.endswith(b"\x21\x24\x28\x12"), "all of it, not the buzzer's end alone"


def test_a_line_that_comes_back_is_told_everything(corner):
    corner.tower = TowerDecoder()
    corner.tower.feed(corner.light.begin())
    assert corner.look() == GREEN


def test_a_steady_light_writes_nothing_but_its_minutes_word(corner):
    corner.sent = b""
    corner.watch(59.0)
    assert corner.sent == b""
    _, wait_s = corner.light.next()
    assert wait_s >= 1.0, "and the line sleeps meanwhile"


def test_a_lane_that_is_off_leaves_it_dark(corner):
    corner.say(EventKind.STOPPING)
    assert corner.look() == DARK
    corner.tower.feed(b"\x18")
    corner.tower.feed(corner.light.farewell())
    assert Lamps(*corner.tower.lit) == DARK
    assert corner.light.hear(b"noise") == b""


@pytest.mark.parametrize("mood", list(Mood))
@pytest.mark.parametrize("hold_s", [None, 8.0])
def test_the_next_turn_is_when_the_lamps_change(mood, hold_s):
    """Between two turns nothing changes; whoever waits for the turn misses nothing."""
    message, age_s = Message(("A", "B"), mood, hold_s), 0.0
    for _ in range(40):
        turn_s = next_turn_s(message, age_s)
        end_s = age_s + (1.0 if turn_s is None else turn_s)
        lamps = lamps_for(message, age_s)
        assert lamps_for(message, (age_s + end_s) / 2) == lamps
        assert lamps_for(message, end_s - 1e-6) == lamps
        age_s = end_s


def test_an_unknown_family_is_refused_before_anything_runs():
    clock = ManualClock()
    with pytest.raises(UsageError, match="adafruit_tower"):
        Light(LightSettings("/dev/null", family="x"), clock, Bulletin(clock, Beginning.BUTTON))
