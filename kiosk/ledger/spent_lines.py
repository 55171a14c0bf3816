"""Lines of the spent log ↔ values: pure functions, tolerant of a torn or damaged file."""

import json
import re
import zlib
from binascii import unhexlify
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO

from kiosk.ledger.moment import Moment

_CRC_DIGITS = 8
_LONGEST_LINE = 64 << 10  # bytes; longer is damage, and must not be read into memory whole
_SHA256 = re.compile(rb'"sha256":"([0-9a-f]{64})"')
# What `format_line` makes of a Spent, up to its time. The other kinds are rare.
_SPENT = re.compile(
    rb'\{"sha256":"([0-9a-f]{64})","kind":"spent","vin":(?:null|"([^"\\]*)"),'
    rb'"file":(?:null|"([0-9a-f]{64})"),"seq":([0-9]{1,18}),"boot_id"'
)
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


@dataclass(frozen=True, slots=True)
class Dropped:
    """``who`` gave a submission up. What was spent stays spent: this line only bears witness."""

    sha256: str
    who: str
    why: str
    at: Moment


Entry = Spent | Released | Dropped


@dataclass(frozen=True, slots=True)
class Glance:
    """What can be told of a line without reading all of it."""

    sha256: bytes
    spent: bool | None  # None: the line changes nothing
    vin: str | None = None
    file_sha256: bytes | None = None
    seq: int = 0
    damaged: bool = False


def format_line(entry: Entry) -> bytes:
    """Write an entry as one line. JSON in ASCII: nobody's name can break or forge a line."""
    fields: dict[str, object] = {"sha256": entry.sha256}
    if isinstance(entry, Spent):
        fields |= {"kind": "spent", "vin": entry.vin, "file": entry.file_sha256, "seq": entry.seq}
    else:
        kind = "released" if isinstance(entry, Released) else "dropped"
        fields |= {"kind": kind, "who": entry.who, "why": entry.why}
    fields |= entry.at.columns()
    text = json.dumps(fields, separators=(",", ":")).encode("ascii")
    return b"%08x %s\n" % (zlib.crc32(text), text)


def parse_line(line: bytes) -> Entry | None:
    """Read one line without its end; None where the CRC or the content is wrong."""
    text = _sealed(line)
    if text is None:
        return None
    try:
        return _entry_of(json.loads(text))
    except (ValueError, KeyError, TypeError):
        return None


def guess_line(line: bytes) -> Spent | None:
    """Take a damaged line for a payment where it still shows a crop's hash.

    A doubt that a person can lift is better than a second payment.
    """
    shown = _SHA256.search(line)
    return Spent(shown[1].decode("ascii"), None, None, 0, _UNKNOWN) if shown else None


def glance_at(line: bytes) -> Glance | None:
    """Look at a line, quickly; None where it is damaged and shows nothing."""
    text = _sealed(line)
    usual = _SPENT.match(text) if text is not None else None
    if usual is not None:
        crop, vin, file, seq = usual.groups()
        return Glance(
            unhexlify(crop),
            spent=True,
            vin=vin.decode("ascii") if vin else None,
            file_sha256=unhexlify(file) if file else None,
            seq=int(seq),
        )
    entry = parse_line(line)
    if entry is not None:
        return glance_of(entry)
    guess = guess_line(line)
    return None if guess is None else Glance(unhexlify(guess.sha256), spent=True, damaged=True)


def glance_of(entry: Entry) -> Glance:
    """Return of an entry what `glance_at` tells of its line."""
    sha256 = unhexlify(entry.sha256)
    if not isinstance(entry, Spent):
        return Glance(sha256, spent=False if isinstance(entry, Released) else None)
    file_sha256 = unhexlify(entry.file_sha256) if entry.file_sha256 else None
    return Glance(sha256, spent=True, vin=entry.vin or None, file_sha256=file_sha256, seq=entry.seq)


def lines_of(log: BinaryIO) -> Iterator[bytes]:
    """Give a log's lines, each with its end; only a torn last one may lack it."""
    while line := log.readline(_LONGEST_LINE):
        yield line if len(line) < _LONGEST_LINE else line[:-1] + b"\n"


def _sealed(line: bytes) -> bytes | None:
    crc, _, text = line.partition(b" ")
    if len(crc) != _CRC_DIGITS or b"%08x" % zlib.crc32(text) != crc:
        return None
    return text


def _entry_of(fields: Mapping[str, Any]) -> Entry | None:
    at = Moment(
        str(fields["boot_id"]),
        float(fields["monotonic"]),
        float(fields["wall"]),
        bool(fields["clock_set"]),
    )
    for digest in (fields["sha256"], fields.get("file")):
        unhexlify(digest or "")
    match fields["kind"]:
        case "spent":
            return Spent(fields["sha256"], fields["file"], fields["vin"], int(fields["seq"]), at)
        case "released":
            return Released(fields["sha256"], fields["who"], fields["why"], at)
        case "dropped":
            return Dropped(fields["sha256"], fields["who"], fields["why"], at)
        case _:
            return None
