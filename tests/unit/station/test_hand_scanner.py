"""The hand scanner's worker, word by word: which sound answers which code, and when none does."""

import logging

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.clock import ManualClock
from kiosk.errors import SerialError, UsageError
from kiosk.model import EventKind
from kiosk.station.codecs.scanners import SCANNERS, Suffix, scanner_named
from kiosk.station.codecs.scanners.zebra_ssi import packet
from kiosk.station.scanner import HandScanner, ScannerSettings

VIN = "1M8GDM9AXKP042788"
GOOD, BAD = b"\x1b7,", b"\x1b8,"
families = pytest.mark.parametrize("family", list(SCANNERS))


class Counter:
    """A scanner's line without a port, and a lane that takes what it is given unless busy."""

    def __init__(self, family="honeywell", suffix=Suffix.LINE):
        self.clock = ManualClock()
        self.codes = []
        self.is_busy = False
        self.published = []
        self.scanner = HandScanner(
            ScannerSettings("/dev/null", family=family, suffix=suffix),
            self.clock,
            self.take,
            self.published.append,
        )
        self.scanner.begin()

    def take(self, code):
        self.codes.append(code)
        return not self.is_busy

    def scan(self, text=VIN):
        """Scan as fast as a hand can; return what the scanner is told at once."""
        self.clock.advance(1.0)
        sent = text.encode("ascii")
        if self.scanner._settings.family == "zebra_ssi":
            return self.scanner.hear(packet(0xF3, b"\x01" + sent, source=0))
        return self.scanner.hear(sent + b"\r")

    def told(self):
        """Return all that it is told now; it is asked again as long as it has something."""
        words = b""
        while more := self.scanner.next()[0]:
            words += more
        return words


def test_a_sound_waits_for_the_lanes_answer_and_comes_once():
    counter = Counter()
    assert counter.scan() == b""
    assert counter.told() == b""
    counter.codes[0].answer(True)
    assert counter.told() == GOOD
    assert counter.told() == b""
    counter.scan("NO-VIN")
    counter.codes[1].answer(False)
    assert counter.told() == BAD


@families
def test_every_family_brings_the_text_and_sounds_its_own_way(family):
    counter, codec = Counter(family), scanner_named(family)
    counter.scan()
    assert [code.text for code in counter.codes] == [VIN]
    counter.codes[0].answer(True)
    assert counter.told() == codec.good()
    counter.scan("NO-VIN")
    counter.codes[1].answer(False)
    assert counter.told() == codec.bad()
    counter.clock.advance(2.0)
    assert counter.told() == codec.enable()
    assert counter.told() == b""


def test_a_code_while_the_lane_is_busy_sounds_bad_at_once():
    counter = Counter()
    counter.is_busy = True
    assert counter.scan() == BAD
    counter.clock.advance(60.0)
    assert counter.told() == b""


def test_a_lane_that_stays_silent_sounds_bad_before_the_scanner_gives_up():
    counter = Counter()
    counter.scan()
    _, wait_s = counter.scanner.next()
    assert wait_s <= 8.0
    counter.clock.advance(7.9)
    assert counter.told() == b""
    counter.clock.advance(0.1)
    assert counter.told() == BAD
    counter.codes[0].answer(True)
    assert counter.told() == b"", "too late for this code, and of no other"


def test_no_sound_follows_its_code_by_more_than_eight_seconds():
    counter = Counter("datalogic")
    counter.scan()
    counter.clock.advance(8.0)
    assert counter.told() == b"F"


def test_a_late_answer_never_sounds_for_the_next_code():
    counter = Counter()
    counter.scan()
    counter.scan("2" * 17)
    counter.codes[0].answer(True)
    assert counter.told() == b""
    counter.codes[1].answer(False)
    assert counter.told() == BAD


def test_an_answer_from_before_a_lost_line_is_void():
    counter = Counter()
    counter.scan()
    counter.scanner.hear(b"1M8GDM9A")
    assert counter.scanner.begin() == scanner_named("honeywell").enable()
    counter.codes[0].answer(True)
    assert counter.told() == b""
    counter.scan()
    assert [code.text for code in counter.codes] == [VIN, VIN], "no half of the lost line"


def test_half_a_code_is_dropped_when_the_line_falls_silent():
    counter = Counter()
    counter.clock.advance(1.0)
    counter.scanner.hear(VIN[:5].encode())
    _, wait_s = counter.scanner.next()
    assert wait_s <= 0.5
    counter.clock.advance(0.4)
    counter.told()
    counter.scanner.hear(VIN[5:].encode() + b"\r")
    assert counter.codes[-1].text == VIN, "a slow line is no silence"
    counter.scanner.hear(b"OTHER")
    counter.clock.advance(1.0)
    counter.told()
    counter.scan()
    assert [code.text for code in counter.codes] == [VIN, VIN]


@pytest.mark.parametrize(
    ("sent", "refusal"),
    [
        (b"\x1b@\x0c\r", "refused: control"),
        (b"\x00\r", "refused: control"),
        (b"A" * 81 + b"\r", "refused: too_long"),
    ],
)
def test_hostile_text_reaches_nobody_and_sounds_bad(caplog, sent, refusal):
    counter = Counter()
    counter.scanner.hear(VIN.encode() + sent)
    (code,) = counter.codes
    assert (code.text, code.refusal) == (None, refusal)
    code.answer(False)
    assert counter.told() == BAD
    assert len(caplog.messages) == 1
    assert VIN not in caplog.text


def test_refusals_are_logged_once_a_minute_with_their_number(caplog):
    counter = Counter("plain")
    for _ in range(90):
        counter.scan("\x07")
        counter.clock.advance(1.0)
    assert len(caplog.messages) == 3
    assert caplog.messages[1] == "scanner: 30 refused, the latest as control"


def test_a_damaged_packet_is_asked_for_again_and_is_no_code():
    counter = Counter("zebra_ssi")
    whole = packet(0xF3, b"\x01" + VIN.encode(), source=0)
    reply = counter.scanner.hear(whole[:-1] + bytes([whole[-1] ^ 1]))
    assert reply.startswith(b"\x05\xd1\x04")  # CMD_NAK
    counter.clock.advance(0.1)
    counter.told()
    assert counter.scanner.hear(whole)
    assert [code.text for code in counter.codes] == [VIN]


def test_one_pull_of_the_trigger_is_one_code():
    counter = Counter("plain")
    counter.scan()
    counter.scanner.hear(VIN.encode() + b"\r")
    counter.clock.advance(0.3)
    counter.scanner.hear(VIN.encode() + b"\r" + VIN.encode() + b"\r")
    assert len(counter.codes) == 1
    counter.scan()
    assert len(counter.codes) == 2


def test_a_waiting_scanner_is_answered_even_where_its_code_is_ignored():
    counter = Counter("honeywell")
    counter.scan()
    assert counter.scanner.hear((VIN + "\r").encode() * 50) == BAD


def test_a_scanner_that_never_stops_is_noticed_and_ignored_until_it_rests(caplog):
    caplog.set_level(logging.INFO)
    counter = Counter("plain")
    for _ in range(20):
        counter.clock.advance(0.9)
        counter.scanner.hear(VIN.encode() + b"\r")
        counter.told()
    assert 9 <= len(counter.codes) <= 13
    assert "repeats without end" in counter.scanner.problem
    (told,) = counter.published
    assert (told.kind, told.detail) == (EventKind.SCANNER_STUCK, counter.scanner.problem)
    counter.clock.advance(1.0)
    counter.told()
    assert counter.scanner.problem is None
    assert [event.kind for event in counter.published[1:]] == [EventKind.SCANNER_BACK]
    taken = len(counter.codes)
    counter.scan()
    assert len(counter.codes) == taken + 1
    assert caplog.messages == ["scanner stuck: codes are ignored", "scanner free again"]


@settings(max_examples=30, deadline=None)
@given(chunks=st.lists(st.binary(min_size=1, max_size=200), min_size=1, max_size=30))
def test_no_flood_costs_more_than_two_codes_a_second(chunks):
    for family in SCANNERS:
        counter = Counter(family)
        for chunk in chunks:
            counter.clock.advance(0.01)
            assert len(counter.scanner.hear(chunk + b"\r")) <= 8 * (len(chunk) + 2)
            counter.told()
        assert len(counter.codes) <= 1
        assert all(code.text is None or code.text.isprintable() for code in counter.codes)


def test_a_scanner_is_not_left_waiting_at_the_end():
    counter = Counter()
    assert counter.scanner.farewell() == b""
    counter.scan()
    assert counter.scanner.farewell() == BAD


def test_an_unknown_family_is_refused_before_anything_runs():
    with pytest.raises(UsageError, match="there are plain, honeywell"):
        Counter("cuecat")


def test_a_port_that_opens_and_fails_again_and_again_is_told_once():
    counter = Counter()
    line = counter.scanner._line
    for _ in range(5):
        line._note_loss(SerialError("lost"))
        counter.clock.advance(1.5)
        line._note_good()
        counter.told()
    assert [event.kind for event in counter.published] == [EventKind.SCANNER_LOST]
    counter.clock.advance(4.9)
    counter.told()
    assert len(counter.published) == 1
    counter.clock.advance(0.2)
    counter.told()
    counter.told()
    assert [event.kind for event in counter.published[1:]] == [EventKind.SCANNER_BACK]
    line._note_loss(SerialError("lost"))
    assert counter.published[-1].kind is EventKind.SCANNER_LOST
