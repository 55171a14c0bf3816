"""The pause of the whole queue: survives restarts, and ends only by a person's act."""

import json
import sqlite3

from kiosk.ledger.moment import Moment, moment_of
from kiosk.ledger.store import get_meta, record_act, set_meta
from kiosk.model import Pause, PauseReason, Settlement, State

_KEY = "pause"
_BY_ITSELF = "lane"
_REJECTIONS = "rejections"  # by the service, since it last took a picture or a person resumed
_TOO_MANY_REJECTIONS = 2


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
    connection: sqlite3.Connection, reason: PauseReason, detail: str, now: Moment
) -> None:
    """Stop the queue; a later reason replaces an earlier one."""
    act = record_act(connection, "pause", _BY_ITSELF, now, detail=f"{reason.value}: {detail}")
    fields = {"reason": reason.value, "detail": detail, "act": act}
    set_meta(connection, _KEY, json.dumps(fields))


def lift_pause(connection: sqlite3.Connection, who: str, now: Moment) -> Pause | None:
    """End the pause and return it; None where there was none."""
    pause = current_pause(connection)
    _count_rejections(connection, 0)
    if pause is not None:
        set_meta(connection, _KEY, None)
        record_act(connection, "resume", who, now, detail=pause.reason.value)
    return pause


def current_pause(connection: sqlite3.Connection) -> Pause | None:
    """Return the pause in force."""
    text = get_meta(connection, _KEY)
    if text is None:
        return None
    fields = json.loads(text)
    # The act is the pause's time: it gets its wall time with all rows once the clock is set.
    act = connection.execute("SELECT * FROM acts WHERE id = ?", (fields["act"],)).fetchone()
    since = None if act is None else moment_of(act).known
    return Pause(PauseReason(fields["reason"]), fields["detail"], since)
