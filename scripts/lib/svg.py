"""Small charts as SVG: lines over a scale, and bars in parts. The same numbers give the same file.

Each has a light ground of its own, so that it reads the same on a light and on a dark page.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from textwrap import wrap
from xml.sax.saxutils import escape

_WIDTH, _HEIGHT = 640, 360
_LEFT, _RIGHT, _TOP, _BOTTOM = 64, 24, 64, 52
_LETTER = 6.6  # pixels that a letter is wide, about
_GROUND, _INK, _DIM, _RULE = "#ffffff", "#1f2328", "#59636e", "#d8dee4"
COLOURS = ("#0969da", "#bc4c00", "#1a7f37", "#8250df", "#9a6700", "#57606a", "#a40e26")
_MARKS = ("circle", "square", "diamond")
_SMALLEST = 1e-9
_GROUP = 0.8  # of the room of a group of columns

Point = tuple[float, float]
Scale = Callable[[float], float]


def plainly(value: float) -> float:
    """Return the value as it is."""
    return value


def logarithm(value: float) -> float:
    """Return the logarithm, of the smallest number where there is none."""
    return math.log(max(value, _SMALLEST))


def odds(value: float) -> float:
    """Return the logarithm of a probability's odds: 0.99 and 0.999 lie as far apart as 0.9."""
    return logarithm(value) - logarithm(1 - value)


@dataclass(frozen=True, slots=True)
class Series:
    """A named line; ``spans`` are its points' intervals (low, high), if it has any."""

    name: str
    points: Sequence[Point]
    spans: Sequence[tuple[float, float]] = ()
    dashed: bool = False


@dataclass(frozen=True, slots=True)
class Axis:
    """A scale: what it measures, the values that get a tick, which also are its ends."""

    name: str
    ticks: Sequence[float]
    scale: Scale = plainly

    def share(self, value: float) -> float:
        """Return where a value lies: 0 at the first tick, 1 at the last; beyond is cut off."""
        value, low, high = map(self.scale, (value, self.ticks[0], self.ticks[-1]))
        return min(max((value - low) / (high - low), 0.0), 1.0)


@dataclass(slots=True)
class _Sheet:
    """The elements of one picture."""

    title: str
    height: int = _HEIGHT
    parts: list[str] = field(default_factory=list)

    def text(self, x: float, y: float, text: str, style: str = "", colour: str = _DIM) -> None:
        self.parts.append(
            f'<text x="{x:.1f}" y="{y:.1f}" fill="{colour}"{style}>{escape(text)}</text>'
        )

    def line(self, a: Point, b: Point, colour: str, width: float = 1.0) -> None:
        self.parts.append(
            f'<path d="M{a[0]:.1f} {a[1]:.1f}L{b[0]:.1f} {b[1]:.1f}" stroke="{colour}"'
            f' stroke-width="{width:g}"/>'
        )

    def box(self, x: float, y: float, width: float, height: float, colour: str) -> None:
        self.parts.append(
            f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}"'
            f' fill="{colour}"/>'
        )

    def legend(self, names: Sequence[str], *, areas: bool = False) -> None:
        x = float(_LEFT)
        for number, name in enumerate(names):
            if areas:
                self.box(x, 36, 10, 10, COLOURS[number % len(COLOURS)])
            else:
                self.mark((x + 5, 42), number)
            self.text(x + 15, 46, name, colour=_INK)
            x += 30 + 6.6 * len(name)

    def mark(self, at: Point, number: int) -> None:
        x, y = at
        colour, shape = COLOURS[number % len(COLOURS)], _MARKS[number % len(_MARKS)]
        if shape == "circle":
            self.parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{colour}"/>')
        elif shape == "square":
            self.box(x - 3.5, y - 3.5, 7, 7, colour)
        else:
            self.parts.append(
                f'<path d="M{x:.1f} {y - 5:.1f}l5 5l-5 5l-5 -5z" fill="{colour}" stroke="none"/>'
            )

    def whole(self) -> str:
        head = (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {self.height}"'
            f' width="{_WIDTH}" height="{self.height}" role="img" fill="none"'
            ' font-family="system-ui, sans-serif" font-size="12">'
        )
        title = escape(self.title)
        ground = f'<rect width="{_WIDTH}" height="{self.height}" rx="6" fill="{_GROUND}"/>'
        name = f'<text x="{_LEFT}" y="24" font-size="14" fill="{_INK}">{title}</text>'
        return "\n".join([head, f"<title>{title}</title>", ground, name, *self.parts, "</svg>", ""])


def lines(title: str, x: Axis, y: Axis, series: Sequence[Series]) -> str:
    """Draw lines with marks and intervals over two scales."""
    sheet = _Sheet(title)
    _scale_of_levels(sheet, y)

    def at(point: Point) -> Point:
        wide = _WIDTH - _LEFT - _RIGHT
        return _LEFT + x.share(point[0]) * wide, _height_of(y, point[1])

    for tick in x.ticks:
        place, _ = at((tick, y.ticks[0]))
        sheet.text(place, _HEIGHT - _BOTTOM + 18, f"{tick:g}", ' text-anchor="middle"')
    middle = (_LEFT + _WIDTH - _RIGHT) / 2
    sheet.text(middle, _HEIGHT - 12, x.name, ' text-anchor="middle"')
    for number, one in enumerate(series):
        _draw(sheet, number, one, [at(point) for point in one.points])
        for (place, _), (low, high) in zip(one.points, one.spans, strict=False):
            sheet.line(at((place, low)), at((place, high)), COLOURS[number], 1.5)
    sheet.legend([one.name for one in series])
    return sheet.whole()


def columns(
    title: str, y: Axis, rows: Sequence[tuple[str, Sequence[float]]], names: Sequence[str]
) -> str:
    """Draw a group of columns a row, one for each of ``names``, their values above them."""
    sheet = _Sheet(title)
    _scale_of_levels(sheet, y)
    wide = (_WIDTH - _LEFT - _RIGHT) / max(1, len(rows))
    one = wide * _GROUP / max(1, len(names))
    for place, (name, values) in enumerate(rows):
        start = _LEFT + wide * (place + (1 - _GROUP) / 2)
        middle = start + wide * _GROUP / 2
        for row, words in enumerate(wrap(name, int(wide / _LETTER)) or [""]):
            below = _HEIGHT - _BOTTOM + 18 + 14 * row
            sheet.text(middle, below, words, ' text-anchor="middle"', _INK)
        for number, value in enumerate(values):
            left, top = start + number * one, _height_of(y, value)
            sheet.box(left, top, one - 2, _HEIGHT - _BOTTOM - top, COLOURS[number % len(COLOURS)])
            small = ' text-anchor="middle" font-size="10"'
            sheet.text(left + one / 2 - 1, top - 4, f"{value:.3g}", small)
    sheet.legend(names, areas=True)
    return sheet.whole()


def _height_of(y: Axis, value: float) -> float:
    """Return how far from the top a value lies, in pixels."""
    return _HEIGHT - _BOTTOM - y.share(value) * (_HEIGHT - _TOP - _BOTTOM)


def _scale_of_levels(sheet: _Sheet, y: Axis) -> None:
    """Draw a line for each tick of the upright scale, and its name along it."""
    for tick in y.ticks:
        level = _height_of(y, tick)
        sheet.line((_LEFT, level), (_WIDTH - _RIGHT, level), _RULE)
        sheet.text(_LEFT - 8, level + 4, f"{tick:g}", ' text-anchor="end"')
    middle = (_HEIGHT - _BOTTOM + _TOP) / 2
    turned = f' text-anchor="middle" transform="rotate(-90 16 {middle:.0f})"'
    sheet.text(16, middle, y.name, turned)


def _draw(sheet: _Sheet, number: int, series: Series, points: Sequence[Point]) -> None:
    colour = COLOURS[number % len(COLOURS)]
    path = "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
    dash = ' stroke-dasharray="4 4"' if series.dashed else ""
    if path:
        sheet.parts.append(f'<path d="M{path}" stroke="{colour}" stroke-width="2"{dash}/>')
    if not series.dashed:
        for point in points:
            sheet.mark(point, number)


def bars(
    title: str, unit: str, rows: Sequence[tuple[str, Sequence[float]]], parts: Sequence[str]
) -> str:
    """Draw one bar a row, in ``parts`` laid end to end, its sum behind it."""
    sheet = _Sheet(title, _TOP + 34 * len(rows) + 16)
    longest = max((sum(values) for _, values in rows), default=0.0) or 1.0
    room = _WIDTH - _LEFT - _RIGHT - 84
    for place, (name, values) in enumerate(rows):
        top, start = _TOP + 34 * place, float(_LEFT)
        sheet.text(_LEFT - 8, top + 16, name, ' text-anchor="end"', _INK)
        for number, value in enumerate(values):
            length = value / longest * room
            sheet.box(start, top, max(length - 1, 0), 24, COLOURS[number % len(COLOURS)])
            start += length
        sheet.text(start + 6, top + 16, f"{sum(values):.1f} {unit}", colour=_INK)
    sheet.legend(parts, areas=True)
    return sheet.whole()
