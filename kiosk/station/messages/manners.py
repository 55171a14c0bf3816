"""How each event is said, in any language."""

from collections.abc import Mapping
from types import MappingProxyType

from kiosk.model import EventKind
from kiosk.station.messages.message import Mood

_LONGEST_SCAN_S = 70.0  # trigger.timeout_s is 60 at most: READY may not stand over one that runs
_CONSENT_S = 5.0  # the design's window for the second press: the words go when it closes
MANNERS: Mapping[EventKind, tuple[Mood, float | None]] = MappingProxyType(
    {
        EventKind.STARTING: (Mood.CLOSED, None),
        EventKind.READY: (Mood.NEUTRAL, None),
        EventKind.STOPPING: (Mood.CLOSED, None),
        EventKind.PAUSED: (Mood.BAD, None),
        EventKind.DAILY_LIMIT: (Mood.BAD, None),
        EventKind.CAMERA_LOST: (Mood.BAD, None),
        EventKind.BUTTON_LOST: (Mood.ATTENTION, None),
        EventKind.BUTTON_STUCK: (Mood.ATTENTION, None),
        EventKind.SCANNER_LOST: (Mood.ATTENTION, None),
        EventKind.SCANNER_STUCK: (Mood.ATTENTION, None),
        EventKind.SERVICE_LOST: (Mood.ATTENTION, None),
        EventKind.SCANNING: (Mood.NEUTRAL, _LONGEST_SCAN_S),
        EventKind.BUSY: (Mood.NEUTRAL, 1.5),
        EventKind.ACCEPTED: (Mood.NEUTRAL, 30.0),  # until its answer; a stuck one gives way
        EventKind.RECORDED: (Mood.NEUTRAL, 8.0),
        EventKind.ALREADY_SCANNED: (Mood.ATTENTION, _CONSENT_S),
        EventKind.SEEN_AGAIN: (Mood.ATTENTION, 8.0),
        EventKind.ASK_FIRST: (Mood.ATTENTION, _CONSENT_S),
        EventKind.TWO_LABELS: (Mood.ATTENTION, 6.0),
        EventKind.NOT_VIN: (Mood.ATTENTION, 6.0),
        EventKind.FOREIGN: (Mood.ATTENTION, 6.0),
        EventKind.NO_LABEL: (Mood.ATTENTION, 6.0),
        EventKind.UNREADABLE: (Mood.ATTENTION, 8.0),
        EventKind.PRESS_BUTTON: (Mood.ATTENTION, 10.0),
        EventKind.NO_CAMERA: (Mood.BAD, 6.0),
        EventKind.REFUSED: (Mood.BAD, 12.0),
        EventKind.WAITING: (Mood.NEUTRAL, 8.0),
        EventKind.RECOGNIZED: (Mood.GOOD, 12.0),
        EventKind.UNRECOGNIZED: (Mood.ATTENTION, 12.0),
        EventKind.IN_DOUBT: (Mood.ATTENTION, 12.0),
        EventKind.REJECTED: (Mood.BAD, 12.0),
    }
)
"""The mood of what is said to an event, and for how many seconds (None: until it ends)."""
