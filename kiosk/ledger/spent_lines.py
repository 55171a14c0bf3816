"""Lines of the spent log ↔ values: pure functions, tolerant of a torn or damaged file."""

import json
import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kiosk.ledger.moment import Moment

_CRC_DIGITS = 8
_SHA256 = re.compile(rb'"sha256":"([0-9a-f]{64})"')
_UNKNOWN = Moment("", 0.0, 0.0, clock_set=False)


@dataclass(frozen=True, slots=True)
class Spent:
    """A crop crossed the point of no return: it was paid for, or may have been."""

    sha256: str
    file_sha256: str | None
    vin: str | None  # as read here
    seq: int
    at: Moment


@dataclass(frozen=True, slots=True)
class Released:
    """A crop may be sent (again): a refusal cost nothing, or ``who`` says so."""

    sha256: str
    who: str
    why: str
    at: Moment


Entry = Spent | Released


@dataclass(frozen=True, slots=True)
class ParsedLog:
    """What a log's bytes amount to; ``good_bytes`` is where a torn last line begins."""

    entries: tuple[Entry, ...]
    good_bytes: int
    damage: str | None


def format_line(entry: Entry) -> bytes:
    """Write an entry as one line. JSON in ASCII: nobody's name can break or forge a line."""
    fields: dict[str, object] = {"sha256": entry.sha256}
    if isinstance(entry, Spent):
        fields |= {"kind": "spent", "vin": entry.vin, "file": entry.file_sha256, "seq": entry.seq}
    else:
        fields |= {"kind": "released", "who": entry.who, "why": entry.why}
    fields |= entry.at.columns()
    text = json.dumps(fields, separators=(",", ":")).encode("ascii")
    return b"%08x %s\n" % (zlib.crc32(text), text)


def parse_line(line: bytes) -> Entry | None:
    """Read one line without its end; None where the CRC or the content is wrong."""
    crc, _, text = line.partition(b" ")
    if len(crc) != _CRC_DIGITS or b"%08x" % zlib.crc32(text) != crc:
        return None
    try:
        return _entry_of(json.loads(text))
    except (ValueError, KeyError, TypeError):
        return None


def parse_log(data: bytes) -> ParsedLog:
    """Read a whole log.

    A last line without its end was torn by a crash before it was acknowledged: it counts for
    nothing. A damaged line elsewhere counts as spent where it still shows a crop's hash: a doubt
    that a person can lift is better than a second payment.
    """
    *lines, rest = data.split(b"\n")
    entries: list[Entry] = []
    damaged = 0
    for line in lines:
        entry = parse_line(line)
        if entry is None:
            damaged += 1
            entry = _guess(line)
        if entry is not None:
            entries.append(entry)
    words = []
    if damaged:
        words.append(f"{damaged} damaged line(s) in the spent log")
    if rest:
        words.append("the spent log's last line was torn and is gone")
    return ParsedLog(tuple(entries), len(data) - len(rest), "; ".join(words) or None)


def _guess(line: bytes) -> Spent | None:
    shown = _SHA256.search(line)
    return Spent(shown[1].decode("ascii"), None, None, 0, _UNKNOWN) if shown else None


def _entry_of(fields: Mapping[str, Any]) -> Entry:
    at = Moment(
        str(fields["boot_id"]),
        float(fields["monotonic"]),
        float(fields["wall"]),
        bool(fields["clock_set"]),
    )
    if fields["kind"] == "released":
        return Released(fields["sha256"], fields["who"], fields["why"], at)
    if fields["kind"] == "spent":
        return Spent(fields["sha256"], fields["file"], fields["vin"], int(fields["seq"]), at)
    raise KeyError(fields["kind"])
