"""Cut a ragged region into parts as deep as a label, and keep those that may hold one.

A grating or a vent is cut into dozens of parts, nearly all of them without enough edges. So the
lines of all parts are sampled at once, and their edges counted, before any is tested closer.
"""

import math
from collections.abc import Iterator

import cv2
import numpy as np

from kiosk.model import Image
from kiosk.vision.bars import ROWS, WIDTHS, have_enough_edges, may_be_code, mean_of
from kiosk.vision.locate import Region

_DEPTH = 160.0  # px: the bars of a label are not as deep, whatever its tilt


def cuts_of(grey: Image, region: Region) -> Iterator[Region | None]:
    """Cut a region of ``grey`` into two along its row of bars, and across it into bands.

    The bands overlap and each is as deep as any label, so that none is lost beside something
    larger. Yields None in place of a part that can be no bar code.
    """
    ul, ur, _, ll = region.quad
    along, across = (ur - ul) / 2.0, ll - ul
    depth = float(np.linalg.norm(across))
    bands = max(1, math.ceil(2.0 * depth / _DEPTH) - 1)
    share = min(1.0, _DEPTH / depth)
    step = (1.0 - share) / max(bands - 1, 1)
    parts = _lines_of(grey, region, bands, share)
    enough = have_enough_edges(np.stack([mean_of(lines) for lines in parts]))
    for number, (lines, many) in enumerate(zip(parts, enough, strict=True)):
        if not (many and may_be_code(lines, loose=True)):
            yield None
            continue
        band, side = divmod(number, 2)
        left = ul + across * (step * band) + along * side
        deep = across * share
        quad = np.array([left, left + along, left + along + deep, left + deep], np.float32)
        yield Region(quad, region.strength / (2.0 * bands), region.length / 2.0, region.fill)


def _lines_of(grey: Image, region: Region, bands: int, share: float) -> list[Image]:
    """Sample lines across both halves of every band, ROWS×W uint8 each, in the order of parts.

    Bands overlap, so their lines are taken from one sampling of the whole region: a band's lie
    within half the distance of two from where they would be if it were sampled alone.
    """
    (left, top), (right, top_right), _, (lower_left, bottom) = region.quad.tolist()
    along, across = (right - left, top_right - top), (lower_left - left, bottom - top)
    width = int(min(max(math.hypot(*along) / 2.0, WIDTHS[0]), WIDTHS[1]))
    pitch = share / (2 * ROWS)
    first = [round((1.0 - share) / pitch * band / max(bands - 1, 1)) for band in range(bands)]
    place = [
        (step / (2 * width - 1), deep * pitch, start + deep * pitch * (ROWS + 1) / 2)
        for step, deep, start in zip(along, across, (left, top), strict=True)
    ]
    lines = cv2.warpAffine(
        grey,
        np.array(place),
        (2 * width, first[-1] + ROWS),
        flags=cv2.WARP_INVERSE_MAP | cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    ).astype(np.uint8, copy=False)
    halves = slice(0, width), slice(width, None)
    return [lines[at : at + ROWS, half] for at in first for half in halves]
