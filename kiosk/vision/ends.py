"""Find where a symbol starts and stops: the shapes of those characters, quiet zones before them."""

from dataclasses import dataclass

import numpy as np

from kiosk.vision.profile import Doubles, standardise, take
from kiosk.vision.templates import QUIET, SAMPLES, soft_start

_OFFSETS = np.arange(-0.5, 3.0, 0.045)  # cells into the row of bars that its end may lie
_APART = 0.4  # cells: closer, it is the same end
_AGAIN_MIN = 0.5  # correlation of both ends, on average


@dataclass(frozen=True, slots=True)
class Ends:
    """Where a symbol may start and stop, and how well it looks like that; sign 1: dark bars."""

    sign: float
    start: float
    stop: float
    score: float


def find_ends(
    soft: Doubles, first: float, last: float, cells: int
) -> tuple[list[Ends], list[Ends]]:
    """Search start and stop near ``first`` and ``last`` of a softened profile, both ways round.

    ``cells`` is how many characters lie between, start and stop included, where both are right.
    Returns the likeliest ends, and those to try where they lead to nothing: a word or a border
    beside the symbol can look more like its end than its own.
    """
    pitch = (last - first) / cells
    start = soft_start()
    mirrored = np.concatenate([start[:QUIET], start[QUIET:][::-1]])
    scales = np.array([0.82, 0.9, 0.98, 1.06, 1.14]) * pitch
    offsets = _OFFSETS * pitch
    at = (np.arange(-QUIET, SAMPLES) + 0.5) / SAMPLES * scales[:, None]
    left = standardise(take(soft, (first + offsets)[:, None, None] + at))
    right = standardise(take(soft, (last - offsets)[:, None, None] - at))
    firsts: dict[float, list[Ends]] = {1.0: [], -1.0: []}
    others: list[Ends] = []
    for flip in (False, True):  # seen from outside, the stop is the start mirrored
        at_left = left @ (mirrored if flip else start)
        at_right = right @ (start if flip else mirrored)
        for sign, likely in firsts.items():
            peaks = [_two_peaks((sign * part).max(axis=1)) for part in (at_left, at_right)]
            for i, j in ((0, 0), (0, 1), (1, 0)):
                (u, at_first), (v, at_last) = peaks[0][i], peaks[1][j]
                edges = (float(first + offsets[u]), float(last - offsets[v]))
                found = Ends(sign, *(edges[::-1] if flip else edges), (at_first + at_last) / 2.0)
                (others if i or j else likely).append(found)
    # a label's own border is a strong end of the other polarity: neither may crowd the other out
    light = max(firsts[-1.0], key=lambda ends: ends.score)
    again = [ends for ends in others if ends.sign > 0.0 and ends.score > _AGAIN_MIN]
    return [*firsts[1.0], light], again


def _two_peaks(scores: Doubles) -> tuple[tuple[int, float], tuple[int, float]]:
    """Return where the highest score lies, and the highest apart from it, with the scores."""
    best = int(np.argmax(scores))
    apart = np.where(np.abs(_OFFSETS - _OFFSETS[best]) > _APART, scores, -1.0)
    second = int(np.argmax(apart))
    return (best, float(scores[best])), (second, float(apart[second]))
