"""Draw docs/states.svg, and fill the table in docs/architecture.md: both from kiosk/ledger/arrows.

Only where the boxes stand and how the lines bend is written here. A new arrow is drawn straight; a
new state without a place is an error.
"""

from collections.abc import Iterable
from pathlib import Path

from geometry_shapes import INK, box, text

from kiosk.ledger.arrows import ARROWS, Arrow, By
from kiosk.model import State

Point = tuple[float, float]

_PAGE = Path(__file__).resolve().parents[2] / "docs" / "architecture.md"
_BEGIN, _END = "<!-- arrows: made by scripts/docs -->\n", "<!-- end of arrows -->"
_SIZE = (980, 560)
_WIDE, _TALL = 128.0, 38.0  # of a box
_DIM, _PAPER, _ORANGE = "#59636e", "#ffffff", "#bc4c00"
_COLOURS = {
    By.SCAN: _DIM,
    By.CLAIM: "#0969da",
    By.ATTEMPT: "#1f2328",
    By.START: "#8250df",
    By.PERSON: "#1a7f37",
}
_PLACES: dict[State | None, Point] = {
    None: (60, 230),
    State.LOCAL: (210, 60),
    State.DUPLICATE: (210, 125),
    State.QUEUED: (210, 230),
    State.SENDING: (410, 230),
    State.COMMITTED: (610, 230),
    State.RECOGNIZED: (880, 60),
    State.UNRECOGNIZED: (880, 130),
    State.IN_DOUBT: (880, 230),
    State.REJECTED: (880, 330),
    State.DROPPED: (880, 450),
}
_BENDS: dict[tuple[State | None, State, By], Point] = {  # a line's control point
    (None, State.LOCAL, By.SCAN): (80, 90),
    (State.SENDING, State.QUEUED, By.ATTEMPT): (310, 175),
    (State.SENDING, State.QUEUED, By.START): (310, 130),
    (State.COMMITTED, State.QUEUED, By.ATTEMPT): (420, 30),
    (State.COMMITTED, State.IN_DOUBT, By.ATTEMPT): (745, 205),
    (State.COMMITTED, State.IN_DOUBT, By.START): (745, 255),
    (State.SENDING, State.REJECTED, By.ATTEMPT): (590, 325),
    (State.QUEUED, State.IN_DOUBT, By.CLAIM): (520, 355),
    (State.IN_DOUBT, State.QUEUED, By.PERSON): (470, 420),
    (State.REJECTED, State.QUEUED, By.PERSON): (430, 480),
    (State.QUEUED, State.DROPPED, By.PERSON): (280, 500),
    (State.IN_DOUBT, State.DROPPED, By.PERSON): (1010, 340),
}
_FINAL = frozenset(State) - {arrow.start for arrow in ARROWS}


def states_drawing() -> str:
    """Return the whole drawing as SVG."""
    width, height = _SIZE
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img">',
        "<style>text { font-family: Helvetica, Arial, sans-serif }</style>",
        "<title>The states of a submission</title>",
        f'<rect width="{width}" height="{height}" rx="10" fill="#f6f8fa" stroke="#d1d9e0"/>',
        *(line for number, arrow in enumerate(ARROWS, 1) for line in _arrow(number, arrow)),
        *(part for state, place in _PLACES.items() for part in _state(state, place)),
        *_legend(),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def states_page() -> str:
    """Return docs/architecture.md with its table of arrows made anew."""
    before, _, rest = _PAGE.read_text("utf-8").partition(_BEGIN)
    _, _, after = rest.partition(_END)
    return f"{before}{_BEGIN}{_table()}{_END}{after}"


def _table() -> str:
    head = "| | from | to | by | when | credit |\n|---|---|---|---|---|---|\n"
    rows = [
        f"| {number} | {_name(arrow.start)} | {_name(arrow.end)} | {arrow.by} | {arrow.when} "
        f"| {'possible' if arrow.may_cost else ''} |\n"
        for number, arrow in enumerate(ARROWS, 1)
    ]
    return head + "".join(rows)


def _name(state: State | None) -> str:
    return f"`{state}`" if state else ""


def _state(state: State | None, place: Point) -> Iterable[str]:
    x, y = place
    if state is None:
        return (f'<circle cx="{x}" cy="{y}" r="9" fill="{INK}"/>', text(x - 24, y + 32, "a scan"))
    parts = [
        box(x - _WIDE / 2, y - _TALL / 2, _WIDE, _TALL, fill=_PAPER, stroke=INK),
        text(x, y + 5, state.value, bold=True, anchor="middle"),
    ]
    if state in _FINAL:  # a second line within
        parts.insert(
            1,
            box(
                x - _WIDE / 2 + 3, y - _TALL / 2 + 3, _WIDE - 6, _TALL - 6, fill="none", stroke=INK
            ),
        )
    return parts


def _arrow(number: int, arrow: Arrow) -> Iterable[str]:
    start, end = _PLACES[arrow.start], _PLACES[arrow.end]
    middle = ((start[0] + end[0]) / 2, (start[1] + end[1]) / 2)
    bend = _BENDS.get((arrow.start, arrow.end, arrow.by), middle)
    a, b = _edge(start, bend), _edge(end, bend)
    colour = _COLOURS[arrow.by]
    x, y = ((p + 2 * q + r) / 4 for p, q, r in zip(a, bend, b, strict=True))
    inside, ink = (_ORANGE, _PAPER) if arrow.may_cost else (_PAPER, INK)
    line = f'd="M{_at(a)} Q{_at(bend)} {_at(b)}" fill="none" stroke="{colour}"'
    return (
        f'<path {line} stroke-width="1.6"/>',
        _head(bend, b, colour),
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="10" fill="{inside}" stroke="{colour}"/>',
        text(x, y + 4, str(number), size=11, anchor="middle", fill=ink),
    )


def _edge(place: Point, towards: Point) -> Point:
    """Return where the line from a box's middle to a point leaves the box, with a little room."""
    dx, dy = towards[0] - place[0], towards[1] - place[1]
    wide, tall = (12.0, 12.0) if place == _PLACES[None] else (_WIDE / 2 + 2, _TALL / 2 + 2)
    share = min(wide / abs(dx) if dx else 1e9, tall / abs(dy) if dy else 1e9)
    return place[0] + dx * share, place[1] + dy * share


def _head(start: Point, tip: Point, colour: str) -> str:
    dx, dy = tip[0] - start[0], tip[1] - start[1]
    length = (dx * dx + dy * dy) ** 0.5
    ux, uy = dx / length, dy / length
    back = (tip[0] - 9 * ux, tip[1] - 9 * uy)
    left, right = ((back[0] - s * uy, back[1] + s * ux) for s in (4, -4))
    return f'<polygon points="{_at(tip)} {_at(left)} {_at(right)}" fill="{colour}"/>'


def _at(point: Point) -> str:
    return f"{point[0]:.1f},{point[1]:.1f}"


def _legend() -> Iterable[str]:
    x, y = 24.0, 400.0
    for by, colour in _COLOURS.items():
        yield box(x, y - 6, 26, 3, fill=colour)
        yield text(x + 36, y, by.value, size=13, fill=_DIM)
        y += 22
    yield f'<circle cx="{x + 13}" cy="{y - 4}" r="8" fill="{_ORANGE}"/>'
    yield text(x + 36, y, "may have cost a credit", size=13, fill=_DIM)
    yield text(x + 36, y + 22, "double frame: for good", size=13, fill=_DIM)
