"""Too dark, blown out, or just right: what the brightness of a picture says of light and glare."""

from dataclasses import dataclass

import numpy as np

from kiosk.model import Image

_WHITE = 250  # of 255: nothing can be told above
_BRIGHT = 99.5  # percent of the picture are darker: a label is that small, and a black car is dark
_DIM = 80.0
_WHITE_SHARE = 0.2


@dataclass(frozen=True, slots=True)
class Light:
    """The mean grey level, that of the brightest parts, and the share that is plain white."""

    mean: float
    bright: float
    white: float

    @property
    def is_too_dark(self) -> bool:
        """Tell whether even the brightest parts, such as a label's paper, are dim."""
        return self.bright < _DIM

    @property
    def is_blown_out(self) -> bool:
        """Tell whether too much of the picture is plain white."""
        return self.white > _WHITE_SHARE


def light_of(grey: Image) -> Light:
    """Measure the light in ``grey`` (H×W uint8)."""
    return Light(
        float(grey.mean()),
        float(np.percentile(grey, _BRIGHT)),
        float(np.count_nonzero(grey >= _WHITE)) / grey.size,
    )
