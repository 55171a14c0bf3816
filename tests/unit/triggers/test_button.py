"""The button's worker on simulated devices: presses, losses, returns, a stuck button."""

import logging
import threading
import time
from contextlib import contextmanager
from functools import partial

import pytest

from kiosk.clock import ManualClock, SystemClock
from kiosk.errors import ButtonError
from kiosk.model import EventKind
from kiosk.supervisor import Life
from kiosk.triggers import button as button_module
from kiosk.triggers.button import Button, ButtonDevice
from kiosk.triggers.contact import Level
from kiosk.triggers.gpio import GpioLine
from kiosk.triggers.input_events import InputPipe
from kiosk.triggers.keys import Keys
from kiosk.triggers.modem import Line, ModemLine
from kiosk.triggers.simulated import SimulatedGpio, SimulatedKeys, SimulatedModemLine

HINT = "see to it"


class Presses:
    """What the lane hears."""

    def __init__(self):
        self._heard = threading.Condition()
        self.triggers = []
        self.said = []

    def publish(self, event):
        self.said.append(event.kind)

    def __call__(self, trigger):
        with self._heard:
            self.triggers.append(trigger)
            self._heard.notify_all()

    def wait(self, count, seconds=5.0):
        with self._heard:
            return self._heard.wait_for(lambda: len(self.triggers) >= count, seconds)


@contextmanager
def at_work(device):
    clock, presses = SystemClock(), Presses()
    button = Button(device, clock, presses, presses.publish)
    life = Life("button", clock)
    thread = threading.Thread(target=button.run, args=(life,))
    thread.start()
    try:
        yield button, presses
    finally:
        life.stop()
        thread.join(5)
        assert not thread.is_alive()


def until(look, seconds=5.0):
    deadline = time.monotonic() + seconds
    waiting = threading.Event()
    while not look() and time.monotonic() < deadline:
        waiting.wait(0.005)
    return look()


def rests(button):
    """Whether it has seen the contact open for long enough: from now on a press counts."""
    return not button._contact._held


@pytest.fixture
def quick(monkeypatch):
    monkeypatch.setattr(button_module, "_RETRY_S", 0.05)


@pytest.fixture
def keys():
    with SimulatedKeys() as simulated:
        yield simulated


def keys_device(simulated, clock=None):
    path = simulated.device.removeprefix("simulated:")
    return ButtonDevice(lambda: Keys(InputPipe(path), clock or SystemClock()), HINT, press_s=0.0)


def pause(seconds):
    """What a hand needs between two presses."""
    threading.Event().wait(seconds)


def test_a_usb_button_presses_once_however_long_it_is_held(keys):
    with at_work(keys_device(keys)) as (button, presses):
        assert until(lambda: rests(button))
        keys.hold()
        keys.repeat(50)
        assert presses.wait(1)
        keys.release()
        pause(0.3)
        keys.press()
        assert presses.wait(2)
        assert [trigger.source for trigger in presses.triggers] == ["button", "button"]
        assert button.problem is None


def test_a_pulled_plug_is_told_and_heals(keys, quick, caplog):
    caplog.set_level(logging.INFO)
    path = keys.device.removeprefix("simulated:")
    with at_work(keys_device(keys)) as (button, presses):
        assert until(lambda: rests(button))
        keys.hold()
        assert presses.wait(1)
        keys.unplug()
        assert until(lambda: button.problem)
        assert path in button.problem
        assert until(lambda: "is not there: check the button's plug" in button.problem)
        keys.replug()
        assert until(lambda: button.problem is None)
        pause(0.3)
        keys.press()
        assert presses.wait(2)
    assert presses.said == [EventKind.BUTTON_LOST, EventKind.BUTTON_BACK]
    said = caplog.text
    assert said.count("button lost (") == said.count("button back after ") == 1
    assert said.count("button still lost (") <= 1


def test_a_gpio_press_is_dated_by_the_kernels_stamp():
    line = SimulatedGpio()
    device = ButtonDevice(lambda: GpioLine(line, "GPIO17", SystemClock()), HINT)
    with at_work(device) as (button, presses):
        assert until(lambda: rests(button))
        at = time.monotonic()
        line.hold(at)
        line.release(at + 0.05)  # over before anybody looked
        assert presses.wait(1)
        assert presses.triggers[0].at == at


def test_an_edge_that_got_lost_costs_no_press():
    line = SimulatedGpio()
    device = ButtonDevice(lambda: GpioLine(line, "GPIO17", SystemClock()), HINT)
    with at_work(device) as (button, presses):
        assert until(lambda: rests(button))
        line.hold()
        line.swallow()
        assert presses.wait(1)


def test_what_is_closed_when_the_device_comes_back_is_no_press(quick):
    """Nobody knows what happened while it was away."""
    away, back = SimulatedGpio(), SimulatedGpio()
    lines = iter([away, back])
    device = ButtonDevice(lambda: GpioLine(next(lines), "GPIO17", SystemClock()), HINT)
    with at_work(device) as (button, presses):
        assert until(lambda: rests(button))
        back.hold()
        away.unplug()
        assert until(lambda: button.problem)
        assert until(lambda: button.problem is None)
        pause(0.15)
        assert presses.triggers == []
        back.release()
        pause(0.15)
        back.hold()
        assert presses.wait(1)


def test_a_gpio_chip_that_goes_away_is_told():
    line = SimulatedGpio()
    source = GpioLine(line, "GPIO17", SystemClock())
    line.unplug()
    with pytest.raises(ButtonError, match="GPIO17 was lost"):
        source.read()
    source.close()


def test_a_modem_line_is_looked_at_often_enough(pty_path):
    contact = SimulatedModemLine(Line.CTS)
    device = ButtonDevice(
        partial(ModemLine, pty_path, Line.CTS, SystemClock(), shared=True, bits=contact.bits), HINT
    )
    with at_work(device) as (button, presses):
        assert until(lambda: rests(button))
        contact.hold()
        begun = contact.looks
        assert until(lambda: contact.looks >= begun + 4), "30 ms at 10 ms a look"
        contact.release()
        assert presses.wait(1)
        before = contact.looks
        pause(1.0)
        assert contact.looks - before > 15, "a press may be as short as 30 ms"
        contact.unplug()
        assert until(lambda: button.problem)
        assert "was lost: check the adapter's plug" in button.problem


def test_a_stop_ends_it_while_nothing_is_there(keys):
    keys.unplug()
    with at_work(keys_device(keys)) as (button, _):
        assert until(lambda: button.problem)


class Script:
    """A device whose levels a test writes down; each reading turns the clock."""

    def __init__(self, clock, levels, life):
        self._clock = clock
        self._levels = iter(levels)
        self._life = life

    def fileno(self):
        return None

    def read(self):
        level = next(self._levels, None)
        if level is None:
            self._life.stop()
            return []
        self._clock.advance(level.at - self._clock.monotonic())
        return [level]

    def close(self):
        pass


def play(levels, caplog, press_s=0.02):
    """Let a button see these levels at their times.

    Return its problems, its presses, and what it published.
    """
    caplog.set_level(logging.INFO)
    clock, presses = ManualClock(monotonic=0.0), Presses()
    life = Life("button", clock)
    problems = []
    script = Script(clock, levels, life)
    device = ButtonDevice(lambda: script, HINT, press_s)
    button = Button(device, clock, presses, presses.publish)
    read = script.read

    def reading():
        problems.append(button.problem)
        return read()

    script.read = reading
    life.stopping.wait = lambda _seconds: None  # time is in the script
    button.run(life)
    return problems[1:], [trigger.at for trigger in presses.triggers], presses.said


def every(period, start, end, *, closed):
    count = int((end - start) / period)
    return [Level(closed, start + number * period) for number in range(count)]


def test_a_button_that_is_held_for_half_a_minute_is_told_once_and_works_again(caplog):
    levels = [
        *every(0.5, 0.0, 1.0, closed=False),
        *every(0.5, 1.0, 60.0, closed=True),
        *every(0.05, 60.0, 62.0, closed=False),
        *every(0.05, 62.0, 63.0, closed=True),
    ]
    problems, presses, said = play(levels, caplog)
    assert presses == [1.0, 62.0]
    assert said == [EventKind.BUTTON_STUCK, EventKind.BUTTON_BACK]
    told = [problem is not None for problem in problems]
    assert levels[told.index(True)].at == 31.0
    assert HINT in problems[told.index(True)]
    assert problems[-1] is None
    assert caplog.text.count("button stuck (") == caplog.text.count("button free again") == 1


def test_a_button_that_repeats_without_end_is_ignored_until_it_was_quiet(caplog):
    levels = [Level(False, 0.0)]
    for tick in range(100):
        levels += [Level(True, 1.0 + tick * 0.4), Level(False, 1.2 + tick * 0.4)]
    levels += [Level(False, 43.0), Level(True, 44.0), Level(True, 44.1)]
    problems, presses, said = play(levels, caplog)
    assert said == [EventKind.BUTTON_STUCK, EventKind.BUTTON_BACK]
    assert max(at for at in presses if at < 43) <= 11.01
    assert presses[-1] == 44.0
    assert any(problem and "repeats without end" in problem for problem in problems)
    assert problems[-1] is None
    assert caplog.text.count("button stuck (") == 1


def test_a_button_that_presses_every_two_seconds_counts_and_is_told(caplog):
    levels = [Level(False, 0.0)]
    for tick in range(80):
        levels += [Level(True, 1.0 + tick * 2), Level(True, 1.1 + tick * 2)]
        levels += [Level(False, 1.2 + tick * 2), Level(False, 1.4 + tick * 2)]
    levels += every(0.5, 162.0, 170.0, closed=False)
    problems, presses, said = play(levels, caplog)
    assert len(presses) == 80
    assert said == [], "the display shows what its presses do"
    told = [level.at for level, problem in zip(levels, problems, strict=True) if problem]
    assert told[0] == pytest.approx(121.1, abs=0.5)
    assert problems[-1] is None
    assert caplog.text.count("presses every few seconds") == 1
    assert caplog.text.count("button at rest again") == 1
