"""What a display is tried with, and what a button is heard to send."""

import os
import threading

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from kiosk.clock import SystemClock
from kiosk.config.fields import ButtonBytes
from kiosk.station.codecs import DISPLAYS, codec_named
from kiosk.station.glass import Glass
from kiosk.station.listening import Press, button_text, listen
from kiosk.station.trial.outcome import Device, Step, verdicts
from kiosk.station.trial.pictures import pictures


@given(st.binary(min_size=1, max_size=16).filter(lambda data: b"\\" not in data))
def test_the_value_to_write_means_those_bytes_in_a_lanes_file(data):
    assert TypeAdapter(ButtonBytes).validate_python(yaml.safe_load(button_text(data))) == data


def test_the_value_to_write_is_as_short_as_a_person_would_write_it():
    assert button_text(b"\x1c\r") == r'"\x1c\r"'
    assert button_text(b'A"') == r'"A\""'


@pytest.mark.parametrize("display", list(DISPLAYS))
def test_every_character_that_all_displays_draw_and_every_column_is_shown(display):
    glass, codec = Glass(display), codec_named(display)
    glass.feed(codec.initialise())
    seen = []
    for picture in pictures():
        glass.feed(codec.show(picture.lines))
        assert glass.lines == picture.lines
        seen += picture.lines
    assert set(map(chr, range(0x21, 0x7F))) - set("\\|~") <= set("".join(seen))
    assert seen[:2] == ["12345678901234567890", "X" * 20]
    assert glass.misunderstood == b""


class Pipe:
    """A line with a test at its other end."""

    def __init__(self):
        self._read, self._write = os.pipe()

    def fileno(self):
        return self._read

    def read(self):
        return os.read(self._read, 4096)

    def send(self, data):
        os.write(self._write, data)

    def close(self):
        os.close(self._read)
        os.close(self._write)


@pytest.fixture
def line():
    pipe = Pipe()
    yield pipe
    pipe.close()


def heard(line, expected=b"\r", timeout_s=5.0):
    told = []
    return listen(line, expected, SystemClock(), timeout_s, told.append), told


def test_the_expected_bytes_are_heard_wherever_they_stand(line):
    line.send(b"\x00\r")
    result, told = heard(line)
    assert (result.press, result.data, told) == (Press.EXPECTED, b"\x00\r", [b"\x00\r"])


def test_other_bytes_are_gathered_to_their_end(line):
    def press():
        line.send(b"\x1c")
        threading.Event().wait(0.05)
        line.send(b"\n")

    thread = threading.Thread(target=press)
    thread.start()
    result, told = heard(line)
    thread.join()
    assert (result.press, result.hex) == (Press.OTHER, "1c 0a")
    assert b"".join(told) == b"\x1c\n"


@pytest.mark.parametrize("data", [b"\xf8\x00", b"\x00", b"\\", b"A" * 17, b"U" * 500])
def test_what_no_button_sends_is_noise(line, data):
    line.send(data)
    assert heard(line)[0].press is Press.NOISE


def test_silence_is_told_when_the_time_is_over(line):
    result, told = heard(line, timeout_s=0.02)
    assert (result.press, result.data, told) == (Press.NONE, b"", [])


def step(name, to_do=None, *, is_line=False):
    return Step(Device.LIGHT, name, good=False, words="", to_do=to_do, is_line=is_line)


@pytest.mark.parametrize(
    ("steps", "to_do"),
    [
        ([step("red lamp"), step("buzzer", "no harm")], "12 V supply"),
        ([step("red lamp", "a"), step("buzzer", "b")], "a"),
        ([step("red lamp"), step("line", "check the plug", is_line=True)], "check the plug"),
    ],
    ids=["one-has-none", "each-has-one", "a-lost-line-says-it-all"],
)
def test_a_steps_own_advice_stands_only_where_it_fits_all_that_failed(steps, to_do):
    (verdict,) = verdicts(steps)
    assert to_do in verdict.to_do
