"""Choose which regions to look at, and how closely: first what is most likely a label alone.

A large grating, a rubber seal or another label beside a VIN's can make one ragged region of both,
and draw all attention to itself. Such a region is looked at last, and in parts.
"""

from itertools import chain, islice

import cv2
import numpy as np

from kiosk.model import Image, Verdict
from kiosk.vin import vin_of
from kiosk.vision.bars import lines_across, may_be_code, may_be_code_along, may_be_part, mean_of
from kiosk.vision.beside import rows_about
from kiosk.vision.cuts import cuts_of
from kiosk.vision.judge import Look, as_quad
from kiosk.vision.locate import Region
from kiosk.vision.look import Budget, is_sure, look_at
from kiosk.vision.profile import Floats
from kiosk.vision.readers import zxing_any
from kiosk.vision.tensor import CELL

_VIN_PX = 280.0  # 319 modules of hardly a pixel: nothing shorter can be read as a VIN
_PART_PX = 180.0  # of a shorter region that may be the better part of a label
_SHORT_MAX = 2
_REGIONS_MAX = 6  # while no VIN is read: a frame full of railings must not stall the lane
_CUTS_MAX = 40  # of all ragged regions
_RAGGED = 0.6  # of a region's frame: less is filled where it holds more than a row of bars
_FITS = 0.8  # correlation of the worst character of what may be a symbol
_BESIDE_MAX = 3  # rows of bars about a label that are looked at
_RIVAL = 0.03  # of the area of a label that was read: one that can still be read beside the largest


def looks_of(grey: Image, regions: tuple[Region, ...]) -> list[Look]:
    """Look at the ``regions`` of ``grey`` (H×W uint8, strongest first) that could hold a VIN.

    At shorter ones only where those show nothing; after a sure reading only at what may be a second
    label; at parts of ragged ones only where no VIN was read.
    """
    budget = Budget()
    long = [one for one in regions if one.length >= _VIN_PX]
    ragged = sorted((one for one in long if one.fill < _RAGGED), key=lambda one: -one.fill)
    looks = _looks_at_whole(grey, [one for one in long if one.fill >= _RAGGED] + ragged, budget)
    if not _has_vin(looks):
        looks += _looks_at_parts(grey, ragged, budget)
    if not looks:
        short = (one for one in regions if one.length < _VIN_PX and _is_short(grey, one))
        for region in islice(short, _SHORT_MAX):
            looks += look_at(grey, region, budget)
    return looks + _looks_beside(grey, looks, budget)


def _looks_at_whole(grey: Image, regions: list[Region], budget: Budget) -> list[Look]:
    """Look at regions, the most likely first; after a VIN at no weaker ones than a label's.

    What could be a second label alone, and cannot be looked at any more, is an unread one: nobody
    may take the VIN for the only one in view.
    """
    looks: list[Look] = []
    floor, looked_at = 0.0, 0
    for region in regions:
        known = region.fill < _RAGGED and any(_holds(region, look) for look in looks)
        if known or region.strength < floor or len(budget.vins) > 1:
            continue
        has_vin = _has_vin(looks)
        if looked_at >= _REGIONS_MAX and not has_vin:
            break
        if not _is_code(grey, region, loose=region.fill < _RAGGED):
            continue
        if budget.is_spent:
            if has_vin and region.fill >= _RAGGED:
                looks.append(Look(Verdict.UNREAD, as_quad(region.quad.astype(np.float64))))
            break
        looked_at += 1
        found = look_at(grey, region, budget)
        if has_vin and region.fill < _RAGGED:
            found = [look for look in found if _may_be_label(look)]
        looks += found
        floor = max([floor, *(_RIVAL * _cells(look) for look in found if _has_vin([look]))])
    return looks


def _looks_at_parts(grey: Image, regions: list[Region], budget: Budget) -> list[Look]:
    """Look at parts of regions that showed nothing as a whole, until one is a code."""
    parts = chain.from_iterable(cuts_of(grey, one) for one in regions)
    for part in islice(parts, _CUTS_MAX):
        if budget.is_spent:
            break
        found = look_at(grey, part, budget) if part else []
        if found:
            return found
    return []


def _looks_beside(grey: Image, looks: list[Look], budget: Budget) -> list[Look]:
    """Look at the bars about a VIN that was read; what nobody reads there is an unread label."""
    read = next((look for look in looks if look.verdict is Verdict.VIN), None)
    if read is None or len(budget.vins) > 1:
        return []
    found: list[Look] = []
    rows = (row for row in rows_about(grey, read.quad) if not _is_known(row.frame, looks + found))
    for row in islice(rows, _BESIDE_MAX):
        length = float(np.linalg.norm(row.frame[1] - row.frame[0]))
        here = look_at(grey, Region(row.frame, _cells(read), length, 1.0), budget)
        sure = [look for look in here if is_sure(look)]
        found += here if row.is_label else sure
        if len(budget.vins) > 1:
            break
        if row.is_label and not _is_known(row.frame, sure):
            return [*found, Look(Verdict.UNREAD, as_quad(row.frame.astype(np.float64)))]
    return found


def _is_known(place: Floats, looks: list[Look]) -> bool:
    """Tell whether the middle of a ``place`` (4×2) lies in what was looked at."""
    x, y = place.mean(axis=0).tolist()
    return any(
        cv2.pointPolygonTest(np.array(look.quad, np.float32), (x, y), measureDist=False) >= 0
        for look in looks
    )


def _cells(look: Look) -> float:
    """Return how many of a region's cells the symbol covers."""
    return float(cv2.contourArea(np.array(look.quad, np.float32))) / CELL**2


def _may_be_label(look: Look) -> bool:
    """Tell whether what a ragged region showed beside a VIN may be a second label, however soft.

    Print makes ragged regions too. Its likeliest text is none of a VIN's, and its characters fit
    badly: dev scenes have 0.95 at least in labels, whether read or not.
    """
    if look.guess is None or look.evidence is None or vin_of(look.guess) is not None:
        return True
    return look.evidence.weakest >= _FITS


def _has_vin(looks: list[Look]) -> bool:
    return any(look.verdict is Verdict.VIN for look in looks)


def _holds(region: Region, look: Look) -> bool:
    """Tell whether a VIN that was read lies in the region: then it is what made it ragged."""
    x, y = np.mean(look.quad, axis=0)
    frame = cv2.convexHull(region.quad)
    inside = cv2.pointPolygonTest(frame, (float(x), float(y)), measureDist=False) >= 0
    return look.verdict is Verdict.VIN and inside


def _is_code(grey: Image, region: Region, *, loose: bool = False) -> bool:
    """Tell cheaply whether a region, or a ragged one (``loose``), may be a bar code.

    One with fewer and wider bars than a VIN's is worth a look where a library reads it.
    """
    lines = lines_across(grey, region.quad)
    if may_be_code(lines, loose=loose):
        return True
    return not loose and may_be_code_along(mean_of(lines)) and bool(zxing_any(lines, "linear"))


def _is_short(grey: Image, region: Region) -> bool:
    """Tell whether a short region may be a part of a label, or holds a symbol that is as short.

    Of the latter a library reads one: no other is worth a look.
    """
    lines = lines_across(grey, region.quad)
    if not may_be_code_along(mean_of(lines)):
        return False
    is_part = region.length >= _PART_PX and may_be_part(lines)
    return is_part or bool(zxing_any(lines, "linear"))
