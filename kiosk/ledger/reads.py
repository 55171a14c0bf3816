"""What can be asked of a ledger, by the daemon that writes it and by anyone beside it."""

import sqlite3
from collections.abc import Collection

from kiosk.clock import Clock
from kiosk.errors import DamagedRowError
from kiosk.ledger.credits import DayCredits
from kiosk.ledger.database import Database
from kiosk.ledger.doubts import doubts_in_row
from kiosk.ledger.moment import Moment, moment_now, moment_of
from kiosk.ledger.pauses import current_pauses, is_paused
from kiosk.ledger.pictures import pictures_of
from kiosk.ledger.rows import SUBMISSION_COLUMNS, to_attempt, to_crop, to_scan, to_submission
from kiosk.model import Act, Attempt, Crop, QueueStatus, Scan, ScanOutcome, State, Submission

_UNSETTLED = (State.QUEUED, State.SENDING, State.COMMITTED, State.IN_DOUBT)
_MARKS = ", ".join("?" * len(_UNSETTLED))
NOT_LOOKED_AT = (
    ScanOutcome.BUSY,
    ScanOutcome.NO_CAMERA,
    ScanOutcome.REFUSED,
    ScanOutcome.STOPPED,
)
"""A file met by one of these was not looked at, and may come again."""


class LedgerReads:
    """The questions; every answer is a frozen value. All raise LedgerError."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def submission(self, submission_id: int) -> Submission | None:
        """Return one submission."""
        sql = f"SELECT {SUBMISSION_COLUMNS} FROM submissions WHERE id = ?"  # noqa: S608 - a constant
        with self._database.reading() as connection:
            row = connection.execute(sql, (submission_id,)).fetchone()
        return None if row is None else to_submission(row)

    def submissions(
        self,
        states: Collection[State] | None = None,
        limit: int | None = None,
        damaged: list[int] | None = None,
    ) -> list[Submission]:
        """List submissions by number, oldest first: those in ``states`` (default: all).

        A row that is not what was written raises DamagedRowError, unless ``damaged`` takes its
        number.
        """
        wanted = tuple(states) if states is not None else tuple(State)
        marks = ", ".join("?" * len(wanted))
        sql = (
            f"SELECT {SUBMISSION_COLUMNS} FROM submissions"  # noqa: S608 - a constant and marks
            f" WHERE state IN ({marks}) ORDER BY seq LIMIT ?"
        )
        with self._database.reading() as connection:
            rows = connection.execute(sql, (*wanted, -1 if limit is None else limit)).fetchall()
        sound = []
        for row in rows:
            try:
                sound.append(to_submission(row))
            except DamagedRowError:
                if damaged is None:
                    raise
                damaged.append(row["id"])
        return sound

    def attempts_of(self, submission_id: int) -> list[Attempt]:
        """List the requests that were made for a submission, oldest first."""
        with self._database.reading() as connection:
            rows = connection.execute(
                "SELECT * FROM attempts WHERE submission_id = ? ORDER BY id", (submission_id,)
            ).fetchall()
        return [to_attempt(row) for row in rows]

    def acts_of(self, submission_id: int) -> list[Act]:
        """List what people decided about a submission, oldest first."""
        with self._database.reading() as connection:
            rows = connection.execute(
                "SELECT * FROM acts WHERE submission_id = ? ORDER BY id", (submission_id,)
            ).fetchall()
        return [Act(row["what"], row["who"], row["detail"], moment_of(row).known) for row in rows]

    def crop_of(self, submission_id: int) -> Crop | None:
        """Return a submission's pictures; None where there are none (any more).

        Raises DamagedRowError where they are not what was written: evidence that is none.
        """
        sql = f"SELECT {SUBMISSION_COLUMNS} FROM submissions WHERE id = ?"  # noqa: S608 - a constant
        with self._database.reading() as connection:
            row = connection.execute(sql, (submission_id,)).fetchone()
            pictures = pictures_of(connection, submission_id)
        gone = row is None or pictures["crop"] is None
        return None if gone else to_crop({**dict(row), **pictures})

    def scans(self, limit: int = 50) -> list[Scan]:
        """List the last ``limit`` scans, newest first."""
        with self._database.reading() as connection:
            rows = connection.execute(
                "SELECT * FROM scans ORDER BY id DESC LIMIT ?", (limit,)
            ).fetchall()
        return [to_scan(row) for row in rows]

    def knows_file(self, sha256: str) -> bool:
        """Tell whether a picture file was looked at before, by the SHA-256 of its bytes."""
        marks = ", ".join("?" * len(NOT_LOOKED_AT))
        with self._database.reading() as connection:
            row = connection.execute(
                "SELECT EXISTS (SELECT 1 FROM submissions WHERE file_sha256 = ?) OR EXISTS"  # noqa: S608 - marks
                f" (SELECT 1 FROM scans WHERE file_sha256 = ? AND outcome NOT IN ({marks}))",
                (sha256, sha256, *NOT_LOOKED_AT),
            ).fetchone()
        return bool(row[0])

    def doubts_in_row(self) -> int:
        """Count the last attempts that may each have cost a credit for nothing.

        Up to the last sound answer, or to when a person last resumed the queue.
        """
        with self._database.reading() as connection:
            return doubts_in_row(connection)

    def is_paused(self) -> bool:
        """Tell whether the queue waits for a person."""
        with self._database.reading() as connection:
            return is_paused(connection)

    def status(self) -> QueueStatus:
        """Sum the queue up. A day is the local calendar day; doubts count as spent."""
        now = self._now()
        with self._database.reading() as connection:
            rows = connection.execute(
                f"SELECT state, COUNT(*), MIN(id) FROM submissions WHERE state IN ({_MARKS})"  # noqa: S608 - marks
                " GROUP BY state",
                _UNSETTLED,
            ).fetchall()
            pauses = current_pauses(connection)
            credits_today = self._credits_today(connection, now)
        counts = {state: count for state, count, _ in rows}
        oldest = {state: first for state, _, first in rows}
        return QueueStatus(
            waiting=sum(counts.get(state, 0) for state in State if state.is_waiting),
            in_doubt=counts.get(State.IN_DOUBT, 0),
            credits_today=credits_today,
            pauses=pauses,
            first_in_doubt=oldest.get(State.IN_DOUBT),
        )

    def _now(self) -> Moment:
        return moment_now(self._clock)

    def _credits_today(self, connection: sqlite3.Connection, now: Moment) -> int:
        return DayCredits().today(connection, now)
