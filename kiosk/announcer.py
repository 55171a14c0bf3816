"""Passes each event on to everybody who listens: station, log, control socket, demo."""

import logging
from collections.abc import Callable

from kiosk.ledger.start import StartReport
from kiosk.model import Event, EventKind, Reading

_log = logging.getLogger(__name__)
_PASSING = frozenset({EventKind.SCANNING, EventKind.BUSY})
_IN_OTHER_WORDS = {EventKind.PRESS_BUTTON: "label not read: waits for a trigger"}
_LOGGED_BY_THEIR_OWNER = frozenset(
    {
        EventKind.CAMERA_LOST,
        EventKind.CAMERA_BACK,
        EventKind.BUTTON_LOST,
        EventKind.BUTTON_STUCK,
        EventKind.BUTTON_BACK,
        EventKind.SCANNER_LOST,
        EventKind.SCANNER_STUCK,
        EventKind.SCANNER_BACK,
    }
)
Listener = Callable[[Event], None]


class Announcer:
    """A fixed list of listeners, called in order on the thread that publishes.

    A listener must not block; what it raises ends the worker that published, loudly.
    """

    def __init__(self) -> None:
        self._listeners: list[Listener] = []

    def add(self, listener: Listener) -> None:
        """Add a listener; done by the composition root before any worker starts."""
        self._listeners.append(listener)

    def publish(self, event: Event) -> None:
        """Tell everybody."""
        for listener in self._listeners:
            listener(event)


def log_event(event: Event) -> None:
    """Write one log line for a transition; passing words are not news, nor what was just logged."""
    quiet = _PASSING | _LOGGED_BY_THEIR_OWNER
    level = logging.DEBUG if event.kind in quiet else logging.INFO
    _log.log(level, "%s", describe(event))


def log_start(report: StartReport) -> None:
    """Write what opening the ledger found, where it is not simply in order."""
    if report.requeued:
        _log.info("%d submissions were not sent whole: they wait again", report.requeued)
    if report.in_doubt:
        where = "`vin-kiosk queue list --open`"
        _log.warning("%d submissions are in doubt: see %s", report.in_doubt, where)
    if report.damaged is not None:
        _log.error("the ledger was damaged: %s; %d rows saved", report.damaged, report.salvaged)
    if report.missing_sequences:
        _log.error("submissions are missing: %s", ", ".join(map(str, report.missing_sequences)))
    if report.spent_log is not None:
        _log.error("the spent log was damaged: %s", report.spent_log)


def describe(event: Event) -> str:
    """Put an event into one line, for the log and for people who read it."""
    parts = [_IN_OTHER_WORDS.get(event.kind, event.kind.value.replace("_", " "))]
    if event.scan_id is not None:
        parts.append(f"scan {event.scan_id}")
    submission = event.submission
    if submission is not None:
        parts.append(f"submission {submission.id} {submission.state.value}")
    vin = (submission.vin if submission else None) or (event.reading.vin if event.reading else None)
    if vin:
        parts.append(vin)
    if event.reading is not None:
        parts += _facts_of(event.reading)
    if event.earlier is not None:
        parts.append(f"of submission {event.earlier.id} {event.earlier.state.value}")
    if event.pause is not None:
        parts.append(f"queue paused: {event.pause.reason.value} ({event.pause.detail})")
    if event.detail:
        parts.append(event.detail)
    return " · ".join(parts)


def _facts_of(reading: Reading) -> list[str]:
    facts = [f"looked at in {reading.ms:.0f} ms"] if reading.ms else []
    if reading.crop is not None:
        crop = reading.crop
        facts.append(f"crop {crop.width}×{crop.height}, {len(crop.data) / 1000:.1f} kB")
    return facts
