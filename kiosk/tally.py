"""Adds up the readings of one scan's frames, so that no label is mixed with its successor.

A sure reading ends the scan, and is whole by itself: text, crop and strip of its one frame. Unread
readings have no name; what can be known of them is where and when they were seen. Frames in which
a label stays about where it was are one *stretch*. A label that jumps, or is away for some frames,
begins a new one: it may be another label, or the same one moved by hand, and nobody can tell. So
the best crop is taken from the last stretch alone: it shows what is in front of the camera when
the words appear, and costs, where it was one label all along, only a somewhat better picture.
"""

from collections import Counter
from dataclasses import dataclass

from kiosk.model import Reading, Verdict
from kiosk.place import is_near, is_same_spot

_AGREEING_FRAMES = 3  # other content than a VIN is believed after this many frames say the same
_AWAY_FRAMES = 3  # an unread label that is not seen in as many frames on end has left
_STEADY_FRAMES = 2  # a label seen in fewer does not take the place of one seen in more

_OtherCode = tuple[Verdict, str | None]


@dataclass(slots=True)
class _Stretch:
    """An unread label for as long as it surely is one; ``best`` is one frame's reading."""

    best: Reading
    last: Reading
    frames: int = 1

    def takes(self, reading: Reading) -> bool:
        """Tell whether a reading of the next frames may be of this label."""
        if reading.quad is None or self.last.quad is None:
            return True
        return is_near(reading.quad, self.last.quad)

    def add(self, reading: Reading) -> None:
        self.last = reading
        self.frames += 1
        if _worth(reading) > _worth(self.best):
            self.best = reading


class Tally:
    """What the frames of one scan said so far."""

    def __init__(self) -> None:
        self._decided: Reading | None = None
        self._stretch: _Stretch | None = None
        self._steady: _Stretch | None = None  # the last one that was seen in several frames
        self._missed = 0  # frames since the stretch was last seen
        self._others: dict[_OtherCode, Reading] = {}  # the newest of each, the last seen last
        self._times: Counter[_OtherCode] = Counter()

    def add(self, reading: Reading) -> bool:
        """Take one frame's reading; True when no further frame can change the result."""
        if reading.two_labels or reading.verdict is Verdict.VIN:
            self._decided = reading
            return True
        if reading.verdict is Verdict.UNREAD:
            self._add_unread(reading)
            return False
        self._missed += 1
        if reading.verdict is Verdict.NONE:
            return False
        code = (reading.verdict, reading.text)
        self._others.pop(code, None)
        self._others[code] = reading
        self._times[code] += 1
        # An unread label may still turn into a VIN: it waits for the time-out.
        if self._is_believed(code) and self._unread() is None:
            self._decided = reading
        return self._decided is not None

    def result(self) -> Reading:
        """Return the scan's reading: the sure one, else the best of the most telling verdict."""
        if self._decided is not None:
            return self._decided
        unread = self._unread()
        if unread is not None:
            return unread.best
        for verdict in (Verdict.FOREIGN, Verdict.NOT_VIN):
            codes = [code for code in self._others if code[0] is verdict]
            if codes:  # of those seen equally often, the last
                return self._others[max(reversed(codes), key=self._times.__getitem__)]
        return Reading(Verdict.NONE)

    def _add_unread(self, reading: Reading) -> None:
        stretch = self._stretch
        if stretch is None or self._missed >= _AWAY_FRAMES or not stretch.takes(reading):
            self._stretch = stretch = _Stretch(reading, reading)
        else:
            stretch.add(reading)
        self._missed = 0
        if stretch.frames >= _STEADY_FRAMES:
            self._steady = stretch

    def _unread(self) -> _Stretch | None:
        """Return the unread label that counts, unless it turned out to be another code."""
        stretch = self._steady or self._stretch
        if stretch is None or self._is_explained(stretch):
            return None
        return stretch

    def _is_explained(self, stretch: _Stretch) -> bool:
        """Tell whether several frames read something else surely just where the label was."""
        quad = stretch.last.quad
        return quad is not None and any(
            other.quad is not None and self._is_believed(code) and is_same_spot(quad, other.quad)
            for code, other in self._others.items()
        )

    def _is_believed(self, code: _OtherCode) -> bool:
        return self._times[code] >= _AGREEING_FRAMES


def _worth(reading: Reading) -> tuple[bool, float]:
    return reading.crop is not None, reading.confidence
