"""How old submissions are, for who forgets them: a wrong clock must not make anything old.

A time server's word counts at once. By any other clock things age only while the lane runs; and as
the rows it dated may be dated wrong, marks tell which of them were there how long ago.
"""

import json
import sqlite3
from dataclasses import dataclass

from kiosk.ledger.moment import Moment
from kiosk.ledger.store import get_meta, set_meta

_KEY = "aged"
_MARK_EVERY_S = 86_400.0
_MOST_MARKS = 3650

Mark = tuple[float, int]
"""When, and the highest number of a submission then."""


@dataclass(frozen=True, slots=True)
class Aged:
    """How far time has gone on at least. The first mark is of the last proven time, if any was."""

    boot_id: str
    monotonic: float
    wall: float
    marks: tuple[Mark, ...]
    proven: bool = False

    def old(self, seconds: float) -> tuple[str, tuple[float, ...]]:
        """Return the SQL condition that a submission is older than that, and its values."""
        before = self.wall - seconds
        if self.proven:
            return "clock_set > 0 AND wall < ?", (before,)
        there_then = max((number for at, number in self.marks if at <= before), default=0)
        condition = "clock_set > 0 AND (id <= ? AND wall < ? OR id <= ?)"
        return condition, (self.marks[0][1], before, there_then)

    def old_note(self, seconds: float) -> tuple[str, tuple[float, ...]]:
        """Return the same for rows that no mark counts: only a proven date makes them old."""
        dated = "clock_set > 0" if self.proven else "clock_set = 1"
        return f"{dated} AND wall < ?", (self.wall - seconds,)


def aged(connection: sqlite3.Connection, now: Moment, last_elsewhere: float | None) -> Aged:
    """Tell how far time has gone on, and remember it, in a transaction; ``now`` is believed."""
    newest = connection.execute("SELECT COALESCE(MAX(id), 0) FROM submissions").fetchone()[0]
    before = _remembered(connection)
    if not now.unproven:
        result = Aged(now.boot_id, now.monotonic, now.wall, ((now.wall, newest),), proven=True)
    else:
        if before is None:
            last = now.wall if last_elsewhere is None else last_elsewhere + now.monotonic
            wall = min(last, now.wall)
            marks: tuple[Mark, ...] = ((wall, 0),)
        else:
            since = before.monotonic if before.boot_id == now.boot_id else 0.0
            wall, marks = before.wall + now.monotonic - since, before.marks
        if wall - marks[-1][0] >= _MARK_EVERY_S:
            marks = (marks[0], *marks[1:][-_MOST_MARKS:], (wall, newest))
        result = Aged(now.boot_id, now.monotonic, wall, marks)
    fields = (result.boot_id, result.monotonic, result.wall, result.marks)
    set_meta(connection, _KEY, json.dumps(fields))
    return result


def _remembered(connection: sqlite3.Connection) -> Aged | None:
    text = get_meta(connection, _KEY)
    if text is None:
        return None
    boot_id, monotonic, wall, marks = json.loads(text)
    return Aged(boot_id, monotonic, wall, tuple((at, number) for at, number in marks))
