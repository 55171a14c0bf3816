"""When is a file that arrives whole? What waits for that, and whose turn it is then."""

import math
from collections.abc import Collection
from dataclasses import dataclass

from kiosk.folder.listing import Entry
from kiosk.folder.watch import Hint

QUIET_S = 2.0  # a file that nobody gave a hint about is at rest when it did not change so long
LONG_QUIET_S = 30.0  # a file held open, or cut short, is given up waiting for after so long


@dataclass(slots=True)
class Candidate:
    """A file that is new to the ledger."""

    entry: Entry
    changed_at: float  # monotonic seconds when it was last seen to change
    arrived: bool  # while the lane ran; else it lay there at the start
    hint: Hint | None = None
    is_cut: bool = False  # it was read, and its end is missing
    not_before: float = 0.0  # monotonic seconds; put off after a failure
    waited: bool = False  # for another one: nobody stands there and waits for it

    @property
    def due_at(self) -> float:
        """When it may be taken, if it does not change before (monotonic seconds)."""
        return max(self.not_before, self.changed_at + self._patience)

    @property
    def _patience(self) -> float:
        if self.is_cut:
            return LONG_QUIET_S
        if not self.entry.is_plain:
            return QUIET_S  # a link has no writer; a second name may be gone in a moment
        if self.hint is Hint.CLOSED:
            return 0.0
        return LONG_QUIET_S if self.hint is Hint.WRITTEN else QUIET_S


class Ripening:
    """The candidates. Knows no clock: all times are handed in, in monotonic seconds."""

    def __init__(self) -> None:
        self._candidates: dict[str, Candidate] = {}
        self._ripe: list[Candidate] = []  # whose turn it is stands last
        self._reckon_at = math.inf  # when the list above has to be made anew

    def __len__(self) -> int:
        return len(self._candidates)

    def see(self, entry: Entry, now: float, *, arrived: bool) -> None:
        """Note what a look found under a name."""
        held = self._candidates.get(entry.name)
        if held is None:
            self._candidates[entry.name] = Candidate(entry, now, arrived)
        elif held.entry != entry:
            held.arrived = held.arrived or held.entry.inode != entry.inode
            held.entry, held.changed_at, held.is_cut, held.not_before = entry, now, False, 0.0
        else:
            return
        self._reckon_at = -math.inf

    def hint(self, name: str, hint: Hint) -> None:
        """Take a hint about a name that was seen; of others it says nothing."""
        held = self._candidates.get(name)
        if held is not None and held.hint is not hint:
            held.hint = hint
            self._reckon_at = -math.inf

    def drop(self, name: str) -> None:
        """Forget a name: it is gone, or known by now."""
        self._candidates.pop(name, None)

    def keep_only(self, names: Collection[str]) -> None:
        """Forget what a full listing did not find."""
        for name in [name for name in self._candidates if name not in names]:
            self.drop(name)

    def cut(self, name: str) -> None:
        """Note that a file was read, and its end is missing."""
        if name in self._candidates:
            self._candidates[name].is_cut = True
            self._reckon_at = -math.inf

    def distrust(self, name: str) -> None:
        """Forget the hint about a file: it said whole, and the file still changes."""
        if name in self._candidates:
            self._candidates[name].hint = None
            self._reckon_at = -math.inf

    def put_off(self, name: str, until: float) -> None:
        """Do not take a file before ``until``."""
        if name in self._candidates:
            self._candidates[name].not_before = until
            self._reckon_at = -math.inf

    def next(self, now: float) -> Candidate | None:
        """Return whose turn it is: what arrived before what lay there, each the oldest first."""
        if now >= self._reckon_at:
            self._reckon(now)
        while self._ripe:
            first = self._ripe[-1]
            if self._candidates.get(first.entry.name) is first:
                return first
            self._ripe.pop()
        return None

    def due_at(self) -> float:
        """Tell when to ask again (monotonic seconds); infinity where nothing waits."""
        return self._reckon_at if not self._ripe else -math.inf

    def _reckon(self, now: float) -> None:
        due = {name: one.due_at for name, one in self._candidates.items()}
        self._ripe = [one for name, one in self._candidates.items() if due[name] <= now]
        self._ripe.sort(key=_turn, reverse=True)
        for one in self._ripe[:-1]:
            one.waited = True
        self._reckon_at = min((at for at in due.values() if at > now), default=math.inf)


def _turn(one: Candidate) -> tuple[bool, int, str]:
    return not one.arrived, one.entry.mtime_ns, one.entry.name
