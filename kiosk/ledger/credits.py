"""What a day has cost so far, without adding up all its attempts at every claim.

What has ended changes only where rows are dated anew or forgotten; so the sum of a day's attempts
is kept up to the first that has not ended.
"""

import sqlite3

from kiosk.ledger.moment import Moment, start_of_day

# An attempt whose end is in doubt counts as one credit, whatever a person decides later. The plus
# signs keep SQLite from the index of times: it is the few last numbers that are asked for. Days
# ahead lies only what a wrong clock dated, while nobody knows better.
_ATTEMPTS = """
SELECT COALESCE(SUM(CASE
    WHEN outcome = 'in_doubt' OR (outcome IS NULL AND phase = 'committed') THEN MAX(credits, 1)
    ELSE credits END), 0)
FROM attempts WHERE id > :after AND id <= :up_to AND (
    +clock_set = 0 OR +wall >= :midnight AND +wall < :midnight + 2 * 86400)"""
# Doubts without an attempt of their own: those that only the spent log knew of.
_OTHER_DOUBTS = """
SELECT COUNT(*) FROM submissions
WHERE state = 'in_doubt' AND (clock_set = 0 OR wall >= ?) AND NOT EXISTS (
    SELECT 1 FROM attempts
    WHERE attempts.submission_id = submissions.id AND attempts.outcome = 'in_doubt')"""
_LAST_ENDED = """
SELECT COALESCE((SELECT MIN(id) - 1 FROM attempts WHERE id > :from AND outcome IS NULL),
    (SELECT MAX(id) FROM attempts), 0)"""
_NO_END = 2**63 - 1


class DayCredits:
    """Sums up the day's credits. Not thread-safe: the ledger's lock guards it."""

    def __init__(self) -> None:
        self._midnight = 0.0
        self._up_to = 0  # the attempt up to which ``_sum`` holds
        self._sum = 0
        self._dated = 0

    def forget(self) -> None:
        """Add up anew at the next question: rows were dated anew, or forgotten."""
        self._up_to = self._sum = 0

    def follow(self, dated: int) -> None:
        """Forget where rows were dated anew since the last time; ``dated`` counts how often."""
        if dated != self._dated:
            self._dated = dated
            self.forget()

    def today(self, connection: sqlite3.Connection, now: Moment) -> int:
        """Return the credits of the local calendar day; doubts and unknown days count as spent."""
        midnight = _midnight(connection, now)
        if midnight != self._midnight:
            self._midnight = midnight
            self.forget()
        if not connection.in_transaction:  # what is kept must not be rolled back
            self._keep(connection)
        values = {"after": self._up_to, "up_to": _NO_END, "midnight": midnight}
        later = connection.execute(_ATTEMPTS, values).fetchone()[0]
        doubts = connection.execute(_OTHER_DOUBTS, (midnight,)).fetchone()[0]
        return self._sum + int(later) + int(doubts)

    def _keep(self, connection: sqlite3.Connection) -> None:
        ended = connection.execute(_LAST_ENDED, {"from": self._up_to}).fetchone()[0]
        if ended > self._up_to:
            values = {"after": self._up_to, "up_to": ended, "midnight": self._midnight}
            self._sum += int(connection.execute(_ATTEMPTS, values).fetchone()[0])
            self._up_to = ended


def _midnight(connection: sqlite3.Connection, now: Moment) -> float:
    wall = now.known
    if wall is None:
        # Until the clock is set the day of the last known attempt goes on.
        sql = "SELECT wall FROM attempts WHERE clock_set > 0 ORDER BY id DESC LIMIT 1"
        row = connection.execute(sql).fetchone()
        wall = None if row is None else row["wall"]
    return 0.0 if wall is None else start_of_day(wall)
