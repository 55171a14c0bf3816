"""Time: monotonic and wall clock, the boot, and whether the wall clock can be believed.

Injected everywhere, so that a test turns the hands instead of sleeping.
"""

import ctypes
import time
from pathlib import Path
from typing import Protocol

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
_HARDWARE_CLOCK = Path("/sys/class/rtc/rtc0/since_epoch")
_SYNCHRONISED = Path("/run/systemd/timesync/synchronized")
_PROCESSOR = Path("/proc/cpuinfo")
_TIME_ERROR = 5  # adjtimex(2): the clock is not synchronised
_RELEASED = 1_767_225_600.0  # 2026-01-01: a clock before this is certainly wrong
_AGREES_S = 600.0  # a hardware clock and a wall clock that was set by it drift seconds a day


class Clock(Protocol):
    """What the rooms need to know about time."""

    @property
    def boot_id(self) -> str:
        """Identity of this boot: monotonic times compare only within one."""

    def monotonic(self) -> float:
        """Seconds on the monotonic clock of this boot."""

    def wall(self) -> float:
        """Seconds since 1970 (UTC) as the wall clock has it, right or wrong."""

    def is_set(self) -> bool:
        """Tell whether the wall clock was set at all (a Pi has no clock battery)."""

    def is_synchronised(self) -> bool:
        """Tell whether a time server vouches for the wall clock now."""


class SystemClock:
    """The machine's own clocks.

    ``hardware_clock`` holds the battery-backed clock's seconds since 1970, if there is one;
    ``synchronised`` is there once systemd-timesyncd has set the clock; ``processor`` describes
    the processor, and says where a host lends it: a virtual machine begins with the host's time.
    """

    def __init__(
        self,
        *,
        hardware_clock: Path = _HARDWARE_CLOCK,
        synchronised: Path = _SYNCHRONISED,
        processor: Path = _PROCESSOR,
    ) -> None:
        self._boot_id = _BOOT_ID.read_text("ascii").strip()
        self._synchronised = synchronised
        # Read once: later on the kernel itself may have set it.
        self._set = self.wall() >= _RELEASED and (
            _hardware_vouches(hardware_clock, self.wall()) or _host_vouches(processor)
        )

    @property
    def boot_id(self) -> str:
        """Identity of this boot, from the kernel."""
        return self._boot_id

    def monotonic(self) -> float:
        """Seconds on the kernel's monotonic clock."""
        return time.monotonic()

    def wall(self) -> float:
        """Seconds since 1970 (UTC)."""
        return time.time()

    def is_set(self) -> bool:
        """Tell whether the wall clock was set: by NTP, or by a battery-backed clock at boot."""
        self._set = self._set or (
            self.wall() >= _RELEASED and (self._synchronised.exists() or self.is_synchronised())
        )
        return self._set

    def is_synchronised(self) -> bool:
        """Tell whether the kernel holds the clock for synchronised; ``date -s`` ends that."""
        return _kernel_says_synchronised()


def _hardware_vouches(since_epoch: Path, wall: float) -> bool:
    """Tell whether a clock with a battery is there and says what the wall clock says.

    Every Raspberry Pi 5 has the device, battery or not: without one it starts at 1970 after a
    power cut, while the wall clock goes on where a file says that the last run ended.
    """
    try:
        seconds = int(since_epoch.read_text("ascii"))
    except (OSError, ValueError):
        return False
    return seconds >= _RELEASED and abs(seconds - wall) <= _AGREES_S


def _host_vouches(processor: Path) -> bool:
    try:
        lines = processor.read_text("ascii", "replace").splitlines()
    except OSError:
        return False
    return any(line.startswith("flags") and "hypervisor" in line.split() for line in lines)


def _kernel_says_synchronised() -> bool:
    try:
        adjtimex = ctypes.CDLL(None).adjtimex
    except (OSError, AttributeError):  # a libc without the call: nothing vouches for the clock
        return False
    # A zeroed struct timex asks without setting anything; 512 bytes is more than any ABI's size.
    return 0 <= int(adjtimex(ctypes.create_string_buffer(512))) < _TIME_ERROR


class ManualClock:
    """A clock whose hands are turned by hand, for tests and simulations.

    Where it is set a time server has set it, unless ``synchronised`` says otherwise.
    """

    def __init__(
        self,
        *,
        monotonic: float = 1000.0,
        wall: float = 1_790_000_000.0,
        boot_id: str = "boot-1",
        is_set: bool = True,
        synchronised: bool = True,
    ) -> None:
        self._monotonic = monotonic
        self._wall = wall
        self._boot_id = boot_id
        self._is_set = is_set
        self._is_synchronised = is_set and synchronised

    @property
    def boot_id(self) -> str:
        """Identity of the present boot."""
        return self._boot_id

    def monotonic(self) -> float:
        """Seconds since an arbitrary start of this boot."""
        return self._monotonic

    def wall(self) -> float:
        """Seconds since 1970 (UTC)."""
        return self._wall

    def is_set(self) -> bool:
        """Tell whether the wall clock was set."""
        return self._is_set

    def is_synchronised(self) -> bool:
        """Tell whether a time server set it."""
        return self._is_synchronised

    def advance(self, seconds: float) -> None:
        """Let time pass on both clocks."""
        self._monotonic += seconds
        self._wall += seconds

    def set_wall(self, wall: float, *, synchronised: bool = True) -> None:
        """Set the wall clock, as a time server or a person does; the monotonic one goes on."""
        self._wall = wall
        self._is_set = self._is_set or synchronised
        self._is_synchronised = synchronised

    def reboot(
        self,
        boot_id: str,
        *,
        is_set: bool = False,
        synchronised: bool = True,
        wall: float | None = None,
    ) -> None:
        """Begin another boot: the monotonic clock starts again, and the wall clock at ``wall``."""
        self._boot_id = boot_id
        self._monotonic = 0.0
        self._is_set = is_set
        self._is_synchronised = is_set and synchronised
        if wall is not None:
            self._wall = wall
