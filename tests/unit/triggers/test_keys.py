"""Input events become levels: down, up, repeats, and what the kernel had to drop."""

import errno
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.clock import ManualClock
from kiosk.errors import ButtonError
from kiosk.triggers.input_events import (
    EV_KEY,
    EV_SYN,
    EVENT,
    SYN_DROPPED,
    SYN_REPORT,
    InputDevice,
    InputEvent,
    InputPipe,
    packed,
    unpacked,
)
from kiosk.triggers.keys import Keys
from kiosk.triggers.simulated import SimulatedKeys

CLOCK = ManualClock()
ENTER, SPACE = 28, 57


class Door:
    """A device that gives what a test puts in."""

    def __init__(self, held=(), keys=(ENTER, SPACE)):
        self.events = []
        self.has = frozenset(keys)
        self.lost = False
        self.down = frozenset(held)
        self.closed = False

    def fileno(self):
        return 7

    def read(self):
        events, self.events = self.events, []
        return events

    def keys(self):
        return self.has

    def held(self):
        if self.lost:
            raise ButtonError("was lost")
        return self.down

    def close(self):
        self.closed = True


def key(code, value, at=1.0):
    return InputEvent(at, EV_KEY, code, value)


def levels(keys, door, *events):
    door.events = list(events)
    return [level.closed for level in keys.read()]


def test_any_key_counts_unless_one_is_named():
    door = Door()
    any_key, one_key = Keys(door, CLOCK), Keys(door, CLOCK, SPACE)
    assert levels(any_key, door, key(ENTER, 1), key(ENTER, 0)) == [True, False, False]
    assert levels(one_key, door, key(ENTER, 1), key(ENTER, 0)) == [False, False, False]
    assert levels(one_key, door, key(SPACE, 1)) == [True, True]


def test_two_keys_at_once_are_closed_until_both_are_up():
    door = Door()
    keys = Keys(door, CLOCK)
    assert levels(keys, door, key(ENTER, 1), key(SPACE, 1), key(ENTER, 0)) == [True] * 4
    assert levels(keys, door, key(SPACE, 0)) == [False, False]


def test_a_repeat_changes_nothing():
    door = Door()
    keys = Keys(door, CLOCK)
    assert levels(keys, door, key(ENTER, 1), *[key(ENTER, 2)] * 9) == [True, True]


def test_a_key_that_is_down_when_it_is_opened_is_known():
    door = Door(held=[ENTER])
    assert levels(Keys(door, CLOCK), door) == [True]


def test_after_dropped_events_the_kernel_is_asked():
    door = Door()
    keys = Keys(door, CLOCK)
    dropped = InputEvent(1.0, EV_SYN, SYN_DROPPED, 0)
    door.down = frozenset([SPACE])
    assert levels(keys, door, dropped, key(ENTER, 1)) == [False], "not whole: not believed"
    report = InputEvent(1.1, EV_SYN, SYN_REPORT, 0)
    assert levels(keys, door, key(ENTER, 0), report) == [True]
    assert levels(keys, door, key(SPACE, 0)) == [False, False]


def test_what_was_read_behind_dropped_events_is_older_than_the_kernels_word():
    """EVIOCGKEY throws away what is queued of keys: an up that went so would never come."""
    door = Door()
    keys = Keys(door, CLOCK)
    dropped = InputEvent(1.0, EV_SYN, SYN_DROPPED, 0)
    report = InputEvent(1.1, EV_SYN, SYN_REPORT, 0)
    assert levels(keys, door, dropped, report, key(ENTER, 1)) == [False]
    assert levels(keys, door, report, key(ENTER, 1), report) == [True, True], "whole again"


@pytest.mark.parametrize(
    ("there", "code", "words"),
    [
        ((), None, "has no keys: name one of /dev/input/by-id"),
        ((ENTER,), SPACE, r"has no key 57: correct trigger\.button\.code"),
    ],
    ids=["no keys", "not that key"],
)
def test_a_device_that_can_never_press_is_refused_and_let_go(there, code, words):
    door = Door(keys=there)
    with pytest.raises(ButtonError, match=words):
        Keys(door, CLOCK, code)
    assert door.closed


def test_a_device_that_is_lost_as_it_is_opened_is_let_go():
    door = Door()
    door.lost = True
    with pytest.raises(ButtonError, match="was lost"):
        Keys(door, CLOCK)
    assert door.closed, "its descriptor, and the grab with it"


def test_each_level_has_its_events_time_and_the_last_one_the_present():
    door = Door()
    keys = Keys(door, CLOCK)
    door.events = [key(ENTER, 1, at=900.25)]
    assert [level.at for level in keys.read()] == [900.25, CLOCK.monotonic()]
    keys.close()
    assert (keys.fileno(), door.closed) == (7, True)


@given(
    st.floats(0, 1e6), st.integers(0, 31), st.integers(0, 0x2FF), st.integers(-(2**31), 2**31 - 1)
)
def test_events_are_written_as_linux_lays_them_out(at, kind, code, value):
    data = packed(InputEvent(at, kind, code, value))
    whole = round(at * 1e6)
    # struct input_event of linux/input.h where a long has 64 bits
    layout = struct.pack("=qqHHi", whole // 10**6, whole % 10**6, kind, code, value)
    assert data == layout
    assert EVENT.size == 24
    (event,) = unpacked(data + b"cut")
    assert event == InputEvent(pytest.approx(at, abs=1e-6), kind, code, value)


def test_a_named_pipe_gives_what_was_written_and_is_lost_with_its_writer():
    with SimulatedKeys() as simulated:
        path = simulated.device.removeprefix("simulated:")
        pipe = InputPipe(path)
        try:
            assert pipe.read() == []
            assert pipe.held() == frozenset()
            assert {ENTER, 0x2FF} < pipe.keys()
            simulated.press()
            assert [(event.code, event.value) for event in pipe.read() if event.type == EV_KEY] == [
                (ENTER, 1),
                (ENTER, 0),
            ]
            simulated.unplug()
            with pytest.raises(OSError, match="unplugged"):
                simulated.press()
            with pytest.raises(ButtonError, match="was lost: check the button's plug"):
                pipe.read()
        finally:
            pipe.close()
        with pytest.raises(ButtonError, match="is not there"):
            InputPipe(path)


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/dev/input/no-such-button", "is not there: check the button's plug"),
        ("/dev/null", "gives no input events: name one of /dev/input/by-id"),
        ("/dev", "gives no input events"),
    ],
)
def test_what_is_no_input_device_is_told(path, words):
    with pytest.raises(ButtonError, match=words):
        InputDevice(path)


def test_a_file_is_no_simulated_button(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"")
    with pytest.raises(ButtonError, match="no named pipe"):
        InputPipe(str(path))


class Kernel:
    """The ioctls of an input device, with the numbers of linux/input.h written down again."""

    VERSION, GRAB, CLOCK_ID = 0x80044501, 0x40044590, 0x400445A0

    def __init__(self, refuse=None, down=()):
        self.calls = []
        self.refuse = refuse
        self.down = down

    def ioctl(self, _descriptor, number, argument):
        self.calls.append((number, argument))
        if self.refuse and number == self.refuse[0]:
            raise OSError(self.refuse[1], "refused")
        if number == 0x80604518:  # EVIOCGKEY of 96 bytes
            for code in self.down:
                argument[code // 8] |= 1 << code % 8
        if number == 0x80604521:  # EVIOCGBIT(EV_KEY) of 96 bytes
            argument[SPACE // 8] |= 1 << SPACE % 8
        return 0


@pytest.fixture
def kernel(monkeypatch):
    def have(**how):
        made = Kernel(**how)
        monkeypatch.setattr("kiosk.triggers.input_events.fcntl.ioctl", made.ioctl)
        return made

    return have


def test_a_device_is_grabbed_and_stamps_by_the_monotonic_clock(kernel):
    made = kernel(down=[ENTER, 0x2FF])
    device = InputDevice("/dev/null")
    try:
        assert made.calls[1:] == [(Kernel.CLOCK_ID, struct.pack("i", 1)), (Kernel.GRAB, 1)]
        assert device.held() == {ENTER, 0x2FF}
        assert device.keys() == {SPACE}
        with pytest.raises(ButtonError, match="was lost"):
            device.read()  # /dev/null is at its end, as a device that went away never is
        made.refuse = (0x80604518, errno.ENODEV)
        with pytest.raises(ButtonError, match="was lost"):
            device.held()
        assert device.fileno() > 2
    finally:
        device.close()


def test_a_device_that_another_has_grabbed_is_told(kernel):
    kernel(refuse=(Kernel.GRAB, errno.EBUSY))
    with pytest.raises(ButtonError, match="in use by another program"):
        InputDevice("/dev/null")
