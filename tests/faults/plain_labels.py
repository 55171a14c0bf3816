"""The plainest pictures of labels, each of a car of its own."""

import random

import cv2
import numpy as np

from kiosk.simulate.code39 import encode
from kiosk.vin import check_digit_of


def any_vin(dice: random.Random) -> str:
    """Make up a VIN that is right for North America."""
    # without U, Z and 0: no model year has them
    letters = "".join(dice.choices("ABCDEFGHJKLMNPRSTVWXY123456789", k=7))
    draft = f"1M8{letters[:5]}0{letters[5:]}A{dice.randrange(100_000):05d}"
    return draft[:8] + check_digit_of(draft) + draft[9:]


def label(vin: str) -> bytes:
    """Draw a label as a PNG: nothing but its bars."""
    row, dark = [255] * 40, True
    for width in encode(vin, 3.0):
        row += [0 if dark else 255] * round(width * 2)
        dark = not dark
    image = np.tile(np.array([*row, *[255] * 40], np.uint8), (60, 1))
    return cv2.imencode(".png", image)[1].tobytes()
