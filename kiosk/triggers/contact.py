"""A contact that closes and opens turned into presses; time comes from the caller."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Level:
    """Whether the button's contact is closed, and when (monotonic seconds) that was seen."""

    closed: bool
    at: float


class Contact:
    """Decides when a contact is pressed and when it is let go.

    A press counts once the contact stayed closed for ``press_s`` (a spark on a long wire does
    not), and is over once it stayed open for ``release_s`` (contacts bounce for up to 25 ms, and a
    worn one trembles while it is held). A contact that is closed at the very first look must open
    first: nobody presses a lane on. One that was never let go for ``stuck_after_s`` is stuck.
    """

    def __init__(
        self, press_s: float = 0.02, release_s: float = 0.1, stuck_after_s: float = 30.0
    ) -> None:
        self._press_s = press_s
        self._release_s = release_s
        self._stuck_after_s = stuck_after_s
        self._closed: bool | None = None
        self._since = 0.0
        self._held = True
        self._first_closed: float | None = None  # since it was last surely open

    def take(self, level: Level) -> float | None:
        """Take a change, or the same level at a later time; return when a press began, if one did.

        A look that is late loses nothing: how long a level lasted tells what it was.
        """
        before = self._settle(level.at)
        if level.closed is not self._closed:
            self._closed, self._since = level.closed, level.at
            if level.closed and self._first_closed is None:
                self._first_closed = level.at
        after = self._settle(level.at)
        return after if before is None else before

    def due_in(self, now: float) -> float | None:
        """Return in how many seconds a closed contact becomes a press; None where none may."""
        if self._held or not self._closed:
            return None
        return max(0.0, self._since + self._press_s - now)

    def is_stuck(self, now: float) -> bool:
        """Tell whether it was not let go for too long."""
        if self._first_closed is None or self._is_open(now):
            return False
        return now - self._first_closed >= self._stuck_after_s

    def _settle(self, now: float) -> float | None:
        """Draw the conclusions from how long the present level has lasted."""
        if self._is_open(now):
            self._held, self._first_closed = False, None
        elif self._closed and not self._held and now - self._since >= self._press_s:
            self._held = True
            return self._since
        return None

    def _is_open(self, now: float) -> bool:
        return self._closed is False and now - self._since >= self._release_s
