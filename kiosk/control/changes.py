"""Lets a command wait until something of the lane changed, without asking again and again."""

import threading


class Changes:
    """Counts changes. Mark, look at the truth, then wait beyond the mark: nothing is missed."""

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._count = 0

    def mark(self) -> int:
        """Return the present count; take it before looking at the truth."""
        with self._condition:
            return self._count

    def tell(self) -> None:
        """Say that something changed. Never blocks for long: waiters hold no other lock here."""
        with self._condition:
            self._count += 1
            self._condition.notify_all()

    def wait_beyond(self, mark: int, timeout_s: float) -> bool:
        """Wait for a change after ``mark``; False when none came in ``timeout_s`` seconds."""
        with self._condition:
            return self._condition.wait_for(lambda: self._count != mark, timeout_s)
