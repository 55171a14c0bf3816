"""The scan state machine: from a trigger to a submission, one scan at a time.

Frames count whose exposure ended after the press: the one that was being exposed when the button
went down shows the lane at that very moment.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace

from kiosk.camera.slot import LatestFrame
from kiosk.clock import Clock
from kiosk.errors import LedgerFullError, PictureError
from kiosk.gate import Examiner, Fate, UploadWhen, fate_of, reading_of, scan_of, submission_of
from kiosk.handscan import HandCode, HandScans
from kiosk.ledger.ledger import Ledger
from kiosk.lookout import Lookout, stays_in_view
from kiosk.model import (
    Accepted,
    AlreadyScanned,
    Enqueued,
    Event,
    EventKind,
    Frame,
    Image,
    NewScan,
    Reading,
    ScanOutcome,
    Submission,
    Trigger,
)
from kiosk.supervisor import Life
from kiosk.tally import Tally
from kiosk.telling import HAND, TURNED_AWAY, Offer, Restraint, Teller

_IDLE_S = 5.0
_LOOK_S = 0.2  # how soon a scan that waits for a picture notices that it should stop
_CAMERA_GRACE_S = 1.0  # a press while the camera is away waits this long for it
_LATE_S = 3.0  # who saw no SCANNING for so long gave up, or has another car in view by now


@dataclass(frozen=True, slots=True)
class LaneSettings:
    """What the lane needs of the configuration; ``timeout_s`` from the press."""

    timeout_s: float = 5.0
    upload_when: UploadWhen = UploadWhen.LOCATED


class Lane:
    """The worker that scans. ``press`` and ``take_code`` may be called from any thread."""

    name = "lane"

    def __init__(
        self,
        settings: LaneSettings,
        frames: LatestFrame,
        examiner: Examiner,
        ledger: Ledger,
        clock: Clock,
        publish: Callable[[Event], None],
        on_accepted: Callable[[Submission], None],
        lookout: Lookout | None = None,
        hint: Callable[[Image, Callable[[], bool]], str | None] | None = None,
    ) -> None:
        """Take the parts; with a ``lookout`` (presentation mode) it also looks by itself.

        ``hint`` is shown the last picture where nothing was found, and says what would help; it is
        also told how to ask whether the lane stops.
        """
        self._settings = settings
        self._frames = frames
        self._examiner = examiner
        self._ledger = ledger
        self._clock = clock
        self._teller = Teller(ledger, clock, publish, on_accepted)
        self._by_hand = HandScans(ledger, self._teller)
        self._lookout = lookout
        self._hint_for = hint
        self._door = threading.Lock()
        self._pending: Trigger | HandCode | None = None
        self._scanning = False
        self._turned_away: list[Trigger | HandCode] = []
        self._offer: Offer | None = None
        self._restraint = Restraint()
        self._life: Life | None = None
        self._last_seen: Frame | None = None  # in this scan

    @property
    def is_scanning(self) -> bool:
        """Tell whether a scan runs now."""
        return self._scanning

    def press(self, trigger: Trigger) -> bool:
        """Ask for a scan; False (and BUSY on the station) while one runs: never queued."""
        return self._knock(trigger)

    def take_code(self, code: HandCode) -> bool:
        """Note what a hand scanner read; False, and no answer to come, while a scan runs."""
        return self._knock(code)

    def _knock(self, visitor: Trigger | HandCode) -> bool:
        with self._door:
            if isinstance(visitor, Trigger):
                self._restraint.note_press(visitor)
            busy = self._scanning or self._pending is not None
            if busy:
                self._turned_away.append(visitor)
            else:
                self._pending = visitor
        if busy:
            self._teller.say(EventKind.BUSY)
        elif self._life is not None:
            self._life.nudge()
        return not busy

    def run(self, life: Life) -> None:
        """Scan at each trigger until stopped."""
        self._life = life
        while not life.stopping.is_set():
            visitor = self._take()
            if visitor is None:
                life.wait(self._look_out())
                continue
            life.lease(self._settings.timeout_s)
            if isinstance(visitor, HandCode):
                self._note(visitor)
            elif self._clock.monotonic() - visitor.at > _LATE_S:
                self._refuse_late(visitor)
            else:
                self._scan(visitor, life)
                self._last_seen = None  # faces and plates: not kept until the next press
                self._close_door()
        last = self._take()
        if last is not None:
            self._turn_away(last, ScanOutcome.STOPPED)

    def _look_out(self) -> float:
        """Look by itself, where the lane does; return how long to wait for a press (s)."""
        if self._lookout is None:
            return _IDLE_S
        looked = self._lookout.look()
        if looked.spoke:
            self._offer = None  # another word took the question's place
        return looked.pause_s

    def _take(self) -> Trigger | HandCode | None:
        with self._door:
            visitor, self._pending = self._pending, None
            self._scanning = visitor is not None
            return visitor

    def _close_door(self) -> None:
        with self._door:
            self._scanning = False
            turned_away, self._turned_away = self._turned_away, []
        for visitor in turned_away:
            self._turn_away(visitor, ScanOutcome.BUSY)

    def _note(self, code: HandCode) -> None:
        self._offer = None  # another word takes the question's place
        good = self._by_hand.note(code)
        self._close_door()
        code.answer(good)  # the last step: a scanner that waited for it may scan at once

    def _refuse_late(self, trigger: Trigger) -> None:
        """Answer BUSY to a press that waited for this thread, or for its own, for too long."""
        self._offer = None  # another word takes the question's place
        waited = f"the press waited for {self._clock.monotonic() - trigger.at:.1f} s"
        scan = NewScan(trigger.source, ScanOutcome.BUSY, detail=waited)
        self._teller.record(scan, EventKind.BUSY)
        self._close_door()

    def _turn_away(self, visitor: Trigger | HandCode, outcome: ScanOutcome) -> None:
        if isinstance(visitor, HandCode):
            scan = visitor.scan(outcome)
        else:
            scan = NewScan(visitor.source, outcome)
        self._teller.record(scan)

    def _scan(self, trigger: Trigger, life: Life) -> None:
        self._teller.say(EventKind.SCANNING)
        tally = Tally()
        seen = self._look(trigger, life, tally)
        if life.stopping.is_set():
            self._teller.record(NewScan(trigger.source, ScanOutcome.STOPPED))
            return
        if not seen:
            self._teller.record(NewScan(trigger.source, ScanOutcome.NO_CAMERA), EventKind.NO_CAMERA)
            return
        self._conclude(trigger, tally.result(), life)

    def _look(self, trigger: Trigger, life: Life, tally: Tally) -> bool:
        """Examine frames taken after the press until the tally is sure; False without frames."""
        deadline = trigger.at + self._settings.timeout_s
        if self._frames.problem is not None:
            deadline = min(deadline, trigger.at + _CAMERA_GRACE_S)
        newest, seen = trigger.at, False
        while not life.stopping.is_set():
            frame = self._frames.newer_than(
                newest, min(deadline, self._clock.monotonic() + _LOOK_S)
            )
            if frame is None:
                if self._is_over(deadline):
                    return seen
                continue
            newest = frame.taken_at
            reading = reading_of(frame, self._examiner)
            if reading is not None:
                seen, self._last_seen = True, frame
            # A slow picture always leaves a newer frame behind: only the clock ends the scan.
            if (reading and tally.add(reading)) or self._is_over(deadline):
                return seen
        return seen

    def _is_over(self, deadline: float) -> bool:
        return self._clock.monotonic() >= deadline

    def _conclude(self, trigger: Trigger, reading: Reading, life: Life) -> None:
        scan = scan_of(reading, trigger.source)
        fate = fate_of(reading, self._settings.upload_when)
        if fate is Fate.TURN_AWAY:
            self._offer = None
            hint = self._hint(life) if scan.outcome is ScanOutcome.NONE else None
            self._teller.record(scan, TURNED_AWAY[scan.outcome], reading, hint)
            self._note_press(reading, None)
            return
        enqueued = self._submit(trigger, reading, scan, fate)
        if enqueued is not None:  # what was not saved is not dealt with: it may be tried again
            self._note_press(reading, _sent_of(enqueued) if fate is Fate.UPLOAD else None)

    def _hint(self, life: Life) -> str | None:
        """Look once more at the last picture, for what would help to find a label in it."""
        if self._last_seen is None or self._hint_for is None:
            return None
        try:
            return self._hint_for(self._last_seen.look(), life.stopping.is_set)
        except PictureError:  # it was whole a moment ago: then there is no hint
            return None

    def _note_press(self, reading: Reading, sent: Submission | None) -> None:
        if self._lookout is not None:
            self._lookout.note_press(reading, sent)

    def _submit(
        self, trigger: Trigger, reading: Reading, scan: NewScan, fate: Fate
    ) -> Enqueued | None:
        """Hand a reading to the ledger; None where that had no room."""
        new = submission_of(reading, scan, fate, live=True)
        if self._lookout is not None:
            new = replace(new, same_label_as=self._lookout.sent_of(reading))
        consent = self._consents(trigger, reading.vin)
        try:
            stays = self._lookout is not None and stays_in_view(reading)
            enqueued = self._ledger.enqueue(scan, new, consent=consent, in_view=stays)
        except LedgerFullError as error:
            self._teller.refuse(error, reading)
            return None
        offer = self._teller.tell(enqueued, reading, local=new.local)
        # The next press consents only where a hand pressed for this question.
        self._offer = offer if trigger.source == HAND else None
        return enqueued

    def _consents(self, trigger: Trigger, vin: str | None) -> bool:
        """Tell whether a press answers the question; it is used up by any press."""
        offer, self._offer = self._offer, None
        if offer is None or not offer.is_taken_up_by(trigger, vin):
            return False
        with self._door:
            return self._restraint.allows(vin)


def _sent_of(enqueued: Enqueued) -> Submission | None:
    """Return the submission whose picture is, or was, on its way."""
    match enqueued:
        case Accepted(submission=submission):
            return submission
        case AlreadyScanned(submission=submission, earlier=earlier):
            return earlier or submission
        case _:
            return None
