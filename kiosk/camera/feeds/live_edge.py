"""When a picture was sent, though it was read late: told by the time stamps of the sender."""

_DRIFT = 0.001  # s per s: clocks of cameras are good to a tenth of that


class LiveEdge:
    """Sets the sender's clock against ours.

    Of all pictures so far the one that travelled fastest tells how far the two clocks are apart;
    every other picture came late by the difference. That holds through buffers of the network,
    of FFmpeg and of a process that was held up (the minimum filter of RFC 5905, section 10).
    The estimate may grow by ``_DRIFT``, since clocks drift.
    """

    def __init__(self) -> None:
        self._offset: float | None = None
        self._position = 0.0
        self._now = 0.0

    def arrived(self, position: float, now: float) -> float:
        """Give our time at which the picture at the sender's ``position`` left; all in s.

        A sender without a clock, or whose clock starts again, is taken at its arrival.
        """
        offset = now - position
        if self._offset is not None and position > self._position:
            offset = min(offset, self._offset + _DRIFT * (now - self._now))
        self._offset, self._position, self._now = offset, position, now
        return position + offset
