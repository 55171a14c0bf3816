"""What a station shows while it is tried.

A display: every column of both rows, every character that all can show, its brightness. A light:
each lamp alone, and the buzzer.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from kiosk.station.codecs.displays.display import Brightness
from kiosk.station.codecs.lights import Lamps
from kiosk.station.codecs.text import COLUMNS, Lines

_DRAWN_OTHERWISE = "\\|~"  # by some displays
_VISIBLE = "".join(c for c in map(chr, range(ord("!"), ord("~") + 1)) if c not in _DRAWN_OTHERWISE)
PRESS: Lines = ("PRESS THE BUTTON", "NOW, ONCE")
SPEED: Lines = ("DO YOU SEE THIS", "AT {} BAUD")
SCAN: Lines = ("SCAN A LABEL", "WITH THE SCANNER")
DONE: Lines = ("STATION TEST", "IS OVER")
REMEMBERS = frozenset({"matrix_orbital", "serlcd"})
"""Displays that keep a brightness for good: it is not tried where the lane's file sets none."""


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


def steps_of_brightness() -> Iterator[tuple[Brightness, Lines]]:
    """Give each step with what to show at it, the dimmest first."""
    for level in Brightness:
        yield level, ("BRIGHTNESS", f"{level:d} PERCENT")


@dataclass(frozen=True, slots=True)
class Lamp:
    """One part of a light, alone, and what a person in front of it should notice."""

    name: str
    lamps: Lamps
    lines: Lines
    question: str


LAMPS = (
    Lamp("red", Lamps(red=True), ("RED LAMP", "NO OTHER"), "the red lamp, and no other"),
    Lamp(
        "yellow", Lamps(yellow=True), ("YELLOW LAMP", "NO OTHER"), "the yellow lamp, and no other"
    ),
    Lamp("green", Lamps(green=True), ("GREEN LAMP", "NO OTHER"), "the green lamp, and no other"),
)
BUZZER = Lamp("buzzer", Lamps(buzzer=True), ("BUZZER", "SOUNDS ONCE"), "the buzzer")
