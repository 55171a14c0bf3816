"""Where in the picture a label is: what can be told of two sightings by their quads alone."""

from math import dist

from kiosk.model import Point, Quad


def is_near(a: Quad, b: Quad) -> bool:
    """Tell whether two symbols may be one label that moved a little between two frames.

    Their centres lie no further apart than the longer one is long (image pixels).
    """
    return dist(_centre(a), _centre(b)) <= max(_length(a), _length(b))


def is_same_spot(a: Quad, b: Quad) -> bool:
    """Tell whether two symbols lie so much on each other that they must be one.

    Each one's centre lies in the other's upright bounding box: two symbols of one label, one above
    the other, do not.
    """
    return _holds(a, _centre(b)) and _holds(b, _centre(a))


def _centre(quad: Quad) -> Point:
    return sum(x for x, _ in quad) / 4, sum(y for _, y in quad) / 4


def _length(quad: Quad) -> float:
    return max(dist(quad[0], quad[1]), dist(quad[1], quad[2]))


def _holds(quad: Quad, point: Point) -> bool:
    columns, rows = [x for x, _ in quad], [y for _, y in quad]
    return min(columns) <= point[0] <= max(columns) and min(rows) <= point[1] <= max(rows)
