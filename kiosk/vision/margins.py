"""How far a reading is ahead of its rivals: log-likelihood ratios, in nats.

With a cell at zero mean and unit length, a template of correlation c leaves 1-c² of it unexplained.
Were that Gaussian noise of variance s in n samples of the picture, what one template leaves less
than another, n/2s times, is the logarithm of how much likelier it is (Neyman and Pearson 1933).
"""

import numpy as np

from kiosk.vision.profile import Doubles

_NOISE_MIN = 0.01  # of a cell's power: no template is truer than that


def character_margins(best: Doubles, second: Doubles, cell_px: float) -> Doubles:
    """Return every character's margin over its rival.

    ``best`` and ``second`` are correlations, one a cell; ``cell_px`` is how many pixels of the
    picture carry a cell. The noise is what the best templates leave over all cells.
    """
    left_over = _left_over(best)
    noise = max(float(left_over.mean()), _NOISE_MIN)
    own = np.maximum(left_over, noise)  # a bad cell knows less than the rest
    return np.asarray((_left_over(second) - left_over) * cell_px / (2.0 * own), np.float64)


def grid_margin(fit: float, other: float, symbol_px: float) -> float:
    """Return the margin of a whole row of cells over another row, of other cells, that passed too.

    ``fit`` and ``other`` are the mean correlations; ``symbol_px`` pixels of the picture carry the
    symbol. Negative where the other fits better.
    """
    ours, theirs = (float(_left_over(np.array(one))) for one in (fit, other))
    return (theirs - ours) * symbol_px / (2.0 * max(ours, _NOISE_MIN))


def _left_over(correlation: Doubles) -> Doubles:
    """Return the share of the power that a template of this ``correlation`` leaves."""
    return np.asarray(1.0 - np.clip(correlation, 0.0, 1.0) ** 2)
