"""Says what a scan came to, after its COMMIT: the same words for a camera's and a folder's lane."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace

from kiosk.clock import Clock
from kiosk.errors import LedgerFullError
from kiosk.ledger.ledger import Ledger
from kiosk.model import (
    Accepted,
    AlreadyScanned,
    AskFirst,
    DuplicateRule,
    Enqueued,
    Event,
    EventKind,
    NewScan,
    Reading,
    ScanOutcome,
    Submission,
    Trigger,
)

PRESENTED = "presentation"  # nobody pressed: a label came into view
HAND = "button"  # only a hand at the lane consents: a program that triggers has read nothing
_CONSENT_S = 5.0  # a second press within this time after the question is the consent
_REST_S = 10.0  # a person who decided lets go for longer; what repeats by itself does not
_READING_S = 1.0  # two rows are not read and answered sooner: that press is an impatient hand's
_log = logging.getLogger(__name__)

TURNED_AWAY = {
    ScanOutcome.TWO_LABELS: EventKind.TWO_LABELS,
    ScanOutcome.UNREAD: EventKind.UNREADABLE,
    ScanOutcome.NOT_VIN: EventKind.NOT_VIN,
    ScanOutcome.FOREIGN: EventKind.FOREIGN,
    ScanOutcome.NONE: EventKind.NO_LABEL,
}
"""What is said of a reading that becomes no submission."""


@dataclass(frozen=True, slots=True)
class Offer:
    """What the station has just asked: a second press is the consent, for the same label only."""

    vin: str | None
    asked_at: float  # monotonic seconds

    def is_taken_up_by(self, trigger: Trigger, vin: str | None) -> bool:
        """Tell whether a press is the consent: by hand, after reading, in time, for this label."""
        thought = trigger.at - self.asked_at
        return trigger.source == HAND and _READING_S <= thought <= _CONSENT_S and vin == self.vin


class Restraint:
    """Lets one run of presses pay again for a label once: a button that repeats pays no more.

    A run ends where no hand pressed for ten seconds. Its user takes care of threads.
    """

    def __init__(self) -> None:
        self._last_at = float("-inf")
        self._paid: set[str | None] = set()

    def note_press(self, trigger: Trigger) -> None:
        """Take note of every press, whatever becomes of it."""
        if trigger.source != HAND:
            return
        if trigger.at - self._last_at >= _REST_S:
            self._paid.clear()
        self._last_at = max(self._last_at, trigger.at)

    def allows(self, vin: str | None) -> bool:
        """Tell whether this run may still pay again for the label, and take that for done."""
        is_first = vin not in self._paid
        self._paid.add(vin)
        return is_first


class Teller:
    """Publishes a scan's words; used by the one thread that scans (``say`` by any)."""

    def __init__(
        self,
        ledger: Ledger,
        clock: Clock,
        publish: Callable[[Event], None],
        on_accepted: Callable[[Submission], None],
    ) -> None:
        self._ledger = ledger
        self._clock = clock
        self._publish = publish
        self._on_accepted = on_accepted

    def say(
        self,
        kind: EventKind,
        *,
        scan_id: int | None = None,
        reading: Reading | None = None,
        detail: str | None = None,
    ) -> None:
        """Publish one word."""
        now = self._clock.monotonic()
        self._publish(Event(kind, now, scan_id, reading=reading, detail=detail))

    def refuse(self, error: LedgerFullError, reading: Reading | None = None) -> None:
        """Say that nothing could be written."""
        _log.error("%s", error)
        self.say(EventKind.REFUSED, reading=reading, detail=str(error))

    def tell(
        self,
        enqueued: Enqueued,
        reading: Reading,
        *,
        local: bool,
        asks: bool = True,
        detail: str | None = None,
    ) -> Offer | None:
        """Say what became of a submission; return the question, where the station now asks one.

        Without ``asks`` an earlier scan is only named.
        """
        now = self._clock.monotonic()
        queue = self._ledger.status()
        event = Event(
            EventKind.ACCEPTED,
            now,
            enqueued.scan_id,
            reading=reading,
            queue=queue,
            detail=detail,
        )
        match enqueued:
            case Accepted(submission=submission):
                kind = EventKind.RECORDED if local else EventKind.ACCEPTED
                self._publish(replace(event, kind=kind, submission=submission))
                if not local:
                    self._on_accepted(submission)
                return None
            case AlreadyScanned(submission=submission, earlier=earlier, rule=rule):
                kind = EventKind.ALREADY_SCANNED if asks else EventKind.SEEN_AGAIN
                if rule is DuplicateRule.LABEL and not asks:
                    kind = EventKind.RECORDED  # read for the first time, and not "scanned before"
                self._publish(replace(event, kind=kind, submission=submission, earlier=earlier))
                # What still waits was not paid for once: there is nothing to pay again.
                waits = earlier is not None and earlier.state.is_waiting
                return None if waits or not asks else Offer(reading.vin, now)
            case AskFirst(earlier=earlier):
                self._publish(replace(event, kind=EventKind.ASK_FIRST, earlier=earlier))
                return Offer(None, now)

    def record(
        self,
        scan: NewScan,
        kind: EventKind | None = None,
        reading: Reading | None = None,
        detail: str | None = None,
    ) -> None:
        """Write a scan without a submission, then say it; on a full disk say that instead."""
        try:
            scan_id = self._ledger.record_scan(scan)
        except LedgerFullError as error:
            self.refuse(error)
            return
        if kind is not None:
            self.say(kind, scan_id=scan_id, reading=reading, detail=detail)
