"""When the wall clock is believed: a stale clock must not pass for a set one."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from kiosk import clock as clock_module
from kiosk.clock import SystemClock

NOW = 1_790_000_000.0
NO_BATTERY = 12  # seconds since 1970, where the hardware clock began at the power's return


KERNEL_SAYS = clock_module._kernel_says_synchronised


@pytest.fixture(autouse=True)
def unsynchronised(monkeypatch):
    """A machine whose kernel has not heard of the time, and whose wall clock says NOW."""
    monkeypatch.setattr(clock_module, "_kernel_says_synchronised", lambda: False)
    monkeypatch.setattr(clock_module.time, "time", lambda: NOW)


@pytest.fixture
def clock_with(tmp_path):
    def make(hardware=None, processor="Features : fp asimd"):
        (tmp_path / "cpuinfo").write_text(f"processor : 0\n{processor}\n")
        device = tmp_path / "since_epoch"
        if hardware is not None:
            device.write_text(f"{hardware}\n")
        return SystemClock(
            hardware_clock=device,
            synchronised=tmp_path / "synchronized",
            processor=tmp_path / "cpuinfo",
        )

    return make


def test_a_hardware_clock_without_a_battery_vouches_for_nothing(clock_with, tmp_path):
    """A Pi 5: the device is there, and the wall clock goes on from a file."""
    clock = clock_with(NO_BATTERY)
    assert not clock.is_set()
    (tmp_path / "synchronized").touch()
    assert clock.is_set()


def test_a_hardware_clock_is_not_asked_again_once_the_kernel_may_have_set_it(clock_with):
    clock = clock_with(NO_BATTERY)
    clock_with(int(NOW))
    assert not clock.is_set()


@pytest.mark.parametrize("hardware", [int(NOW), int(NOW) - 500, int(NOW) + 500])
def test_a_hardware_clock_that_says_the_same_vouches(clock_with, hardware):
    assert clock_with(hardware).is_set()


@pytest.mark.parametrize("hardware", [int(NOW) - 4000, int(NOW) + 4000, "", "noon", None])
def test_a_hardware_clock_that_says_otherwise_or_nothing_does_not(clock_with, hardware):
    assert not clock_with(hardware).is_set()


def test_the_host_of_a_virtual_machine_vouches(clock_with):
    assert clock_with(processor="flags : fpu vme hypervisor lahf_lm").is_set()
    assert not clock_with(processor="flags : fpu vme lahf_lm").is_set()
    assert not clock_with(processor="model name : hypervisor").is_set()


def test_a_year_before_this_program_is_believed_from_nobody(clock_with, monkeypatch, tmp_path):
    monkeypatch.setattr(clock_module.time, "time", lambda: 1_000_000.0)
    (tmp_path / "synchronized").touch()
    assert not clock_with(1_000_000).is_set()


def test_the_kernel_is_believed(clock_with, monkeypatch):
    clock = clock_with()
    monkeypatch.setattr(clock_module, "_kernel_says_synchronised", lambda: True)
    assert clock.is_set()
    monkeypatch.setattr(clock_module, "_kernel_says_synchronised", lambda: False)
    assert clock.is_set(), "once set, it stays so"


@pytest.mark.parametrize(("state", "believed"), [(0, True), (4, True), (5, False), (-1, False)])
def test_what_the_kernel_says_of_its_clock(monkeypatch, state, believed):
    libc = SimpleNamespace(adjtimex=lambda _timex: state)
    monkeypatch.setattr(clock_module.ctypes, "CDLL", lambda _name: libc)
    assert KERNEL_SAYS() is believed


def test_a_libc_that_cannot_ask_the_kernel_vouches_for_nothing(monkeypatch):
    monkeypatch.setattr(clock_module.ctypes, "CDLL", lambda _name: SimpleNamespace())
    assert not KERNEL_SAYS()


def test_the_boot_has_its_name():
    assert SystemClock().boot_id == Path("/proc/sys/kernel/random/boot_id").read_text().strip()
