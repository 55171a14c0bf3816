"""One look at one region: rectify it, read it by three decoders, and judge how sure that is.

Sure means: two ways of reading agree and none disagrees. The ways are our own template decoder on
the whole strip, the same on its upper and lower halves (noise of their own), zxing-cpp and zbar on
the crop. The check digit proves nothing here: it is blind to A/1 and B/2, which is just what
Code 39 confuses.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from kiosk.model import Crop, Image, Quad, Verdict
from kiosk.vin import check_digit_passes, vin_of
from kiosk.vision import crop as crops
from kiosk.vision.decode import Match, read_profile, reread
from kiosk.vision.foreign import vin_in
from kiosk.vision.locate import Region
from kiosk.vision.profile import Doubles, extent_of, halves_of, likeness, profile_of
from kiosk.vision.readers import Found, zbar_code39, zxing_any, zxing_code39
from kiosk.vision.rectify import Strip, straighten

_LIKENESS_MIN = 0.8  # of both halves: bars run through, text does not
_MARGIN_ALONE = 14.0  # nats on every character, both halves agreeing
_MARGIN_BACKED = 5.0  # nats, a library agreeing
_WEAKEST_MIN = 0.6  # correlation of the worst character: below, something covers it
_FIT_UNREAD = 0.66  # mean correlation that makes a Code 39 of it
_CLEAR_UNREAD = 0.6  # of the characters: gratings and vents fit well, but not so clearly
_STRANGE_MAX = 2  # characters that no VIN has
_CHECKED_MAKERS = "12345"  # North American VINs carry a check digit (49 CFR 565)
_ROWS = 8  # of a crop: enough for both libraries
_MODULES = 320  # what a symbol is taken for that our own decoder cannot follow: a VIN's
_PARTS = 4  # of such a symbol: each may be lit differently
_SHORT_MIN = 3  # characters: a library alone finds shorter ones in noise


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """What one region holds. ``pixels`` is the crop before encoding, ``strip`` what it is of."""

    verdict: Verdict
    quad: Quad
    symbology: str = "code39"
    text: str | None = None
    vin: str | None = None
    confidence: float = 0.0
    pixels: Image | None = None
    strip: Strip | None = None

    def crop(self) -> Crop | None:
        """Encode what would be uploaded."""
        if self.pixels is None or self.strip is None:
            return None
        return crops.encode(self.pixels, self.strip.pixels)


@dataclass(frozen=True, slots=True, eq=False)
class _Trial:
    """A crop and what the two libraries read in it."""

    pixels: Image
    zxing: tuple[str, ...]
    zbar: tuple[str, ...]

    @property
    def texts(self) -> tuple[str, ...]:
        """Everything that was read, once for each library."""
        return self.zxing + self.zbar

    @property
    def agreed(self) -> str | None:
        """The text that both libraries read, and nothing else."""
        both = set(self.texts)
        return both.pop() if len(both) == 1 and self.zxing and self.zbar else None


def look_at(grey: Image, region: Region) -> Look | None:
    """Read the bars in ``region`` of ``grey`` (H×W uint8); None where they are no Code 39."""
    strip = straighten(grey, region)
    if strip is None or likeness(*halves_of(strip.pixels)) < _LIKENESS_MIN:
        return None
    match = read_profile(profile_of(strip.pixels), _native_length(strip))
    return _judge(strip, match) if match else _without_match(strip)


def _native_length(strip: Strip) -> float:
    """Return the strip's length in pixels of the picture."""
    height, width = strip.pixels.shape
    ends = strip.place(np.array([[0.0, height / 2], [width - 1.0, height / 2]]))
    return float(np.linalg.norm(ends[1] - ends[0]))


def _judge(strip: Strip, match: Match) -> Look | None:
    """Weigh our own reading against the libraries' and the halves'."""
    if match.first > match.last:
        strip, match = strip.turned(), match.turned(strip.pixels.shape[1])
    likely = _is_code39(match)
    place = crops.Place(match.edges, match.pitch, match.inverted)
    trials = _trials(strip, place, crops.FINISHES if likely else crops.FINISHES[:1])
    pixels = _best(trials).pixels
    quad = _quad(strip, match.first, match.last)
    unread = Look(Verdict.UNREAD, quad, pixels=pixels, strip=strip)
    for other in (trial.agreed for trial in trials):
        if other is not None and other != match.text:
            same = vin_of(other) or len(other) == len(match.text)
            return unread if same else _not_vin(quad, other, 0.9)
    rivals = {text for trial in trials for text in trial.texts if text != match.text}
    backing = {name for trial in trials for name in _backers(trial, match.text)}
    if not any(vin_of(text) for text in rivals) and _is_sure(strip, match, len(backing)):
        return _sure(match, quad, pixels, strip)
    return unread if likely else None


def _is_code39(match: Match) -> bool:
    """Tell whether a symbol that was not read surely is a Code 39 that may hold a VIN."""
    strange = sum(not char.isalnum() for char in match.text)
    enough = match.fit >= _FIT_UNREAD and match.clear >= _CLEAR_UNREAD
    return enough and strange <= _STRANGE_MAX


def _sure(match: Match, quad: Quad, pixels: Image, strip: Strip) -> Look:
    """Return the look at a symbol that was read surely."""
    vin = vin_of(match.text)
    confidence = round(float(1.0 - np.exp(-max(match.margin, _MARGIN_BACKED) / 4.0)), 4)
    if vin is None:
        return _not_vin(quad, match.text, confidence)
    return _vin(quad, match.text, confidence, pixels, strip)


def _vin(quad: Quad, text: str, confidence: float, pixels: Image, strip: Strip) -> Look:
    """Return the look at a VIN that was read surely."""
    return Look(
        Verdict.VIN,
        quad,
        text=text,
        vin=vin_of(text),
        confidence=confidence,
        pixels=pixels,
        strip=strip,
    )


def _not_vin(quad: Quad, text: str, confidence: float) -> Look:
    """Return the look at a Code 39 symbol with other content."""
    return Look(Verdict.NOT_VIN, quad, text=text, confidence=confidence)


def _is_sure(strip: Strip, match: Match, backing: int) -> bool:
    """Tell whether our own reading has enough behind it."""
    if match.weakest < _WEAKEST_MIN:
        return False
    vin = vin_of(match.text)
    doubted = vin is not None and vin[0] in _CHECKED_MAKERS and not check_digit_passes(vin)
    if backing and match.margin >= _MARGIN_BACKED * (3.0 if doubted else 1.0):
        return True
    if match.margin < _MARGIN_ALONE * (3.0 if doubted else 1.0):
        return False
    native = _native_length(strip)
    again = [reread(half, match, native) for half in halves_of(strip.pixels)]
    return all(other is not None and other.text == match.text for other in again)


def _backers(trial: _Trial, text: str) -> Iterator[str]:
    """Name the libraries that read exactly ``text``."""
    if set(trial.zxing) == {text}:
        yield "zxing"
    if set(trial.zbar) == {text}:
        yield "zbar"


def _trials(strip: Strip, place: crops.Place, finishes: tuple[crops.Finish, ...]) -> list[_Trial]:
    """Make crops, one finish after the other, until both libraries read the same in one."""
    scanline = crops.scan(strip, place)
    trials = []
    for finish in finishes:
        trials.append(_tried(crops.render(scanline, finish)))
        if trials[-1].agreed is not None:
            break
    return trials


def _tried(pixels: Image) -> _Trial:
    """Let both libraries read a crop; all its rows are the same."""
    some = pixels[:_ROWS]
    return _Trial(pixels, zxing_code39(some), zbar_code39(some))


def _best(trials: list[_Trial]) -> _Trial:
    """Choose the crop in which the libraries read most, and what most of them read."""
    votes = Counter(text for trial in trials for text in trial.texts)
    return max(trials, key=lambda trial: sum(votes[text] for text in trial.texts))


def _without_match(strip: Strip) -> Look | None:
    """Read a symbol of another length, or one our own decoder cannot follow, by the libraries."""
    extent = extent_of(profile_of(strip.pixels))
    if extent is None:
        return None
    edges = tuple(np.linspace(*extent, _PARTS + 1).tolist())
    for inverted in (False, True):
        place = crops.Place(edges, _MODULES / _PARTS, inverted)
        trial = _tried(crops.render(crops.scan(strip, place, known=False), crops.FINISHES[0]))
        if trial.texts:
            return _by_libraries(strip, trial, extent)
    return _as_found(strip)


def _as_found(strip: Strip) -> Look | None:
    """Read a row of bars as zxing-cpp finds it: a label beside other bars, another symbology."""
    for found in zxing_any(strip.pixels, "linear"):
        if found.symbology == "code39":
            columns = [x for x, _ in found.quad]
            extent = (min(columns), max(columns))
            match = read_profile(profile_of(strip.pixels), _native_length(strip), extent)
            look = _judge(strip, match) if match else None
        else:
            look = _foreign(strip, found)
        if look is not None:
            return look
    return None


def _foreign(strip: Strip, found: Found) -> Look:
    """Return the look at a symbol of another symbology, found in the strip."""
    return Look(
        Verdict.FOREIGN,
        _as_quad(strip.place(np.array(found.quad, np.float64))),
        symbology=found.symbology,
        text=found.text,
        vin=vin_in(found.text),
        confidence=1.0,
    )


def _by_libraries(strip: Strip, trial: _Trial, extent: tuple[float, float]) -> Look | None:
    """Judge what only the libraries read: a VIN needs both, and both again on the raw strip."""
    quad = _quad(strip, *extent)
    text = trial.agreed
    if text is None:
        text = max(trial.texts, key=len)
        if vin_of(text):
            return Look(Verdict.UNREAD, quad, pixels=trial.pixels, strip=strip)
        good = len(text) >= _SHORT_MIN
        return _not_vin(quad, text, 0.6) if good else None
    vin = vin_of(text)
    if vin is None:
        return _not_vin(quad, text, 0.9)
    raw = {*zxing_code39(strip.pixels), *zbar_code39(strip.pixels)}
    if raw == {text} and check_digit_passes(vin):
        return _vin(quad, text, 0.9, trial.pixels, strip)
    return Look(Verdict.UNREAD, quad, pixels=trial.pixels, strip=strip)


def _quad(strip: Strip, first: float, last: float) -> Quad:
    """Return the symbol's corners in the picture: the strip was trimmed, the symbol is not."""
    top, bottom = strip.bars
    corners = strip.place(np.array([[first, top], [last, top], [last, bottom], [first, bottom]]))
    return _as_quad(corners)


def _as_quad(corners: Doubles) -> Quad:
    """Turn 4×2 numbers into points."""
    ul, ur, lr, ll = ((float(x), float(y)) for x, y in corners)
    return ul, ur, lr, ll
