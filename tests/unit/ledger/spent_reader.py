"""The spent log's lines as a person reads them: all at once, every one in full."""

from dataclasses import dataclass

from kiosk.ledger.spent_lines import Entry, guess_line, parse_line


@dataclass(frozen=True, slots=True)
class ParsedLog:
    """What a log's bytes amount to, line by line; ``good_bytes`` is where a torn end begins."""

    entries: tuple[Entry, ...]
    good_bytes: int
    damaged: int  # lines, those among the entries by a guess included


def parse_log(data: bytes) -> ParsedLog:
    """Read a log that fits into memory."""
    *lines, rest = data.split(b"\n")
    read = [(parse_line(line), line) for line in lines]
    entries = (entry or guess_line(line) for entry, line in read)
    return ParsedLog(
        tuple(entry for entry in entries if entry is not None),
        len(data) - len(rest),
        [entry for entry, _ in read].count(None),
    )
