"""A modem line is read by its bit; a port without any says what to do."""

import os
import termios

import pytest

from kiosk.clock import ManualClock
from kiosk.errors import ButtonError
from kiosk.station.port import Port
from kiosk.triggers.modem import Line, ModemLine, modem_bits
from kiosk.triggers.simulated import SimulatedModemLine

CLOCK = ManualClock()


def opened(path, contact, **settings):
    return ModemLine(path, Line.DSR, CLOCK, bits=contact.bits, shared=True, **settings)


def closed(source):
    (level,) = source.read()
    assert level.at == CLOCK.monotonic()
    return level.closed


@pytest.mark.parametrize("active_high", [True, False])
def test_the_level_counts_as_the_lanes_file_says(pty_path, active_high):
    contact = SimulatedModemLine(Line.DSR)
    source = opened(pty_path, contact, active_high=active_high)
    assert closed(source) is not active_high
    contact.hold()
    assert closed(source) is active_high
    contact.level |= termios.TIOCM_CTS | termios.TIOCM_CAR
    assert closed(source) is active_high, "only its own line counts"
    contact.release()
    assert closed(source) is not active_high, "the others do not"
    assert source.fileno() is None
    source.close()


def test_a_pty_has_no_modem_lines_and_the_words_say_what_to_take(pty_path):
    with pytest.raises(ButtonError, match=r"has no modem lines: take a serial port with DSR"):
        ModemLine(pty_path, Line.DSR, CLOCK)


def test_a_pulled_adapter_is_lost(pty_path):
    contact = SimulatedModemLine()
    source = opened(pty_path, contact)
    contact.unplug()
    with pytest.raises(ButtonError, match="was lost"):
        source.read()
    source.close()
    with pytest.raises(ButtonError, match="was lost"):
        opened(pty_path, contact)


def test_a_port_of_its_own_is_made_raw_and_one_that_is_shared_is_left_alone(pty_path):
    """An echo would send a display's answer back to it; another's settings are not ours."""
    descriptor = os.open(pty_path, os.O_RDWR | os.O_NOCTTY)
    try:
        settings = termios.tcgetattr(descriptor)
        settings[3] |= termios.ECHO
        termios.tcsetattr(descriptor, termios.TCSANOW, settings)
        opened(pty_path, SimulatedModemLine()).close()
        assert termios.tcgetattr(descriptor)[3] & termios.ECHO
        with pytest.raises(ButtonError):  # a pty has no DTR to switch on: the last of the steps
            ModemLine(pty_path, Line.DSR, CLOCK, bits=SimulatedModemLine().bits)
        assert not termios.tcgetattr(descriptor)[3] & termios.ECHO
    finally:
        os.close(descriptor)


def test_a_port_of_another_lane_is_told_and_the_lanes_own_is_shared(pty_path):
    display = Port(pty_path, 9600)
    try:
        with pytest.raises(ButtonError, match=r"in use by another program, or by another lane"):
            ModemLine(pty_path, Line.DSR, CLOCK, bits=SimulatedModemLine().bits)
        opened(pty_path, SimulatedModemLine()).close()
    finally:
        display.close()
    with pytest.raises(ButtonError, match="has no modem lines"):  # as far as a pty can go
        ModemLine(pty_path, Line.DSR, CLOCK, bits=SimulatedModemLine().bits)


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/dev/no-such-port", "is not there: check the adapter's plug, or correct station.port"),
        ("/dev/null", "has no modem lines"),
    ],
)
def test_what_is_no_port_is_told(path, words):
    with pytest.raises(ButtonError, match=words):
        ModemLine(path, Line.CTS, CLOCK, key="station.port")


def test_the_kernel_is_asked_with_its_own_number(pty_path):
    descriptor = os.open(pty_path, os.O_RDWR | os.O_NOCTTY)
    try:
        with pytest.raises(OSError, match="ioctl"):
            modem_bits(descriptor)
    finally:
        os.close(descriptor)
