"""What the station and the publishers hear."""

from dataclasses import dataclass
from enum import StrEnum

from kiosk.model.scans import Pause, QueueStatus, Submission
from kiosk.model.sight import Reading


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
    SEEN_AGAIN = "seen_again"  # ALREADY_SCANNED in presentation mode: nobody pressed, none is asked
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
    QUEUE_CHANGED = "queue_changed"  # a person submitted, resent or dropped something
    DAILY_LIMIT = "daily_limit"
    CAMERA_LOST = "camera_lost"
    CAMERA_BACK = "camera_back"
    BUTTON_LOST = "button_lost"
    BUTTON_STUCK = "button_stuck"
    BUTTON_BACK = "button_back"  # it may be pressed again, whatever was wrong with it
    SCANNER_LOST = "scanner_lost"  # the hand scanner; what the camera sees is scanned as ever
    SCANNER_STUCK = "scanner_stuck"
    SCANNER_BACK = "scanner_back"
    NO_CAMERA = "no_camera"  # a press while the camera is away
    REFUSED = "refused"  # disk full: the scan was not taken
    SERVICE_LOST = "service_lost"
    SERVICE_BACK = "service_back"


SCAN_ENDS = frozenset(
    {
        EventKind.ACCEPTED,
        EventKind.RECORDED,
        EventKind.ALREADY_SCANNED,
        EventKind.SEEN_AGAIN,
        EventKind.ASK_FIRST,
        EventKind.TWO_LABELS,
        EventKind.NOT_VIN,
        EventKind.FOREIGN,
        EventKind.NO_LABEL,
        EventKind.UNREADABLE,
        EventKind.PRESS_BUTTON,
        EventKind.NO_CAMERA,
        EventKind.REFUSED,
    }
)
"""What the lane itself says at a scan's end; all else is said by others, of any scan."""


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
