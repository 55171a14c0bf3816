"""Whatever comes in from outside: documented exceptions only, little time, little memory."""

import os
import signal
import time

import fuzz_runner
import pytest
from fuzz_runner import fuzz
from fuzz_targets import TARGETS, Target, target_named

from kiosk.errors import PictureError
from kiosk.ledger.spent import SpentLog
from kiosk.service import answer_json, reply
from kiosk.triggers.serial import ByteStringMatcher
from kiosk.vision import header

COUNTS = {
    "answers in XML": 400,
    "answers on the wire": 400,
    "pictures": 250,
    "streams of pictures": 300,
    "serial lines": 150,
    "spent logs": 150,
}
REFUSED_AT_LEAST = {"answers on the wire": 0.03, "streams of pictures": 0.02}


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
def test_hostile_bytes(target):
    count = COUNTS.get(target.name, 750)
    report = fuzz(target, count)
    assert report.findings == ()
    assert report.inputs == count
    if target.raises:  # inputs that are all refused at the first byte would show nothing
        assert REFUSED_AT_LEAST.get(target.name, 0.2) < report.refused / count < 0.97


# ---- what must be seen --------------------------------------------------------------------------


def found(name, count):
    return " ".join(finding.why for finding in fuzz(target_named(name), count).findings)


def test_a_depth_without_end_is_seen(monkeypatch):
    monkeypatch.setattr(answer_json, "RecursionError", KeyError, raising=False)
    assert "RecursionError" in found("answers in JSON", 500)


def test_a_bomb_that_is_unpacked_is_seen(monkeypatch):
    monkeypatch.setattr(reply, "MAX_BODY", 1 << 22)
    assert "AssertionError" in found("answers on the wire", 60)


def test_a_header_that_is_cut_short_is_seen(monkeypatch):
    monkeypatch.setattr(header.struct, "error", PictureError)
    assert "unpack_from" in found("headers of pictures", 500)


def test_a_torn_line_that_takes_the_next_with_it_is_seen(monkeypatch):
    monkeypatch.setattr(SpentLog, "_cut_back", lambda _log: None)
    assert "AssertionError" in found("spent logs", 100)


def test_a_press_that_is_cut_in_two_and_lost_is_seen(monkeypatch):
    monkeypatch.setattr(ByteStringMatcher, "feed", lambda self, chunk: chunk.count(self._pattern))
    assert "AssertionError" in found("serial lines", 50)


def crash(data):
    if data == b"7":
        os.kill(os.getpid(), signal.SIGSEGV)


def hang(data):
    while data == b"7":
        pass


def swell(data):
    return [] if data != b"7" else [0] * 5_000_000


def crawl(data):
    until = time.thread_time() + 0.1
    while data == b"7" and time.thread_time() < until:
        pass


@pytest.mark.parametrize(
    ("enter", "why"),
    [(crash, "SIGSEGV"), (hang, "SIGPROF"), (swell, "took 38.1 MiB"), (crawl, "took 0.1")],
)
def test_whatever_an_input_does_it_is_named(monkeypatch, enter, why):
    monkeypatch.setattr(fuzz_runner, "_HUNG_S", 1)
    target = Target("made up", lambda dice: b"%d" % dice.random.randrange(10), enter)
    report = fuzz(target, 40)
    finding = report.findings[0]
    assert why in finding.why
    assert target.case(fuzz_runner.Dice(finding.number)) == b"7"
