"""A cheap test of a region before it is looked at: may it be a bar code.

A symbol of a VIN has 199 edges, and soft focus leaves a quarter of them; its bars do not come at
one beat, while those of gratings, vents, combs and hatched tape do. They run through the whole
height, while those of text and rough metal do not. All are told by a few lines across the region,
in a fraction of a millisecond; rectifying and reading take fifty times that.
"""

import math

import cv2
import numpy as np

from kiosk.model import Image
from kiosk.vision.profile import SYMBOL_MODULES, Doubles, Floats

SHORT_EDGES = 30
"""What is left of a short symbol's edges: it has 80, and soft focus hides half of them."""

ROWS = 8
"""Lines across a region, in its middle half: it is loose, the outer may lie beside the bars."""

WIDTHS = (64, 1400)
"""How long a line is, in px, at least and at most."""

_SWING = 0.3  # of the profile's spread: smaller changes are noise
_EDGES_MIN = 40  # dev scenes: 44 at least in VIN labels; the shortest other symbols have 50
_EDGES_ENOUGH = 90  # a label beside a grating: most gratings alone have fewer
_PERFECT = 0.85
_BEAT_MAX = 0.6  # dev scenes: 0.5 in 199 of 200 labels, 0.74 in the median of other regions
_BEAT_EDGES = 6  # a grating's beat has two; a character that comes again has ten
_TONE_MAX = 0.6  # of the edges' power in so few frequencies
_TONES = 8
_TONE_MAX_PART = 0.36  # dev scenes: 0.34 at most in parts of labels, more in seven of twelve others
_TONE_MAX_LOOSE = (
    0.4  # dev scenes: 0.31 at most in ragged regions with a VIN, more in 2 of 3 others
)
_DOUBT_MAX = 0.51  # dev scenes: 0.47 at most in 574 VIN labels of few edges, more in 5 of 6 others
_DOUBT_MAX_LOOSE = 1.0  # two lines are noisier than four; dev scenes: 0.91 at most beside a VIN
_FEWER = 0.1  # of the likeness, for the same reason: less than a block must be, to count for all
_LEAN_MAX = 0.03  # of the width, between the halves' middles
_SPANS = 4  # of the width: tilt makes bars lean otherwise at one end than at the other
_FINE_BEYOND = 0.16  # cycles a module: two elements of three modules each are longer
_WHOLE = (0.03, 0.5)  # cycles a module: below is light and shade, above is noise
_FINE_ENOUGH = 0.3  # of the power: more may as well be noise
_FINE_MIN = 0.1  # of the power; dev scenes: 0.18 at least in VIN labels, 0.05 in most gratings


def lines_across(grey: Image, quad: Floats) -> Image:
    """Sample lines across the middle of a region of ``grey``: 8×W uint8.

    ``quad`` is 4×2: a parallelogram, its first side along the row of bars.
    """
    (left, top), (right, top_right), _, (lower_left, bottom) = quad.tolist()
    along, across = (right - left, top_right - top), (lower_left - left, bottom - top)
    width = int(min(max(math.hypot(*along), WIDTHS[0]), WIDTHS[1]))
    place = [
        (step / (width - 1), deep / (2 * ROWS), start + deep * (ROWS + 1) / (4 * ROWS))
        for step, deep, start in zip(along, across, (left, top), strict=True)
    ]
    lines = cv2.warpAffine(
        grey,
        np.array(place),
        (width, ROWS),
        flags=cv2.WARP_INVERSE_MAP | cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return lines.astype(np.uint8, copy=False)


def may_be_code(lines: Image, *, loose: bool = False) -> bool:
    """Tell whether lines (N×W uint8, W ≥ 64) across a region may run through a bar code.

    ``loose`` is for what was cut blindly: bars may cross only some of the lines.
    """
    profile = mean_of(lines)
    edges = edges_along(profile)
    if edges < _EDGES_MIN:
        return False
    beat, tone = _regularity(profile, edges)
    if not _is_irregular(edges, beat, tone) or (loose and tone >= _TONE_MAX_LOOSE):
        return False
    if edges >= _EDGES_ENOUGH or len(lines) < ROWS:
        return True
    block = ROWS // 2
    alike = max(_likeness(lines[at : at + block]) for at in range(0, block + 1, block // 2))
    if loose:
        return tone + beat / 2.0 + 2.0 * (1.0 - alike) < _DOUBT_MAX_LOOSE
    alike = max(alike - _FEWER, _likeness(lines))  # or one of two labels above each other
    fine = min(_fineness(np.asarray(profile, np.float64)), _FINE_ENOUGH)
    return tone + 0.25 * beat + 1.4 * (1.0 - alike) - 0.4 * fine < _DOUBT_MAX


def may_be_part(lines: Image) -> bool:
    """Tell whether lines (8×W uint8, W ≥ 64) may run through the better part of a VIN's symbol."""
    profile = mean_of(lines)
    _, tone = _regularity(profile, edges_along(profile))
    return tone < _TONE_MAX_PART and may_be_code(lines)


def may_be_code_along(profile: Floats) -> bool:
    """Tell the same of one profile (W ≥ 64 float32 grey values)."""
    edges = edges_along(profile)
    if edges < _EDGES_MIN:
        return False
    return _is_irregular(edges, *_regularity(profile, edges))


def _is_irregular(edges: int, beat: float, tone: float) -> bool:
    """Tell whether so many edges come at no one beat; `_regularity` tells the other two."""
    if edges >= _EDGES_ENOUGH:
        return beat < _PERFECT
    return beat < _BEAT_MAX and tone < _TONE_MAX


def is_fine(profile: Doubles) -> bool:
    """Tell whether a row of bars, by its ``profile``, is as fine as a VIN's.

    A hundred and ninety-nine edges put a good part of the swing's power into short waves: the
    strongest blur that can still be read leaves a tenth of it there. Gratings, combs and words
    that are as long as a symbol have fewer edges, and most of them less.
    """
    return _fineness(profile) > _FINE_MIN


def _fineness(profile: Doubles) -> float:
    """Return how much of the power of a row of bars is in waves as short as a VIN's elements."""
    module = profile.size / SYMBOL_MODULES
    usual = cv2.blur(profile[None], (int(24 * module) | 1, 1))[0]
    power = np.abs(np.fft.rfft((profile - usual) * np.hanning(profile.size))) ** 2
    low, fine, high = (
        int(waves * SYMBOL_MODULES) for waves in (_WHOLE[0], _FINE_BEYOND, _WHOLE[1])
    )
    return float(power[fine:high].sum()) / max(float(power[low:high].sum()), 1e-6)


def mean_of(lines: Image) -> Floats:
    """Average lines (N×W uint8) into one profile."""
    return np.asarray(cv2.reduce(lines, 0, cv2.REDUCE_AVG, dtype=cv2.CV_32F)[0], np.float32)


def _likeness(lines: Image) -> float:
    """Correlate the edges of the upper and the lower half of lines (N×W uint8, N ≥ 2, W ≥ 64).

    Bars run through both, text and rough metal do not (normalised cross-correlation, Lewis 1995).
    Bars may lean: of each span the best of all small shifts counts, and of all spans the mean.
    """
    half, reach = len(lines) // 2, int(_LEAN_MAX * lines.shape[1])
    upper, lower = (
        np.diff(cv2.blur(mean_of(part)[None], (3, 1))) for part in (lines[:half], lines[half:])
    )
    span = (upper.shape[1] - 2 * reach) // _SPANS
    alike = [
        cv2.matchTemplate(
            upper[:, at : at + span + 2 * reach],
            lower[:, at + reach : at + reach + span],
            cv2.TM_CCORR_NORMED,
        ).max()
        for at in range(0, _SPANS * span, span)
    ]
    return float(np.mean(alike))


def _regularity(profile: Floats, edges: int) -> tuple[float, float]:
    """Return how much the edges resemble themselves moved by a few, and in how few tones.

    The first is a correlation (1 for a perfect grating), the second the share of the power in the
    eight strongest frequencies.
    """
    steps = cv2.blur(np.diff(profile)[None, :], (max(3, profile.size // 100), 1))[0]
    power, likeness = _spectrum(np.asarray(steps - steps.mean(), np.float64))
    strongest = float(np.partition(power, -_TONES)[-_TONES:].sum())
    beat = _beat(likeness, _BEAT_EDGES * profile.size // max(edges, 1))
    return beat, strongest / max(float(power.sum()), 1e-6)


def edges_along(profile: Floats | Doubles) -> int:
    """Count how often the profile goes from dark to light or back."""
    return _edges_of_each(profile[None])[0]


def have_enough_edges(profiles: Floats) -> list[bool]:
    """Tell which of the ``profiles`` (N×W float32) have as many edges as a label's half."""
    return [edges >= _EDGES_MIN for edges in _edges_of_each(profiles)]


def _edges_of_each(profiles: Floats | Doubles) -> list[int]:
    """Count the edges along profiles of one width (N×W), all at once but for the last step."""
    span = max(9, profiles.shape[1] // 24)
    swing = profiles - cv2.blur(profiles, (span, 1))
    clear = [_SWING * float(cv2.meanStdDev(one)[1][0, 0]) for one in swing]
    counts = []
    for one, least in zip(swing, clear, strict=True):
        light = one > least
        lasting = light[light | (one < -least)]
        counts.append(int(np.count_nonzero(lasting[1:] != lasting[:-1])))
    return counts


def _spectrum(steps: Doubles) -> tuple[Doubles, Doubles]:
    """Return the steps' power by frequency, and their correlation with themselves by lag."""
    size = cv2.getOptimalDFTSize(2 * steps.size)  # a large prime takes ten times as long
    power = np.abs(np.fft.rfft(steps, size)) ** 2
    correlation = np.fft.irfft(power, size)[: steps.size]
    shared = steps.size - np.arange(steps.size)  # how many steps still overlap at a lag
    scale = steps.size / (max(float(correlation[0]), 1e-6) * shared)
    return power, np.asarray(correlation * scale, np.float64)


def _beat(likeness: Doubles, lag_max: int) -> float:
    """Return the highest correlation past the first edge, up to a lag."""
    first = int(np.argmax(likeness < 0.0))
    later = likeness[first : min(lag_max, likeness.size // 3)]
    return float(later.max()) if first and later.size else 0.0
