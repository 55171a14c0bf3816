"""How many attempts in a row may have cost a credit for nothing: what the breaker must remember.

A lane that dies after each tail would otherwise begin to count anew at each start, and burn a
credit each time. What one stop left behind counts once, however many were under way: two power
cuts are no sick service.
"""

import sqlite3

from kiosk.ledger.pauses import looked_after
from kiosk.model import State

TOO_MANY = 6
"""Doubts in a row at which a start that finds one more pauses the queue."""

BESIDE_ANOTHER = "the lane stopped after the picture was ready to go, behind one under way"
"""Why a picture is in doubt that the same stop caught with another one: it is not counted."""

_ANSWERED = (State.RECOGNIZED, State.UNRECOGNIZED, State.REJECTED)
_SICK_KEYS = (0, 27)  # the service's own troubles: a credit, and nothing for it
_NEWEST_FIRST = """
SELECT attempts.outcome, attempts.phase, attempts.status, attempts.reason, submissions.key
FROM attempts JOIN submissions ON submissions.id = attempts.submission_id
WHERE attempts.id > ? AND attempts.outcome IS NOT NULL ORDER BY attempts.id DESC"""


def doubts_in_row(connection: sqlite3.Connection) -> int:
    """Count them, the newest first: to the last sound answer, or to when a person resumed."""
    doubts = 0
    for row in connection.execute(_NEWEST_FIRST, (looked_after(connection),)):
        outcome = State(row["outcome"])
        sick = outcome is State.UNRECOGNIZED and row["key"] in _SICK_KEYS
        if outcome is State.IN_DOUBT or sick:
            doubts += row["reason"] != BESIDE_ANOTHER
        elif outcome in _ANSWERED or _is_refusal(row):
            break  # of the others the network says nothing
    return doubts


def _is_refusal(row: sqlite3.Row) -> bool:
    return row["phase"] == "committed" and row["status"] is not None
