"""The ledger's book of picture files: which were met in a watched folder, and what became of them.

A file is known by the SHA-256 of its bytes, and known again without reading by its stamp. Each
method is one transaction. Rows of scanned files may be lost without harm: their scans know them.
"""

import sqlite3
from collections.abc import Collection, Iterator, Mapping, Sequence

from kiosk.ledger.file_rows import (
    add_files,
    add_identity,
    are_in_doubt,
    clear_doubt,
    file_row,
    identities_of,
    replace_file,
    to_known_file,
)
from kiosk.ledger.reads import NOT_LOOKED_AT
from kiosk.ledger.rows import Row, scan_row
from kiosk.ledger.store import append, change
from kiosk.ledger.writer import Writer
from kiosk.model import NewScan, ScanOutcome
from kiosk.model.files import FileFate, FileStamp, FolderIdentity, KnownFile

LOOKS = 2
"""A content over which the process died so often is not looked at again."""
_AT_ONCE = 500  # rows in one transaction of what can wait: the lane does not wait long for it
_FATES = {ScanOutcome.SET_ASIDE: FileFate.SET_ASIDE, ScanOutcome.ASKED: FileFate.ASKED}
# What was set aside unread has no content to find its scan by, only its name.
_FORGETTABLE = """
SELECT id FROM files WHERE fate NOT IN ('skipped', 'looking') AND CASE WHEN sha256 IS NULL
    THEN name NOT IN (
        SELECT CAST(file_name AS BLOB) FROM scans
        WHERE outcome = 'set_aside' AND file_sha256 IS NULL AND file_name IS NOT NULL)
    ELSE NOT EXISTS (SELECT 1 FROM scans WHERE scans.file_sha256 = files.sha256) END"""


class PictureFiles:
    """The table of files. Usable from several threads; all methods raise LedgerError."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self._database = writer.database

    # ---- folders --------------------------------------------------------------------------

    def identities(self, folder: str) -> tuple[FolderIdentity, ...] | None:
        """Return what the folder was at its take-ins; None before the very first."""
        with self._database.reading() as connection:
            return identities_of(connection, folder)

    def is_known_here(self, folder: str, identity: FolderIdentity) -> bool:
        """Tell whether the folder was taken in as just this, and lies on the ledger's own disk.

        That one cannot be exchanged without the ledger, whatever its file system says of itself.
        """
        return identity in (self.identities(folder) or ()) and self._database.is_on(identity.device)

    @property
    def in_doubt(self) -> bool:
        """Tell whether rows were lost with a database: what is unknown need not be new."""
        with self._database.reading() as connection:
            return are_in_doubt(connection)

    def take_in(
        self,
        folder: str,
        identity: FolderIdentity,
        skipped: Sequence[FileStamp],
        *,
        clears_doubt: bool = True,
    ) -> None:
        """Record, all or nothing, that the folder is known and what lies there shall be skipped.

        Raises LedgerFullError, and then nothing was recorded and nothing may be scanned.
        """
        with self._writer.beginning() as (connection, _):
            add_files(connection, (file_row(one, None, FileFate.SKIPPED) for one in skipped))
            add_identity(connection, folder, identity)
            if clears_doubt:
                clear_doubt(connection)

    # ---- questions ------------------------------------------------------------------------

    def all(self) -> Iterator[KnownFile]:
        """Give every file that needs no look; the ledger is held meanwhile."""
        sql = "SELECT * FROM files WHERE fate <> 'looking' ORDER BY id"
        with self._database.reading() as connection:
            for row in connection.execute(sql):
                yield to_known_file(row)

    def known_as(self, stamp: FileStamp) -> KnownFile | None:
        """Find the file by its stamp: under its name or moved, with the same size and time."""
        for row in self._rows(
            "size = ? AND mtime_ns = ? AND fate <> 'looking' ORDER BY id DESC",
            (stamp.size, stamp.mtime_ns),
        ):
            known = to_known_file(row)
            if known.stamp.is_same_file(stamp):
                return known
        return None

    def fate_of(self, sha256: str) -> FileFate | None:
        """Tell what became of a content, under whatever name; None where it is new.

        Scans know more than the table: a person may have submitted a picture that was skipped.
        """
        with self._database.reading() as connection:
            marks = ", ".join("?" * len(NOT_LOOKED_AT))
            scan = connection.execute(
                f"SELECT outcome FROM scans WHERE file_sha256 = ? AND outcome NOT IN ({marks})"  # noqa: S608 - marks
                " ORDER BY id DESC LIMIT 1",
                (sha256, *NOT_LOOKED_AT),
            ).fetchone()
            if scan is not None:
                return _FATES.get(ScanOutcome(scan["outcome"]), FileFate.SCANNED)
            submission = connection.execute(
                "SELECT 1 FROM submissions WHERE file_sha256 = ? LIMIT 1", (sha256,)
            ).fetchone()
            if submission is not None or self._writer.spent.knows_file(sha256):
                return FileFate.SCANNED
        rows = self._rows("sha256 = ? AND fate <> 'looking' ORDER BY id", (sha256,))
        return FileFate(rows[0]["fate"]) if rows else None

    def _rows(self, where: str, values: tuple[object, ...]) -> list[sqlite3.Row]:
        sql = f"SELECT * FROM files WHERE {where}"  # noqa: S608 - our own conditions
        with self._database.reading() as connection:
            return connection.execute(sql, values).fetchall()

    # ---- a look ---------------------------------------------------------------------------

    def begin_look(self, stamp: FileStamp, sha256: str) -> int:
        """Write that this content is about to be decoded; return the how-manieth time it is.

        What was set aside for its deaths keeps their count. Raises LedgerFullError: then it must
        not be, a crash would leave no trace.
        """
        with self._writer.beginning() as (connection, _):
            sql = (
                "SELECT MAX(tries) FROM files WHERE sha256 = ? AND fate IN ('looking', 'set_aside')"
            )
            tries = int(connection.execute(sql, (sha256,)).fetchone()[0] or 0) + 1
            replace_file(connection, file_row(stamp, sha256, FileFate.LOOKING, tries=tries))
        return tries

    def give_up_look(self, sha256: str) -> None:
        """Take the look back: it ended, with nothing to show, and was no crash."""
        with self._writer.transaction() as (connection, _):
            for row in self._rows("sha256 = ? AND fate = 'looking'", (sha256,)):
                if row["tries"] > 1:
                    change(connection, "files", dict(row), {"tries": int(row["tries"]) - 1})
                else:
                    connection.execute("DELETE FROM files WHERE id = ?", (row["id"],))

    def settle(
        self, stamp: FileStamp, sha256: str | None, fate: FileFate, *, pending: bool = False
    ) -> KnownFile:
        """Write what became of a file; after the COMMIT of its scan, which alone makes it known."""
        with self._writer.transaction() as (connection, _):
            row = file_row(stamp, sha256, fate, pending=pending)
            return to_known_file({**row, "id": replace_file(connection, row)})

    def set_aside(
        self, stamp: FileStamp, sha256: str | None, scan: NewScan, *, tries: int = 0
    ) -> KnownFile:
        """Record a file that cannot be used, with the reason in its scan, in one transaction.

        ``tries``: how often it was looked at, where that is the reason.
        """
        with self._writer.beginning() as (connection, now):
            append(connection, "scans", scan_row(scan, scan.outcome, None, now))
            row = file_row(stamp, sha256, FileFate.SET_ASIDE, tries=tries)
            return to_known_file({**row, "id": replace_file(connection, row)})

    # ---- what can wait --------------------------------------------------------------------

    def restamp(self, stamps: Mapping[int, FileStamp]) -> None:
        """Write the stamps of files that were moved or touched, by their ids.

        A row whose content is known keeps its size and time: what has others is another content.
        """
        self._change({file_id: _stamp_columns(stamp) for file_id, stamp in stamps.items()})

    def note_contents(self, contents: Mapping[int, str]) -> None:
        """Write the SHA-256 of files that were skipped unread, by their ids."""
        self._change({file_id: {"sha256": sha256} for file_id, sha256 in contents.items()})

    def _change(self, changes: Mapping[int, Row]) -> None:
        todo = list(changes.items())
        for start in range(0, len(todo), _AT_ONCE):
            with self._writer.transaction() as (connection, _):
                for file_id, change_of in todo[start : start + _AT_ONCE]:
                    for row in self._rows("id = ?", (file_id,)):
                        if not _is_other_content(row, change_of):
                            change(connection, "files", dict(row), change_of)

    def forget(self, file_id: int) -> None:
        """Forget a file that was moved or deleted after its scan, which knows its content."""
        with self._writer.transaction() as (connection, _):
            connection.execute("DELETE FROM files WHERE id = ?", (file_id,))

    def prune(self, present: Collection[int]) -> int:
        """Forget some files that neither lie there nor have a scan; return how many.

        To be called until it returns 0. What was skipped stays for good, and so do looks that ended
        in a crash.
        """
        with self._writer.transaction() as (connection, _):
            found = [row["id"] for row in connection.execute(_FORGETTABLE)]
            gone = [(file_id,) for file_id in found if file_id not in present][:_AT_ONCE]
            connection.executemany("DELETE FROM files WHERE id = ?", gone)
        return len(gone)


def _stamp_columns(stamp: FileStamp) -> Row:
    columns = ("name", "inode", "size", "mtime_ns")
    row = file_row(stamp, None, FileFate.SKIPPED)
    return {column: row[column] for column in columns}


def _is_other_content(row: sqlite3.Row, change_of: Row) -> bool:
    is_read = row["sha256"] is not None
    return is_read and any(change_of.get(c, row[c]) != row[c] for c in ("size", "mtime_ns"))
