"""Files that were set aside and are written to again: what may never become a picture (a log)."""

from collections.abc import Callable
from dataclasses import dataclass

from kiosk.clock import Clock
from kiosk.folder.listing import Entry

_PAUSE_S = (30.0, 960.0)  # after the second time it is left alone for so long, then twice as long


@dataclass(slots=True)
class _Case:
    inode: int
    why: str
    until: float = 0.0  # monotonic seconds
    pause: float = _PAUSE_S[0]


class Hopeless:
    """Says how long to leave such a file alone, and whether its reason was said already."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._cases: dict[str, _Case] = {}

    def wait_s(self, entry: Entry) -> float:
        """Tell how long a file is to be left alone yet (s); another one in its place is not."""
        case = self._cases.get(entry.name)
        if case is None or case.inode != entry.inode:
            return 0.0
        return max(0.0, case.until - self._clock.monotonic())

    def is_again(self, entry: Entry, why: str) -> bool:
        """Tell whether this very file was set aside for this very reason before."""
        case = self._cases.get(entry.name)
        return case is not None and (case.inode, case.why) == (entry.inode, why)

    def note(self, entry: Entry, why: str) -> None:
        """Note that a file was set aside: the first time it may be mended at once."""
        if not self.is_again(entry, why):
            self._cases[entry.name] = _Case(entry.inode, why)
            return
        case = self._cases[entry.name]
        case.until = self._clock.monotonic() + case.pause
        case.pause = min(2 * case.pause, _PAUSE_S[1])

    def drop(self, name: str) -> None:
        """Forget a file that became a picture."""
        self._cases.pop(name, None)

    def keep_only(self, is_there: Callable[[str], bool]) -> None:
        """Forget the names that are gone."""
        self._cases = {name: case for name, case in self._cases.items() if is_there(name)}
