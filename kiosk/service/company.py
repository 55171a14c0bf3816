"""Whether the service stands a second request beside the first: learned from those that failed.

A service, or what stands before it, may dislike two open requests at a time: it hangs up on the one
that waits, or on the one that does not. The second case costs a doubt each time, so each time the
next try comes later; as many that go well as were sent alone make up for it.
"""

_ATTEMPTS_ALONE = 10  # after the first that came to nothing
_LONGER = 4  # times as many after the next
_LONGEST = 10_000


class Company:
    """Counts the attempts that are to be made alone."""

    def __init__(self) -> None:
        self._alone = 0  # attempts that are still to be made alone
        self._penalty = _ATTEMPTS_ALONE
        self._went_well = 0  # in a row

    def is_welcome(self) -> bool:
        """Tell whether one may be made ready beside the next attempt; ask once for each."""
        if self._alone:
            self._alone -= 1
            return False
        return True

    def went_well(self) -> None:
        """Note a request that waited for its turn, and was answered."""
        self._went_well += 1
        if self._went_well >= self._penalty:
            self._penalty = _ATTEMPTS_ALONE

    def came_to_nothing(self) -> None:
        """Note that two at a time failed, whichever of them did."""
        self._went_well = 0
        self._alone = self._penalty
        self._penalty = min(self._penalty * _LONGER, _LONGEST)
