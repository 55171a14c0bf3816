"""How far bars go on beyond where they could be followed: into the dark, or under glare.

There noise hides which way single edges run. But noise differs from row to row and bars do not: so
the row's upper half is compared with its lower (normalised cross-correlation, Lewis 1995).
"""

from dataclasses import replace

import numpy as np

from kiosk.model import Image
from kiosk.vision.lines import value_at
from kiosk.vision.profile import Doubles, changes_along, standardise
from kiosk.vision.track import Track

_SPAN = 1.0 / 16.0  # of the row's length: a character or more
_ALIKE = 0.6  # correlation of a span's edges in both halves
_CONTRAST = 0.08  # of the row's edges: what is left in deep shade, and more than paper has
_TRIM = 0.15  # of the bars' height, above and below: their ends are known to a row or two
_ROWS_MIN = 4  # of a half
_SPAN_MIN = 8  # columns


def reaching(pixels: Image, track: Track) -> Track:
    """Return ``track`` as long as its bars go on in ``pixels`` (H×W uint8, bars about upright)."""
    return replace(
        track,
        first=track.first - _beyond(pixels, track, track.first, -1),
        last=track.last + _beyond(pixels, track, track.last, 1),
    )


def _beyond(pixels: Image, track: Track, end: float, way: int) -> float:
    """Return how many columns the bars go on beyond ``end``, to the right (``way`` 1) or left."""
    top, bottom = value_at(track.top, end), value_at(track.bottom, end)
    trim = _TRIM * (bottom - top)
    middle = max(0, round((top + bottom) / 2.0))
    upper = pixels[max(0, round(top + trim)) : middle]
    lower = pixels[middle : max(0, round(bottom - trim))]
    span = int(_SPAN * (track.last - track.first))
    if min(len(upper), len(lower)) < _ROWS_MIN or span < _SPAN_MIN:
        return 0.0
    columns = np.arange(pixels.shape[1], dtype=np.float64)
    leant = value_at(track.lean, end) * (bottom - top - 2.0 * trim) / 2.0  # between their middles
    halves = upper.mean(axis=0), np.interp(columns + leant, columns, lower.mean(axis=0))
    one, other = (changes_along(half)[::way] for half in halves)
    start = int(end if way > 0 else columns.size - end)
    least = _CONTRAST * float((one[:start] + other[:start]).std())
    spans = max(0, one.size - start) // span
    for number in range(spans):
        here = slice(start + number * span, start + (number + 1) * span)
        if not _are_bars(one[here], other[here], least):
            return float(number * span)
    return float(spans * span)


def _are_bars(one: Doubles, other: Doubles, least: float) -> bool:
    """Tell whether the edges in both halves are the same, and no fainter than ``least``."""
    alike = float(standardise(one) @ standardise(other)) >= _ALIKE
    return alike and float((one + other).std()) >= least
