"""What the ledger believes of the wall clock, and what it makes of rows that were dated by another.

A clock that is set may still be wrong: a battery's, a lent one, or a mistyped date. The monotonic
clock is never: both are slewed together, so they part only where the wall clock is set anew. The
rules and their reasons are decision 15.
"""

import sqlite3
from dataclasses import replace

from kiosk.clock import Clock
from kiosk.ledger.moment import AT_LATEST, UNPROVEN, Moment, moment_now
from kiosk.ledger.rows import DATED_TABLES, columns_of
from kiosk.ledger.store import change

_STEP_S = 2.0  # more than a leap second
_BELIEVED_AFTER_S = 86_400.0  # of running without a step
_LONGEST_REST_S = 30 * 86_400.0  # that a lane is switched off without anybody wondering
_DATED_AT_ONCE = 50  # each rewrites a row, with its picture where version 3 put it there
_WRONG = f"""
    clock_set = 0
    OR boot_id = :boot AND clock_set <> {AT_LATEST}
        AND (ABS(wall - monotonic - :offset) > :step OR :proven AND clock_set = {UNPROVEN})
    OR :proven AND boot_id <> :boot AND (
        wall > :now + :step OR clock_set <> 1 AND id > :floor_id AND wall < :floor)
    OR clock_set = {AT_LATEST} AND wall BETWEEN :old AND :old + :monotonic
"""
"""Undated; of this boot, by a clock that was set anew, or is proven only now; by a time server's
word in the future, or behind what was proven before; bounded in this boot by a clock behind."""
_LAST = "SELECT id, wall FROM {} WHERE clock_set IN ({}) AND boot_id <> ? ORDER BY id DESC LIMIT 1"
_PROVEN = (
    "SELECT monotonic, wall FROM {} WHERE boot_id = ? AND clock_set = 1 ORDER BY id DESC LIMIT 1"
)


class Dating:
    """The ledger's way of telling the time. Not thread-safe: the ledger's lock guards it."""

    def __init__(self, clock: Clock, connection: sqlite3.Connection) -> None:
        self._clock = clock
        self.last_elsewhere = _last_elsewhere(connection, clock.boot_id)
        self._seen: float | None = None  # wall minus monotonic, when the time was last told
        self._stepped_at = 0.0  # monotonic; the boot counts as a step
        # wall minus monotonic, as a time server has set it in this boot
        self._proven = _proven_before(connection, clock.boot_id)
        self._dated: float | None = None  # wall minus monotonic, by which rows were last dated
        self._all_dated = False  # by that, and none is unproven that could be proven
        self.times_dated = 0  # how often rows were dated anew

    def now(self) -> Moment:
        """Tell the time; a wall clock that is not believed counts as not set.

        What a time server said is believed until it says something else, whatever is typed.
        """
        now = moment_now(self._clock)
        offset = _offset(now)
        if now.clock_set and self._clock.is_synchronised():
            self._all_dated = self._all_dated and self._proven is not None
            self._proven = offset
        if self._proven is not None:
            right = abs(offset - self._proven) <= _STEP_S
            wall = now.wall if right else now.monotonic + self._proven
            return replace(now, wall=wall, clock_set=True)
        if self._seen is not None and abs(offset - self._seen) > _STEP_S:
            self._stepped_at = now.monotonic
        self._seen = offset
        believed = now.clock_set and self._is_plausible(now)
        self._all_dated = self._all_dated and believed
        return replace(now, clock_set=believed, unproven=believed)

    def is_due(self) -> bool:
        """Tell whether rows may be dated wrong, or not at all, and the right time is known."""
        now = self.now()
        if not now.clock_set:
            return False
        moved = self._dated is None or abs(_offset(now) - self._dated) > _STEP_S
        return moved or not self._all_dated

    def date_rows(self, connection: sqlite3.Connection) -> None:
        """Date some rows anew, in a transaction; `is_due` until none are left.

        This boot's rows get their exact wall times. Of an earlier boot's it is only known that they
        lie before now; without that bound the day of their credits would never end.
        """
        now = self.now()
        room = _DATED_AT_ONCE
        for table in DATED_TABLES:
            sql = f"SELECT {columns_of(table)} FROM {table} WHERE {_WRONG} ORDER BY id LIMIT :room"  # noqa: S608 - our own names
            values = self._bounds(now) | _floor(connection, table, now) | {"room": room}
            rows = connection.execute(sql, values).fetchall()
            for row in rows:
                change(connection, table, dict(row), _date_of(row, now))
            room -= len(rows)
        if room > 0:
            self._dated = _offset(now)
            self._all_dated = True
        self.times_dated += room < _DATED_AT_ONCE

    def _is_plausible(self, now: Moment) -> bool:
        if now.monotonic - self._stepped_at >= _BELIEVED_AFTER_S:
            return True
        last = self.last_elsewhere
        return last is None or -_STEP_S <= now.wall - last <= _LONGEST_REST_S

    def _bounds(self, now: Moment) -> dict[str, str | float]:
        """Give the numbers of _WRONG; what a clock that was behind gave as bounds is too early."""
        offset = _offset(now)
        was_behind = self._dated is not None and self._dated < offset - _STEP_S
        return {
            "boot": now.boot_id,
            "offset": offset,
            "step": _STEP_S,
            "now": now.wall,
            "proven": not now.unproven,
            "old": self._dated if self._dated is not None and was_behind else now.wall + _STEP_S,
            "monotonic": now.monotonic,
        }


def _offset(now: Moment) -> float:
    return now.wall - now.monotonic


def _date_of(row: sqlite3.Row, now: Moment) -> dict[str, object]:
    if row["boot_id"] == now.boot_id:
        wall = now.wall - (now.monotonic - row["monotonic"])
        return {"wall": wall, "clock_set": UNPROVEN if now.unproven else 1}
    return {"wall": now.wall, "clock_set": AT_LATEST}


def _floor(connection: sqlite3.Connection, table: str, now: Moment) -> dict[str, float]:
    """Return the newest row of an earlier boot that a time server's clock dated."""
    row = connection.execute(_LAST.format(table, "1"), (now.boot_id,)).fetchone()
    return {"floor_id": row["id"], "floor": row["wall"]} if row else {"floor_id": 0, "floor": 0.0}


def _proven_before(connection: sqlite3.Connection, boot_id: str) -> float | None:
    """Return wall minus monotonic, as this boot's rows have it from a time server."""
    found = (
        connection.execute(_PROVEN.format(table), (boot_id,)).fetchone()
        for table in ("scans", "attempts", "acts")
    )
    newest = max((row for row in found if row is not None), key=tuple, default=None)
    return None if newest is None else newest["wall"] - newest["monotonic"]


def _last_elsewhere(connection: sqlite3.Connection, boot_id: str) -> float | None:
    """Return the wall time of the newest row that another boot dated by its own clock."""
    sql = _LAST.format("{}", f"1, {UNPROVEN}")
    found = (
        connection.execute(sql.format(table), (boot_id,)).fetchone()
        for table in ("scans", "attempts", "acts")
    )
    return max((row["wall"] for row in found if row is not None), default=None)
