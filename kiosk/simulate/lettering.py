"""Small print: text as patches of ink, of any height and as narrow as it must be."""

import cv2
import numpy as np
import numpy.typing as npt

Ink = npt.NDArray[np.uint8]
"""How much of each pixel is inked, 0…255, H×W."""

_FONT = cv2.FONT_HERSHEY_SIMPLEX
_DRAWN_SCALE = 2.0
_DESCENT = 0.32  # of the cap height, kept below the base line for commas


def typeset(text: str, cap_px: float, max_width_px: float, narrow: float = 0.8) -> Ink:
    """Set one line with capitals ``cap_px`` pixels high.

    ``narrow`` condenses the type; a line wider than ``max_width_px`` is condensed until it fits.
    The patch begins at the capitals' top and ends below the base line. Empty text gives a patch
    of one column.
    """
    thick = 3 if cap_px < _drawn_cap() else 4
    (width, _), _ = cv2.getTextSize(text or " ", _FONT, _DRAWN_SCALE, thick)
    cap = _drawn_cap()
    drawn = np.zeros((round(cap * (1 + _DESCENT)) + 2, max(width, 1) + 8), np.uint8)
    cv2.putText(drawn, text, (2, cap), _FONT, _DRAWN_SCALE, 255, thick, cv2.LINE_AA)
    factor = cap_px / cap
    final = max(1, round(min(drawn.shape[1] * factor * narrow, max_width_px)))
    size = final, max(1, round(drawn.shape[0] * factor))
    return cv2.resize(drawn, size, interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)


def stamp(canvas: Ink, patch: Ink, x: int, y: int, ink: int) -> None:
    """Print ``patch`` in grey ``ink`` onto ``canvas`` at pixel (x, y); what lies outside is cut."""
    height, width = canvas.shape
    left, top = max(x, 0), max(y, 0)
    right, bottom = min(x + patch.shape[1], width), min(y + patch.shape[0], height)
    if left >= right or top >= bottom:
        return
    part = patch[top - y : bottom - y, left - x : right - x].astype(np.int32)
    area = canvas[top:bottom, left:right]
    area[:] = area + (part * (ink - area.astype(np.int32)) // 255)


def _drawn_cap() -> int:
    return int(cv2.getTextSize("H", _FONT, _DRAWN_SCALE, 3)[0][1])
