"""What a run came to: the ledger on the disk, the service's books, and what was acknowledged.

A witness of its own: it reads the database and the spent log with sqlite3 and json alone, in a
copy, so that looking changes nothing (closing a WAL database would). Nobody may write meanwhile.
"""

import json
import re
import shutil
import sqlite3
import tempfile
import zlib
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from kiosk.sandbox.books import Journal
from kiosk.sandbox.journal_file import Entry

_FREE_AGAIN = 29  # the service may charge for it, and the picture counts as never sent all the same
_BY_ITSELF = "service"  # who releases what was refused for nothing; anybody else is a person
_HASH = re.compile(rb'"sha256":"([0-9a-f]{64})"')
# An attempt that the ledger counts as a credit: answered, in doubt, or cut off after its tail.
_BOOKED = """
SELECT submissions.sha256, COUNT(*) AS booked FROM attempts
JOIN submissions ON submissions.id = attempts.submission_id
WHERE attempts.credits > 0 OR attempts.outcome = 'in_doubt'
    OR (attempts.outcome IS NULL AND attempts.phase = 'committed')
GROUP BY submissions.sha256"""
# A lane that died at its very first start has no tables, and has called nothing saved.
_NOTHING_YET = """
CREATE TABLE IF NOT EXISTS submissions (id, seq, state, sha256, file_sha256, local_vin, wall);
CREATE TABLE IF NOT EXISTS attempts (submission_id, credits, outcome, phase);
CREATE TABLE IF NOT EXISTS acts (submission_id, what);
CREATE TABLE IF NOT EXISTS scans (file_sha256);"""
_ROWS = "SELECT id, state, sha256, file_sha256, local_vin, wall FROM submissions ORDER BY seq"


@dataclass(frozen=True, slots=True)
class Verdict:
    """All that must be empty, and how many doubts are left for a person."""

    lost: tuple[str, ...]  # acknowledged scans and pictures that the ledger does not hold
    twice: tuple[str, ...]  # pictures and VINs paid for twice though nobody said so
    unbooked: tuple[str, ...]  # pictures charged more often than the ledger counts credits
    uncounted: int  # charges above the ledger's credits, pictures that came incomplete included
    out_of_order: tuple[str, ...]  # pictures at the service before the spent log said so
    doubts: int

    @property
    def good(self) -> bool:
        """Tell whether the promises were kept."""
        return not (self.lost or self.twice or self.unbooked or self.uncounted)

    @property
    def faultless(self) -> bool:
        """Tell whether they were kept, and not by luck."""
        return self.good and not self.out_of_order


@dataclass(frozen=True, slots=True)
class _Row:
    id: int
    state: str
    sha256: str
    file_sha256: str | None
    local_vin: str | None
    wall: float


@dataclass(frozen=True, slots=True)
class _Line:
    kind: str
    by_person: bool


def judge(
    state_dir: Path,
    journal: Journal,
    acknowledged: Mapping[int, str],
    *,
    files: Collection[str] = (),
    window_s: float | None = None,
) -> Verdict:
    """Judge a state directory against the books.

    ``acknowledged``: the number of each submission that was called saved → the SHA-256 of its
    crop or of its picture file. ``files``: the SHA-256 of each picture file that must have become
    a scan. ``window_s``: a VIN read here may be charged once within so many seconds (only where
    nobody consented).
    """
    with tempfile.TemporaryDirectory(prefix="verdict-") as copy:
        connection = _open(state_dir, Path(copy))
        with closing(connection):
            rows = [_Row(*row) for row in connection.execute(_ROWS)]
            booked = Counter(dict(connection.execute(_BOOKED).fetchall()))
            decided = {row[0] for row in connection.execute(_DROPS)}
            seen = {row[0] for row in connection.execute("SELECT file_sha256 FROM scans")}
    lines = _spent_lines(state_dir / "spent.log")
    charges = Counter(entry.sha256 or "" for entry in journal.requests if entry.charged)
    # a doubt that only the spent log knew of has no attempt of its own
    doubtful = Counter(row.sha256 for row in rows if row.state == "in_doubt")
    booked |= doubtful
    whole = _whole_charges(journal.requests)
    return Verdict(
        lost=_lost(rows, acknowledged, decided, files, seen),
        twice=(*_pictures_twice(charges, lines, journal.requests), *_vins(rows, charges, window_s)),
        unbooked=tuple(sha256 for sha256, count in whole.items() if count > booked[sha256]),
        uncounted=max(0, charges.total() - booked.total()),
        out_of_order=_out_of_order(journal.requests, lines),
        doubts=doubtful.total(),
    )


_DROPS = "SELECT submission_id FROM acts WHERE what = 'drop'"


def states(state_dir: Path) -> Counter[str]:
    """Count the submissions by state."""
    with tempfile.TemporaryDirectory(prefix="verdict-") as copy:
        connection = _open(state_dir, Path(copy))
        with closing(connection):
            return Counter(row[1] for row in connection.execute(_ROWS))


def journal_of(facts: Mapping[str, object]) -> Journal:
    """Make the books from what ``GET /_sandbox/journal`` answers."""
    requests = facts["requests"]
    assert isinstance(requests, list)
    return Journal(tuple(Entry(**request) for request in requests), int(str(facts["credits"])))


def _open(state_dir: Path, copy: Path) -> sqlite3.Connection:
    for name in ("ledger.sqlite", "ledger.sqlite-wal"):
        if (state_dir / name).exists():
            shutil.copyfile(state_dir / name, copy / name)
    connection = sqlite3.connect(copy / "ledger.sqlite")
    connection.executescript(_NOTHING_YET)
    return connection


def _lost(
    rows: Iterable[_Row],
    acknowledged: Mapping[int, str],
    decided: Collection[int],
    files: Collection[str],
    seen: Collection[str],
) -> tuple[str, ...]:
    held = {row.id: row for row in rows}
    lost = []
    for number, sha256 in acknowledged.items():
        row = held.get(number)
        if row is None or sha256 not in {row.sha256, row.file_sha256}:
            lost.append(f"submission {number}")
        elif row.state == "dropped" and number not in decided:
            lost.append(f"submission {number}, dropped by nobody")
    kept = {row.file_sha256 for row in held.values()} | set(seen)
    return (*lost, *(f"picture {sha256[:12]}" for sha256 in files if sha256 not in kept))


def _pictures_twice(
    charges: Counter[str], lines: Mapping[str, list[_Line]], requests: Iterable[Entry]
) -> list[str]:
    excused = Counter(
        entry.sha256 for entry in requests if entry.charged and entry.key == _FREE_AGAIN
    )
    return [
        sha256
        for sha256, count in charges.items()
        if sha256
        and count > 1 + excused[sha256] + sum(line.by_person for line in lines.get(sha256, ()))
    ]


def _vins(rows: Iterable[_Row], charges: Counter[str], window_s: float | None) -> list[str]:
    if window_s is None:
        return []
    times = defaultdict(list)
    for row in rows:
        if row.local_vin and charges[row.sha256] and row.state not in {"duplicate", "local"}:
            times[row.local_vin].append(row.wall)
    return [
        vin
        for vin, walls in times.items()
        if any(later - earlier < window_s for earlier, later in pairwise(sorted(walls)))
    ]


def _whole_charges(requests: Iterable[Entry]) -> Counter[str]:
    """Count the charges that can be held against a row: one that came early has no whole hash."""
    return Counter(entry.sha256 or "" for entry in requests if entry.charged and entry.complete)


def _out_of_order(requests: Iterable[Entry], lines: Mapping[str, list[_Line]]) -> tuple[str, ...]:
    came = Counter(entry.sha256 for entry in requests if entry.complete and entry.sha256)
    early = [
        sha256
        for sha256, count in came.items()
        if count > sum(line.kind == "spent" for line in lines.get(sha256, ()))
    ]
    again = [
        sha256
        for sha256, told in lines.items()
        if any(a.kind == b.kind == "spent" for a, b in pairwise(told))
    ]
    return tuple(sorted({*early, *again}))


def _spent_lines(path: Path) -> dict[str, list[_Line]]:
    lines = defaultdict(list)
    for raw in (path.read_bytes() if path.exists() else b"").split(b"\n")[:-1]:
        crc, _, text = raw.partition(b" ")
        if b"%08x" % zlib.crc32(text) == crc:
            fields = json.loads(text)
            if fields["kind"] in {"spent", "released"}:
                by_person = fields["kind"] == "released" and fields["who"] != _BY_ITSELF
                lines[fields["sha256"]].append(_Line(fields["kind"], by_person))
        elif shown := _HASH.search(raw):
            lines[shown[1].decode()].append(_Line("spent", by_person=False))
    return lines
