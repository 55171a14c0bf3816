"""How sure a reading is: the probability that every character of it is right.

A logistic regression (Cox 1958) on what is known of the reading, fitted to simulated labels that
were blurred, dirtied, scratched and lit until a good part of them was read wrongly
(`scripts/lib/prefilter_calibrate.py`; development seeds only). `scripts/bench prefilter` draws
what was promised against what came true.
"""

import math
from dataclasses import dataclass

SURE = 0.99
"""From here on a reading is taken for what the label says."""

SURE_AGAINST = 0.999
"""The same where a barcode library read another VIN in the crop: each does in noise."""

_MOST = 0.9999  # no data tells more


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of a reading.

    ``margin`` is the smallest of its characters against the runner-up, in nats; ``weakest`` the
    lowest correlation of a character with its shape. ``again`` are the margins in the strip's upper
    and lower half, 0 where another text was read there. ``backing`` counts the barcode libraries
    that read the same in the crop.
    """

    text: str
    margin: float
    weakest: float
    again: tuple[float, ...]
    backing: int


def features_of(evidence: Evidence) -> tuple[float, ...]:
    """Return what the regression weighs: more is better."""
    return (
        _root(evidence.margin),
        -math.log(1.0 - evidence.weakest + 0.005),
        sum(_root(margin) for margin in evidence.again),
        float(evidence.backing > 0),
    )


def _root(margin: float) -> float:
    """Return a margin's square root, as many standard deviations; beyond ten nothing is gained."""
    return math.sqrt(min(max(margin, 0.0), 100.0))


_WEIGHTS = (0.56, 0.79, 0.27, 2.24)
_BIAS = -3.5


def confidence_in(evidence: Evidence) -> float:
    """Return the probability, 0 to 0.9999, that the whole text is right.

    The check digit has no part in it: what Code 39 confuses (A and 1, B and 2) has the same value
    in it, so that passing proves little.
    """
    odds = _BIAS + sum(
        weight * feature for weight, feature in zip(_WEIGHTS, features_of(evidence), strict=True)
    )
    return min(_MOST, 1.0 / (1.0 + math.exp(-max(min(odds, 50.0), -50.0))))
