"""The few kinds of SVG elements that docs/vision-geometry.svg is made of."""

from collections.abc import Sequence
from xml.sax.saxutils import escape

INK = "#1f2328"

Points = Sequence[tuple[float, float]]


def rectangle(x: float, y: float, width: float, height: float) -> Points:
    """Return a rectangle's corners."""
    return ((x, y), (x + width, y), (x + width, y + height), (x, y + height))


def shape(
    points: Points,
    *,
    fill: str = "none",
    stroke: str = "none",
    width: float = 1.5,
    dashed: bool = False,
) -> str:
    """Return a closed outline."""
    at = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    dash = ' stroke-dasharray="6 4"' if dashed else ""
    edge = "" if stroke == "none" else f' stroke="{stroke}" stroke-width="{width}"{dash}'
    return f'<polygon points="{at}" fill="{fill}"{edge}/>'


def box(
    x: float,
    y: float,
    width: float,
    height: float,
    *,
    fill: str,
    stroke: str = "none",
) -> str:
    """Return a rectangle of a width and a height."""
    return shape(rectangle(x, y, width, height), fill=fill, stroke=stroke)


def path(points: Points, *, stroke: str, width: float = 1.5, dashed: bool = False) -> str:
    """Return a line through points."""
    at = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    dash = ' stroke-dasharray="6 4"' if dashed else ""
    return f'<polyline points="{at}" fill="none" stroke="{stroke}" stroke-width="{width}"{dash}/>'


def text(
    x: float,
    y: float,
    text: str,
    *,
    fill: str = INK,
    size: float = 14,
    bold: bool = False,
    anchor: str = "start",
) -> str:
    """Return words that begin, or are centred, at a point."""
    weight = ' font-weight="600"' if bold else ""
    where = "" if anchor == "start" else f' text-anchor="{anchor}"'
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" fill="{fill}" font-size="{size:g}"{weight}{where}>'
        f"{escape(text)}</text>"
    )
