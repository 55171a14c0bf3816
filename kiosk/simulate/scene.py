"""From a spec to a picture: surroundings, labels, optics, JPEG."""

import math
from dataclasses import dataclass

import cv2
import numpy as np

from kiosk.model import Image, Quad
from kiosk.simulate.geometry import Matrix, homography, project, quad_of
from kiosk.simulate.label import draw_label
from kiosk.simulate.optics import photograph
from kiosk.simulate.sheet import Sheet
from kiosk.simulate.spec import FRAME_HEIGHT, FRAME_WIDTH, SceneSpec, seeded
from kiosk.simulate.surroundings import draw_surroundings
from kiosk.vin import vin_of

_SHADOW = 0.45  # how much light the label's edge takes from the paint beside it


@dataclass(frozen=True, slots=True)
class Scene:
    """A picture and the truth about it.

    ``image`` is 1080×1920×3 BGR uint8, as it comes out of ``jpeg`` where that is not None.
    ``quad`` holds the symbol's corners in image pixels, clockwise from its own upper left as the
    text runs: left edge of the start bar to right edge of the stop bar, over the bars' height.
    ``vin`` is what the text says by `kiosk.vin.vin_of`, whatever the symbology.
    """

    image: Image
    jpeg: bytes | None
    text: str | None
    vin: str | None
    quad: Quad | None
    module_px: float
    spec: SceneSpec


def render(spec: SceneSpec) -> Scene:
    """Render one scene.

    Raises ValueError where the text does not fit the symbology.
    """
    picture = draw_surroundings(spec)
    symbol_quad = None
    for labelled in (spec, spec.second):
        if labelled is None or not labelled.label:
            continue
        quad = _paste_label(picture, labelled)
        symbol_quad = symbol_quad or quad
    image = photograph(picture, spec)
    jpeg = None
    if spec.jpeg_quality is not None:
        jpeg = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, spec.jpeg_quality])[
            1
        ].tobytes()
        image = _decoded(jpeg)
    text = spec.text if spec.label else None
    return Scene(image, jpeg, text, vin_of(text or ""), symbol_quad, spec.module_px, spec)


def _decoded(jpeg: bytes) -> Image:
    image = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert image is not None
    return image.astype(np.uint8, copy=False)


def _paste_label(picture: Image, spec: SceneSpec) -> Quad | None:
    """Put the label into the picture, in place; return where its symbol came to lie.

    The label is warped onto a grid finer than the frame's pixels and averaged down: every pixel
    gets the mean over its area, so that nothing aliases.
    """
    finer = 3 if spec.module_px < 2.4 else 2  # noqa: PLR2004 - coarse modules need fewer samples
    label = draw_label(spec, max(4, math.ceil(1.1 * finer * spec.module_px)))
    pose = homography(spec)
    left, top, right, bottom = _bounds(label.sheet, pose)
    if left < right and top < bottom:
        grid = _from_sheet(pose, label.sheet, left, top, finer)
        size = (right - left) * finer, (bottom - top) * finer
        layers = [_averaged(layer, grid, size, finer) for layer in (label.sheet.print, label.mask)]
        _composite(picture[top:bottom, left:right], layers[0], layers[1], spec)
    return quad_of(spec, label.symbol.width, label.symbol.height) if label.symbol else None


def _bounds(sheet: Sheet, pose: Matrix) -> tuple[int, int, int, int]:
    """Return the part of the frame that the label covers: left, top, right, bottom."""
    height, width = sheet.print.shape
    u, v = sheet.left + width / sheet.scale, sheet.top + height / sheet.scale
    corners = project(pose, [(sheet.left, sheet.top), (u, sheet.top), (u, v), (sheet.left, v)])
    xs, ys = zip(*corners, strict=True)
    room = 12  # pixels for the shadow at its edge
    return (
        max(0, math.floor(min(xs)) - room),
        max(0, math.floor(min(ys)) - room),
        min(FRAME_WIDTH, math.ceil(max(xs)) + room),
        min(FRAME_HEIGHT, math.ceil(max(ys)) + room),
    )


def _from_sheet(pose: Matrix, sheet: Sheet, left: int, top: int, finer: int) -> Matrix:
    """Map the sheet's pixels to fine grid pixels; both have pixel centres at whole numbers."""
    step = 1 / sheet.scale
    to_label = np.array(
        [[step, 0, sheet.left + step / 2], [0, step, sheet.top + step / 2], [0, 0, 1]]
    )
    shift = (finer - 1) / 2
    to_grid = np.array(
        [[finer, 0, shift - finer * left], [0, finer, shift - finer * top], [0, 0, 1]]
    )
    result: Matrix = to_grid @ pose @ to_label
    return result


def _averaged(layer: Image, grid: Matrix, size: tuple[int, int], finer: int) -> Image:
    fine = cv2.warpPerspective(layer, grid, size, flags=cv2.INTER_LINEAR)
    small = size[0] // finer, size[1] // finer
    return cv2.resize(fine, small, interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)


def _composite(area: Image, printed: Image, mask: Image, spec: SceneSpec) -> None:
    """Lay the label and the soft shadow of its edge over ``area``, in place.

    ``printed`` is already weighted with the mask, since nothing lies outside the label.
    """
    rng = seeded("paper", spec.seed)
    tint = np.array([rng.uniform(0.94, 1.0), rng.uniform(0.97, 1.0), 1.0], np.float32)
    cast = np.zeros_like(mask)
    cast[2:, 2:] = mask[:-2, :-2]
    shadow = cv2.GaussianBlur(cast, (0, 0), 2.5).astype(np.float32) / 255
    bare = 1 - mask.astype(np.float32) / 255
    light = 1 - _SHADOW * shadow
    for channel in range(3):
        plane = area[:, :, channel] * light
        plane *= bare
        plane += printed * tint[channel]
        area[:, :, channel] = np.rint(plane, out=plane)
