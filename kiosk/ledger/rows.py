"""Rows of the ledger ↔ frozen values, and the CRC that seals a row's content."""

import math
import sqlite3
import zlib
from enum import Enum
from functools import lru_cache
from hashlib import sha256

from kiosk.errors import DamagedRowError
from kiosk.ledger.moment import AnyRow, Moment, moment_of
from kiosk.model import Attempt, Crop, NewScan, NewSubmission, Scan, ScanOutcome, State, Submission

SqlValue = str | int | float | bytes | None
Row = dict[str, SqlValue]

_FIRST_TABLES = ("submissions", "attempts", "scans", "acts")  # parents before children
_ADDED_TABLES = ("files", "sightings", "pictures")  # one by each later version
TABLES = (*_FIRST_TABLES, *_ADDED_TABLES)
DATED_TABLES = (*_FIRST_TABLES, "sightings")

_PICTURES = ("crop", "strip")
_UNSEALED = frozenset({"crc", *_PICTURES})

SUBMISSION_COLUMNS = (
    "id, seq, scan_id, state, live, spent, boot_id, monotonic, wall, clock_set, sha256, file_name,"
    " file_sha256, text, vin, vin_source, local_vin, credits, attempts, reason, key, make, model,"
    " year, decode_note, duplicate_of, crop_format, crop_width, crop_height, strip_sha256, answer,"
    " crc"
)
"""Everything of a submission but its pictures."""


def columns_of(table: str) -> str:
    """Return the columns of a table, as SQL, but for pictures."""
    return {"submissions": SUBMISSION_COLUMNS, "pictures": "id, crc"}.get(table, "*")


def tables_of(version: int) -> tuple[str, ...]:
    """Return the tables of rows with an id in a ledger of ``version`` (1 and up)."""
    return TABLES[: len(_FIRST_TABLES) + version - 1]


def plain(value: object) -> SqlValue:
    """Turn a value into what SQLite gives back for it, so that a seal survives the way."""
    if isinstance(value, Enum):
        value = value.value
    if isinstance(value, str):  # a file's name may hold bytes that are no UTF-8
        return value.encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, bool):
        return int(value)
    if value is None or isinstance(value, int | bytes):
        return value
    number = float(value)  # type: ignore[arg-type] # numpy's numbers, too
    return None if math.isnan(number) else number  # SQLite has no NaN


def seal(row: AnyRow) -> int:
    """Compute the CRC-32 of a row's content, its state included.

    Pictures are covered by their SHA-256 columns, so that pruning them breaks no seal. Columns
    that are NULL are left out, so that a later version may add some. ``ascii`` writes the same
    characters in every version of Python; ``repr`` does not.
    """
    values = tuple(row) if isinstance(row, sqlite3.Row) else tuple(row.values())
    columns = _sealed_columns(tuple(row.keys()))
    # What ascii() makes of a sorted list of (name, value): that list is built far slower.
    content = ", ".join(
        [f"{name}{values[at]!a})" for name, at in columns if values[at] is not None]
    )
    return zlib.crc32(f"[{content}]".encode("ascii"))


@lru_cache(maxsize=64)
def _sealed_columns(names: tuple[str, ...]) -> tuple[tuple[str, int], ...]:
    """Lay out, in the order of their names, how each sealed column begins and where it stands."""
    kept = sorted((name, at) for at, name in enumerate(names) if name not in _UNSEALED)
    return tuple((f"({name!a}, ", at) for name, at in kept)


def is_sound(row: AnyRow) -> bool:
    """Tell whether a row's content is what was written."""
    return bool(row["crc"] == seal(row))


def check_sound(row: AnyRow, what: str) -> None:
    """Raise DamagedRowError where a row (with its id) is not what was written."""
    if not is_sound(row):
        raise DamagedRowError(
            f"{what} {row['id']} is damaged on the disk: the next start of the lane sets the file "
            "aside and saves what can be read"
        )


def picture_is_sound(row: AnyRow) -> bool:
    """Tell whether the pictures in a row (with ``crop`` and ``strip``) are what was written.

    They are forgotten together: one without the other is none, unless there never was a strip.
    """
    if row["crop"] is None and row["strip"] is None:
        return True
    pairs = (("crop", "sha256"), ("strip", "strip_sha256"))
    return all(_digest(row[picture]) == row[digest] for picture, digest in pairs)


def _digest(picture: object) -> str | None:
    """Hash a picture; damage can make a number or a text of one."""
    return sha256(picture).hexdigest() if isinstance(picture, bytes) else None


def submission_row(new: NewSubmission, state: State, seq: int, scan_id: int, now: Moment) -> Row:
    """Lay out a new submission's row, pictures included, without its seal: `insert_submission`."""
    crop = new.crop
    return {
        "id": seq,
        "seq": seq,
        "scan_id": scan_id,
        "state": plain(state),
        "live": int(new.live and state is State.QUEUED),
        "spent": 0,
        **now.columns(),
        "sha256": digest_of(new),
        "file_name": plain(new.file_name),
        "file_sha256": new.file_sha256,
        "text": plain(new.text),
        "vin": plain(new.vin),
        "vin_source": "local" if new.vin else None,
        "local_vin": plain(new.vin),
        "credits": 0,
        "attempts": 0,
        "crop_format": crop.format if crop else None,
        "crop_width": int(crop.width) if crop else None,
        "crop_height": int(crop.height) if crop else None,
        "strip_sha256": sha256(crop.strip).hexdigest() if crop and crop.strip else None,
        "crop": crop.data if crop else None,
        "strip": crop.strip or None if crop else None,
    }


def digest_of(new: NewSubmission) -> str:
    """Return the SHA-256 by which a submission is known: of its crop, else of its text."""
    if new.crop:
        return sha256(new.crop.data).hexdigest()
    return sha256((new.text or new.vin or "").encode("utf-8", "replace")).hexdigest()


def to_submission(row: AnyRow) -> Submission:
    """Turn a row of SUBMISSION_COLUMNS into the value that other rooms see.

    Raises DamagedRowError where its seal is broken: nobody is shown what was not written.
    """
    check_sound(row, "submission")
    return Submission(
        id=row["id"],
        seq=row["seq"],
        state=State(row["state"]),
        sha256=row["sha256"],
        created=moment_of(row).known,
        file_name=row["file_name"],
        file_sha256=row["file_sha256"],
        text=row["text"],
        vin=row["vin"],
        vin_source=row["vin_source"],
        local_vin=row["local_vin"],
        credits=row["credits"],
        attempts=row["attempts"],
        reason=row["reason"],
        key=row["key"],
        make=row["make"],
        model=row["model"],
        year=row["year"],
        decode_note=row["decode_note"],
        duplicate_of=row["duplicate_of"],
        live=bool(row["live"]),
        scan_id=row["scan_id"],
    )


def to_attempt(row: AnyRow) -> Attempt:
    """Turn an attempt's row into the value that other rooms see.

    Raises DamagedRowError where its seal is broken: nobody is shown what was not written.
    """
    check_sound(row, "attempt")
    ended = row["ended"]
    return Attempt(
        id=row["id"],
        started=moment_of(row).known,
        took_s=None if ended is None else ended - row["monotonic"],
        tail_sent=row["phase"] == "committed",
        outcome=None if row["outcome"] is None else State(row["outcome"]),
        status=row["status"],
        credits=row["credits"],
        reason=row["reason"] or None,
    )


def to_crop(row: AnyRow) -> Crop:
    """Turn a row with its pictures into a crop.

    Raises DamagedRowError where its seal or a picture's is broken.
    """
    check_sound(row, "submission")
    if not picture_is_sound(row):
        raise DamagedRowError(
            f"the picture of submission {row['id']} is damaged on the disk: it is not what was "
            "written, and is not shown"
        )
    return Crop(
        row["crop"], row["crop_width"], row["crop_height"], row["crop_format"], row["strip"]
    )


def scan_row(
    scan: NewScan, outcome: ScanOutcome, submission_id: int | None, now: Moment
) -> dict[str, SqlValue]:
    """Lay out a scan's row without its id and seal."""
    return {
        "submission_id": submission_id,
        "outcome": plain(outcome),
        **now.columns(),
        "source": plain(scan.trigger),
        "text": plain(scan.text),
        "vin": plain(scan.vin),
        "symbology": plain(scan.symbology),
        "confidence": None if scan.confidence is None else plain(float(scan.confidence)),
        "file_name": plain(scan.file_name),
        "file_sha256": scan.file_sha256,
        "detail": plain(scan.detail),
    }


def to_scan(row: AnyRow) -> Scan:
    """Turn a scan's row into the value that other rooms see.

    Raises DamagedRowError where its seal is broken: nobody is shown what was not written.
    """
    check_sound(row, "scan")
    return Scan(
        trigger=row["source"],
        outcome=ScanOutcome(row["outcome"]),
        text=row["text"],
        vin=row["vin"],
        symbology=row["symbology"],
        confidence=row["confidence"],
        file_name=row["file_name"],
        file_sha256=row["file_sha256"],
        detail=row["detail"],
        id=row["id"],
        created=moment_of(row).known,
        submission_id=row["submission_id"],
    )
