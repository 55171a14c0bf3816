"""Triggers, scans, submissions, and what the ledger answers."""

from dataclasses import dataclass
from enum import StrEnum

from kiosk.model.sight import Crop


@dataclass(frozen=True, slots=True)
class Trigger:
    """A wish to scan: a button, the control socket, an arriving car or picture."""

    source: str  # "button" | "control" | "presentation" | "arrival" | "submit"
    at: float  # monotonic seconds


class ScanOutcome(StrEnum):
    """What became of a trigger."""

    VIN = "vin"
    UNREAD = "unread"
    NOT_VIN = "not_vin"
    FOREIGN = "foreign"
    NONE = "none"
    TWO_LABELS = "two_labels"
    BUSY = "busy"
    DUPLICATE = "duplicate"
    ASKED = "asked"  # PRESS AGAIN TO PAY was asked, nothing was recorded for upload
    NO_CAMERA = "no_camera"
    REFUSED = "refused"  # no space, or a person's limit
    SET_ASIDE = "set_aside"  # a picture that cannot be used, with the reason
    STOPPED = "stopped"  # the lane was stopped or reloaded before it saw anything


@dataclass(frozen=True, slots=True)
class NewScan:
    """One trigger and what came of it, as the lane hands it to the ledger."""

    trigger: str
    outcome: ScanOutcome
    text: str | None = None
    vin: str | None = None
    symbology: str | None = None
    confidence: float | None = None
    file_name: str | None = None
    file_sha256: str | None = None
    detail: str | None = None


@dataclass(frozen=True, slots=True)
class Scan(NewScan):
    """A scan as the ledger holds it. ``created`` is seconds since 1970 or None while unknown."""

    id: int = 0
    created: float | None = None
    submission_id: int | None = None


class State(StrEnum):
    """Where a submission stands; see the ledger's state machine in docs/architecture.md."""

    QUEUED = "queued"
    SENDING = "sending"
    COMMITTED = "committed"
    RECOGNIZED = "recognized"
    UNRECOGNIZED = "unrecognized"
    IN_DOUBT = "in_doubt"
    REJECTED = "rejected"
    LOCAL = "local"
    DUPLICATE = "duplicate"
    DROPPED = "dropped"

    @property
    def is_waiting(self) -> bool:
        """Tell whether the submission may still be sent or is being sent."""
        return self in {State.QUEUED, State.SENDING, State.COMMITTED}


@dataclass(frozen=True, slots=True)
class Submission:
    """One crop in the ledger, without its bytes."""

    id: int
    seq: int
    state: State
    sha256: str  # of the crop's bytes; of the VIN text for a scan recorded ``local``
    created: float | None  # wall seconds, None while the clock of its boot was never set
    file_name: str | None = None
    file_sha256: str | None = None
    text: str | None = None  # as the barcode has it (read here, or captured by the service)
    vin: str | None = None
    vin_source: str | None = None  # "service" | "local"
    local_vin: str | None = None  # the VIN read here, kept when the service answers
    credits: int = 0
    attempts: int = 0
    reason: str | None = None
    key: int | None = None  # the service's message key, where it gave one
    make: str | None = None
    model: str | None = None
    year: int | None = None
    decode_note: str | None = None  # a failed decode, in words
    duplicate_of: int | None = None
    live: bool = False  # a person waits at the display: goes first
    scan_id: int | None = None

    @property
    def vins_differ(self) -> bool:
        """Tell whether the service and the lane read different VINs: a person must look."""
        return (
            self.vin_source == "service"
            and self.local_vin is not None
            and self.vin is not None
            and self.vin != self.local_vin
        )


@dataclass(frozen=True, slots=True)
class NewSubmission:
    """A crop the lane wants uploaded (or, with ``local``, only recorded)."""

    crop: Crop | None
    text: str | None = None
    vin: str | None = None  # only a sure reading
    file_name: str | None = None
    file_sha256: str | None = None
    live: bool = True  # a person waits in front of the display
    local: bool = False
    same_label_as: int | None = None  # sent unread, on a press, of this very label


class DuplicateRule(StrEnum):
    """Why a submission costs nothing."""

    CROP = "crop"  # the same crop bytes, ever
    FILE = "file"  # the same source file, ever
    VIN = "vin"  # the same VIN inside the rescan window
    SPENT = "spent"  # the spent log knows it, though the database does not
    LABEL = "label"  # its picture was sent before it could be read here


@dataclass(frozen=True, slots=True)
class Accepted:
    """The scan is on disk; ``submission`` is queued (or recorded ``local``)."""

    scan_id: int
    submission: Submission


@dataclass(frozen=True, slots=True)
class AlreadyScanned:
    """No credit is spent: ``earlier`` (None where only the spent log knows it) answers for it."""

    scan_id: int
    submission: Submission  # the row in state ``duplicate``; by the rule LABEL it is ``local``
    earlier: Submission | None
    rule: DuplicateRule


@dataclass(frozen=True, slots=True)
class AskFirst:
    """An unread crop soon after another unread crop: PRESS AGAIN TO PAY."""

    scan_id: int
    earlier: Submission


Enqueued = Accepted | AlreadyScanned | AskFirst


@dataclass(frozen=True, slots=True)
class Claim:
    """A submission taken for one attempt: state ``sending``."""

    submission: Submission
    attempt_id: int
    crop: bytes
    format: str


@dataclass(frozen=True, slots=True)
class Attempt:
    """One request for a submission, as the ledger holds it."""

    id: int
    started: float | None  # wall seconds, None while the clock of its boot was never set
    took_s: float | None  # None while it runs, and for good where the process died
    tail_sent: bool  # from then on a lost answer is a doubt
    outcome: State | None  # what the submission became by it; None while it runs
    status: int | None  # of HTTP
    credits: int
    reason: str | None


@dataclass(frozen=True, slots=True)
class Act:
    """What somebody decided, as the ledger holds it."""

    what: str  # "resend" | "drop" | "pause" | "resume"
    who: str
    detail: str | None  # of a submission: the reason that stood there before
    at: float | None  # wall seconds, None while the clock of its boot was never set


class PauseReason(StrEnum):
    """Why the whole queue waits for a person. Survives restarts; the weightiest comes first."""

    STORAGE = "storage"  # what is on the disk, or what the disk says, cannot be trusted
    BALANCE = "balance"
    CONFIGURATION = "configuration"
    DOUBTS = "doubts"
    OPERATOR = "operator"  # a person wished it: `vin-kiosk queue pause`


@dataclass(frozen=True, slots=True)
class Pause:
    """A reason why the queue stands still until a person resumes it."""

    reason: PauseReason
    detail: str
    since: float | None


@dataclass(frozen=True, slots=True)
class Held:
    """Nothing can be claimed now, and why: ``empty``, ``paused`` or ``daily_limit``.

    Beside another claim also ``live``, behind a settlement also ``disk_full``.
    """

    why: str


@dataclass(frozen=True, slots=True)
class QueueStatus:
    """The queue at a glance."""

    waiting: int  # queued, sending or committed
    in_doubt: int
    credits_today: int  # doubts count as spent
    pauses: tuple[Pause, ...] = ()  # the weightiest first; all are lifted together
    limit_reached: bool = False  # the day's credits are used up: known to who knows the limit
    first_in_doubt: int | None = None  # the oldest doubt's submission id

    @property
    def pause(self) -> Pause | None:
        """Return the weightiest pause."""
        return self.pauses[0] if self.pauses else None
