"""The pause of the whole queue: survives restarts, and ends only by a person's act."""

import json
import sqlite3

from kiosk.ledger.moment import Moment, moment_of
from kiosk.ledger.store import get_meta, record_act, set_meta
from kiosk.model import Pause, PauseReason

_KEY = "pause"
_BY_ITSELF = "lane"


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
