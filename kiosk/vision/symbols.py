"""A row of bars that our own decoder does not follow: what the libraries make of it.

Symbols of another length, other symbologies, and labels printed as no standard has it (wide gaps
between the characters).
"""

from dataclasses import replace

import numpy as np

from kiosk.model import Verdict
from kiosk.vin import check_digit_passes, follows_standard, vin_of
from kiosk.vision import crop as crops
from kiosk.vision.confidence import SURE
from kiosk.vision.decode import read_profile
from kiosk.vision.foreign import vin_in
from kiosk.vision.judge import Look, as_quad, judge, not_vin, proven, quad_of
from kiosk.vision.profile import SYMBOL_MODULES, extent_of
from kiosk.vision.readers import Found, zbar_code39, zxing_any, zxing_code39
from kiosk.vision.rectify import Strip
from kiosk.vision.trials import Trial, ranked, tried

_PARTS = 4  # of such a symbol: each may be lit differently
_SHORT_MIN = 3  # characters: a library alone finds shorter ones in noise
# Rules, not measured: our own decoder has no margin to calibrate where it does not follow.
_BOTH = SURE  # two decoders without a line of code in common read the same: just sure
_ONE = 0.6  # likelier than not, and below what settles a row: each reads texts in noise


def look_without_match(strip: Strip) -> Look | None:
    """Read a symbol of another length, or one our own decoder cannot follow, by the libraries."""
    extent = extent_of(strip.profiles.whole)
    if extent is None:
        return None
    edges = tuple(np.linspace(*extent, _PARTS + 1).tolist())
    for inverted in (False, True):
        place = crops.Place(edges, SYMBOL_MODULES / _PARTS, inverted)
        trial = tried(crops.render(crops.scan(strip, place, known=False), crops.FINISHES[0]))
        if trial.texts:
            return _by_libraries(strip, trial, tried(crops.widened(trial.pixels)), extent)
    return _as_found(strip)


def _as_found(strip: Strip) -> Look | None:
    """Read a row of bars as zxing-cpp finds it: a label beside other bars, another symbology."""
    for found in zxing_any(strip.pixels, "linear"):
        if found.symbology == "code39":
            columns = [x for x, _ in found.quad]
            extent = (min(columns), max(columns))
            match = read_profile(strip.profiles.whole, strip.sample_px, extent)
            look = judge(strip, match) if match else None
        else:
            look = _foreign(strip, found)
        if look is not None:
            return look
    return None


def _foreign(strip: Strip, found: Found) -> Look:
    """Return the look at a symbol of another symbology, found in the strip."""
    return Look(
        Verdict.FOREIGN,
        as_quad(strip.place(np.array(found.quad, np.float64))),
        symbology=found.symbology,
        text=found.text,
        vin=vin_in(found.text),
        confidence=1.0,
    )


def _by_libraries(
    strip: Strip, trial: Trial, wide: Trial, extent: tuple[float, float]
) -> Look | None:
    """Judge what only the libraries read: a VIN needs both, and both again on the raw strip.

    ``wide`` is what goes out: the libraries read more of ``trial``, whose quiet zones are narrow.
    """
    quad = quad_of(strip, *extent)
    unread = Look(Verdict.UNREAD, quad, trial=next(iter(ranked([wide])), None), strip=strip)
    text = trial.agreed
    if text is None:
        text = max(trial.texts, key=len)
        if vin_of(text):
            return unread
        return not_vin(quad, text, _ONE) if len(text) >= _SHORT_MIN else None
    vin = vin_of(text)
    if vin is None:
        return not_vin(quad, text, _BOTH)
    raw = strip.pixels
    again = Trial(raw, zxing_code39(raw), zbar_code39(raw))
    if again.agreed != text or not (check_digit_passes(vin) and follows_standard(vin)):
        return unread
    return proven(text, replace(unread, confidence=_BOTH), [wide])
