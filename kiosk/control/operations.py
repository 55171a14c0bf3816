"""What can be done to a lane from outside: the same for the daemon and for a command without one.

Nothing is said to anybody before the ledger holds it.
"""

import threading
from typing import assert_never

from kiosk.clock import Clock
from kiosk.control.decisions import Decisions, Surroundings
from kiosk.control.facts import unsaved_facts
from kiosk.control.protocol import Facts
from kiosk.control.submitting import examine_file, take, wish_of
from kiosk.gate import Examiner, UploadWhen
from kiosk.ledger.ledger import Ledger
from kiosk.model import Accepted, AlreadyScanned, AskFirst, Enqueued

__all__ = ["Operations", "Surroundings"]
_NOTHING_AROUND = Surroundings()


class Operations(Decisions):
    """Implements `Control` on a ledger. Usable from several threads."""

    def __init__(
        self,
        ledger: Ledger,
        examiner: Examiner,
        clock: Clock,
        *,
        upload_when: UploadWhen,
        surroundings: Surroundings = _NOTHING_AROUND,
    ) -> None:
        super().__init__(ledger, clock, surroundings)
        self._examiner = examiner
        self._upload_when = upload_when
        self._examining = threading.Lock()  # one picture at a time: a Pi's memory is small

    def submit(self, data: bytes, file_name: str, *, hurry: bool, pay_again: bool) -> Facts:
        """Examine a picture and queue its crop; raises PictureError, LedgerError.

        ``hurry``: somebody waits for the answer, so a back-off is cut short. ``pay_again``: a
        person's consent to pay for what was scanned before.
        """
        with self._examining:
            reading, scan = examine_file(data, file_name, self._examiner, self._ledger.files)
        wish = wish_of(reading, scan, self._upload_when)
        taken = take(self._ledger, scan, wish, pay_again=pay_again)
        if isinstance(taken, str):
            return unsaved_facts(taken, reading.text, reading.vin)
        return self._facts_of(taken, hurry=hurry)

    def _facts_of(self, enqueued: Enqueued, *, hurry: bool) -> Facts:
        match enqueued:
            case Accepted(submission=submission):
                self._tell(submission)
                if submission.state.is_waiting:
                    self._wake(hurry=hurry)
                return self._submit_facts(submission)
            case AlreadyScanned(submission=submission):
                return self._submit_facts(submission)
            case AskFirst(earlier=earlier):
                return unsaved_facts(
                    f"another unread label was scanned just before (submission {earlier.id}): "
                    "submit with --pay-again to pay for this one too"
                )
            case _:
                assert_never(enqueued)
