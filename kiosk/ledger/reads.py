"""What can be asked of a ledger, by the daemon that writes it and by anyone beside it."""

from collections.abc import Collection

from kiosk.clock import Clock
from kiosk.ledger.database import Database
from kiosk.ledger.moment import Moment, moment_now, start_of_day
from kiosk.ledger.pauses import current_pause
from kiosk.ledger.rows import SUBMISSION_COLUMNS, to_attempt, to_crop, to_scan, to_submission
from kiosk.model import Attempt, Crop, QueueStatus, Scan, ScanOutcome, State, Submission

# An attempt whose end is in doubt counts as one credit, whatever a person decides later.
_CREDITS_OF_ATTEMPTS = """
SELECT COALESCE(SUM(CASE
    WHEN outcome = 'in_doubt' OR (outcome IS NULL AND phase = 'committed') THEN MAX(credits, 1)
    ELSE credits END), 0)
FROM attempts WHERE clock_set = 0 OR wall >= ?"""
# Doubts without an attempt of their own: those that only the spent log knew of.
_OTHER_DOUBTS = """
SELECT COUNT(*) FROM submissions
WHERE state = 'in_doubt' AND (clock_set = 0 OR wall >= ?) AND NOT EXISTS (
    SELECT 1 FROM attempts
    WHERE attempts.submission_id = submissions.id AND attempts.outcome = 'in_doubt')"""
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
        self, states: Collection[State] | None = None, limit: int | None = None
    ) -> list[Submission]:
        """List submissions by number, oldest first: those in ``states`` (default: all)."""
        wanted = tuple(states) if states is not None else tuple(State)
        marks = ", ".join("?" * len(wanted))
        sql = (
            f"SELECT {SUBMISSION_COLUMNS} FROM submissions"  # noqa: S608 - a constant and marks
            f" WHERE state IN ({marks}) ORDER BY seq LIMIT ?"
        )
        with self._database.reading() as connection:
            rows = connection.execute(sql, (*wanted, -1 if limit is None else limit)).fetchall()
        return [to_submission(row) for row in rows]

    def attempts_of(self, submission_id: int) -> list[Attempt]:
        """List the requests that were made for a submission, oldest first."""
        with self._database.reading() as connection:
            rows = connection.execute(
                "SELECT * FROM attempts WHERE submission_id = ? ORDER BY id", (submission_id,)
            ).fetchall()
        return [to_attempt(row) for row in rows]

    def crop_of(self, submission_id: int) -> Crop | None:
        """Return a submission's pictures; None where there are none (any more)."""
        with self._database.reading() as connection:
            row = connection.execute(
                "SELECT crop, strip, crop_width, crop_height, crop_format FROM submissions"
                " WHERE id = ? AND crop IS NOT NULL",
                (submission_id,),
            ).fetchone()
        return None if row is None else to_crop(row)

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

    def status(self) -> QueueStatus:
        """Sum the queue up. A day is the local calendar day; doubts count as spent."""
        now = moment_now(self._clock)
        with self._database.reading() as connection:
            rows = connection.execute(
                "SELECT state, COUNT(*), MIN(id) FROM submissions GROUP BY state"
            ).fetchall()
            pause = current_pause(connection)
            credits_today = self._credits_today(now)
        counts = {state: count for state, count, _ in rows}
        oldest = {state: first for state, _, first in rows}
        return QueueStatus(
            waiting=sum(counts.get(state, 0) for state in State if state.is_waiting),
            in_doubt=counts.get(State.IN_DOUBT, 0),
            credits_today=credits_today,
            pause=pause,
            first_in_doubt=oldest.get(State.IN_DOUBT),
        )

    def _credits_today(self, now: Moment) -> int:
        with self._database.reading() as connection:
            wall = now.known
            if wall is None:
                # Until the clock is set the day of the last known attempt goes on.
                sql = "SELECT MAX(wall) FROM attempts WHERE clock_set > 0"
                wall = connection.execute(sql).fetchone()[0]
            midnight = 0.0 if wall is None else start_of_day(wall)
            attempts = connection.execute(_CREDITS_OF_ATTEMPTS, (midnight,)).fetchone()[0]
            doubts = connection.execute(_OTHER_DOUBTS, (midnight,)).fetchone()[0]
        return int(attempts) + int(doubts)
