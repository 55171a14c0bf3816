"""What a display is tried with: every column of both rows, and every character all can show."""

from collections.abc import Iterator
from dataclasses import dataclass

from kiosk.station.codecs.text import COLUMNS, Lines

_DRAWN_OTHERWISE = "\\|~"  # by some displays
_VISIBLE = "".join(c for c in map(chr, range(ord("!"), ord("~") + 1)) if c not in _DRAWN_OTHERWISE)
PRESS: Lines = ("PRESS THE BUTTON", "NOW, ONCE")
SPEED: Lines = ("DO YOU SEE THIS", "AT {} BAUD")
DONE: Lines = ("STATION TEST", "IS OVER")


@dataclass(frozen=True, slots=True)
class Picture:
    """Two rows to show, and what a person should see in them."""

    name: str
    lines: Lines
    question: str


def pictures() -> Iterator[Picture]:
    """Give the pictures of the test, in their order."""
    ruler = ("1234567890" * COLUMNS)[:COLUMNS]
    yield Picture("columns", (ruler, "X" * COLUMNS), "both rows filled to their last column")
    both = 2 * COLUMNS
    for number, start in enumerate(range(0, len(_VISIBLE), both), 1):
        part = _VISIBLE[start : start + both]
        lines = (part[:COLUMNS], part[COLUMNS:])
        yield Picture(f"characters {number}", lines, "exactly these characters")
    yield Picture("upper row", ("UPPER ROW ALONE", ""), "the upper row alone, the lower one dark")
    yield Picture("lower row", ("", "LOWER ROW ALONE"), "the lower row alone, the upper one dark")
