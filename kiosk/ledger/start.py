"""The start rules: what a crash, a power cut or a lost file left behind is made clear."""

import sqlite3
from dataclasses import dataclass
from typing import Any

from kiosk.ledger.arrows import By
from kiosk.ledger.doubts import BESIDE_ANOTHER, TOO_MANY, doubts_in_row
from kiosk.ledger.moment import Moment, moment_of
from kiosk.ledger.pauses import set_pause
from kiosk.ledger.retention import pruned_to
from kiosk.ledger.rows import SUBMISSION_COLUMNS, to_submission
from kiosk.ledger.spent_lines import Spent
from kiosk.ledger.store import advance, change, last_seq
from kiosk.ledger.writer import Writer
from kiosk.model import PauseReason, State, Submission

_REQUEUED = "the lane stopped before the picture was sent whole"
_DOUBTED = "the lane stopped after the picture was sent and before the answer came"


@dataclass(frozen=True, slots=True)
class StartReport:
    """What opening the ledger found and did."""

    requeued: int = 0  # were being sent, provably incomplete
    in_doubt: int = 0  # had been sent, their answer never came
    damaged: str | None = None  # what was wrong with the database, and where the file lies now
    salvaged: int = 0  # submissions taken over from a damaged database
    missing_sequences: tuple[int, ...] = ()  # numbers given out whose submissions are gone
    spent_log: str | None = None  # what was wrong with the spent log


def start(writer: Writer) -> tuple[StartReport, list[Submission]]:
    """Apply the start rules; return the report and the submissions that became doubts."""
    requeued, doubts = writer.at_any_price(_apply_rules)
    with writer.database.reading() as connection:
        _restore_spent_lines(connection, writer)
        missing = _missing_sequences(connection)
    report = StartReport(
        requeued=requeued,
        in_doubt=len(doubts),
        missing_sequences=missing,
        spent_log=writer.spent.damage,
    )
    return report, doubts


def _apply_rules(connection: sqlite3.Connection, now: Moment) -> tuple[int, list[Submission]]:
    # Nobody waits at the display any more.
    for row in _rows(connection, "state = 'queued' AND live = 1"):
        change(connection, "submissions", row, {"live": 0})
    requeued = _end_all(connection, State.SENDING, State.QUEUED, _REQUEUED)
    doubts = _end_all(connection, State.COMMITTED, State.IN_DOUBT, _DOUBTED, BESIDE_ANOTHER)
    if doubts and (in_row := doubts_in_row(connection)) >= TOO_MANY:
        why = f"{in_row} pictures in a row went out and got no sound answer, over restarts too"
        set_pause(connection, PauseReason.DOUBTS, why, now)
    return len(requeued), doubts


def _restore_spent_lines(connection: sqlite3.Connection, writer: Writer) -> None:
    """Write the lines that the spent log lost (or never got), from the database."""
    for row in _rows(connection, "spent = 1"):
        if not writer.spent.knows(str(row["sha256"])):
            writer.spend(spent_entry(to_submission(row), moment_of(row)))


def spent_entry(submission: Submission, at: Moment) -> Spent:
    """Make the spent log's entry for a submission."""
    return Spent(
        submission.sha256, submission.file_sha256, submission.local_vin, submission.seq, at
    )


def _missing_sequences(connection: sqlite3.Connection) -> tuple[int, ...]:
    first = pruned_to(connection) + 1
    rows = connection.execute("SELECT seq FROM submissions WHERE seq >= ?", (first,))
    present = {row[0] for row in rows}
    return tuple(seq for seq in range(first, last_seq(connection) + 1) if seq not in present)


def _end_all(
    connection: sqlite3.Connection, state: State, to: State, reason: str, of_others: str = ""
) -> list[Submission]:
    """Move all that are in ``state``, the first with ``reason``, the others with theirs."""
    moved: list[Submission] = []
    for row in _rows(connection, f"state = '{state.value}'"):
        why = of_others if moved and of_others else reason
        fresh = advance(connection, row["id"], to, By.START, reason=why, live=0)
        moved.append(to_submission(fresh))
        sql = "SELECT * FROM attempts WHERE submission_id = ? AND outcome IS NULL"
        for attempt in connection.execute(sql, (row["id"],)).fetchall():
            change(connection, "attempts", dict(attempt), {"outcome": to, "reason": why})
    return moved


def _rows(connection: sqlite3.Connection, where: str) -> list[dict[str, Any]]:
    sql = f"SELECT {SUBMISSION_COLUMNS} FROM submissions WHERE {where} ORDER BY seq"  # noqa: S608 - our own conditions
    return [dict(row) for row in connection.execute(sql).fetchall()]
