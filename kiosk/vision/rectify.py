"""Turn a region upright: bars vertical, the row of bars level, top and bottom edges known.

The corners of the row of bars fix a homography, so perspective is undone as far as four corners
can tell. They are found by following the bars in a loose strip, which is long enough for any label,
and once more in the strip that comes of them.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

import cv2
import numpy as np

from kiosk.model import Image, Quad
from kiosk.vision.bars import SHORT_EDGES, edges_along
from kiosk.vision.lines import value_at
from kiosk.vision.locate import Region
from kiosk.vision.parts import parts_of
from kiosk.vision.profile import Doubles, Floats, Profiles, profiles_of
from kiosk.vision.reach import reaching
from kiosk.vision.track import Track, track_through, tracks_in

_WIDTHS = (320, 1400)  # px of the final strip: two samples a pixel for small labels
_HEIGHTS = (12, 96)
_LOOSE = (2000, 160)  # px, at most, of a strip that is searched for its bars
_LONGEST = 20.0  # times their height: no row of a VIN's bars is longer
_SLENDER = 40.0  # times it: the rim of other bars; dev scenes: 17 at most in labels
_SLACK = 1.4  # a region's height over its bars'
_STRETCH = 0.5  # times a region's length, to each side: it may be a part of the label
_ROUNDS = 4
_BEYOND = 0.2  # of the row's length, beyond each end, while it is still followed
_GROWN = 1.08  # times as long as it seemed
_MARGIN = 0.25  # of the bars' height, above and below, while they are still measured
_ENDS = 0.05  # of the row's length, beyond each end
_FILLS = 0.75  # of a strip's length
_PART_ENDS = 0.015  # the same, of a part: five modules of a VIN's label
_TRIM = 0.08  # of the height, off each edge: no half-lit rows in the average


@dataclass(frozen=True, eq=False)
class Strip:
    """An upright piece of a picture.

    ``pixels`` is H×W uint8; ``to_image`` the 3×3 homography from its pixels to the picture's.
    ``track`` numbers the rows of bars of one region, clearest first: strips with the same number
    are views of the same bars, or of a part of them that blank paper parts off (``is_part``).
    """

    pixels: Image
    to_image: Doubles
    track: int = 0
    is_part: bool = False

    def place(self, points: Doubles) -> Doubles:
        """Map N×2 points of the strip into the picture."""
        moved = cv2.perspectiveTransform(points.reshape(1, -1, 2), self.to_image)
        return moved.reshape(-1, 2).astype(np.float64)

    @cached_property
    def profiles(self) -> Profiles:
        """The averages along the bars: of all rows, and of each half."""
        return profiles_of(self.pixels)

    @property
    def sample_px(self) -> float:
        """A column's width in pixels of the picture, on average."""
        height, width = self.pixels.shape
        ends = self.place(np.array([[0.0, height / 2], [width - 1.0, height / 2]]))
        return float(np.linalg.norm(ends[1] - ends[0]) / width)

    def columns_of(self, quad: Quad) -> tuple[float, float]:
        """Return the columns at which a symbol's ``quad`` in the picture begins and ends."""
        corners = self._back(quad)
        return float(corners[[0, 3], 0].mean()), float(corners[[1, 2], 0].mean())

    def shows(self, quad: Quad) -> bool:
        """Tell whether a symbol, by its ``quad`` in the picture, is what fills the strip."""
        height, width = self.pixels.shape
        first, last = sorted(self.columns_of(quad))
        seen, middle = min(last, width) - max(first, 0.0), float(self._back(quad)[:, 1].mean())
        return bool(seen > _FILLS * width and 0.0 < middle < height)

    def _back(self, quad: Quad) -> Doubles:
        """Map a quad of the picture into the strip: 4×2."""
        back = np.linalg.inv(self.to_image)
        corners = cv2.perspectiveTransform(np.array([quad], np.float64), back)
        return np.asarray(corners[0], np.float64)

    @property
    def bars(self) -> tuple[float, float]:
        """The bars' upper and lower ends, in rows: a straightened strip is trimmed by a bit."""
        rows = self.pixels.shape[0] - 1.0
        over = rows * _TRIM / (1.0 - 2.0 * _TRIM)
        return -over, rows + over

    def turned(self) -> "Strip":
        """Return the strip turned by 180°."""
        height, width = self.pixels.shape
        flip = np.array([[-1, 0, width - 1], [0, -1, height - 1], [0, 0, 1]], np.float64)
        pixels = np.ascontiguousarray(self.pixels[::-1, ::-1])
        return Strip(pixels, self.to_image @ flip, self.track, self.is_part)


def rows_of_bars(grey: Image, region: Region) -> Iterator[Iterator[Strip]]:
    """Yield the rows of bars in and about ``region``, clearest first, each as strips.

    The strips of a row are better and better views of it; whoever has read one may go on to the
    next row. Their own rows lie within the bars, their ends some way outside. After a row that
    blank paper parts come its parts, each as a row of one strip.
    """
    loose = _resample(grey, _stretched(region.quad), 1.0, _LOOSE)
    tracks = (one for one in tracks_in(loose.pixels) if not _is_sliver(loose, one))
    for number, track in enumerate(tracks):
        taken: list[Strip] = []
        yield _settled(grey, replace(loose, track=number), track, taken)
        for strip in taken[-1:]:
            for part in parts_of(strip.profiles.whole):
                near = tightened(grey, strip, *part, room=_PART_ENDS)
                if near is not None:
                    yield iter([replace(near, is_part=True)])


def _settled(grey: Image, strip: Strip, track: Track, taken: list[Strip]) -> Iterator[Strip]:
    """Take the strip again from better corners, and again while the bars go on beyond its ends.

    Last as far as they may go on where they cannot be followed: other bars may stand there, so
    that this comes after the strip without. What it yields is noted in ``taken``.
    """
    reaches = False
    for _ in range(_ROUNDS):
        near = sample(grey, _corners(strip, track, _MARGIN, _BEYOND), fine=False)
        again = track_through(near.pixels)
        if again is None:
            return
        again = reaching(near.pixels, again) if reaches else again
        grown = (again.last - again.first) * (1.0 + 2.0 * _BEYOND) > _GROWN * near.pixels.shape[1]
        strip, track = replace(near, track=strip.track), again
        if _changes(strip.pixels) >= SHORT_EDGES:
            fine = sample(grey, _corners(strip, track, -_TRIM, _ENDS), fine=True)
            taken.append(replace(fine, track=strip.track))
            yield taken[-1]
        if grown:
            continue
        if reaches:
            return
        track, reaches = reaching(strip.pixels, again), True
        if track.last - track.first <= again.last - again.first:
            return


def tightened(
    grey: Image, strip: Strip, first: float, last: float, *, room: float = _ENDS
) -> Strip | None:
    """Take a strip again about the symbol between two of its columns.

    What stands beside a symbol and leans otherwise has spoilt the corners. ``room`` is what may be
    seen beyond each end, in lengths. None where the bars between the columns cannot be followed.
    """
    top, bottom = strip.bars
    above, beside = (bottom - top) * _MARGIN, (last - first) * room
    left, right, high, low = first - beside, last + beside, top - above, bottom + above
    frame = np.array([[left, high], [right, high], [right, low], [left, low]])
    near = sample(grey, strip.place(frame).astype(np.float32), fine=False)
    track = track_through(near.pixels)
    if track is None:
        return None
    return replace(sample(grey, _corners(near, track, -_TRIM, 0.0), fine=True), track=strip.track)


def sample(grey: Image, quad: Floats, *, fine: bool) -> Strip:
    """Resample ``quad`` (4×2: upper left, going round) of ``grey`` into an upright strip."""
    return _resample(grey, quad, 2.0 if fine else 1.0, (_WIDTHS[1], _HEIGHTS[1]), cubic=fine)


def _resample(
    grey: Image, quad: Floats, scale: float, largest: tuple[int, int], *, cubic: bool = False
) -> Strip:
    """Resample ``quad`` at ``scale`` samples a pixel along its rows, one across them."""
    length, depth = _size(quad)
    width = int(np.clip(scale * length, _WIDTHS[0], largest[0]))
    height = int(np.clip(depth, _HEIGHTS[0], largest[1]))
    frame = np.array([[0, 0], [width - 1, 0], [width - 1, height - 1], [0, height - 1]], np.float32)
    to_image = cv2.getPerspectiveTransform(frame, quad.astype(np.float32))
    pixels = cv2.warpPerspective(
        grey,
        to_image,
        (width, height),
        flags=cv2.WARP_INVERSE_MAP | (cv2.INTER_CUBIC if cubic else cv2.INTER_LINEAR),
        borderMode=cv2.BORDER_REPLICATE,
    )
    return Strip(pixels.astype(np.uint8, copy=False), to_image.astype(np.float64))


def _size(quad: Floats) -> tuple[float, float]:
    """Return the length of the longer of a quad's two rows, and of its two ends."""
    sides = np.linalg.norm(quad - np.roll(quad, -1, axis=0), axis=1)
    return float(max(sides[0], sides[2])), float(max(sides[1], sides[3]))


def _stretched(quad: Floats) -> Floats:
    """Return a region's corners, made long enough for any label of its height."""
    along, across = (quad[1] - quad[0] + quad[2] - quad[3]) / 2.0, quad[3] - quad[0]
    length, depth = float(np.linalg.norm(along)), float(np.linalg.norm(across))
    missing = (_LONGEST * depth / _SLACK - length) / 2.0
    step = along / max(length, 1.0) * np.clip(missing, 0.0, _STRETCH * length)
    ends = np.array([-step, step, step, -step], np.float32)
    return np.asarray(quad + ends, np.float32)


def _is_sliver(strip: Strip, track: Track) -> bool:
    """Tell whether a row is the rim of other bars that lean into the strip."""
    length, depth = _size(_corners(strip, track, 0.0, 0.0))
    return length > _SLENDER * depth


def _changes(pixels: Image) -> int:
    """Count how often the middle of a loose strip goes from dark to light or back."""
    middle = pixels.shape[0] // 2
    return edges_along(pixels[middle - 1 : middle + 2].mean(axis=0))


def _corners(strip: Strip, track: Track, margin: float, ends: float) -> Floats:
    """Return the corners, in the picture, of the bars followed, and some way beyond.

    ``margin`` is in heights, above and below, ``ends`` in lengths, left and right.
    """
    beyond = ends * (track.last - track.first)
    corners = []
    for x in (track.first - beyond, track.last + beyond):
        top, bottom = value_at(track.top, x), value_at(track.bottom, x)
        middle, half = (top + bottom) / 2.0, (bottom - top) * (0.5 + margin)
        lean = value_at(track.lean, x)
        corners += [(x + lean * sign * half, middle + sign * half) for sign in (-1, 1)]
    upper_left, lower_left, upper_right, lower_right = corners
    ordered = np.array([upper_left, upper_right, lower_right, lower_left])
    return strip.place(ordered).astype(np.float32)
