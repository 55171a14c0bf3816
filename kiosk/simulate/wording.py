"""What is printed on a label besides the bars, in the words of certification labels."""

import random
from dataclasses import dataclass, replace

from kiosk.simulate.spec import Layout, SceneSpec
from kiosk.vin import vin_of
from kiosk.wmi import make_of

_STATEMENT = (
    "THIS VEHICLE CONFORMS TO ALL APPLICABLE",
    "FEDERAL MOTOR VEHICLE SAFETY, BUMPER AND",
    "THEFT PREVENTION STANDARDS IN EFFECT ON",
    "THE DATE OF MANUFACTURE SHOWN ABOVE.",
)
_TYPES = ("PASSENGER CAR", "MPV", "TRUCK", "TYPE: PASSENGER", "TYPE: M.P.V.")
_COUNTRIES = ("JAPAN", "CANADA", "MEXICO", "GERMANY", "U.S.A.", "KOREA")
_MAIN_CAP = 7.5  # modules: about 2 mm
_VIN_CAP = 8.5
_WITH_SIDE_NOTE = 0.3  # shares of the labels
_WITH_TYPE = 0.4


@dataclass(frozen=True, slots=True)
class Line:
    """One printed line: capitals ``cap`` modules high, ``gap`` modules of ground below it."""

    text: str
    cap: float = _MAIN_CAP
    gap: float = 4.0
    indent: float = 0.0
    ruled: bool = False  # a thin rule under the line, as in a table

    @property
    def height(self) -> float:
        """Height with its gap, modules."""
        return self.cap + self.gap


@dataclass(frozen=True, slots=True)
class Wording:
    """The lines over and under the bars, from the top down, and a note along the right edge."""

    above: tuple[Line, ...]
    below: tuple[Line, ...]
    side: str | None
    narrow: float  # how condensed the type is: 1 as drawn


def wording_of(spec: SceneSpec, rng: random.Random) -> Wording:
    """Write the label's text. The line next to the bars is the plain text."""
    head = _head(spec, rng)
    tail = _tail(rng)
    plain = _plain_line(spec, rng)
    if plain is not None and spec.text_above:
        head = [*head, plain]
    elif plain is not None:
        tail = [plain, *tail]
    side = f"{rng.randint(1_000_000, 9_999_999)} {rng.randint(1000, 9999)} M"
    shown = side if rng.random() < _WITH_SIDE_NOTE else None
    return Wording(tuple(head), tuple(tail), shown, rng.uniform(0.72, 1.05))


def _plain_line(spec: SceneSpec, rng: random.Random) -> Line | None:
    text = spec.plain_text
    if text is None:
        text = (vin_of(spec.text) or spec.text) if spec.text else None
    if text is None:
        return None
    prefix = rng.choice(("", "", "VIN: ", "V.I.N. ", "VIN "))
    suffix = f"    {rng.choice(_TYPES)}" if rng.random() < _WITH_TYPE else ""
    gap = spec.text_gap if spec.text_above else 4.0
    return Line(
        f"{prefix}{text}{suffix}", _VIN_CAP * rng.uniform(0.9, 1.2), gap, rng.uniform(0, 40)
    )


def _head(spec: SceneSpec, rng: random.Random) -> list[Line]:
    if spec.layout is Layout.STRIP:
        return []
    date = f"{rng.randint(1, 12):02d}/{rng.randint(5, 25):02d}"
    maker = (make_of(vin_of(spec.text or "") or "") or "MOTOR").upper()
    first = Line(f"MFD. BY {maker} MOTOR COMPANY", indent=rng.uniform(0, 30))
    if spec.layout is Layout.WEIGHTS:
        small = [Line(text, 5.5) for text in _STATEMENT[:2]]
        return [replace(first, ruled=True), *_weights(rng, date), *small]
    gross = rng.randint(3200, 7400)
    weights = f"GVWR {gross} LBS  GAWR FRT {gross // 2} RR {gross - gross // 2 + 150} LBS"
    lines = [Line(text) for text in _STATEMENT[: rng.randint(2, 4)]]
    return [first, Line(f"DATE: {date}   {weights}"), *lines]


def _weights(rng: random.Random, date: str) -> list[Line]:
    gross = rng.randint(3200, 7400)
    front = round(gross * rng.uniform(0.44, 0.58))
    pounds = (gross, front, gross - front + 200)
    kilograms = tuple(round(weight * 0.4536) for weight in pounds)
    rows = (
        "DATE        GVWR/PNBV      GAWR/PNBE FRT     GAWR/PNBE RR",
        f"{date}        {pounds[0]} LB        {pounds[1]} LB        {pounds[2]} LB",
        f"           {kilograms[0]} KG        {kilograms[1]} KG       {kilograms[2]} KG",
    )
    indents = rng.uniform(0, 4), rng.uniform(0, 4), rng.uniform(0, 4)
    return [Line(row, 6.0, 4.5, indent) for row, indent in zip(rows, indents, strict=True)]


def _tail(rng: random.Random) -> list[Line]:
    paint, trim, mode = f"{rng.choice('UGNPZ')}{rng.randint(1, 9)}", rng.randint(10, 99), "ABCK"
    tyre = f"P{rng.choice((205, 225, 245))}/{rng.choice((50, 55, 65))}R{rng.randint(15, 20)}"
    lines = (
        f"EXT PNT: {paint}   RC: {trim}   DSO: WB",
        f"BODY COLOR CODE: {trim}{rng.choice('SWHK')}     MADE IN {rng.choice(_COUNTRIES)}",
        f"TIRE {tyre}   COLD {rng.randint(30, 38)} PSI   RIM {rng.randint(15, 20)}X7.5J",
        f"PAINT {rng.randint(100, 999)}  TRIM {trim}  TRANS {rng.choice(mode)}{rng.randint(1, 9)}",
    )
    return [Line(text, 6.5) for text in rng.sample(lines, rng.randint(0, 2))]
