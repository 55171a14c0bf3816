"""What the ledger could not write, and writes before anything new is claimed.

A result that was paid for, or the news that nothing was sent, must not end with the disk's room.
Until it is written nothing else is sent; if the process ends before, the start rules decide. What a
failed sync forbids to write for ever stays owed: the next claim raises that, and ends the process.
"""

from collections.abc import Callable
from typing import TypeVar

from kiosk.errors import LedgerError, TransitionError
from kiosk.model import Submission

T = TypeVar("T", Submission, None)


class Owed:
    """Writes that failed, oldest first. Not thread-safe: the ledger's lock guards it."""

    def __init__(self) -> None:
        self._writes: list[Callable[[], Submission | None]] = []

    def now_or_later(self, write: Callable[[], T]) -> T:
        """Run ``write``; where the ledger cannot, keep it for ``settle_up`` and raise why."""
        try:
            return write()
        except TransitionError:  # it would fail for ever
            raise
        except LedgerError:
            self._writes.append(write)
            raise

    def settle_up(self, told: list[Submission]) -> None:
        """Write what is owed; ``told`` gets each submission that was settled late.

        Raises LedgerError at the first that still cannot be written; it stays the first.
        """
        while self._writes:
            settled = self._writes[0]()
            del self._writes[0]
            if settled is not None:
                told.append(settled)
