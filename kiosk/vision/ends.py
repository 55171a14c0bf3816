"""Find where a symbol starts and stops: the shapes of those characters, quiet zones before them."""

from dataclasses import dataclass

import numpy as np

from kiosk.vision.profile import Doubles, standardise, take
from kiosk.vision.templates import QUIET, SAMPLES, soft_start

_OFFSETS = np.arange(-0.5, 3.0, 0.045)  # cells into the row of bars that its end may lie


@dataclass(frozen=True, slots=True)
class Ends:
    """Where a symbol may start and stop, and how well it looks like that; sign 1: dark bars."""

    sign: float
    start: float
    stop: float
    score: float


def find_ends(soft: Doubles, first: float, last: float, cells: int) -> list[Ends]:
    """Search start and stop near ``first`` and ``last`` of a softened profile, both ways round.

    ``soft`` is N float64 grey values; ``cells`` is how many characters lie between, start and stop
    included, where both are right. Returns the likeliest dark ends each way round, and light ones.
    """
    pitch = (last - first) / cells
    start = soft_start()
    mirrored = np.concatenate([start[:QUIET], start[QUIET:][::-1]])
    scales = np.array([0.82, 0.9, 0.98, 1.06, 1.14]) * pitch
    offsets = _OFFSETS * pitch
    at = (np.arange(-QUIET, SAMPLES) + 0.5) / SAMPLES * scales[:, None]
    left = standardise(take(soft, (first + offsets)[:, None, None] + at))
    right = standardise(take(soft, (last - offsets)[:, None, None] - at))
    found: dict[float, list[Ends]] = {1.0: [], -1.0: []}
    for flip in (False, True):  # seen from outside, the stop is the start mirrored
        at_left = left @ (mirrored if flip else start)
        at_right = right @ (start if flip else mirrored)
        for sign, ends in found.items():
            scores = [(sign * part).max(axis=1) for part in (at_left, at_right)]
            u, v = (int(np.argmax(part)) for part in scores)
            places = (float(first + offsets[u]), float(last - offsets[v]))
            score = (float(scores[0][u]) + float(scores[1][v])) / 2.0
            ends.append(Ends(sign, *(places[::-1] if flip else places), score))
    # a label's own border is a strong end of the other polarity: neither may crowd the other out
    return [*found[1.0], max(found[-1.0], key=lambda ends: ends.score)]
