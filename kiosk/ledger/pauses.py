"""The pauses of the whole queue: they survive restarts, and end only by a person's act.

There may be several at once, each with a reason of its own: a person who stopped the queue does not
make it forget that the account is empty. One act lifts them all. The day's limit is no pause: it
follows from the credits, and ends by itself.
"""

import json
import sqlite3
from typing import Any

from kiosk.ledger.moment import Moment, moment_of
from kiosk.ledger.store import get_meta, last_attempt, record_act, set_meta
from kiosk.model import Pause, PauseReason, Settlement, State

BY_ITSELF = "lane"
_KEY = "pause "  # and its reason
_ONLY_KEY = "pause"  # in the ledgers of versions that knew one pause at a time
_FIND = "SELECT key, value FROM meta WHERE key >= ? AND key < ?"
_REJECTIONS = "rejections"  # by the service, since it last took a picture or a person resumed
_TOO_MANY_REJECTIONS = 2
_LOOKED_AFTER = "doubts_looked_at"  # the last attempt when a person last resumed


def pause_after(connection: sqlite3.Connection, settlement: Settlement) -> PauseReason | None:
    """Return the pause that an attempt's end calls for: its own, or for the second rejection.

    One picture may be at fault; two in a row are the configuration's. Only an answer to a picture
    that was taken ends the row: a network that fails in between says nothing about it, and neither
    does a picture that was never fit to be sent (it has no status).
    """
    if settlement.state in {State.RECOGNIZED, State.UNRECOGNIZED}:
        _count_rejections(connection, 0)
    elif settlement.state is State.REJECTED and settlement.status is not None:
        count = int(get_meta(connection, _REJECTIONS) or 0) + 1
        _count_rejections(connection, count)
        if count >= _TOO_MANY_REJECTIONS:
            return settlement.pause or PauseReason.CONFIGURATION
    return settlement.pause


def _count_rejections(connection: sqlite3.Connection, count: int) -> None:
    if count or get_meta(connection, _REJECTIONS) is not None:
        set_meta(connection, _REJECTIONS, str(count) if count else None)


def set_pause(
    connection: sqlite3.Connection,
    reason: PauseReason,
    detail: str,
    now: Moment,
    who: str = BY_ITSELF,
) -> None:
    """Stop the queue; only a pause of the same reason is replaced."""
    act = record_act(connection, "pause", who, now, detail=f"{reason.value}: {detail}")
    fields = {"reason": reason.value, "detail": detail, "act": act}
    set_meta(connection, _KEY + reason.value, json.dumps(fields))


def lift_pauses(connection: sqlite3.Connection, who: str, now: Moment) -> tuple[Pause, ...]:
    """End all pauses and return them; rows of rejections and of doubts begin anew."""
    pauses = current_pauses(connection)
    _count_rejections(connection, 0)
    set_meta(connection, _LOOKED_AFTER, str(last_attempt(connection)))
    for key in _stored(connection):
        set_meta(connection, key, None)
    if pauses:
        reasons = ", ".join(pause.reason.value for pause in pauses)
        record_act(connection, "resume", who, now, detail=reasons)
    return pauses


def current_pauses(connection: sqlite3.Connection) -> tuple[Pause, ...]:
    """Return the pauses in force, the weightiest first."""
    by_reason = {
        pause.reason: pause
        for pause in (_pause_of(connection, value) for value in _stored(connection).values())
    }
    return tuple(by_reason[reason] for reason in PauseReason if reason in by_reason)


def is_paused(connection: sqlite3.Connection) -> bool:
    """Tell whether any pause is in force."""
    return bool(_stored(connection))


def looked_after(connection: sqlite3.Connection) -> int:
    """Return the id of the last attempt that a person knew of who resumed the queue; 0: none."""
    return int(get_meta(connection, _LOOKED_AFTER) or 0)


def _stored(connection: sqlite3.Connection) -> dict[str, str]:
    rows = connection.execute(_FIND, (_ONLY_KEY, _KEY + "~")).fetchall()
    return {row["key"]: row["value"] for row in rows}


def _pause_of(connection: sqlite3.Connection, value: str) -> Pause:
    fields: dict[str, Any] = json.loads(value)
    # The act is the pause's time: it gets its wall time with all rows once the clock is set.
    act = connection.execute("SELECT * FROM acts WHERE id = ?", (fields["act"],)).fetchone()
    since = None if act is None else moment_of(act).known
    return Pause(PauseReason(fields["reason"]), fields["detail"], since)
