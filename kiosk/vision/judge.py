"""Judge one reading of a strip: sure, unread, or no Code 39 that a VIN could be in.

Our own decoder reads the whole strip and its upper and lower halves (noise of their own), zxing-cpp
and zbar the crop. What they make of it becomes one calibrated confidence; a VIN must then be read
back from the crop's own bytes.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

import numpy as np

from kiosk.model import Crop, Quad, Verdict
from kiosk.vin import breaks_its_region, follows_standard, vin_of
from kiosk.vision import crop as crops
from kiosk.vision import proof
from kiosk.vision.confidence import SURE, SURE_AGAINST, Evidence, confidence_in
from kiosk.vision.decode import Match, reread
from kiosk.vision.profile import Doubles
from kiosk.vision.rectify import Strip
from kiosk.vision.trials import Trial, ranked, trials_of

_WEAKEST_MIN = 0.6  # correlation of the worst character: below, something covers it
_FIT_UNREAD = 0.66  # mean correlation that makes a Code 39 of it
_CLEAR_UNREAD = 0.6  # of the characters: gratings and vents fit well, but not so clearly
_CANNOT_BE = 0.5  # clear, and yet not a VIN of its region: no data says which of the two is wrong
_OUTVOTED = 0.9  # both libraries read another length than our own decoder: likely, never sure
_STRANGE_MAX = 2  # characters that no VIN has


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """What one row of bars holds.

    ``quad`` are its corners in the picture. ``guess`` is the likeliest text of an unread symbol,
    and ``confidence`` how likely that is. ``trial`` is the crop before encoding, ``strip`` what it
    was made of; ``proven`` is the crop that was read back. ``spare`` is what further crops can be
    made of, where no library reads this one and the text is sure.
    """

    verdict: Verdict
    quad: Quad
    symbology: str = "code39"
    text: str | None = None
    vin: str | None = None
    confidence: float = 0.0
    guess: str | None = None
    evidence: Evidence | None = None
    trial: Trial | None = None
    strip: Strip | None = None
    proven: Crop | None = None
    spare: crops.Scanline | None = None

    @property
    def worth(self) -> tuple[bool, int, float]:
        """Rank looks at the same symbol: may be a VIN, confirmed by a library, confidence."""
        backing = self.evidence.backing if self.evidence else 0
        return self.verdict in {Verdict.VIN, Verdict.UNREAD}, backing, self.confidence

    def crop(self) -> Crop | None:
        """Return what would be uploaded; the strip is kept beside it. None if it held two symbols.

        Raises PictureError where OpenCV cannot encode it.
        """
        if self.trial is None or self.strip is None:
            return None
        crop = self.proven or proof.smallest(self.trial)
        if self.proven is None and not proof.holds_one(crop):
            return None
        return replace(crop, strip=crops.png(self.strip.pixels, level=1))


def judge(strip: Strip, match: Match) -> Look | None:
    """Weigh our own reading against the libraries' and the halves'; None where it is no label."""
    if match.first > match.last:
        strip, match = strip.turned(), match.turned(strip.pixels.shape[1])
    likely = _is_code39(match)
    scanline = crops.scan(strip, crops.Place(match.edges, match.pitch, match.inverted))
    trials = trials_of(scanline, crops.FINISHES if likely else crops.FINISHES[:1])
    quad = quad_of(strip, match.first, match.last)
    unread = Look(Verdict.UNREAD, quad, trial=next(iter(ranked(trials)), None), strip=strip)
    for other in (trial.agreed for trial in trials):
        if other is not None and other != match.text:
            same = vin_of(other) or len(other) == len(match.text)
            return unread if same else not_vin(quad, other, _OUTVOTED)
    backing = {name for trial in trials for name in trial.backers(match.text)}
    evidence = _evidence(strip, match, backing)
    confidence = round(confidence_in(evidence), 4)
    unread = replace(unread, guess=match.text, confidence=confidence, evidence=evidence)
    disputed = any(trial.contradicts(match.text) for trial in trials)
    if confidence >= (SURE_AGAINST if disputed else SURE) and match.weakest >= _WEAKEST_MIN:
        return replace(_sure(match.text, unread, trials, scanline), evidence=evidence)
    return unread if likely else None


def _evidence(strip: Strip, match: Match, backing: Collection[str]) -> Evidence:
    """Collect what speaks for a reading; ``backing`` names the libraries that read the same."""
    halves = strip.profiles.upper, strip.profiles.lower
    again = (reread(half, match, strip.sample_px) for half in halves)
    margins = (one.margin if one and one.text == match.text else 0.0 for one in again)
    return Evidence(match.text, match.margin, match.weakest, tuple(margins), len(backing))


def _is_code39(match: Match) -> bool:
    """Tell whether a symbol that was not read surely is a Code 39 that may hold a VIN."""
    strange = sum(not char.isalnum() for char in match.text)
    enough = match.fit >= _FIT_UNREAD and match.clear >= _CLEAR_UNREAD
    return enough and strange <= _STRANGE_MAX


def _sure(text: str, unread: Look, trials: list[Trial], scanline: crops.Scanline) -> Look:
    """Return the look at a symbol whose text is sure; a VIN's only if a crop of it proves it."""
    vin = vin_of(text)
    if vin is None:
        return not_vin(unread.quad, text, unread.confidence)
    if not follows_standard(vin):
        # what cannot be a VIN, but for one character misread, is a part's number only beyond doubt
        sure = unread.confidence >= SURE_AGAINST
        return not_vin(unread.quad, text, unread.confidence) if sure else unread
    if breaks_its_region(vin):  # a misreading, or a label that only its maker understands
        return replace(unread, confidence=min(unread.confidence, _CANNOT_BE))
    agreeing = ranked([one for one in trials if not one.contradicts(text)])
    look = proven(text, unread, agreeing)
    is_read = look.proven is not None and look.trial is not None and text in look.trial.texts
    return look if is_read or not agreeing else replace(look, spare=scanline)


def proven(text: str, unread: Look, trials: list[Trial]) -> Look:
    """Return the look at a VIN if a trial's crop reads back as ``text``, else ``unread``."""
    found = proof.proof_of(text, trials)
    return unread if found is None else _read_in(unread, text, *found)


def with_spares(look: Look, spares: Iterable[Trial]) -> Look:
    """Return a sure look with the first of ``spares`` in which a library reads the same.

    The look as it was where none does. One in which a library reads another VIN ends the search,
    and leaves it unread unless it is sure against that.
    """
    text = look.text or look.guess
    if text is None:
        return look
    for trial in spares:
        if trial.contradicts(text):
            sure = look.confidence >= SURE_AGAINST
            return look if sure else _unsaid(look)
        crop = proof.read_back(text, trial)
        if crop is not None:
            return _read_in(look, text, trial, crop)
    return look


def _unsaid(look: Look) -> Look:
    """Return the look without what it says: that is only its guess."""
    guess = look.text or look.guess
    return replace(look, verdict=Verdict.UNREAD, text=None, vin=None, guess=guess, proven=None)


def _read_in(look: Look, text: str, trial: Trial, crop: Crop) -> Look:
    """Return the look as one at a VIN, whose ``crop`` says so."""
    return replace(
        look,
        verdict=Verdict.VIN,
        text=text,
        vin=vin_of(text),
        guess=None,
        trial=trial,
        proven=crop,
        spare=None,
    )


def not_vin(quad: Quad, text: str, confidence: float) -> Look:
    """Return the look at a Code 39 symbol with other content."""
    return Look(Verdict.NOT_VIN, quad, text=text, confidence=confidence)


def quad_of(strip: Strip, first: float, last: float) -> Quad:
    """Return the symbol's corners in the picture: the strip was trimmed, the symbol is not."""
    top, bottom = strip.bars
    corners = strip.place(np.array([[first, top], [last, top], [last, bottom], [first, bottom]]))
    return as_quad(corners)


def as_quad(corners: Doubles) -> Quad:
    """Turn 4×2 numbers into points."""
    ul, ur, lr, ll = ((float(x), float(y)) for x, y in corners)
    return ul, ur, lr, ll
