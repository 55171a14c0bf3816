"""What a person decides about one submission: send it again, or give it up."""

from kiosk.errors import LedgerError, TransitionError
from kiosk.ledger.arrows import By, check, starts
from kiosk.ledger.pictures import pictures_of
from kiosk.ledger.rows import Row, to_submission
from kiosk.ledger.store import advance, record_act, submission_row_of
from kiosk.ledger.writer import Writer
from kiosk.model import State, Submission

_RESENDABLE = starts(State.QUEUED, By.PERSON)


def resend(writer: Writer, submission_id: int, who: str) -> Submission:
    """Queue again what is in doubt or rejected: ``who`` accepts a possible second payment.

    The release is written first: a crash between the two leaves the doubt standing.
    """
    with writer.database.lock:
        row = _check_resendable(writer, submission_id)
        writer.release(str(row["sha256"]), who=who, why="resend")
        changes = {"spent": 0, "live": 0, "reason": f"sent again by {who}"}
        return _decide(writer, row, "resend", who, State.QUEUED, changes)


def drop(writer: Writer, submission_id: int, who: str) -> Submission:
    """Give up what is queued, in doubt or rejected; what may have been paid stays spent.

    The spent log bears witness first: a crash between the two leaves a decision to be made again.
    """
    with writer.database.lock:
        with writer.database.reading() as connection:
            row = submission_row_of(connection, submission_id)
        check(State(str(row["state"])), State.DROPPED, By.PERSON, f"submission {submission_id}")
        writer.note_drop(str(row["sha256"]), who=who, why=str(row["reason"] or "drop"))
        changes: dict[str, object] = {"live": 0, "reason": f"dropped by {who}"}
        return _decide(writer, row, "drop", who, State.DROPPED, changes)


def _check_resendable(writer: Writer, submission_id: int) -> Row:
    with writer.database.reading() as connection:
        row = submission_row_of(connection, submission_id)
        crop = pictures_of(connection, submission_id)["crop"]
    state = State(str(row["state"]))
    if state not in _RESENDABLE:
        raise TransitionError(
            f"submission {submission_id} is {state}: only what is in doubt or rejected can "
            "be sent again"
        )
    if crop is None:
        raise LedgerError(f"the picture of submission {submission_id} is gone: scan the car again")
    return row


def _decide(
    writer: Writer,
    row: Row,
    what: str,
    who: str,
    to: State,
    changes: dict[str, object],
) -> Submission:
    submission_id = int(str(row["id"]))
    earlier_reason = None if row["reason"] is None else str(row["reason"])
    with writer.transaction() as (connection, now):
        fresh = advance(connection, submission_id, to, By.PERSON, **changes)
        record_act(connection, what, who, now, submission_id=submission_id, detail=earlier_reason)
    return to_submission(fresh)
