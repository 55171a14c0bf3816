"""One look at one region: rectify it, read it by three decoders, and judge how sure that is.

The decoders are our own on the whole strip and on its upper and lower halves (noise of their own),
zxing-cpp and zbar on the crop. What they make of it becomes one calibrated confidence.
"""

from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace

import numpy as np

from kiosk.model import Crop, Image, Quad, Verdict
from kiosk.vin import check_digit_passes, vin_of
from kiosk.vision import crop as crops
from kiosk.vision.bars import is_fine
from kiosk.vision.confidence import SURE, SURE_AGAINST, Evidence, confidence_in
from kiosk.vision.decode import Match, read_profile, reread
from kiosk.vision.foreign import vin_in
from kiosk.vision.locate import Region
from kiosk.vision.profile import Doubles, extent_of, halves_of, likeness, profile_of
from kiosk.vision.readers import Found, zbar_code39, zxing_any, zxing_code39
from kiosk.vision.rectify import Strip, straighten, tightened

_LIKENESS_MIN = 0.8  # of both halves: bars run through, text does not
_ALONE = 0.75  # of a strip: a symbol on its own covers more
_WEAKEST_MIN = 0.6  # correlation of the worst character: below, something covers it
_FIT_UNREAD = 0.66  # mean correlation that makes a Code 39 of it
_CLEAR_UNREAD = 0.6  # of the characters: gratings and vents fit well, but not so clearly
_STRANGE_MAX = 2  # characters that no VIN has
_ROWS = 8  # of a crop: enough for both libraries
_MODULES = 320  # what a symbol is taken for that our own decoder cannot follow: a VIN's
_PARTS = 4  # of such a symbol: each may be lit differently
_SHORT_MIN = 3  # characters: a library alone finds shorter ones in noise


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """What one region holds. ``pixels`` is the crop before encoding, ``strip`` what it is of.

    ``guess`` is the likeliest text of an unread symbol, and ``confidence`` how likely it is.
    """

    verdict: Verdict
    quad: Quad
    symbology: str = "code39"
    text: str | None = None
    vin: str | None = None
    confidence: float = 0.0
    guess: str | None = None
    evidence: Evidence | None = None
    pixels: Image | None = None
    strip: Strip | None = None

    @property
    def worth(self) -> tuple[bool, int, float]:
        """Rank looks at the same symbol: read surely, confirmed by a library, confidence."""
        backing = self.evidence.backing if self.evidence else 0
        return self.verdict is not Verdict.UNREAD, backing, self.confidence

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
    best: Look | None = None
    for strip in straighten(grey, region):
        look = _look_along(strip)
        look = _closer(grey, look) if look is not None else None
        if look is not None and look.verdict is not Verdict.UNREAD:
            return look
        best = best or look
    return best


def _closer(grey: Image, look: Look) -> Look:
    """Look once more, at the symbol alone, where it shares its strip or no library confirms it."""
    if look.strip is None or look.evidence is None:
        return look
    first, last = look.strip.columns_of(look.quad)
    alone = last - first > _ALONE * look.strip.pixels.shape[1]
    if alone and look.evidence.backing:
        return look
    near = tightened(grey, look.strip, first, last)
    again = _look_along(near) if near is not None else None
    return again if again is not None and again.worth > look.worth else look


def _look_along(strip: Strip) -> Look | None:
    """Read the bars of a strip; None where they are no Code 39."""
    if likeness(*halves_of(strip.pixels)) < _LIKENESS_MIN:
        return None
    profile = profile_of(strip.pixels)
    extent = extent_of(profile)
    first, last = extent or (0.0, profile.size - 1.0)
    if not is_fine(profile[int(first) : int(last) + 1]):
        return _without_match(strip) if zxing_any(strip.pixels, "linear") else None
    match = read_profile(profile, _native_length(strip), extent)
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
    evidence = _evidence(
        strip, match, {name for one in trials for name in _backers(one, match.text)}
    )
    confidence = round(confidence_in(evidence), 4)
    asked = SURE_AGAINST if any(vin_of(text) for text in rivals) else SURE
    if confidence >= asked and match.weakest >= _WEAKEST_MIN:
        return replace(_sure(match.text, quad, confidence, pixels, strip), evidence=evidence)
    if not likely:
        return None
    return replace(unread, guess=match.text, confidence=confidence, evidence=evidence)


def _evidence(strip: Strip, match: Match, backing: Collection[str]) -> Evidence:
    """Collect what speaks for a reading; ``backing`` names the libraries that read the same."""
    native = _native_length(strip)
    again = (reread(half, match, native) for half in halves_of(strip.pixels))
    margins = (one.margin if one and one.text == match.text else 0.0 for one in again)
    return Evidence(match.text, match.margin, match.weakest, tuple(margins), len(backing))


def _is_code39(match: Match) -> bool:
    """Tell whether a symbol that was not read surely is a Code 39 that may hold a VIN."""
    strange = sum(not char.isalnum() for char in match.text)
    enough = match.fit >= _FIT_UNREAD and match.clear >= _CLEAR_UNREAD
    return enough and strange <= _STRANGE_MAX


def _sure(text: str, quad: Quad, confidence: float, pixels: Image, strip: Strip) -> Look:
    """Return the look at a symbol that was read surely."""
    if vin_of(text) is None:
        return _not_vin(quad, text, confidence)
    return _vin(quad, text, confidence, pixels, strip)


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
