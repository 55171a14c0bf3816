"""Where blank paper parts a row of bars: two symbols side by side, or a symbol beside hatching.

Inside a symbol no bar and no space is wider than three modules. How wide a module is, the bars
tell themselves: on average a symbol's edges are less than two modules apart (ISO/IEC 16388: ten
edges to a character of 13 to 16 modules). Dark and light are told by the lowest and the highest
value about, as a local threshold is (Bernsen 1986).
"""

import cv2
import numpy as np

from kiosk.vision.bars import SHORT_EDGES, edges_along
from kiosk.vision.profile import Doubles

_PARTS_MAX = 3
_REACH = 14  # mean distances between edges: some two characters, with dark and light in each
_PLAIN = 0.65  # of the way from dark to light, or back: blurred narrow bars stay half-way
_BLANK = 2.8  # mean distances between edges; dev scenes: 1.9 in 97 of 100 labels, the rest in glare
_SWING_MIN = 8.0  # grey: less is noise


def parts_of(profile: Doubles) -> list[tuple[float, float]]:
    """Return the first and last column of each row along ``profile`` (W float64 grey values).

    From left to right, at most three; none where the bars are in one piece.
    """
    edges = edges_along(profile)
    if edges < 2 * SHORT_EDGES:
        return []
    apart = profile.size / edges
    plain = _plain(profile, int(_REACH * apart) | 1)
    begins, ends = (turn.tolist() for turn in _stretches(plain, _BLANK * apart).T)
    pieces = zip([0, *ends], [*begins, profile.size], strict=True)
    parts = [(float(a), float(b - 1)) for a, b in pieces if b > a and _has_bars(profile[a:b])]
    return parts[:_PARTS_MAX] if len(parts) > 1 else []


def _has_bars(piece: Doubles) -> bool:
    """Tell whether a piece of the profile holds as many edges as a short symbol."""
    return piece.size > SHORT_EDGES and edges_along(piece) >= SHORT_EDGES


def _plain(profile: Doubles, reach: int) -> np.ndarray[tuple[int], np.dtype[np.int8]]:
    """Mark what is light (1), dark (-1) or neither (0), among what lies within ``reach``."""
    line, window = profile.astype(np.float32)[None], np.ones((1, reach), np.uint8)
    dark, light = (
        cv2.blur(extreme(line, window, borderType=cv2.BORDER_REPLICATE), (reach, 1))[0]
        for extreme in (cv2.erode, cv2.dilate)
    )
    share = (profile - dark) / np.maximum(light - dark, _SWING_MIN)
    return np.asarray((share > _PLAIN).astype(np.int8) - (share < 1.0 - _PLAIN), np.int8)


def _stretches(
    plain: np.ndarray[tuple[int], np.dtype[np.int8]], least: float
) -> np.ndarray[tuple[int, int], np.dtype[np.intp]]:
    """Return the beginnings and ends (N×2) of what is light, or dark, for more than ``least``."""
    turns = np.concatenate([[0], np.flatnonzero(np.diff(plain)) + 1, [plain.size]])
    runs = np.stack([turns[:-1], turns[1:]], axis=1)
    long = (runs[:, 1] - runs[:, 0] > least) & (plain[runs[:, 0]] != 0)
    return np.asarray(runs[long], np.intp)
