"""Time: monotonic and wall clock, the boot, and whether the wall clock can be believed.

Injected everywhere, so that a test turns the hands instead of sleeping.
"""

import ctypes
import time
from pathlib import Path
from typing import Protocol

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
_HARDWARE_CLOCK = Path("/dev/rtc0")
_SYNCHRONISED = Path("/run/systemd/timesync/synchronized")
_TIME_ERROR = 5  # adjtimex(2): the clock is not synchronised
_RELEASED = 1_767_225_600.0  # 2026-01-01: a wall clock before this is certainly wrong


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
        """Tell whether the wall clock can be believed (a Pi has no clock battery)."""


class SystemClock:
    """The machine's own clocks."""

    def __init__(self) -> None:
        self._boot_id = _BOOT_ID.read_text("ascii").strip()
        self._set = False

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
            self.wall() >= _RELEASED
            and (_SYNCHRONISED.exists() or _HARDWARE_CLOCK.exists() or _kernel_says_synchronised())
        )
        return self._set


def _kernel_says_synchronised() -> bool:
    try:
        adjtimex = ctypes.CDLL(None).adjtimex
    except (OSError, AttributeError):  # a libc without the call: nothing vouches for the clock
        return False
    # A zeroed struct timex asks without setting anything; 512 bytes is more than any ABI's size.
    return 0 <= int(adjtimex(ctypes.create_string_buffer(512))) < _TIME_ERROR


class ManualClock:
    """A clock whose hands are turned by hand, for tests and simulations."""

    def __init__(
        self,
        *,
        monotonic: float = 1000.0,
        wall: float = 1_790_000_000.0,
        boot_id: str = "boot-1",
        is_set: bool = True,
    ) -> None:
        self._monotonic = monotonic
        self._wall = wall
        self._boot_id = boot_id
        self._is_set = is_set

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
        """Tell whether the wall clock can be believed."""
        return self._is_set

    def advance(self, seconds: float) -> None:
        """Let time pass on both clocks."""
        self._monotonic += seconds
        self._wall += seconds

    def set_wall(self, wall: float) -> None:
        """Set the wall clock, as NTP does; the monotonic clock does not move."""
        self._wall = wall
        self._is_set = True

    def reboot(self, boot_id: str, *, is_set: bool = False) -> None:
        """Begin another boot: the monotonic clock starts again."""
        self._boot_id = boot_id
        self._monotonic = 0.0
        self._is_set = is_set
