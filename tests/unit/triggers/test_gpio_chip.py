"""Chips by label, lines by name or number, and what refuses them: libgpiod's part played here."""

import errno
import os
from types import SimpleNamespace

import gpiod
import pytest
from gpiod.line import Bias, Clock, Direction, Edge, Value

from kiosk.errors import ButtonError
from kiosk.triggers import gpio_chip
from kiosk.triggers.gpio import GpioEdge
from kiosk.triggers.gpio_chip import Place, RequestedLine, find_line

EVENT = gpiod.EdgeEvent.Type


class Chips:
    """Stands in for the module ``gpiod`` on a machine with these chips: path to (label, names)."""

    LineSettings = gpiod.LineSettings

    def __init__(self, chips):
        self._chips = chips
        self.requested = []
        self.refusal = None
        self.line = None

    def Chip(self, path):  # noqa: N802 - as the library calls it
        return Chip(*self._chips[path])

    def request_lines(self, path, consumer, config):
        if self.refusal:
            raise OSError(self.refusal, os.strerror(self.refusal))
        if any(offset >= 54 for offset in config):
            raise ValueError("line offset of out range")
        self.requested.append((path, consumer, config))
        self.line = Requested()
        return self.line


class Chip:
    def __init__(self, label, names, trouble=None):
        self._label = label
        self._names = names
        self._trouble = trouble

    def get_info(self):
        return SimpleNamespace(label=self._label)

    def line_offset_from_id(self, line):
        if self._trouble:
            raise OSError(self._trouble, os.strerror(self._trouble))
        if isinstance(line, int):
            if line >= 54:
                raise ValueError("line offset of out range")  # as the library does, and no OSError
            return line
        if line not in self._names:
            raise FileNotFoundError(errno.ENOENT, "no such name")
        return self._names[line]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass


class Requested:
    fd = 77

    def __init__(self):
        self.events = []
        self.value = Value.INACTIVE
        self.released = False

    def wait_edge_events(self, timeout):
        assert timeout == 0.0
        return bool(self.events)

    def read_edge_events(self):
        assert self.events, "it would wait for ever"
        events, self.events = self.events, []
        return events

    def get_value(self, offset):
        assert offset == 17
        return self.value

    def release(self):
        self.released = True


@pytest.fixture
def machine(tmp_path, monkeypatch):
    """Have a machine with these chips, in order: (label, names of lines)."""
    monkeypatch.setattr(gpio_chip, "_DEVICES", tmp_path)

    def have(*chips):
        paths = [tmp_path / f"gpiochip{number}" for number in range(len(chips))]
        for path in paths:
            path.touch()
        made = Chips({str(path): chip for path, chip in zip(paths, chips, strict=True)})
        monkeypatch.setattr(gpio_chip, "gpiod", made)
        return made, [str(path) for path in paths]

    return have


@pytest.mark.parametrize("label", ["pinctrl-rp1", "pinctrl-bcm2711", "pinctrl-bcm2835"])
def test_the_headers_chip_is_found_on_every_model_by_its_label(machine, label):
    _, paths = machine(("gpio-brcmstb", {}), (label, {"GPIO17": 17}))
    assert find_line(None, "GPIO17") == Place(paths[1], 17)
    assert find_line(None, "17") == Place(paths[1], 17)
    assert find_line(label, "4") == find_line(paths[1], "4") == Place(paths[1], 4)


def test_on_a_pi_whose_lines_have_other_names_the_number_in_the_name_counts(machine):
    _, paths = machine(("pinctrl-bcm2711", {"SDA1": 2}))
    assert find_line(None, "GPIO17") == Place(paths[0], 17)
    with pytest.raises(ButtonError, match=r"has no line SCL: correct trigger\.button\.line"):
        find_line(None, "SCL")


def test_a_number_beyond_the_last_line_is_told_and_ends_no_worker(machine):
    _, (path,) = machine(("pinctrl-rp1", {}))
    with pytest.raises(ButtonError, match=r"pinctrl-rp1 has no line 54: correct trigger\.button"):
        find_line(None, "54")
    with pytest.raises(ButtonError, match=r"has no line 99: correct trigger\.button\.line"):
        RequestedLine(find_line(None, "GPIO99"), active_high=False)
    assert path


def test_on_another_chip_a_name_is_only_a_name(machine):
    machine(("mcp23017", {"A0": 0}))
    assert find_line("mcp23017", "A0").offset == 0
    for line in ("GPIO17", "99"):
        with pytest.raises(ButtonError, match=f"chip mcp23017 has no line {line}"):
            find_line("mcp23017", line)


def test_a_chip_that_is_not_there_is_told_with_those_that_are(machine):
    machine(("pinctrl-amd", {}))
    with pytest.raises(
        ButtonError, match=r"no GPIO chip with a Pi's header \(there: pinctrl-amd\)"
    ):
        find_line(None, "GPIO17")
    with pytest.raises(ButtonError, match="no GPIO chip called pinctrl-rp1"):
        find_line("pinctrl-rp1", "GPIO17")


def test_a_chip_that_may_not_be_opened_names_the_group(machine, monkeypatch):
    chips, (path,) = machine(("pinctrl-rp1", {}))

    def shut(*_):
        raise PermissionError(errno.EACCES, "no")

    monkeypatch.setattr(chips, "Chip", shut)
    monkeypatch.setattr("pathlib.Path.open", shut)
    with pytest.raises(ButtonError, match=f"no permission for {path}: add the user to group gpio"):
        find_line(None, "GPIO17")


def test_a_chip_in_trouble_is_told_as_it_is(machine):
    machine(("pinctrl-rp1", {}, errno.EIO))
    with pytest.raises(ButtonError, match="cannot be used"):
        find_line(None, "GPIO17")


@pytest.mark.parametrize(
    ("active_high", "bias"), [(False, Bias.PULL_UP), (True, Bias.PULL_DOWN)], ids=["low", "high"]
)
def test_a_line_is_requested_as_an_input_that_rests_open(machine, active_high, bias):
    chips, (path,) = machine(("pinctrl-rp1", {}))
    line = RequestedLine(Place(path, 17), active_high=active_high)
    ((where, consumer, config),) = chips.requested
    settings = config[17]
    assert (where, consumer) == (path, "vin-kiosk")
    assert (settings.direction, settings.bias, settings.active_low) == (
        Direction.INPUT,
        bias,
        not active_high,
    )
    assert (settings.edge_detection, settings.event_clock) == (Edge.BOTH, Clock.MONOTONIC)
    assert line.fileno() == 77


def test_edges_have_the_kernels_stamps_and_nothing_is_waited_for(machine):
    chips, (path,) = machine(("pinctrl-rp1", {}))
    line = RequestedLine(Place(path, 17), active_high=False)
    assert line.edges() == []
    chips.line.events = [
        SimpleNamespace(event_type=EVENT.RISING_EDGE, timestamp_ns=1_500_000_000, Type=EVENT),
        SimpleNamespace(event_type=EVENT.FALLING_EDGE, timestamp_ns=1_750_000_000, Type=EVENT),
    ]
    assert line.edges() == [GpioEdge(True, 1.5), GpioEdge(False, 1.75)]
    assert not line.is_active()
    chips.line.value = Value.ACTIVE
    assert line.is_active()
    line.close()
    assert chips.line.released


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.EBUSY, "in use by another program"),
        (errno.EACCES, "add the user to group gpio"),
        (errno.ENODEV, "cannot be used"),
    ],
)
def test_a_line_that_is_refused_says_what_to_do(machine, number, words):
    chips, (path,) = machine(("pinctrl-rp1", {}))
    chips.refusal = number
    with pytest.raises(ButtonError, match=words):
        RequestedLine(Place(path, 17), active_high=False)
