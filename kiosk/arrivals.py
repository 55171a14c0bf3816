"""The lane of a watched folder: every complete picture that arrives in it is one scan by itself."""

import logging
import math
import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from kiosk.clock import Clock
from kiosk.errors import CameraError, LedgerFullError
from kiosk.folder.inbox import Inbox, InboxSettings
from kiosk.folder.ripening import Candidate
from kiosk.folder.scanner import FileScanner, Question, ScannerSettings
from kiosk.gate import Examiner, UploadWhen
from kiosk.ledger.ledger import Ledger
from kiosk.model import Event, EventKind, Submission, Trigger
from kiosk.model.files import KnownFile
from kiosk.supervisor import Life
from kiosk.telling import Teller

_log = logging.getLogger(__name__)
_RETRY_S = 1.0  # a folder that is away is looked for as often
_FULL_S = 5.0  # a ledger without room is tried again as often
_LOOK_S = 60.0  # a slow machine may take so long for the largest picture, or the longest listing
_OWED_S = 60.0  # a picture that cannot be put away keeps the others waiting for so long
_PRUNE_S = 86_400.0


@dataclass(frozen=True, slots=True)
class ArrivalSettings:
    """What a folder's lane needs of the configuration (``camera.after``, ``camera.backlog``)."""

    folder: Path
    after: str = "keep"  # "keep" | "move" | "delete"
    backlog: str = "skip"  # "skip" | "scan"
    upload_when: UploadWhen = UploadWhen.LOCATED


class Arrivals:
    """The worker that scans what arrives. ``press`` may be called from any thread.

    ``problem`` says why there is no folder; None while there is one.
    """

    name = "lane"

    def __init__(
        self,
        settings: ArrivalSettings,
        examiner: Examiner,
        ledger: Ledger,
        clock: Clock,
        publish: Callable[[Event], None],
        on_accepted: Callable[[Submission], None],
    ) -> None:
        self._ledger = ledger
        self._clock = clock
        self._publish = publish
        self._teller = Teller(ledger, clock, self._say, on_accepted)
        self._inbox = Inbox(
            InboxSettings(settings.folder, skip_backlog=settings.backlog == "skip"),
            ledger.files,
            clock,
            self._wake,
        )
        self._scanner = FileScanner(
            ScannerSettings(settings.folder, settings.after, settings.upload_when),
            examiner,
            ledger,
            self._teller,
            self._inbox,
            clock,
        )
        self._life: Life | None = None
        self._door = threading.Lock()
        self._presses: list[Trigger] = []
        self._question: Question | None = None
        self._replaced_at = math.inf  # when another word took the question's place
        self._owed: deque[KnownFile] = deque()
        self._owed_at = 0.0  # monotonic seconds when the next of them is put away
        self._lost_at: float | None = None
        self._full_until: float | None = None
        self._prune_at = 0.0
        self.problem: str | None = "the folder is not open yet"

    @property
    def is_scanning(self) -> bool:
        """Tell whether a picture is looked at now."""
        return self._scanner.is_scanning

    def press(self, trigger: Trigger) -> bool:
        """Take a press: the consent to the question that stands, else a wish to look now."""
        with self._door:
            self._presses.append(trigger)
        self._wake()
        return True

    def run(self, life: Life) -> None:
        """Scan what arrives until stopped; a folder that is away is a state that heals."""
        self._life = life
        while not life.stopping.is_set():
            pause = _RETRY_S
            try:
                life.lease(_LOOK_S)
                self._inbox.open()
                self._note_back()
                self._owed.clear()
                self._tend(life)
            except CameraError as error:
                self._note_lost(str(error))
            except LedgerFullError as error:  # a first start that cannot be recorded
                self._note_full(error)
                pause = _FULL_S
            finally:
                self._inbox.close()
            self._answer_presses()
            life.wait(pause)

    def _tend(self, life: Life) -> None:
        """Scan, or wait; a stop comes between two pictures."""
        while not life.stopping.is_set():
            life.lease(_LOOK_S)
            self._inbox.look(now_all=self._answer_presses())
            candidate = None if self._is_full() else self._inbox.take()
            if candidate is not None:
                life.lease(_LOOK_S)
                self._scan(candidate, life)
            elif self._put_away_one(life):
                continue
            elif self._inbox.is_idle and self._inbox.old.due_at <= self._clock.monotonic():
                life.lease(_LOOK_S)
                self._inbox.old.read_one()
            else:
                self._prune()
                life.wait(_FULL_S if self._is_full() else self._inbox.wait_s())

    def _scan(self, candidate: Candidate, life: Life) -> None:
        def go_on() -> bool:
            life.lease(_LOOK_S)
            return not life.stopping.is_set()

        try:
            question = self._scanner.scan(candidate, go_on)
        except LedgerFullError as error:
            self._note_full(error)
            return
        self._full_until = None
        if question is not None:
            self._question, self._replaced_at = question, math.inf

    def _answer_presses(self) -> bool:
        """Take a press as what it can be; True where one wishes to look now."""
        with self._door:
            presses, self._presses = self._presses, []
        look = False
        for trigger in presses:
            question = self._question_at(trigger)
            if question is not None:
                self._question = None
                self._consent(question, trigger)
            elif self.problem is not None:
                self._teller.say(EventKind.NO_CAMERA)
            else:
                look = True
        return look

    def _question_at(self, trigger: Trigger) -> Question | None:
        """Return the question that a press consents to: none that another word replaced."""
        question = self._question
        if question is None or trigger.at >= self._replaced_at:
            return None
        return question if question.offer.is_taken_up_by(trigger, question.offer.vin) else None

    def _say(self, event: Event) -> None:
        """Publish a word, which takes the place of a question that stood there."""
        self._replaced_at = min(self._replaced_at, self._clock.monotonic())
        self._publish(event)

    def _consent(self, question: Question, trigger: Trigger) -> None:
        try:
            self._scanner.consent(question, trigger)
        except LedgerFullError as error:
            self._teller.refuse(error, question.reading)

    def _put_away_one(self, life: Life) -> bool:
        """Put away what an earlier run or an earlier try left; False where there is none now."""
        now = self._clock.monotonic()
        if not self._scanner.puts_away or now < self._owed_at:
            return False
        if not self._owed:
            self._owed.extend(self._inbox.known.pending())
        if not self._owed:
            self._owed_at = now + _OWED_S
            return False
        known = self._owed.popleft()
        life.lease(_LOOK_S)
        if self._inbox.is_as_known(known) and not self._scanner.put_away(known):
            self._owed_at = now + _OWED_S
        return True

    def _prune(self) -> None:
        """Once a day, forget files that neither lie there nor have a scan."""
        now = self._clock.monotonic()
        if now < self._prune_at:
            return
        with suppress(LedgerFullError):
            if self._ledger.files.prune(self._inbox.known.ids) == 0:
                self._scanner.forget_gone()
                self._prune_at = now + _PRUNE_S

    def _is_full(self) -> bool:
        return self._full_until is not None and self._clock.monotonic() < self._full_until

    def _note_full(self, error: LedgerFullError) -> None:
        """Say once that nothing can be saved; what arrives waits where it lies."""
        if self._full_until is None or self._scanner.owes_an_end:
            self._teller.refuse(error)
        self._scanner.owes_an_end = False
        self._full_until = self._clock.monotonic() + _FULL_S

    def _note_lost(self, why: str) -> None:
        self.problem = why
        if self._lost_at is None:
            self._lost_at = self._clock.monotonic()
            _log.warning("folder lost: %s", why)
            self._teller.say(EventKind.CAMERA_LOST, detail=why)

    def _note_back(self) -> None:
        self.problem = None
        if self._lost_at is not None:
            _log.info("folder back after %.0f s", self._clock.monotonic() - self._lost_at)
            self._lost_at = None
            self._teller.say(EventKind.CAMERA_BACK)

    def _wake(self) -> None:
        if self._life is not None:
            self._life.nudge()
