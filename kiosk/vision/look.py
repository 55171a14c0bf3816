"""Look at one region: every row of bars in it, strip by strip, until it is read or known.

A row that shares its strip with something else, or that no library confirms, is looked at once
more by itself. Two looks at the same bars must agree.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import islice

from kiosk.model import Image, Verdict
from kiosk.vision.bars import edges_along, is_fine
from kiosk.vision.decode import read_profile
from kiosk.vision.judge import Look, judge, with_spares
from kiosk.vision.locate import Region
from kiosk.vision.profile import extent_of, likeness
from kiosk.vision.readers import zxing_any
from kiosk.vision.rectify import Strip, rows_of_bars, tightened
from kiosk.vision.runs import run_of
from kiosk.vision.symbols import look_without_match
from kiosk.vision.trials import SPARES_MAX, Trial, spares_of

_LIKENESS_MIN = 0.8  # of both halves: bars run through, text does not
_ALONE = 0.75  # of a strip: a symbol on its own covers more
_SETTLED = 0.9
_CROWDED = 230  # edges: a VIN's symbol has 199
_WINDOWS = ((0.0, 0.5), (0.0, 0.65), (0.2, 0.8), (0.35, 1.0), (0.5, 1.0))  # of a crowded strip
_WINDOW_MARGIN = 20.0  # nats: so many tries find something in anything
_STRIPS_MAX = 24  # of a frame: a page of labels, or of gratings, must not stall the lane
_LOOKS_MAX = 28  # of a frame: what is tightened is looked at twice, a crowded strip in windows


@dataclass(slots=True)
class Budget:
    """How much may still be read in this frame, and the VINs that were.

    Two different ones are TWO LABELS, whatever else there is: nothing more is read then.
    """

    strips: int = _STRIPS_MAX
    looks: int = _LOOKS_MAX
    spares: int = SPARES_MAX
    vins: set[str] = field(default_factory=set)

    @property
    def is_spent(self) -> bool:
        """Tell whether nothing is left, or nothing could change the verdict."""
        return min(self.strips, self.looks) <= 0 or len(self.vins) > 1

    def spend(self, trials: Iterator[Trial]) -> Iterator[Trial]:
        """Pass on as many further crops as the frame has left."""
        for trial in islice(trials, self.spares):
            self.spares -= 1
            yield trial

    def note(self, look: Look) -> None:
        """Learn what a row of bars turned out to be."""
        if look.verdict is Verdict.VIN and look.vin is not None:
            self.vins.add(look.vin)


@dataclass(frozen=True, slots=True, eq=False)
class _Seen:
    """A look, and which row of bars, or part of one, it was at."""

    look: Look
    track: int
    is_part: bool


def look_at(grey: Image, region: Region, budget: Budget | None = None) -> list[Look]:
    """Read the rows of bars in ``region`` of ``grey`` (H×W uint8); empty where they are no code.

    ``budget`` is shared by the regions of one frame.
    """
    budget = budget or Budget()
    seen: list[_Seen] = []
    for strips in rows_of_bars(grey, region):
        if budget.is_spent:
            break
        found = _look_at_row(grey, strips, budget, seen)
        if found is not None:
            seen.append(found)
            budget.note(found.look)
    parted = {one.track for one in seen if one.is_part}
    return [one.look for one in seen if not _is_of_parts(one, parted)]


def _is_of_parts(seen: _Seen, parted: set[int]) -> bool:
    """Tell whether an unread row turned out to be several symbols: its crop may hold two."""
    return not seen.is_part and seen.track in parted and not is_sure(seen.look)


def _look_at_row(
    grey: Image, strips: Iterator[Strip], budget: Budget, seen: list[_Seen]
) -> _Seen | None:
    """Read a row of bars from better and better strips, until it is sure."""
    best: _Seen | None = None
    for strip in strips:
        known = strip.is_part and any(
            is_sure(one.look) and strip.shows(one.look.quad) for one in seen
        )
        if known or budget.is_spent:
            break
        budget.strips -= 1
        look = _look_along(grey, strip, budget)
        if look is None:
            continue
        if best is None or is_sure(look) or look.worth > best.look.worth:
            best = _Seen(look, strip.track, strip.is_part)
        if is_sure(look):
            break
    if best is None or best.look.spare is None:
        return best
    return replace(best, look=with_spares(best.look, budget.spend(spares_of(best.look.spare))))


def is_sure(look: Look) -> bool:
    """Tell whether a look settles what the row of bars is."""
    return look.verdict is not Verdict.UNREAD and look.confidence >= _SETTLED


def _look_along(grey: Image, strip: Strip, budget: Budget) -> Look | None:
    """Read the bars of a strip, by themselves if they share it; None where they are no Code 39."""
    halves = strip.profiles.upper, strip.profiles.lower
    if likeness(*halves) < _LIKENESS_MIN:
        run = run_of(*halves)
        near = tightened(grey, strip, *run) if run is not None else None
        if near is None or likeness(near.profiles.upper, near.profiles.lower) < _LIKENESS_MIN:
            return None
        return _look_once(near, budget)
    look = _look_once(strip, budget) or _look_in_windows(grey, strip, budget)
    if look is None or look.strip is None or look.evidence is None or look.vin in budget.vins:
        return look
    first, last = look.strip.columns_of(look.quad)
    if last - first > _ALONE * look.strip.pixels.shape[1] and look.evidence.backing:
        return look
    near = tightened(grey, look.strip, first, last)
    again = _look_once(near, budget) if near is not None else None
    return _agreed(look, again) if again is not None else look


def _look_in_windows(grey: Image, strip: Strip, budget: Budget) -> Look | None:
    """Search a symbol that shares its strip with other bars, and look at it by itself."""
    profile = strip.profiles.whole
    if edges_along(profile) < _CROWDED:
        return None
    for begin, end in _WINDOWS:
        if budget.is_spent:
            break
        budget.looks -= 1
        first, last = int(begin * profile.size), int(end * profile.size)
        match = read_profile(profile[first:last], strip.sample_px)
        if match is None or match.margin < _WINDOW_MARGIN:
            continue
        left, right = sorted((first + match.first, first + match.last))
        near = tightened(grey, strip, left, right)
        look = _look_once(near, budget) if near is not None else None
        if look is not None:
            return look
    return None


def _look_once(strip: Strip, budget: Budget) -> Look | None:
    """Read the bars of a strip; None where they are no Code 39."""
    budget.looks -= 1
    profile = strip.profiles.whole
    extent = extent_of(profile)
    first, last = extent or (0.0, profile.size - 1.0)
    if not is_fine(profile[int(first) : int(last) + 1]):
        return look_without_match(strip) if zxing_any(strip.pixels, "linear") else None
    match = read_profile(profile, strip.sample_px, extent)
    return judge(strip, match) if match else look_without_match(strip)


def _agreed(look: Look, again: Look) -> Look:
    """Return the better of two looks at the same bars; unread where both are sure and differ."""
    if is_sure(look) and is_sure(again):
        if look.text == again.text:
            return max(look, again, key=lambda one: one.worth)
        either = look if look.trial is not None else again
        return replace(either, verdict=Verdict.UNREAD, text=None, vin=None, confidence=0.0)
    if is_sure(look) or is_sure(again):
        return look if is_sure(look) else again
    return max(look, again, key=lambda one: one.worth)
