"""When something happened, as far as a machine without a clock battery can know."""

import datetime as dt
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kiosk.clock import Clock

AnyRow = Mapping[str, Any] | sqlite3.Row
"""A row as SQLite gives it, or on its way there."""

AT_LATEST = 2
"""The column ``clock_set`` of a row whose ``wall`` is only a bound: it happened before that."""

UNPROVEN = 3
"""The same where no time server vouched for the clock: a battery or a host did."""


@dataclass(frozen=True, slots=True)
class Moment:
    """A point in time: exact within its boot, on the wall clock only where that was set.

    ``monotonic`` and ``wall`` are seconds; ``wall`` means nothing unless ``clock_set``. With
    ``at_latest`` it is a bound: an earlier boot's row, dated when a later boot learned the time.
    It can prove an age (a window is over, a day has passed), and is nobody's date. ``unproven``: no
    time server vouched for it.
    """

    boot_id: str
    monotonic: float
    wall: float
    clock_set: bool
    at_latest: bool = False
    unproven: bool = False

    @property
    def known(self) -> float | None:
        """Seconds since 1970, or None where the clock of that boot was never set."""
        return self.wall if self.clock_set and not self.at_latest else None

    def columns(self) -> dict[str, str | float | int]:
        """Give the four columns that a row keeps of a moment."""
        clock_set = int(self.clock_set)
        if self.at_latest:
            clock_set = AT_LATEST
        elif self.clock_set and self.unproven:
            clock_set = UNPROVEN
        return {
            "boot_id": self.boot_id,
            "monotonic": self.monotonic,
            "wall": self.wall,
            "clock_set": clock_set,
        }


def moment_now(clock: Clock) -> Moment:
    """Read all of ``clock`` at once."""
    return Moment(
        clock.boot_id, float(clock.monotonic()), float(clock.wall()), bool(clock.is_set())
    )


def moment_of(row: AnyRow) -> Moment:
    """Read the four time columns of a row."""
    return Moment(
        row["boot_id"],
        row["monotonic"],
        row["wall"],
        bool(row["clock_set"]),
        at_latest=row["clock_set"] == AT_LATEST,
        unproven=row["clock_set"] == UNPROVEN,
    )


def within(window_s: float, then: Moment, now: Moment) -> bool:
    """Tell whether ``then`` may lie less than ``window_s`` seconds before ``now``.

    Within one boot the monotonic clock decides; what an earlier boot did is at least as old as this
    boot; else the wall clock decides, if it was set both times, and then at least as well proven as
    now. Where nothing can tell the answer is True: an unknown age must not spend a credit.
    """
    if window_s <= 0:
        return False
    if then.boot_id == now.boot_id:
        return now.monotonic - then.monotonic < window_s
    if now.monotonic >= window_s:
        return False
    if then.clock_set and now.clock_set and (now.unproven or not then.unproven):
        return now.wall - then.wall < window_s
    return True


def start_of_day(wall: float) -> float:
    """Return the last local midnight at or before ``wall``, both in seconds since 1970."""
    day = dt.datetime.fromtimestamp(wall).astimezone().date()
    # by the summer time that holds at midnight, not at ``wall``
    return dt.datetime.combine(day, dt.time()).astimezone().timestamp()
