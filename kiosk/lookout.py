"""Presentation mode at work: looks into the lane by itself, and does what a look calls for."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace

from kiosk.camera.slot import LatestFrame
from kiosk.clock import Clock
from kiosk.errors import LedgerFullError
from kiosk.gate import Examiner, UploadWhen, fate_of, reading_of, scan_of, submission_of
from kiosk.ledger.ledger import Ledger
from kiosk.model import Event, EventKind, Reading, ScanOutcome, Submission, Verdict
from kiosk.presentation import Presence, Presented, Want
from kiosk.telling import PRESENTED, TURNED_AWAY, Teller

_log = logging.getLogger(__name__)
_EVERY_S = 0.2  # between two looks: a label is read well within half a second
_AT_REST_S = 1.0  # while all that is in view has been dealt with
_LONGEST_S = 2.0  # a car that comes must not wait longer, so a look of over 0.5 s takes more
_SHARE = 4.0  # pauses for each look's time: where nothing is new, looks take a fifth of a core
_NEWS = {Verdict.VIN, Verdict.UNREAD}  # what may be a car's label, and must not wait
_SAID = TURNED_AWAY | {ScanOutcome.UNREAD: EventKind.PRESS_BUTTON}


@dataclass(frozen=True, slots=True)
class Looked:
    """What a look came to: when to look again (s), and whether the station said something."""

    pause_s: float
    spoke: bool = False


class Lookout:
    """Looks at the newest frame whenever asked to. Used by the lane's thread alone."""

    def __init__(
        self,
        upload_when: UploadWhen,
        frames: LatestFrame,
        examiner: Examiner,
        ledger: Ledger,
        clock: Clock,
        publish: Callable[[Event], None],
        on_accepted: Callable[[Submission], None],
    ) -> None:
        self._upload_when = upload_when
        self._frames = frames
        self._examiner = examiner
        self._ledger = ledger
        self._clock = clock
        self._teller = Teller(ledger, clock, publish, on_accepted)
        from_before = ledger.sightings.in_view()
        self._presence = Presence(from_before)
        self._from_before = set(from_before)  # in view as an earlier run ended, not seen since
        self._written = self._presence.vins  # in view, as the ledger has it
        self._newest = float("-inf")

    def look(self) -> Looked:
        """Examine the newest frame, unless it was looked at before."""
        begun = self._clock.monotonic()
        frame = self._frames.newer_than(self._newest, begun)
        if frame is None:
            return Looked(_EVERY_S)
        self._newest = frame.taken_at
        reading = reading_of(frame, self._examiner)
        if reading is None:
            return Looked(_EVERY_S)
        presented = self._presence.see(self._clock.monotonic(), reading)
        self._note_from_before(reading)
        if presented is not None:
            self._attend(presented)
        self._write_sightings()
        is_calm = self._presence.at_rest or reading.verdict not in _NEWS
        took = self._clock.monotonic() - begun
        pause = _AT_REST_S if self._presence.at_rest else _EVERY_S
        if is_calm:
            pause = max(pause, min(took * _SHARE, _LONGEST_S))
        return Looked(pause, presented is not None)

    def note_press(self, reading: Reading, sent: Submission | None) -> None:
        """Learn what a press scanned and the ledger holds; ``sent``: that is or was uploaded."""
        sent_id = None if sent is None else sent.id
        self._presence.note_press(self._clock.monotonic(), reading, sent_id)
        self._book(reading)
        self._write_sightings()

    def sent_of(self, reading: Reading) -> int | None:
        """Return the submission that a press sent of this very label before it could be read."""
        return self._presence.sent_of(self._clock.monotonic(), reading)

    def _attend(self, presented: Presented) -> None:
        reading = presented.reading
        scan = scan_of(reading, PRESENTED)
        if presented.want is Want.SAY:
            self._teller.record(scan, _SAID[scan.outcome], reading)
            return
        fate = fate_of(reading, self._upload_when)
        new = submission_of(reading, scan, fate, live=True)
        new = replace(new, same_label_as=presented.sent)
        try:
            enqueued = self._ledger.enqueue(scan, new, in_view=stays_in_view(reading))
        except LedgerFullError as error:
            self._presence.put_off(reading)
            self._teller.refuse(error, reading)
            return
        self._book(reading)
        self._teller.tell(enqueued, reading, local=new.local, asks=False)

    def _note_from_before(self, reading: Reading) -> None:
        """Log which of an earlier run's labels are there still: that is why nothing is said."""
        for vin in self._from_before.intersection((*reading.vins, reading.vin)):
            _log.info("%s is still in view, from before the start", vin)
            self._from_before.remove(vin)

    def _book(self, reading: Reading) -> None:
        """Know what the ledger wrote as in view together with its scan."""
        if stays_in_view(reading) and reading.vin is not None:
            self._written |= {reading.vin}

    def _write_sightings(self) -> None:
        """Write what left; what finds no room is written after a later look."""
        unseen = {vin: self._presence.unseen_s(vin) for vin in self._presence.vins}
        self._presence.leave()
        present = self._presence.vins
        try:
            self._from_before &= present
            for vin in self._written - present:
                self._ledger.sightings.leave(vin, unseen.get(vin, 0.0))
                self._written -= {vin}
        except LedgerFullError as error:
            _log.debug("sightings are not written: %s", error)


def stays_in_view(reading: Reading) -> bool:
    """Tell whether a reading is of a label whose coming and leaving is kept in the ledger."""
    return reading.verdict is Verdict.VIN
