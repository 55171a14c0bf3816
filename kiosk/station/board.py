"""What the display should say now: which event wins, for how long, and what comes after it.

The rules, in the order of their weight:

1. A stopped station says so, and nothing else.
2. BUSY lies over all else for a moment; the scan under it goes on.
3. The newest scan's latest message is shown for its hold. A word about an older scan never
   replaces it: the answer for a car that left must not be taken for the car now in the lane.
4. An answer is shown only while its own scan's message is still up. Once the display came back to
   rest the scan is over for the people at the lane, and its answer changes the counts only.
5. At rest the lasting conditions are told, the worst first. A new one that is bad cuts a passing
   message short, unless that is bad news about a scan itself.
"""

from dataclasses import dataclass, replace

from kiosk.model import Event, EventKind
from kiosk.station.codecs.text import Lines
from kiosk.station.messages import (
    PAGE_S,
    Beginning,
    Message,
    Mood,
    Phase,
    Standing,
    message_for,
    resting_message,
)

_ANSWERS = {
    EventKind.WAITING,
    EventKind.RECOGNIZED,
    EventKind.UNRECOGNIZED,
    EventKind.IN_DOUBT,
    EventKind.REJECTED,
}
_REFERRALS = {EventKind.ALREADY_SCANNED, EventKind.SEEN_AGAIN, EventKind.RECORDED}
_LEAST_SHOWN_S = 2.0  # a passing message can be read before bad news takes its place


@dataclass(frozen=True, slots=True)
class _Shown:
    """A message, since when and until when (monotonic seconds; None: until it changes)."""

    message: Message
    since: float
    until: float | None = None

    def is_over(self, now: float) -> bool:
        return self.until is not None and now >= self.until


class Board:
    """Turns events into the lines to show at any moment. Not thread-safe: its owner locks."""

    def __init__(
        self, now: float, begins_by: Beginning = Beginning.BUTTON, language: str = "en"
    ) -> None:
        self._language = language
        self._standing = Standing(begins_by=begins_by)
        self._rest = _Shown(resting_message(self._standing, language), now)
        self._scan: _Shown | None = None
        self._aside: _Shown | None = None
        self._newest_scan = -1  # the highest scan id heard of
        self._past_scan = -1  # up to here, scans are over
        self._is_answered = False  # the scan on display
        self._submissions: frozenset[int] = frozenset()  # that answer for the scan on display

    def post(self, event: Event, now: float) -> None:
        """Hear ``event`` at monotonic second ``now``."""
        self._expire(now)
        self._stand(event, now)
        event = replace(event, queue=self._standing.queue)
        message = message_for(event, self._language, held=self._standing.limit_reached)
        if message is None or message.hold_s is None:
            return
        shown = _Shown(message, now, now + message.hold_s)
        if event.kind is EventKind.BUSY:
            self._aside = shown
        elif self._is_about_the_scan_here(event):
            self._aside = None
            self._scan = shown
            self._follow(event)

    def message(self, now: float) -> Message:
        """Return what is said at ``now``."""
        return self._top(now).message

    def lines(self, now: float) -> Lines:
        """Return the two rows to show at ``now``."""
        top = self._top(now)
        return top.message.lines_at(now - top.since)

    def since(self, now: float) -> float:
        """Return the monotonic second at which what is said at ``now`` came up."""
        return self._top(now).since

    def next_change(self, now: float) -> float | None:
        """Return the monotonic second at which the lines may change by themselves, or None."""
        top = self._top(now)
        if not top.message.more:
            return top.until
        pages_seen = int((now - top.since) / PAGE_S)
        turn = top.since + (pages_seen + 1) * PAGE_S
        return turn if top.until is None else min(turn, top.until)

    def _top(self, now: float) -> _Shown:
        self._expire(now)
        if self._standing.phase is Phase.STOPPING:
            return self._rest
        return self._aside or self._scan or self._rest

    def _expire(self, now: float) -> None:
        if self._aside is not None and self._aside.is_over(now):
            self._aside = None
        if self._scan is not None and self._scan.is_over(now):
            self._rest = replace(self._rest, since=self._scan.until or now)  # from its first page
            self._scan = None
            self._submissions = frozenset()
            self._past_scan = self._newest_scan

    def _stand(self, event: Event, now: float) -> None:
        before = self._rest.message
        self._standing = self._standing.after(event)
        message = resting_message(self._standing, self._language)
        if message == before:
            return
        self._rest = _Shown(message, now)
        worse = message.mood is Mood.BAD and before.mood is not Mood.BAD
        if worse and self._scan is not None and self._scan.message.mood is not Mood.BAD:
            until = now + _LEAST_SHOWN_S
            self._scan = replace(self._scan, until=min(self._scan.until or until, until))

    def _is_about_the_scan_here(self, event: Event) -> bool:
        told = event.scan_id
        if event.kind not in _ANSWERS:  # the lane itself speaks: always of the car in front of it
            # An answer may overtake the word that the picture was accepted: it stays.
            limit = self._newest_scan if self._is_answered else self._past_scan
            return told is None or told > limit
        submission = event.submission
        if submission is not None and submission.id in self._submissions:
            return True
        if told is None or (submission is not None and not submission.live):
            return False  # a backlog answer, or a file's: nobody waits for it here
        if told == self._newest_scan:
            return told > self._past_scan and not (submission and self._submissions)
        return told > self._newest_scan

    def _follow(self, event: Event) -> None:
        self._is_answered = event.kind in _ANSWERS
        if event.scan_id is not None and event.scan_id > self._newest_scan:
            self._newest_scan = event.scan_id
            self._past_scan = event.scan_id - 1
            self._submissions = frozenset()
        elif event.kind is EventKind.SCANNING:  # its id is not known before it ends
            self._past_scan = self._newest_scan
        if event.submission is not None:
            self._submissions = frozenset({event.submission.id})
        elif not self._is_answered:
            self._submissions = frozenset()
        if event.kind in _REFERRALS and event.earlier is not None:
            # Scanned twice, one car: the first press's answer is this car's answer.
            self._submissions |= {event.earlier.id}
