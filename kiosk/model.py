"""Frozen values that cross the doors between rooms. No behaviour beyond simple questions."""

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt

Image = npt.NDArray[np.uint8]
"""A picture: H×W (grey) or H×W×3 (BGR), uint8."""

Point = tuple[float, float]
Quad = tuple[Point, Point, Point, Point]


# ---- what the camera and the prefilter say -------------------------------------------------


class Verdict(StrEnum):
    """What the prefilter makes of a picture."""

    VIN = "vin"  # a VIN, read surely
    UNREAD = "unread"  # a Code 39 symbol that could not be read surely
    NOT_VIN = "not_vin"  # Code 39 with other content
    FOREIGN = "foreign"  # another symbology
    NONE = "none"  # no barcode


@dataclass(frozen=True, slots=True)
class Frame:
    """A picture from the camera. ``taken_at`` is monotonic seconds at the exposure's end."""

    image: Image
    taken_at: float
    number: int
    file_name: str | None = None  # set where the frame was a file of its own
    file_sha256: str | None = None


@dataclass(frozen=True, slots=True)
class Crop:
    """The exact bytes that would be uploaded, holding exactly one symbol."""

    data: bytes
    width: int
    height: int
    format: str  # "png" | "jpeg"
    strip: bytes | None = None  # the unprocessed strip as PNG, kept beside the evidence


@dataclass(frozen=True, slots=True)
class Reading:
    """What the prefilter found in one picture.

    ``quad`` holds the symbol's corners in image pixels, clockwise from its upper left as the text
    runs. ``crop`` is there exactly when ``upload.when: located`` would upload. ``vins`` lists all
    different VINs surely read in the picture: with two or more the verdict is ``unread`` and
    nothing is uploaded (TWO LABELS).
    """

    verdict: Verdict
    text: str | None = None
    vin: str | None = None
    confidence: float = 0.0
    symbology: str | None = None
    quad: Quad | None = None
    crop: Crop | None = None
    ms: float = 0.0
    vins: tuple[str, ...] = ()

    @property
    def two_labels(self) -> bool:
        """Tell whether two different VINs are in view."""
        return len(self.vins) > 1


# ---- scans ------------------------------------------------------------------------------------


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


# ---- submissions ------------------------------------------------------------------------------


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


class DuplicateRule(StrEnum):
    """Why a submission costs nothing."""

    CROP = "crop"  # the same crop bytes, ever
    FILE = "file"  # the same source file, ever
    VIN = "vin"  # the same VIN inside the rescan window
    SPENT = "spent"  # the spent log knows it, though the database does not


@dataclass(frozen=True, slots=True)
class Accepted:
    """The scan is on disk; ``submission`` is queued (or recorded ``local``)."""

    scan_id: int
    submission: Submission


@dataclass(frozen=True, slots=True)
class AlreadyScanned:
    """No credit is spent: ``earlier`` (None where only the spent log knows it) answers for it."""

    scan_id: int
    submission: Submission  # the row in state ``duplicate``
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


class PauseReason(StrEnum):
    """Why the whole queue waits for a person. Survives restarts."""

    BALANCE = "balance"
    CONFIGURATION = "configuration"
    DOUBTS = "doubts"


@dataclass(frozen=True, slots=True)
class Pause:
    """The queue stands still until a person resumes it."""

    reason: PauseReason
    detail: str
    since: float | None


@dataclass(frozen=True, slots=True)
class Held:
    """Nothing can be claimed now, and why: ``empty``, ``paused`` or ``daily_limit``."""

    why: str


@dataclass(frozen=True, slots=True)
class QueueStatus:
    """The queue at a glance."""

    waiting: int  # queued, sending or committed
    in_doubt: int
    credits_today: int  # doubts count as spent
    pause: Pause | None


# ---- what the service says ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class VehicleDecode:
    """The service's decode of a VIN: good (make, model, year) or failed (key, message)."""

    success: bool
    make: str | None = None
    model: str | None = None
    year: int | None = None
    key: int | None = None
    message: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """A complete, parsable result of the service: it has cost one credit, except key 23."""

    success: bool
    version: str | None = None
    date: dt.datetime | None = None  # the service states no zone
    text: str | None = None  # as captured, cleaned of stray characters; may carry the ``I``
    vin: str | None = None  # 17 characters, without data identifier
    captured: str | None = None  # exactly as it came
    box: tuple[float, float, float, float] | None = None  # left, top, width, height
    decode: VehicleDecode | None = None
    key: int | None = None
    message: str | None = None
    raw: bytes = b""


@dataclass(frozen=True, slots=True)
class Answered:
    """A complete result came, whatever the HTTP status.

    ``early``: before the tail was sent; ``crossed``: when the ledger held it as committed.
    """

    answer: Answer
    status: int
    early: bool = False
    crossed: bool = True


@dataclass(frozen=True, slots=True)
class NeverSent:
    """The picture was provably not sent whole: free to try again.

    ``status`` is there where the service answered before the tail (429, 503, 401 …). ``crossed``:
    the ledger holds the attempt as committed already, though the tail stayed here.
    """

    reason: str
    status: int | None = None
    retry_after_s: float | None = None
    crossed: bool = False


@dataclass(frozen=True, slots=True)
class Refused:
    """400, 401, 403, 404 or 413 without a result, after the tail."""

    reason: str
    status: int


@dataclass(frozen=True, slots=True)
class Unknown:
    """The tail was sent and no complete result came back: nobody knows whether it was charged."""

    reason: str
    status: int | None = None
    raw: bytes = b""


AttemptOutcome = Answered | NeverSent | Refused | Unknown


@dataclass(frozen=True, slots=True)
class Settlement:
    """What an attempt means for its submission; the ledger writes it in one transaction.

    ``state`` is recognized, unrecognized, in_doubt, rejected or queued. ``released`` tells the
    spent log that a refusal cost nothing, so that the crop may be sent again. ``pause`` stops the
    whole queue for a person, in the same transaction.
    """

    state: State
    reason: str
    credits: int = 0
    released: bool = False
    answer: Answer | None = None
    status: int | None = None
    pause: PauseReason | None = None


# ---- events: what the station and the publishers hear ------------------------------------------


class EventKind(StrEnum):
    """Everything the lane, the uploader and the devices can say."""

    STARTING = "starting"
    READY = "ready"
    STOPPING = "stopping"
    SCANNING = "scanning"
    BUSY = "busy"
    ACCEPTED = "accepted"  # on disk, queued (a VIN read here, or an unread crop)
    RECORDED = "recorded"  # on disk as ``local``, will not be uploaded
    ALREADY_SCANNED = "already_scanned"
    ASK_FIRST = "ask_first"
    TWO_LABELS = "two_labels"
    NOT_VIN = "not_vin"
    FOREIGN = "foreign"
    NO_LABEL = "no_label"
    UNREADABLE = "unreadable"  # a label that cannot be read here, and is not to be uploaded
    PRESS_BUTTON = "press_button"  # presentation mode saw an unread label
    WAITING = "waiting"  # an attempt failed before the tail: saved, will be sent later
    RECOGNIZED = "recognized"
    UNRECOGNIZED = "unrecognized"
    IN_DOUBT = "in_doubt"
    REJECTED = "rejected"
    PAUSED = "paused"
    RESUMED = "resumed"
    DAILY_LIMIT = "daily_limit"
    CAMERA_LOST = "camera_lost"
    CAMERA_BACK = "camera_back"
    NO_CAMERA = "no_camera"  # a press while the camera is away
    REFUSED = "refused"  # disk full: the scan was not taken
    SERVICE_LOST = "service_lost"
    SERVICE_BACK = "service_back"


@dataclass(frozen=True, slots=True)
class Event:
    """Something a person or another system should hear. Never said before its COMMIT."""

    kind: EventKind
    at: float  # monotonic seconds
    scan_id: int | None = None
    submission: Submission | None = None
    earlier: Submission | None = None
    reading: Reading | None = None
    queue: QueueStatus | None = None
    pause: Pause | None = None
    detail: str | None = None
