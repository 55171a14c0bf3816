"""One thing the station says: two rows, or a few pages of them, and for how long."""

from dataclasses import dataclass
from enum import StrEnum

from kiosk.station.codecs.text import Lines

PAGE_S = 2.0
"""Seconds that each page of a message is shown before the next."""


class Mood(StrEnum):
    """How a message is meant: colour of a light, number of beeps, colour on a page."""

    GOOD = "good"
    BAD = "bad"  # something is broken or lost; a person must act
    ATTENTION = "attention"  # a person must look or decide
    NEUTRAL = "neutral"
    CLOSED = "closed"  # the lane takes no scans: it starts, or is off


@dataclass(frozen=True, slots=True)
class Message:
    """Two rows of at most 20 printable ASCII columns each.

    ``hold_s`` is how long it covers the resting message; None: it stays until something else is
    said. ``more`` are further pages; all pages take turns of PAGE_S seconds.
    """

    lines: Lines
    mood: Mood
    hold_s: float | None = None
    scan_id: int | None = None
    more: tuple[Lines, ...] = ()

    def lines_at(self, age_s: float) -> Lines:
        """Return the page to show ``age_s`` seconds after the message appeared."""
        pages = (self.lines, *self.more)
        return pages[int(max(age_s, 0.0) / PAGE_S) % len(pages)]
