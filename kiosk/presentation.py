"""Presentation mode's judgement: what a look into the lane calls for, if anything.

Pure: it takes readings and the time, and says what to do. A label *comes into view*, is dealt with
once, and *stays* until it was not seen for STAY_S of looking: a flickering light, a hand before the
lens or a camera that is away does not make a parked car a new one. Whether a label that came again
costs a credit is the ledger's to say: it knows when the label was last seen (``sightings``).

Sure readings have a name. An unread one has none; it belongs to the label read just there a moment
ago, else it is a label that nobody read yet. Where two names alternate, two labels are in view.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from enum import StrEnum

from kiosk.model import Quad, Reading, Verdict
from kiosk.place import is_near, is_same_spot

STAY_S = 30.0  # not seen for so long, a label has left
SETTLE_S = 0.8  # an unread label is told of once it stood so long: it may be read meanwhile
RESTLESS_S = 6.0  # one that never stands still (two that take turns) is told of all the same
CLEAR_S = 1.5  # a label is alone once no other was read for so long
_LOOKS = 3  # what is no VIN is believed after as many looks
_AWAY_S = 4.0  # an unread label has no name: not seen for so long, the next may be another
_BELONGS_S = 2.5  # an unread reading may belong to what was read so shortly before
_BLIND_S = 2.0  # longer between two looks the lane was blind: that proves nothing
_RETRY_S = 30.0  # what could not be saved is tried again after so long, while it stands there


class Want(StrEnum):
    """What a look calls for."""

    SUBMIT = "submit"  # a VIN came into view
    SAY = "say"  # one row and one word: unread, no VIN, two labels


@dataclass(frozen=True, slots=True)
class Presented:
    """Something to be done, once for each label that came into view."""

    want: Want
    reading: Reading
    sent: int | None = None  # a press had sent this label's picture, before it could be read


@dataclass(slots=True)
class _Label:
    """A label in view; times are seconds of looking."""

    since: float
    seen_at: float  # or what is taken for it
    read_at: float  # surely
    quad: Quad | None = None
    looks: int = 0
    is_done: bool = False
    sent: int | None = None  # unread: the submission of its picture, sent on a press
    not_before: float = -math.inf
    is_restored: bool = False  # from before a restart, and not seen since: nobody knows where
    came_at: float = field(init=False)

    def __post_init__(self) -> None:
        self.came_at = self.since


_Key = tuple[Verdict, str | None]


class Presence:
    """What is in view, and what was done about it. ``at_rest``: nothing of it is news.

    ``in_view`` are the VINs that were in view when the lane last looked, before a restart.
    """

    def __init__(self, in_view: Iterable[str] = ()) -> None:
        self._now = 0.0  # seconds of looking: stands still while the lane is blind
        self._looked_at: float | None = None
        self._vins = {
            vin: _Label(0.0, 0.0, -math.inf, is_done=True, is_restored=True) for vin in in_view
        }
        self._unread: _Label | None = None
        self._others: dict[_Key, _Label] = {}
        self._pairs: dict[frozenset[str], _Label] = {}
        self.at_rest = False

    @property
    def vins(self) -> frozenset[str]:
        """The VINs that were dealt with and have not left."""
        return frozenset(vin for vin, label in self._vins.items() if label.is_done)

    def unseen_s(self, vin: str) -> float:
        """Return for how many seconds of looking a VIN of ``vins`` was not seen."""
        return self._now - self._vins[vin].seen_at

    def see(self, now: float, reading: Reading) -> Presented | None:
        """Take a look's reading at monotonic second ``now``; return what it calls for."""
        self._advance(now)
        self.at_rest = False
        if reading.two_labels:
            return self._see_two(reading)
        match reading.verdict:
            case Verdict.VIN if reading.vin is not None:
                return self._see_vin(reading, reading.vin)
            case Verdict.UNREAD:
                return self._see_unread(reading)
            case Verdict.NOT_VIN | Verdict.FOREIGN:
                return self._see_other(reading)
        return None

    def leave(self) -> frozenset[str]:
        """Forget what left; return the VINs of ``vins`` among it. To be called after each look."""
        gone = {
            vin
            for vin, label in self._vins.items()
            if self._is_past(label, STAY_S if label.is_done else _AWAY_S)
        }
        left = frozenset(gone & self.vins)
        self._vins = {vin: label for vin, label in self._vins.items() if vin not in gone}
        self._others = {k: o for k, o in self._others.items() if not self._is_past(o, STAY_S)}
        self._pairs = {k: p for k, p in self._pairs.items() if not self._is_past(p, STAY_S)}
        if self._unread is not None:
            stay_s = _AWAY_S if self._unread.sent is None else STAY_S
            self._unread = None if self._is_past(self._unread, stay_s) else self._unread
        return left

    def sent_of(self, now: float, reading: Reading) -> int | None:
        """Return the submission that sent the label of a press's reading before it was read."""
        self._advance(now)
        label = self._vins.get(reading.vin or "")
        is_done = label is not None and label.is_done
        if self._unread is not None and self._is_of_unread(reading.quad, is_known=is_done):
            return self._unread.sent
        return None if label is None else label.sent

    def note_press(self, now: float, reading: Reading, sent: int | None) -> None:
        """Learn what a press scanned, and as what it was sent: it is dealt with while it stays."""
        self._advance(now)
        label = self._fresh(reading.quad)
        label.is_done, label.looks = True, _LOOKS
        if reading.two_labels:
            self._pairs[frozenset(reading.vins)] = label
        elif reading.verdict is Verdict.VIN and reading.vin is not None:
            self._vins[reading.vin] = label
            self._unread = None
        elif reading.verdict is Verdict.UNREAD:
            # A press that only asked takes nothing back: what an earlier one sent is paid for.
            if sent is None and self._unread is not None and self._is_of_unread(label.quad):
                sent = self._unread.sent
            label.sent = sent
            self._unread = label
        elif reading.verdict is not Verdict.NONE:
            self._others[reading.verdict, reading.text] = label

    def put_off(self, reading: Reading) -> None:
        """Take back that a reading was dealt with: it could not be saved. It is tried again."""
        if reading.verdict is Verdict.VIN and reading.vin is not None:
            label = self._vins[reading.vin]
        else:
            label = self._others[reading.verdict, reading.text]
        label.is_done, label.not_before = False, self._now + _RETRY_S
        self.at_rest = True

    # ---- readings -------------------------------------------------------------------------

    def _see_vin(self, reading: Reading, vin: str) -> Presented | None:
        label = self._vins.setdefault(vin, self._fresh(reading.quad))
        self._meet(label, reading.quad)
        label.read_at = self._now
        if self._is_of_unread(label.quad, is_known=label.is_done):
            if label.sent is None and self._unread is not None:
                label.sent = self._unread.sent
            self._unread = None
        if label.is_done or self._now < label.not_before:
            self.at_rest = True
            return None
        rival = self._rival_of(vin)
        if rival is not None:
            # Read before and after this one was: both are there. Else that one may just have left.
            is_there = self._vins[rival].read_at > label.since
            return self._tell_of_two(reading, frozenset({vin, rival})) if is_there else None
        label.is_done = self.at_rest = True
        self._unread = None
        return Presented(Want.SUBMIT, reading, label.sent)

    def _see_two(self, reading: Reading) -> Presented | None:
        for vin in reading.vins:
            label = self._vins.setdefault(vin, self._fresh(None))
            self._meet(label, None)
            label.read_at = self._now
        return self._tell_of_two(reading, frozenset(reading.vins))

    def _see_unread(self, reading: Reading) -> Presented | None:
        known = self._label_at(reading.quad)
        if known is not None:
            self._meet(known, reading.quad)
            self.at_rest = known.is_done
            return None
        label = self._unread
        if label is None or self._is_past(label, _AWAY_S):
            # Of the next one nobody knows whether it is the same; a credit is not spent on that.
            stayed = label is not None and not _has_moved(label.quad, reading.quad)
            sent = label.sent if label is not None and stayed else None
            label = self._fresh(reading.quad)
            label.sent = sent
        elif not label.is_done and _has_moved(label.quad, reading.quad):
            label.since, label.looks = self._now, 0
        self._unread = label
        self._meet(label, reading.quad)
        self.at_rest = label.is_done
        is_settled = label.looks >= _LOOKS and self._now - label.since >= SETTLE_S
        is_restless = self._now - label.came_at >= RESTLESS_S
        if label.is_done or not (is_settled or is_restless):
            return None
        label.is_done = True
        return Presented(Want.SAY, reading)

    def _see_other(self, reading: Reading) -> Presented | None:
        label = self._others.setdefault((reading.verdict, reading.text), self._fresh(reading.quad))
        if self._is_past(label, _AWAY_S):
            label.looks = 0
        self._meet(label, reading.quad)
        self.at_rest = label.looks >= _LOOKS
        # Beside a VIN label other codes are no news.
        if label.is_done or not self.at_rest or self._vins or self._unread is not None:
            return None
        if self._now < label.not_before:
            return None
        label.is_done = True
        return Presented(Want.SUBMIT if reading.vin else Want.SAY, reading)

    def _tell_of_two(self, reading: Reading, vins: frozenset[str]) -> Presented | None:
        pair = self._pairs.setdefault(vins, self._fresh(None))
        pair.seen_at = self._now
        self.at_rest = True
        if pair.is_done:
            return None
        pair.is_done = True
        both = replace(reading, verdict=Verdict.UNREAD, text=None, vin=None, crop=None)
        return Presented(Want.SAY, replace(both, vins=tuple(sorted(vins))))

    # ---- labels ---------------------------------------------------------------------------

    def _rival_of(self, vin: str) -> str | None:
        """Return another VIN that was read a moment ago."""
        return next(
            (
                other
                for other, label in self._vins.items()
                if other != vin and self._now - label.read_at < CLEAR_S
            ),
            None,
        )

    def _label_at(self, quad: Quad | None) -> _Label | None:
        """Return the label that was read a moment ago about where an unread one is now."""
        for label in self._vins.values():
            is_recent = not label.is_restored and not self._is_past(label, _BELONGS_S)
            if is_recent and not _has_moved(label.quad, quad):
                return label
        for label in self._others.values():
            is_recent = label.looks >= _LOOKS and not self._is_past(label, _BELONGS_S)
            if is_recent and quad and label.quad and is_same_spot(label.quad, quad):
                return label
        return None

    def _is_of_unread(self, quad: Quad | None, *, is_known: bool = False) -> bool:
        """Tell whether a label seen now is the unread one: that was there, or seen a moment ago.

        ``is_known``: it was dealt with before, so that an unread one elsewhere is another.
        """
        unread = self._unread
        if unread is None:
            return False
        if not _has_moved(unread.quad, quad):
            return True
        return not is_known and not self._is_past(unread, _AWAY_S)

    def _fresh(self, quad: Quad | None) -> _Label:
        return _Label(self._now, self._now, self._now, quad)

    def _meet(self, label: _Label, quad: Quad | None) -> None:
        label.seen_at = self._now
        label.is_restored = False
        label.quad = quad or label.quad
        label.looks += 1

    def _is_past(self, label: _Label, seconds: float) -> bool:
        return self._now - label.seen_at >= seconds

    def _advance(self, now: float) -> None:
        if self._looked_at is not None:
            self._now += min(max(0.0, now - self._looked_at), _BLIND_S)
        self._looked_at = now


def _has_moved(before: Quad | None, now: Quad | None) -> bool:
    """Tell whether two sightings cannot be one label in one place; unknown places can."""
    return before is not None and now is not None and not is_near(before, now)
