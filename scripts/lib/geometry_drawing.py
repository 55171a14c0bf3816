"""Draw docs/vision-geometry.svg: one symbol on its way from the picture to the crop.

Nothing in it is sketched: the bars are those of a real VIN, the label lies in the picture by a
homography, and the profile is what a blur leaves of it. The same program makes the same file.
"""

import numpy as np
import numpy.typing as npt
from geometry_shapes import INK, Points, box, path, rectangle, shape, text

from kiosk.simulate.code39 import encode

Doubles = npt.NDArray[np.float64]

_VIN = "1HGCM82633A004352"
_WIDE = 2.5  # narrow elements that a wide one is
_CELL = 7.0 + 3.0 * _WIDE  # modules: six narrow elements, three wide ones, a gap
_QUIET = 10.0  # modules of the label's own
_ENDS = 8.0  # modules that the strip goes on beyond the bars
_BLUR = 0.9  # modules
_SIZE = (1000, 1010)
_DIM, _PAPER, _METAL = "#59636e", "#ffffff", "#9aa4af"
_BLUE, _ORANGE, _GREEN = "#0969da", "#bc4c00", "#1a7f37"
_LABEL = ((196.0, 214.0), (530.0, 134.0), (540.0, 178.0), (198.0, 266.0))  # its bars, drawn
_LEFT, _RIGHT = 40.0, 960.0  # of the strip, the profile and the grid

_elements = np.array(encode(_VIN, _WIDE))
_edges = np.concatenate([[0.0], np.cumsum(_elements)])
BARS = list(zip(_edges[0::2].tolist(), _edges[1::2].tolist(), strict=True))
MODULES = float(_edges[-1])


def geometry_drawing() -> str:
    """Return the whole drawing as SVG."""
    width, height = _SIZE
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img">',
        "<style>text { font-family: Helvetica, Arial, sans-serif }</style>",
        "<title>One symbol on its way from the picture to the crop</title>",
        f'<rect width="{width}" height="{height}" rx="10" fill="#f6f8fa" stroke="#d1d9e0"/>',
        *_picture(),
        *_strip(),
        *_profile(),
        *_cell(),
        *_crop(),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _picture() -> list[str]:
    to_picture = _homography(((0.0, 0.0), (MODULES, 0.0), (MODULES, 40.0), (0.0, 40.0)), _LABEL)
    paper = _moved(to_picture, ((-14, -16), (MODULES + 14, -16), (MODULES + 14, 62), (-14, 62)))
    region = ((168, 200), (560, 106), (568, 192), (170, 292))  # loose, and wider than the bars
    parts = [
        text(20, 32, "1  the picture: H×W grey, pixels, x to the right, y down", bold=True),
        box(20, 46, 560, 300, fill=_METAL),
        *(path(((x, 64), (x + 44, 330)), stroke="#7d8792", width=5) for x in range(40, 140, 14)),
        text(72, 58, "a vent", size=12, fill=_PAPER),
        shape(paper, fill=_PAPER),
        *_bars_at(to_picture, 0.0, 40.0),
        *(shape(_moved(to_picture, rectangle(x, 48, 5, 8)), fill=_DIM) for x in range(0, 240, 8)),
        shape(region, stroke=_BLUE, dashed=True),
        shape(_LABEL, stroke=_ORANGE, width=2),
    ]
    for number, (x, y) in enumerate(_LABEL, 1):
        parts += [
            f'<circle cx="{x:.0f}" cy="{y:.0f}" r="9" fill="{_ORANGE}"/>',
            text(x, y + 4.5, str(number), fill=_PAPER, size=13, anchor="middle"),
        ]
    notes = (
        (_BLUE, "the region (locate): a parallelogram, 4×2 float32,"),
        (_BLUE, "loose, its first side along the row of bars;"),
        (_BLUE, "which end is the start is not known yet"),
        (_DIM, ""),
        (_ORANGE, "the quad (Reading.quad): the corners of the bars,"),
        (_ORANGE, "clockwise from the upper left as the text runs:"),
        (_ORANGE, "1 → 2 along the text, 2 → 3 down the last bar"),
        (_DIM, ""),
        (_DIM, "A label on its head has corner 1 at the lower"),
        (_DIM, "right of the picture, and the order still runs"),
        (_DIM, "1 → 2 as the text is read."),
    )
    parts += [text(600, 96 + 20 * i, note, fill=colour) for i, (colour, note) in enumerate(notes)]
    return parts


def _strip() -> list[str]:
    top = 408.0
    corners = ((_LEFT, top), (_RIGHT, top), (_RIGHT, top + 56), (_LEFT, top + 56))
    lift = "a homography (3×3, Strip.to_image) leads from every pixel of the strip back to 1"
    parts = [
        text(20, top - 30, "2  the strip (rectify): bars upright, rows within the bars", bold=True),
        text(20, top - 11, lift, fill=_DIM),
        shape(corners, fill=_PAPER, stroke=_ORANGE, width=2),
    ]
    parts += [box(_at(a), top + 1, _at(b) - _at(a), 54, fill=INK) for a, b in BARS]
    parts += [
        path(((_LEFT + 6, y), (_RIGHT - 6, y)), stroke=_GREEN, width=1.2, dashed=True)
        for y in (top + 14, top + 28, top + 42)
    ]
    return parts


def _profile() -> list[str]:
    top, tall = 520.0, 84.0
    modules = np.linspace(-_ENDS, MODULES + _ENDS, 1100)
    grey = _light(modules)
    line = [
        (_at(float(m)), top + tall * (1.0 - float(g))) for m, g in zip(modules, grey, strict=True)
    ]
    parts = [
        text(
            20, top - 26, "3  the profile: the mean of the rows, W grey values, float64", bold=True
        ),
        text(20, top - 8, "255", fill=_DIM, size=11),
        text(24, top + tall + 4, "0", fill=_DIM, size=11),
        path(line, stroke=_GREEN, width=1.1),
        text(
            20,
            top + tall + 34,
            "4  the grid (decode): 19 cells (20 with the identifier I), each 9 elements and a gap",
            bold=True,
        ),
    ]
    base = top + tall + 64
    for number, char in enumerate(f"*{_VIN}*"):
        x = _at(number * _CELL - 0.5)
        parts += [
            *_grid_line(x, top, base),
            text(_at((number + 0.5) * _CELL - 0.5), base, char, anchor="middle", fill=_BLUE),
        ]
    end = _at(19 * _CELL - 0.5)
    return [*parts, *_grid_line(end, top, base)]


def _grid_line(x: float, top: float, base: float) -> list[str]:
    """Draw a cell's edge through the profile, and beside the characters under its heading."""
    parts = (((x, top), (x, top + 92)), ((x, base - 18), (x, base + 8)))
    return [path(part, stroke=_BLUE, width=0.8) for part in parts]


def _cell() -> list[str]:
    left, top, pixels = 40.0, 740.0, 24.0  # px a module
    number = 1 + _VIN.index("M")
    start = number * _CELL - 0.5
    inside = [(a, b) for a, b in BARS if start < a < start + _CELL]
    modules = np.linspace(start, start + _CELL, 160)
    parts = [
        text(20, top - 22, "one cell, against 44 templates (13 to 16 modules wide)", bold=True),
        box(left, top, _CELL * pixels, 56, fill=_PAPER, stroke=_BLUE),
    ]
    parts += [
        box(left + (a - start) * pixels, top + 1, (b - a) * pixels, 54, fill=INK) for a, b in inside
    ]
    for x, y in ((0.0, 0.5), (_CELL - 0.5, _CELL)):
        parts.append(box(left + x * pixels, top + 60, (y - x) * pixels, 6, fill=_BLUE))
    parts.append(
        text(left, top + 82, "blue: half of the gap of one module on each side", fill=_DIM)
    )
    base, tall = top + 180.0, 84.0

    def curve(char: str) -> list[tuple[float, float]]:
        light = _light(modules, f"{_VIN[: number - 1]}{char}{_VIN[number:]}")
        return [
            (left + float(m - start) * pixels, base - tall * float(value))
            for m, value in zip(modules, light, strict=True)
        ]

    parts += [
        path(curve("C"), stroke=_DIM, width=1.6, dashed=True),
        path(curve("M"), stroke=_GREEN, width=2.2),
        text(left, base + 22, "best: M", fill=_GREEN),
        text(left + 70, base + 22, "rival: C", fill=_DIM),
        text(left, base + 42, "margin: how much better, as a log-likelihood ratio", fill=_DIM),
        text(left, base + 61, "in nats, over the pixels the picture really has", fill=_DIM),
    ]
    return parts


def _crop() -> list[str]:
    left, top, pixels, quiet = 450.0, 740.0, 1.72, 12.0
    wide = (MODULES + 2 * quiet) * pixels
    parts = [
        text(left, top - 22, "5  the crop: what would be uploaded, grey, dark on light", bold=True),
        box(left, top, wide, 64, fill=_PAPER, stroke=_ORANGE),
    ]
    parts += [
        box(left + (quiet + a) * pixels, top + 1, (b - a) * pixels, 62, fill=INK) for a, b in BARS
    ]
    for x in (left, left + (quiet + MODULES) * pixels):
        parts.append(box(x, top + 68, quiet * pixels, 6, fill=_ORANGE))
    notes = (
        "orange: quiet zones, ten modules by the standard, twelve here,",
        "drawn out of the paper's own edge",
        "",
        "One symbol, upright, 40 px high, 8 px a module; moved, resampled,",
        "gained and filtered linearly, and nothing else: it is evidence.",
        "The room that makes it never learns what the symbol says.",
    )
    parts += [text(left, top + 94 + 20 * i, note, fill=_DIM) for i, note in enumerate(notes)]
    return parts


def _at(module: float) -> float:
    """Return where a module lies in the strip, the profile and the grid."""
    share = (module + _ENDS) / (MODULES + 2 * _ENDS)
    return _LEFT + share * (_RIGHT - _LEFT)


def _light(modules: Doubles, content: str = _VIN) -> Doubles:
    """Return what a blur leaves of the symbol: 1 is paper, 0 a wide bar's middle."""
    edges = np.concatenate([[0.0], np.cumsum(np.array(encode(content, _WIDE)))])
    ink = np.zeros_like(modules)
    for a, b in zip(edges[0::2], edges[1::2], strict=True):
        ink += _step(modules - a) - _step(modules - b)
    return np.asarray(0.95 - 0.9 * ink)


def _step(x: Doubles) -> Doubles:
    """Return a blurred edge; the logistic curve is a Gaussian's to within a hundredth."""
    return np.asarray(1.0 / (1.0 + np.exp(-1.702 * x / _BLUR)))


def _homography(one: Points, other: Points) -> Doubles:
    """Solve for the homography that takes four points to four others."""
    rows, values = [], []
    for (x, y), (u, v) in zip(one, other, strict=True):
        rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
        values += [u, v]
    solved = np.linalg.solve(np.array(rows, np.float64), np.array(values, np.float64))
    return np.append(solved, 1.0).reshape(3, 3)


def _moved(homography: Doubles, points: Points) -> list[tuple[float, float]]:
    moved = [homography @ (x, y, 1.0) for x, y in points]
    return [(float(x / w), float(y / w)) for x, y, w in moved]


def _bars_at(homography: Doubles, top: float, bottom: float) -> list[str]:
    return [
        shape(_moved(homography, ((a, top), (b, top), (b, bottom), (a, bottom))), fill=INK)
        for a, b in BARS
    ]
