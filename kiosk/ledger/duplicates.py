"""Which new scans cost nothing, because an earlier one answers for them (design: Duplicates)."""

import sqlite3
from dataclasses import dataclass
from typing import Any

from kiosk.ledger.moment import Moment, moment_of, within
from kiosk.ledger.rows import digest_of
from kiosk.ledger.sightings import was_just_seen
from kiosk.ledger.spent import SpentLog
from kiosk.model import DuplicateRule, NewSubmission, State

_ANSWERS_FOR_A_VIN = (
    State.QUEUED,
    State.SENDING,
    State.COMMITTED,
    State.RECOGNIZED,
    State.UNRECOGNIZED,
    State.IN_DOUBT,
)
_GIVEN_UP = (State.DROPPED, State.REJECTED)
_WAITING = tuple(state for state in State if state.is_waiting)
_COLUMNS = "id, state, spent, sha256, duplicate_of, boot_id, monotonic, wall, clock_set"


@dataclass(frozen=True, slots=True)
class Duplicate:
    """The rule that a new scan met; ``earlier_id`` is None where only the spent log knows it."""

    rule: DuplicateRule
    earlier_id: int | None

    @property
    def words(self) -> str:
        """Say it for a person."""
        return {
            DuplicateRule.CROP: "the same picture was scanned before",
            DuplicateRule.FILE: "the same file was scanned before",
            DuplicateRule.VIN: "the same VIN was scanned a moment ago",
            DuplicateRule.SPENT: "it was sent before, by the spent log",
            DuplicateRule.LABEL: "this label was sent before it could be read here",
        }[self.rule]


class Rules:
    """The rules, over one connection and the spent log."""

    def __init__(
        self, connection: sqlite3.Connection, spent: SpentLog, window_s: float, now: Moment
    ) -> None:
        self._connection = connection
        self._spent = spent
        self._window_s = window_s
        self._now = now

    def duplicate(self, new: NewSubmission) -> Duplicate | None:
        """Return the first rule that ``new`` meets: crop, file, then VIN."""
        sha256 = digest_of(new)
        return (
            self._by_crop(sha256)
            or (self._by_file(new.file_sha256) if new.file_sha256 else None)
            or (self._by_vin(new.vin) if new.vin else None)
        )

    def still_waiting(self, new: NewSubmission) -> Duplicate | None:
        """Return the rule by which an earlier submission that still waits answers for ``new``."""
        marks = ", ".join("?" * len(_WAITING))
        for rule, where, value in (
            (DuplicateRule.CROP, "sha256 = ?", digest_of(new)),
            (DuplicateRule.FILE, "file_sha256 = ?", new.file_sha256),
            (DuplicateRule.VIN, "local_vin = ?", new.vin),
        ):
            row = value and self._newest(f"{where} AND state IN ({marks})", (value, *_WAITING))
            if row and (rule is not DuplicateRule.VIN or self._is_recent(moment_of(row))):
                return Duplicate(rule, row["id"])
        original = self._sent_unread_of(new)
        if original is not None and State(original["state"]).is_waiting:
            return Duplicate(DuplicateRule.LABEL, original["id"])
        return None

    def noted(self, new: NewSubmission) -> Duplicate | None:
        """Return the ``local`` row that answers for a VIN which a hand scanner reads once more.

        It answers for no picture: what was only noted does not keep the official reading.
        """
        row = self._newest("local_vin = ? AND state = ?", (new.vin, State.LOCAL))
        if row is None or not self._is_recent(moment_of(row)):
            return None
        return Duplicate(DuplicateRule.VIN, row["id"])

    def same_label(self, new: NewSubmission) -> Duplicate | None:
        """Return what was sent unread of the very label that ``new`` reads, if it answers for it.

        The caller has seen that it is the same label; the row it is told by ties the two for good.
        """
        if new.same_label_as is None or new.vin is None:
            return None
        original = self._unread(new.same_label_as, new.vin)
        return Duplicate(DuplicateRule.LABEL, original["id"]) if original else None

    def recent_unread(self) -> int | None:
        """Return the last unread crop, if it lies within the window and nobody gave it up."""
        row = self._newest(
            "local_vin IS NULL AND state NOT IN (?, ?, ?, ?)",
            (*_GIVEN_UP, State.DUPLICATE, State.LOCAL),
        )
        return row["id"] if row is not None and self._is_recent(moment_of(row)) else None

    def _by_crop(self, sha256: str) -> Duplicate | None:
        # A ``local`` row was never paid for: it does not keep its crop from the official reading.
        for row in self._known(sha256):
            if self._stands(row):
                return Duplicate(DuplicateRule.CROP, row["id"])
        return Duplicate(DuplicateRule.SPENT, None) if self._spent.is_spent(sha256) else None

    def _by_file(self, file_sha256: str) -> Duplicate | None:
        for row in self._rows("file_sha256 = ? ORDER BY seq DESC", (file_sha256,)):
            original = self._original(row)
            if original is not None and self._stands(original):
                return Duplicate(DuplicateRule.FILE, original["id"])
        known = self._spent.knows_file(file_sha256)
        return Duplicate(DuplicateRule.SPENT, None) if known else None

    def _by_vin(self, vin: str) -> Duplicate | None:
        answering = self._answering(vin)
        if answering is not None:
            earlier_id, scanned = answering
            # A label that stands before the camera is the same car, however long ago that was.
            if self._is_recent(scanned) or was_just_seen(
                self._connection, vin, self._window_s, self._now
            ):
                return Duplicate(DuplicateRule.VIN, earlier_id)
        for entry in reversed(self._spent.spent_for_vin(vin)):
            # Where the database knows the crop, its state and time have already decided.
            if self._is_recent(entry.at) and not self._known(entry.sha256):
                return Duplicate(DuplicateRule.SPENT, None)
        return None

    def _answering(self, vin: str) -> tuple[int, Moment] | None:
        """Return the newest submission that answers for a VIN, and when the VIN was read for it."""
        marks = ", ".join("?" * len(_ANSWERS_FOR_A_VIN))
        row = self._newest(
            f"(vin = ? OR local_vin = ?) AND state IN ({marks})", (vin, vin, *_ANSWERS_FOR_A_VIN)
        )
        tie = self._tie(vin)
        if tie is not None and (row is None or row["id"] < tie["id"]):
            original = self._unread(tie["duplicate_of"], vin)
            if original is not None:
                return original["id"], moment_of(tie)
        return None if row is None else (row["id"], moment_of(row))

    def _sent_unread_of(self, new: NewSubmission) -> Any:
        """Return what was sent unread of this label, by its caller's word or by an earlier tie."""
        if new.vin is None:
            return None
        tie = self._tie(new.vin)
        earlier_id = new.same_label_as if tie is None else tie["duplicate_of"]
        return None if earlier_id is None else self._unread(earlier_id, new.vin)

    def _tie(self, vin: str) -> Any:
        """Return the last ``local`` row that ties a VIN to a picture that was sent unread."""
        return self._newest(
            "local_vin = ? AND state = ? AND duplicate_of IS NOT NULL", (vin, State.LOCAL)
        )

    def _unread(self, submission_id: int, vin: str) -> Any:
        """Return a submission that was sent unread, if it can answer for ``vin``.

        A picture shows one label: not where the service, or we beside it, read another VIN. Then
        two cars were taken for one, and this one was never paid for.
        """
        marks = ", ".join("?" * len(_ANSWERS_FOR_A_VIN))
        rows = self._rows(
            f"id = ? AND local_vin IS NULL AND (vin IS NULL OR vin = ?) AND state IN ({marks})"  # noqa: S608 - marks
            " AND NOT EXISTS (SELECT 1 FROM submissions AS other WHERE other.state = ?"
            " AND other.duplicate_of = submissions.id AND other.local_vin <> ?)",
            (submission_id, vin, *_ANSWERS_FOR_A_VIN, State.LOCAL, vin),
        )
        return rows[0] if rows else None

    def _known(self, sha256: str) -> list[Any]:
        """List the submissions of a crop that were to be uploaded, newest first."""
        return self._rows(
            "sha256 = ? AND state NOT IN (?, ?) ORDER BY seq DESC",
            (sha256, State.DUPLICATE, State.LOCAL),
        )

    def _stands(self, row: sqlite3.Row) -> bool:
        """Tell whether a row answers for its picture: not if it was given up before any payment."""
        if row["state"] not in _GIVEN_UP:
            return True
        return bool(row["spent"]) or self._spent.is_spent(row["sha256"])

    def _original(self, row: sqlite3.Row) -> sqlite3.Row | None:
        if row["state"] != State.DUPLICATE:
            return row
        originals = self._rows("id = ?", (row["duplicate_of"],))
        return originals[0] if originals else None

    def _is_recent(self, then: Moment) -> bool:
        return within(self._window_s, then, self._now)

    def _newest(self, where: str, values: tuple[object, ...]) -> sqlite3.Row | None:
        # What is older than the newest cannot lie within the window if the newest does not.
        rows = self._rows(f"{where} ORDER BY seq DESC LIMIT 1", values)
        return rows[0] if rows else None

    def _rows(self, where: str, values: tuple[object, ...]) -> list[Any]:
        sql = f"SELECT {_COLUMNS} FROM submissions WHERE {where}"  # noqa: S608 - our own conditions
        return self._connection.execute(sql, values).fetchall()
