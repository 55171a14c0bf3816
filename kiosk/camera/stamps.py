"""When a frame was taken: what a driver's stamps are worth, and which frames are no new ones."""

from collections import deque

from kiosk.camera.ring import Shot

_LAG_S = 2.0  # an exposure and its way through USB, and some more
_REMEMBERED = 16  # a driver has that many old frames at most to give again


class Stamps:
    """Knows one camera through all its openings; all times are monotonic s.

    A stamp that the driver flags as CLOCK_MONOTONIC is believed. Of any other clock it is unknown
    whether it is ours: its stamp is believed where it can be true, else the frame's arrival counts.
    A frame cannot have been finished before the queue was last empty; and where it is not known
    how long a frame lay in the queue, it is no frame at all.

    v4l2loopback gives its last frames once more, with their stamps, to whoever opens it while its
    feeder is stalled: those are none either.
    """

    def __init__(self) -> None:
        self._recent: deque[tuple[float, int]] = deque(maxlen=_REMEMBERED)
        self._again: set[tuple[float, int]] = set()
        self._empty_at = 0.0
        self._seen_empty = False

    def begin(self, now: float) -> None:
        """Note that the device was opened: all its buffers are empty."""
        self._again = set(self._recent)
        self._empty_at, self._seen_empty = now, False

    def note_empty(self, at: float) -> None:
        """Note that no frame was waiting at ``at``."""
        self._empty_at, self._seen_empty = at, True

    def taken_at(self, shot: Shot, now: float) -> float | None:
        """Tell when it was taken; None for a frame that may be an old one."""
        if self._was_seen(shot):
            return None
        least = 0.0 if shot.monotonic else self._empty_at - _LAG_S
        if shot.stamp is not None and least <= shot.stamp <= now:
            return shot.stamp
        return now if self._seen_empty else None

    def _was_seen(self, shot: Shot) -> bool:
        if shot.stamp is None:
            return False
        name = (shot.stamp, shot.sequence)
        if name in self._again:
            self._again.remove(name)  # once: a driver may stamp all of its frames alike
            return True
        self._again.clear()
        self._recent.append(name)
        return False
