"""Whether a label that was read is alone: rows of bars of its kind above, below and beside it.

Labels a few pixels apart make one region, of which few rows are followed. What was read says how
its neighbours would look, so they are searched in its own coordinates.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from kiosk.model import Image, Quad
from kiosk.vision.bars import is_fine, may_be_code_along
from kiosk.vision.profile import Doubles, Floats

_WIDTH = 480  # samples along a label: three to two modules
_SPANS = 16  # of a label's length: a character or two each
_STEPS = 10  # rows to a label's height
_FINER = 2  # samples to a row, averaged
_REACH = 4  # heights above and below; labels farther off are regions of their own
_REACH_BESIDE = 1
_NEXT = 1.06  # lengths to the one beside
_BLOCK = 6  # rows that must lie within one row of bars: three to each half
_RIM = 1  # rows about the label that are its own
_ALIKE = 0.7  # correlation of a span's edges in a block's halves: bars run through, text does not
_THROUGH = 0.9  # of the spans: a label of the same length, whether it can be read or not
_PARTLY = 0.75  # worth a look: a soft label, but a part's number may be as long
_CONTRAST = 0.2  # of the label's edges, in a span
_IN_A_ROW = 3  # blocks that follow each other: chance does not go on
_SAME = 0.6  # correlation with the label's profile: the label goes on, or comes again
_SHIFTS = 0.06  # of the length, to each side, that it may come again at
_STEEPNESS = np.array([-1.0, -1.0, 0.0, 1.0, 1.0]) / 6.0  # central differences, averaged over three
_ONE = np.ones(1)
_FOLLOWING = np.ones((_IN_A_ROW, 1), np.uint8)


@dataclass(frozen=True, slots=True, eq=False)
class Row:
    """A row of bars beside a label that was read.

    ``frame`` is 4×2 float32: a parallelogram in picture pixels, as long as the label, upper left
    first. ``is_label`` tells that bars fill its length.
    """

    frame: Floats
    is_label: bool


def rows_about(grey: Image, quad: Quad) -> Iterator[Row]:
    """Yield where bars lie about a symbol's ``quad`` in ``grey`` (H×W uint8), nearest first.

    What repeats the symbol itself is left out.
    """
    corners = np.array(quad, np.float64)
    along = (corners[1] - corners[0] + corners[2] - corners[3]) / 2.0
    across = (corners[3] - corners[0] + corners[2] - corners[1]) / 2.0
    middle = corners.mean(axis=0)
    own = _rows(grey, middle - along / 2.0, along, across, 0).mean(axis=0)
    found: list[tuple[float, Row]] = []
    for column, reach in ((0, _REACH), (-1, _REACH_BESIDE), (1, _REACH_BESIDE)):
        left = middle + (_NEXT * column - 0.5) * along
        for at, is_label in _blocks(_rows(grey, left, along, across, reach), own):
            off = at / _STEPS - reach  # heights, from the label's top
            touches = -_BLOCK - _RIM < off * _STEPS < _STEPS + _RIM
            if column == 0 and touches:
                continue
            top, deep = left + across * (off - 0.5), across * (_BLOCK / _STEPS)
            frame = np.array([top, top + along, top + along + deep, top + deep], np.float32)
            away = abs(column) + abs(off + 0.5 * _BLOCK / _STEPS - 0.5)
            found.append((away, Row(frame, is_label)))
    yield from (row for _, row in sorted(found, key=lambda one: one[0]))


def _rows(grey: Image, left: Doubles, along: Doubles, across: Doubles, reach: int) -> Floats:
    """Sample rows along a label, and over ``reach`` heights above and below: R×480 grey values.

    ``left`` is the middle of its left end.
    """
    rows = (2 * reach + 1) * _STEPS
    step = across / (_STEPS * _FINER)
    start = left - across * (reach + 0.5) + step / 2.0
    fine = cv2.warpAffine(
        grey,
        np.column_stack([along / _WIDTH, step, start]),
        (_WIDTH, rows * _FINER),
        flags=cv2.WARP_INVERSE_MAP | cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_CONSTANT,  # what is outside the picture has no bars
    )
    return np.asarray(fine.reshape(rows, _FINER, _WIDTH).mean(axis=1, dtype=np.float32))


def _blocks(rows: Floats, own: Floats) -> Iterator[tuple[int, bool]]:
    """Yield the first rows of blocks through which bars of the label's kind run, and how long."""
    half = _BLOCK // 2
    edges = _edges(rows)
    sums = _running(edges, half)
    above, below = sums[:-half], sums[half:]
    both, one, other = (
        _by_span(product) for product in (above * below, above * above, below * below)
    )
    least = _CONTRAST * np.sqrt(_by_span(_edges(own[None]) ** 2).mean()) * half
    through = (both > _ALIKE * np.sqrt(one * other)) & (both > least * least)
    filled = through.mean(axis=1)[:, None]
    likely, sure = (_in_a_row(filled >= share) for share in (_PARTLY, _THROUGH))
    for row in np.flatnonzero(likely).tolist():
        profile = rows[row : row + _BLOCK].mean(axis=0)
        if _repeats(profile, own) or not may_be_code_along(profile):
            continue
        if is_fine(np.asarray(profile, np.float64)):
            yield row, bool(sure[row, 0])


def _in_a_row(blocks: npt.NDArray[np.bool_]) -> npt.NDArray[np.uint8]:
    """Leave out N×1 blocks that stand alone."""
    opened = cv2.morphologyEx(blocks.astype(np.uint8), cv2.MORPH_OPEN, _FOLLOWING)
    return np.asarray(opened, np.uint8)


def _running(rows: Floats, count: int) -> Floats:
    """Add up every ``count`` rows that follow each other."""
    last = len(rows) - count + 1
    return np.asarray(np.sum([rows[at : at + last] for at in range(count)], axis=0), np.float32)


def _edges(rows: Floats) -> Floats:
    """Return the changes along rows, without most of their noise."""
    return np.asarray(cv2.sepFilter2D(rows, cv2.CV_32F, _STEEPNESS, _ONE), np.float32)


def _by_span(values: Floats) -> Floats:
    """Average N×480 values over the spans of a label."""
    return np.asarray(values.reshape(len(values), _SPANS, -1).mean(axis=2), np.float32)


def _repeats(profile: Floats, own: Floats) -> bool:
    """Tell whether a profile is the label's own, shifted a bit, either way round."""
    reach = int(_SHIFTS * _WIDTH)
    inner = own[reach:-reach]
    return any(
        float(cv2.matchTemplate(profile[None], one[None], cv2.TM_CCOEFF_NORMED).max()) > _SAME
        for one in (np.ascontiguousarray(inner), np.ascontiguousarray(inner[::-1]))
    )
