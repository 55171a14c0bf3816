"""The pose of a label before a fixed camera, as a homography."""

import math

import numpy as np
import numpy.typing as npt

from kiosk.model import Point, Quad
from kiosk.simulate.spec import SceneSpec

Matrix = npt.NDArray[np.float64]
_FOCAL_PX = 1700.0  # a 1080p camera with a horizontal view of about 60°


def homography(spec: SceneSpec) -> Matrix:
    """Map label coordinates (modules, origin at the symbol's middle) to image pixels, 3×3.

    The label is rolled, then tilted out of the image plane, then brought to the distance at
    which a module along the text measures ``module_px`` in the symbol's middle.
    """
    turn = math.radians(spec.roll_deg + spec.turn_deg)
    rotation = _tilt(spec.tilt_deg, spec.tilt_axis_deg) @ _about((0.0, 0.0, 1.0), turn)
    scale = spec.module_px / math.hypot(rotation[0, 0], rotation[1, 0])
    plane = scale * rotation[:, :2]
    projection = np.vstack([plane[:2], plane[2] / _FOCAL_PX])
    x, y = spec.centre
    view = np.column_stack([projection, (0.0, 0.0, 1.0)])
    result: Matrix = np.array([[1.0, 0.0, x], [0.0, 1.0, y], [0.0, 0.0, 1.0]]) @ view
    return result


def project(matrix: Matrix, points: list[Point]) -> list[Point]:
    """Apply a homography to points."""
    mapped = matrix @ np.column_stack([np.array(points), np.ones(len(points))]).T
    return [(float(x), float(y)) for x, y in (mapped[:2] / mapped[2]).T]


def rectangle(width: float, height: float) -> list[Point]:
    """Corners of a rectangle around the origin, clockwise from the upper left."""
    x, y = width / 2, height / 2
    return [(-x, -y), (x, -y), (x, y), (-x, y)]


def quad_of(spec: SceneSpec, width: float, height: float) -> Quad:
    """Corners in the image of a ``width`` × ``height`` modules symbol, clockwise as it reads."""
    a, b, c, d = project(homography(spec), rectangle(width, height))
    return a, b, c, d


def _tilt(degrees: float, axis_degrees: float) -> Matrix:
    axis = math.radians(axis_degrees)
    return _about((math.cos(axis), math.sin(axis), 0.0), math.radians(degrees))


def _about(axis: tuple[float, float, float], angle: float) -> Matrix:
    """Rotate about a unit axis (Rodrigues)."""
    x, y, z = axis
    cross = np.array([[0.0, -z, y], [z, 0.0, -x], [-y, x, 0.0]])
    result: Matrix = np.eye(3) + math.sin(angle) * cross + (1 - math.cos(angle)) * (cross @ cross)
    return result
