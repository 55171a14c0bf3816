"""The label as artwork: ground, bars, plain text and small print."""

import random
from dataclasses import dataclass

import cv2

from kiosk.simulate.lettering import Ink
from kiosk.simulate.sheet import Box, Sheet
from kiosk.simulate.spec import Neighbour, SceneSpec, Side, seeded
from kiosk.simulate.symbols import Symbol, neighbour_of, symbol_of
from kiosk.simulate.wording import Line, Wording, wording_of

# All in modules.
_MARGIN = 5.0  # between print and the label's edge
_SIDE_COLUMN = 16.0  # room for the note along the right edge
_TEXT_ONLY_WIDTH = 300.0  # of a label without a symbol
_FIELD = 3.0  # light ground above and below the bars on a black label
_STRIPES = 11.0  # height of the striped distractor
_RULE = 0.5
_CORNER = 4.0


@dataclass(frozen=True, slots=True)
class Artwork:
    """A printed label and its ``mask`` (255 inside the rounded edge), both of the sheet's shape.

    The sheet is 0 outside the mask. ``symbol`` is None on a label without bars.
    """

    sheet: Sheet
    mask: Ink
    symbol: Symbol | None


@dataclass(frozen=True, slots=True)
class _Inks:
    """Grey levels, 0…255."""

    ground: int
    print: int
    field: int  # under the bars
    bars: int


def draw_label(spec: SceneSpec, scale: int) -> Artwork:
    """Print the label of ``spec`` at ``scale`` pixels a module.

    Raises ValueError for a text that the symbology cannot hold.
    """
    rng = seeded("label", spec.seed, spec.text)
    symbol = symbol_of(spec) if spec.text is not None else None
    words = wording_of(spec, rng)
    inks = _inks(spec, rng)
    left, _, right, bottom = frame = _text_frame(spec, symbol, words)
    sheet = Sheet.blank(_sheet_box(spec, words, frame), scale, inks.ground)
    if symbol:
        _print_symbols(sheet, spec, symbol, inks)
    _print_words(sheet, words, frame, inks)
    if words.side:
        _print_side(sheet, words.side, frame, inks)
    if spec.label_stripes:
        _print_stripes(sheet, (left, bottom, right, bottom + _STRIPES), rng, inks)
    mask = sheet.rounded(_CORNER)
    cv2.min(sheet.print, mask, dst=sheet.print)
    return Artwork(sheet, mask, symbol)


def extent_of(spec: SceneSpec) -> Box:
    """Return the edges of the label of ``spec`` in modules from the symbol's middle, undrawn."""
    symbol = symbol_of(spec) if spec.text is not None else None
    words = wording_of(spec, seeded("label", spec.seed, spec.text))
    return _sheet_box(spec, words, _text_frame(spec, symbol, words))


def bars_of(spec: SceneSpec) -> Box:
    """Return the box around all bars of a label with a symbol, with the symbol's quiet zones."""
    symbol = symbol_of(spec)
    x, y = symbol.width / 2 + spec.quiet, symbol.height / 2
    if spec.neighbour is None:
        return -x, -y, x, y
    left, top, right, bottom = _neighbour_box(spec.neighbour, symbol)
    quiet = spec.quiet
    return min(-x, left - quiet), min(-y, top), max(x, right + quiet), max(y, bottom)


def _sheet_box(spec: SceneSpec, words: Wording, frame: Box) -> Box:
    left, top, right, bottom = frame
    side = _SIDE_COLUMN if words.side else 0.0
    foot = _STRIPES + _MARGIN if spec.label_stripes else 0.0
    return left, top, right + side, bottom + foot


def _text_frame(spec: SceneSpec, symbol: Symbol | None, words: Wording) -> Box:
    """Return the label's extent without side column and stripes: the quiet zones end it."""
    half = _TEXT_ONLY_WIDTH / 2
    left, top, right, bottom = bars_of(spec) if symbol else (-half, 0.0, half, 0.0)
    above = _MARGIN + sum(line.height for line in words.above)
    below = _MARGIN + spec.text_gap + sum(line.height for line in words.below)
    return left, top - above, right, bottom + below


def _neighbour_box(neighbour: Neighbour, symbol: Symbol) -> Box:
    """Place a neighbour: level with the symbol beside it, flush with its start above and below."""
    other = neighbour_of(neighbour)
    x, y = symbol.width / 2, symbol.height / 2
    left, top = -x, -other.height / 2
    match neighbour.side:
        case Side.LEFT:
            left = -x - neighbour.gap - other.width
        case Side.RIGHT:
            left = x + neighbour.gap
        case Side.ABOVE:
            top = -y - neighbour.gap - other.height
        case Side.BELOW:
            top = y + neighbour.gap
    return left, top, left + other.width, top + other.height


def _inks(spec: SceneSpec, rng: random.Random) -> _Inks:
    paper, black = rng.randint(200, 240), rng.randint(18, 45)
    ground, ink = (black, paper - 15) if spec.inverted else (paper, black)
    field, bars = (black, paper) if spec.light_bars else (paper, black)
    if spec.contrast < 1:  # what is dark fades
        paper = max(ground, ink, field, bars)
        ground, ink, field, bars = (
            round(paper - (paper - tone) * spec.contrast) for tone in (ground, ink, field, bars)
        )
    return _Inks(ground, ink, field, bars)


def _print_symbols(sheet: Sheet, spec: SceneSpec, symbol: Symbol, inks: _Inks) -> None:
    if inks.field != inks.ground:
        reach = min(_FIELD, spec.text_gap)
        left, top, right, bottom = bars_of(spec)
        sheet.fill((left, top - reach, right, bottom + reach), inks.field)
    sheet.symbol(symbol, inks.bars)
    if spec.neighbour is not None:
        left, top, right, bottom = _neighbour_box(spec.neighbour, symbol)
        middle = (left + right) / 2, (top + bottom) / 2
        sheet.symbol(neighbour_of(spec.neighbour), inks.bars, middle)


def _print_words(sheet: Sheet, words: Wording, frame: Box, inks: _Inks) -> None:
    left, top, right, bottom = frame
    under = bottom - _MARGIN - sum(line.height for line in words.below)
    for lines, start in ((words.above, top + _MARGIN), (words.below, under)):
        place = start
        for line in lines:
            _print_line(sheet, line, (left + _MARGIN, place, right - _MARGIN), words.narrow, inks)
            place += line.height


def _print_line(
    sheet: Sheet, line: Line, place: tuple[float, float, float], narrow: float, inks: _Inks
) -> None:
    left, top, right = place
    room = right - left - line.indent
    sheet.text(line.text, (left + line.indent, top), line.cap, room, narrow, inks.print)
    if line.ruled:
        rule = top + line.height - line.gap / 3
        sheet.fill((left, rule, right, rule + _RULE), inks.print)


def _print_side(sheet: Sheet, text: str, frame: Box, inks: _Inks) -> None:
    """Print the note along the right edge, behind a rule that ends the quiet zone."""
    _, top, right, bottom = frame
    sheet.fill((right, top + _MARGIN, right + _RULE, bottom - _MARGIN), inks.print)
    middle = right + _SIDE_COLUMN / 2, (top + bottom) / 2
    sheet.text_upwards(text, middle, 7.0, bottom - top - 2 * _MARGIN, inks.print)


def _print_stripes(sheet: Sheet, box: Box, rng: random.Random, inks: _Inks) -> None:
    """Print a block of stripes that is no barcode: a maker's mark or a security pattern."""
    left, top, _, bottom = box
    place = rng.uniform(left + _MARGIN, 0.0)
    end = place + rng.uniform(40, 90)
    while place < end:
        bar = rng.uniform(0.8, 3.5)
        sheet.fill((place, top, place + bar, bottom), inks.print)
        place += bar + rng.uniform(0.8, 3.5)
