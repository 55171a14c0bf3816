"""The life of one attempt: claimed, committed, settled. Each step is one transaction.

All functions expect to run inside a transaction of ``Database.writing``.
"""

import sqlite3
from typing import Any

from kiosk.errors import TransitionError
from kiosk.ledger.arrows import By
from kiosk.ledger.moment import Moment
from kiosk.ledger.pauses import pause_after, set_pause
from kiosk.ledger.pictures import pictures_of
from kiosk.ledger.rows import (
    SUBMISSION_COLUMNS,
    Row,
    SqlValue,
    is_sound,
    picture_is_sound,
    to_submission,
)
from kiosk.ledger.spent import SpentLog
from kiosk.ledger.store import advance, append, change
from kiosk.model import Answer, Claim, Settlement, State, Submission

_ANSWERED_AS = (State.RECOGNIZED, State.UNRECOGNIZED, State.REJECTED)
_SETTLED_AS = (*_ANSWERED_AS, State.IN_DOUBT)
_ANSWER_BYTES = 64_000  # an answer has some hundred bytes; a page of somebody's proxy may not

# Who stands in front of the display goes first: of several the one who pressed last, the others
# have gone. Then whoever waits longest. Two look-ups by the index, and no sort.
_NEXT = (
    f"SELECT {SUBMISSION_COLUMNS} FROM submissions WHERE id = COALESCE("  # noqa: S608 - a constant
    "(SELECT id FROM submissions WHERE state = 'queued' AND live = 1 ORDER BY seq DESC LIMIT 1),"
    " (SELECT id FROM submissions WHERE state = 'queued' AND live = 0 ORDER BY seq LIMIT 1))"
)


def next_queued(connection: sqlite3.Connection) -> dict[str, Any] | None:
    """Return the row, pictures included, that should be sent next."""
    row = connection.execute(_NEXT).fetchone()
    return None if row is None else {**dict(row), **pictures_of(connection, row["id"])}


def is_live_waiting(connection: sqlite3.Connection) -> bool:
    """Tell whether somebody waits at the display for what is still queued."""
    sql = "SELECT EXISTS (SELECT 1 FROM submissions WHERE state = 'queued' AND live = 1)"
    return bool(connection.execute(sql).fetchone()[0])


def why_not_sendable(row: dict[str, Any], spent: SpentLog) -> str | None:
    """Say why a queued row must not be sent, or None."""
    if spent.is_spent(row["sha256"]):
        return "this picture was already sent, by the spent log"
    if not is_sound(row) or row["crop"] is None or not picture_is_sound(row):
        return "the ledger's record of this picture is damaged"
    return None


def begin(connection: sqlite3.Connection, row: dict[str, Any], now: Moment) -> Claim:
    """Move a queued row to ``sending`` and open its attempt."""
    attempts = row["attempts"] + 1
    fresh = advance(connection, row["id"], State.SENDING, By.CLAIM, attempts=attempts)
    attempt: Row = {
        "submission_id": row["id"],
        **now.columns(),
        "phase": "sending",
        "ended": None,
        "outcome": None,
        "status": None,
        "credits": 0,
        "reason": None,
    }
    attempt_id = append(connection, "attempts", attempt)
    return Claim(to_submission(fresh), attempt_id, row["crop"], row["crop_format"])


def doubt(connection: sqlite3.Connection, row: dict[str, Any], why: str) -> Submission:
    """Move a queued row that must not be sent to ``in_doubt``."""
    return to_submission(advance(connection, row["id"], State.IN_DOUBT, By.CLAIM, reason=why))


def commit(connection: sqlite3.Connection, claim: Claim) -> None:
    """Move ``sending`` to ``committed``: from here on a lost answer is a doubt."""
    advance(connection, claim.submission.id, State.COMMITTED, By.ATTEMPT, spent=1)
    change(connection, "attempts", _open_attempt(connection, claim), {"phase": "committed"})


def take_back(connection: sqlite3.Connection, claim: Claim, why: str, now: Moment) -> None:
    """Queue again what never left because the ledger itself failed before the tail."""
    changes: dict[str, object] = {"spent": 0, "live": 0, "reason": why}
    advance(connection, claim.submission.id, State.QUEUED, By.ATTEMPT, **changes)
    end = {"ended": now.monotonic, "outcome": State.QUEUED, "reason": why}
    change(connection, "attempts", _open_attempt(connection, claim), end)


def check_settlement(state: State, settlement: Settlement) -> None:
    """Raise TransitionError where a submission in ``state`` cannot end an attempt like that."""
    to = settlement.state
    if state is State.SENDING:
        # Refused before the picture was there, or never fit to be sent: rejected for nothing.
        allowed = to is State.QUEUED or (to is State.REJECTED and settlement.credits == 0)
    elif state is State.COMMITTED:
        allowed = to in _SETTLED_AS or (to is State.QUEUED and settlement.released)
    else:
        allowed = False
    if not allowed:
        raise TransitionError(f"a submission that is {state} cannot become {to} by an attempt")


def settle_charged(
    connection: sqlite3.Connection, claim: Claim, settlement: Settlement, now: Moment
) -> Submission:
    """Take ``sending`` over the point of no return and to its paid answer, in one transaction."""
    if settlement.state not in _ANSWERED_AS or settlement.released:
        raise TransitionError(f"a paid answer cannot leave its submission {settlement.state}")
    commit(connection, claim)
    return settle(connection, claim, settlement, now)


def settle(
    connection: sqlite3.Connection, claim: Claim, settlement: Settlement, now: Moment
) -> Submission:
    """Write what an attempt ended in: the submission, its answer, the attempt and any pause."""
    changes: dict[str, object] = {
        "reason": settlement.reason,
        **_answer_columns(settlement.answer, settlement.state),
    }
    if settlement.state is State.QUEUED:
        # Whoever pressed the button has been told WAITING and has gone: no longer live.
        changes["live"] = 0
    if settlement.state is State.QUEUED or settlement.released:
        changes["spent"] = 0
    row = _current(connection, claim)
    fresh = advance(
        connection,
        claim.submission.id,
        settlement.state,
        By.ATTEMPT,
        credits=row["credits"] + settlement.credits,
        **changes,
    )
    end = {
        "ended": now.monotonic,
        "outcome": settlement.state,
        "status": settlement.status,
        "credits": settlement.credits,
        "reason": settlement.reason,
    }
    change(connection, "attempts", _open_attempt(connection, claim), end)
    pause = pause_after(connection, settlement)
    if pause is not None:
        set_pause(connection, pause, settlement.pause_detail or settlement.reason, now)
    return to_submission(fresh)


def check_open(connection: sqlite3.Connection, claim: Claim) -> None:
    """Raise TransitionError where the claim's attempt has ended."""
    _open_attempt(connection, claim)


def state_of(connection: sqlite3.Connection, claim: Claim) -> State:
    """Return where the claimed submission stands, its attempt still being open."""
    _open_attempt(connection, claim)
    return State(_current(connection, claim)["state"])


def _answer_columns(answer: Answer | None, state: State) -> dict[str, SqlValue]:
    if answer is None:
        return {}
    columns: dict[str, SqlValue] = {"key": answer.key, "answer": answer.raw[:_ANSWER_BYTES]}
    if state is not State.RECOGNIZED:
        return columns
    if answer.text:
        columns["text"] = answer.text
    if answer.vin:
        columns |= {"vin": answer.vin, "vin_source": "service"}
    decode = answer.decode
    if decode is not None:
        columns |= {"make": decode.make, "model": decode.model, "year": decode.year}
        columns["decode_note"] = None if decode.success else decode.message
    return columns


def _current(connection: sqlite3.Connection, claim: Claim) -> Any:
    return connection.execute(
        "SELECT state, credits FROM submissions WHERE id = ?", (claim.submission.id,)
    ).fetchone()


def _open_attempt(connection: sqlite3.Connection, claim: Claim) -> Row:
    row = connection.execute(
        "SELECT * FROM attempts WHERE id = ? AND submission_id = ? AND outcome IS NULL",
        (claim.attempt_id, claim.submission.id),
    ).fetchone()
    if row is None:
        raise TransitionError(f"attempt {claim.attempt_id} has ended already")
    return dict(row)
