"""Draws every message as the glass shows it, with the light and the sound that go with it.

One sheet for each part of docs/operating.md in English, and one with all of it for every other
language. A message is a line of glasses, page after page, behind its light.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from xml.sax.saxutils import escape

from dot_letters import COLUMNS as DOTS_ACROSS
from dot_letters import PITCH, STYLE, outline
from dot_letters import ROWS as DOTS_DOWN
from glass_states import OCCASIONS, Occasion, message_at

from kiosk.station.codecs.lights import Lamps
from kiosk.station.codecs.text import COLUMNS, Lines
from kiosk.station.lamps import lamps_for
from kiosk.station.messages import Message
from kiosk.vin import CHARACTERS

SHEETS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "docs/glass/at-rest.svg": ("en", ("at rest",)),
    "docs/glass/at-a-press.svg": ("en", ("at a press",)),
    "docs/glass/scanned-before.svg": ("en", ("a car that was scanned before",)),
    "docs/glass/answer.svg": ("en", ("the answer",)),
    "docs/glass/spanish.svg": ("es", tuple(OCCASIONS)),
    "docs/glass/german.svg": ("de", tuple(OCCASIONS)),
}
"""The files: each one's language and its parts."""

_STEP_X, _STEP_Y = DOTS_ACROSS * PITCH + 3, DOTS_DOWN * PITCH + 5
_BORDER = 8
_GLASS_W, _GLASS_H = COLUMNS * _STEP_X - 3 + 2 * _BORDER, 2 * _STEP_Y - 5 + 2 * _BORDER
_LIGHT_W, _SPACE = 26, 16
_CARD_W, _CARD_H = _LIGHT_W + _GLASS_W + _SPACE, _GLASS_H + 36
_GLASSES = 3  # beside each other
_WIDTH = _GLASSES * _CARD_W + _SPACE
_HEAD_H = 34
_COLOURS = {"red": "#ff4b3e", "yellow": "#ffc21a", "green": "#2fd158"}
_OFF = "#d8dee4"
_VIN = re.compile(CHARACTERS)
_TICK_S, _TICKS = 0.05, 40  # a message's first two seconds tell how its lamps go
_CSS = (
    ".r{stroke:#8dffe4}.h{font:600 16px sans-serif;fill:#1f2328}"
    ".n{font:11px sans-serif;fill:#59636e}"
)


@dataclass(slots=True)
class _Sheet:
    """What is drawn, and each row of letters that it uses, once."""

    parts: list[str] = field(default_factory=list)
    rows: dict[str, str] = field(default_factory=dict)

    def text(self, kind: str, x: int, y: int, text: str) -> None:
        self.parts.append(f'<text class="{kind}" x="{x}" y="{y}">{escape(text)}</text>')

    def glass(self, lines: Lines, x: int, y: int) -> None:
        self.parts.append(f'<use href="#glass" x="{x}" y="{y}"/>')
        for number, line in enumerate(lines):
            if line:
                name = self.rows.setdefault(line, f"r{len(self.rows)}")
                top = y + _BORDER + number * _STEP_Y
                self.parts.append(f'<use href="#{name}" x="{x + _BORDER}" y="{top}"/>')

    def whole(self, height: int) -> str:
        letters = sorted(set("".join(self.rows)) - {" "})
        defs = [_blank_glass()]
        defs += [f'<path id="c{ord(c):x}" d="{outline(c)}"/>' for c in letters]
        defs += [_row(name, line) for line, name in self.rows.items()]
        size = f'width="{_WIDTH}" height="{height}"'
        return "\n".join(
            [
                f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" {size}>',
                f"<style>{_CSS}.r{{{STYLE}}}</style>",
                "<defs>",
                *defs,
                "</defs>",
                f'<rect {size} fill="#fff"/>',
                *self.parts,
                "</svg>\n",
            ]
        )


def glass_sheet(name: str) -> str:
    """Draw the sheet that a file of SHEETS holds."""
    language, parts = SHEETS[name]
    sheet = _Sheet()
    y = _SPACE
    for part in parts:
        if len(parts) > 1:
            sheet.text("h", _SPACE, y + 16, part)
            y += _HEAD_H
        for row in _rows(OCCASIONS[part], language):
            x = _SPACE
            for message, note in row:
                _draw_message(sheet, message, note, x, y)
                x += _CARD_W * _pages(message)
            y += _CARD_H
    return sheet.whole(y)


def told(history: list[Lamps]) -> str:
    """Say what the light and its buzzer do: ``yellow blinks, one sound``."""
    words = []
    for name in _COLOURS:
        states = [getattr(lamps, name) for lamps in history]
        if any(states):
            words.append(name + ("" if all(states) else " blinks"))
    sounds = [lamps.buzzer for lamps in history]
    count = sum(now and not before for before, now in zip([False, *sounds], sounds, strict=False))
    if count:
        words.append("one sound" if count == 1 else f"{count} sounds")
    return ", ".join(words) or "dark"


def _history(message: Message) -> list[Lamps]:
    return [lamps_for(message, tick * _TICK_S) for tick in range(_TICKS)]


def _rows(
    occasions: Mapping[str, Occasion], language: str
) -> Iterator[list[tuple[Message, list[str]]]]:
    """Fill rows with messages, and what stands below their pages, in the order of the page."""
    row: list[tuple[Message, list[str]]] = []
    used = 0
    for occasion in occasions.values():
        message = message_at(occasion, language)
        if used + _pages(message) > _GLASSES:
            yield row
            row, used = [], 0
        row.append((message, _notes(occasion, language)))
        used += _pages(message)
    yield row


def _notes(occasion: Occasion, language: str) -> list[str]:
    """Say what the light does; below another language stands the English."""
    english = message_at(occasion, "en")
    if language == "en":
        return [told(_history(english)), *("then" for _ in english.more)]
    pages = (english.lines, *english.more)
    return [f"{_VIN.sub('VIN', upper)} / {lower}" for upper, lower in pages]


def _pages(message: Message) -> int:
    return 1 + len(message.more)


def _draw_message(sheet: _Sheet, message: Message, notes: list[str], x: int, y: int) -> None:
    sheet.parts.append(_light(_history(message), x, y))
    pages = (message.lines, *message.more)
    for number, (lines, note) in enumerate(zip(pages, notes, strict=True)):
        left = x + _LIGHT_W + number * _CARD_W
        sheet.glass(lines, left, y)
        sheet.text("n", left, y + _GLASS_H + 15, note)


def _light(history: list[Lamps], x: int, y: int) -> str:
    """Draw the three lamps: bright where they are on, and in a ring of dashes where they blink."""
    drawn = []
    for number, (name, colour) in enumerate(_COLOURS.items()):
        states = [getattr(lamps, name) for lamps in history]
        blinks = any(states) and not all(states)
        ring = f' stroke="{colour}" stroke-dasharray="3 2"' if blinks else ""
        drawn.append(
            f'<circle cx="{x + 9}" cy="{y + 7 + number * 17}" r="{7 - 2 * blinks}" '
            f'fill="{colour if any(states) else _OFF}"/>'
        )
        if ring:
            drawn.append(
                f'<circle cx="{x + 9}" cy="{y + 7 + number * 17}" r="7.5" fill="none"{ring}/>'
            )
    return "".join(drawn)


def _row(name: str, line: str) -> str:
    letters = "".join(
        f'<use href="#c{ord(char):x}" x="{column * _STEP_X}"/>'
        for column, char in enumerate(line)
        if char != " "
    )
    return f'<g id="{name}" class="r">{letters}</g>'


def _blank_glass() -> str:
    width, height = DOTS_ACROSS * PITCH, DOTS_DOWN * PITCH
    cells = "".join(
        f"M{_BORDER + column * _STEP_X} {_BORDER + row * _STEP_Y}h{width}v{height}h-{width}z"
        for row in range(2)
        for column in range(COLUMNS)
    )
    return (
        f'<g id="glass"><rect width="{_GLASS_W}" height="{_GLASS_H}" rx="4" fill="#06231f"/>'
        f'<path d="{cells}" fill="#0b332d"/></g>'
    )
