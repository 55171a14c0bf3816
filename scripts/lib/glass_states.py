"""An occasion for every message of the station: the event, or what stands, that brings it up."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from kiosk.model import (
    Event,
    EventKind,
    Pause,
    PauseReason,
    QueueStatus,
    Reading,
    State,
    Submission,
    Verdict,
)
from kiosk.station.messages import (
    Beginning,
    Message,
    Phase,
    Standing,
    message_for,
    resting_message,
)

Occasion = Event | Standing
VIN, OTHER_VIN = "1FADP3F25FL000015", "1FADP3F21FL000075"
_TWO_HOURS_S = 7200.0
_HERE = Reading(Verdict.VIN, vin=VIN)


def _queue(waiting: int = 0, in_doubt: int = 0, pause: PauseReason | None = None) -> QueueStatus:
    pauses = (Pause(pause, "", None),) if pause else ()
    return QueueStatus(waiting, in_doubt, 0, pauses)


def _standing(**facts: Any) -> Standing:
    return replace(Standing(phase=Phase.OPEN), **facts)


def _submission(state: State = State.QUEUED, vin: str | None = VIN, **facts: Any) -> Submission:
    plain = Submission(id=1, seq=1, state=state, sha256="", created=_TWO_HOURS_S, vin=vin)
    return replace(plain, **facts)


def _about(kind: EventKind, submission: Submission | None = None, **facts: Any) -> Event:
    return replace(Event(kind, 0.0, submission=submission), **facts)


def _again(kind: EventKind, state: State) -> Event:
    earlier = _submission(state, created=0.0)
    return Event(kind, 0.0, submission=_submission(), earlier=earlier)


def _answered(**facts: Any) -> Submission:
    return _submission(State.RECOGNIZED, vin_source="service", **facts)


_AT_REST: Mapping[str, Occasion] = {
    "starting": Standing(),
    "ready": _standing(),
    "ready_presentation": _standing(begins_by=Beginning.PRESENTATION),
    "ready_arrival": _standing(begins_by=Beginning.ARRIVAL),
    "ready_waiting": _standing(queue=_queue(3)),
    "ready_offline": _standing(service_lost=True, queue=_queue(3)),
    "ready_in_doubt": _standing(queue=_queue(in_doubt=1)),
    **{f"paused_{reason.value}": _standing(queue=_queue(pause=reason)) for reason in PauseReason},
    "daily_limit": _standing(limit_reached=True),
    "camera_lost": _standing(camera_lost=True),
    "button_lost": _standing(button=EventKind.BUTTON_LOST),
    "button_stuck": _standing(button=EventKind.BUTTON_STUCK),
    "scanner_lost": _standing(scanner=EventKind.SCANNER_LOST),
    "scanner_stuck": _standing(scanner=EventKind.SCANNER_STUCK),
    "stopping": Standing(phase=Phase.STOPPING),
}
_AT_A_PRESS: Mapping[str, Occasion] = {
    "scanning": _about(EventKind.SCANNING),
    "busy": _about(EventKind.BUSY),
    "accepted": _about(EventKind.ACCEPTED, reading=_HERE),
    "accepted_unread": _about(EventKind.ACCEPTED),
    "accepted_held": _about(
        EventKind.ACCEPTED, reading=_HERE, queue=_queue(pause=PauseReason.BALANCE)
    ),
    "accepted_unread_held": _about(EventKind.ACCEPTED, queue=_queue(pause=PauseReason.BALANCE)),
    "recorded": _about(EventKind.RECORDED, _submission(State.LOCAL)),
    "recorded_hand": _about(EventKind.RECORDED, _submission(State.LOCAL), detail="hand"),
    "recorded_sent": _again(EventKind.RECORDED, State.QUEUED),
    "ask_first": _about(EventKind.ASK_FIRST),
    "press_button": _about(EventKind.PRESS_BUTTON),
    "two_labels": _about(EventKind.TWO_LABELS),
    "not_vin": _about(EventKind.NOT_VIN),
    "foreign": _about(EventKind.FOREIGN),
    "foreign_vin": _about(EventKind.FOREIGN, reading=Reading(Verdict.FOREIGN, vin=VIN)),
    "no_label_closer": _about(EventKind.NO_LABEL, detail="closer"),
    "no_label_light": _about(EventKind.NO_LABEL, detail="light"),
    "no_label": _about(EventKind.NO_LABEL),
    "unreadable": _about(EventKind.UNREADABLE),
    "no_camera": _about(EventKind.NO_CAMERA),
    "refused": _about(EventKind.REFUSED),
}
_BEFORE: Mapping[str, Occasion] = {
    "already_recognized": _again(EventKind.ALREADY_SCANNED, State.RECOGNIZED),
    "already_waiting": _again(EventKind.ALREADY_SCANNED, State.QUEUED),
    "already": _again(EventKind.ALREADY_SCANNED, State.DROPPED),
    "already_unrecognized": _again(EventKind.ALREADY_SCANNED, State.UNRECOGNIZED),
    "already_in_doubt": _again(EventKind.ALREADY_SCANNED, State.IN_DOUBT),
    "already_rejected": _again(EventKind.ALREADY_SCANNED, State.REJECTED),
    "seen_again": _again(EventKind.SEEN_AGAIN, State.RECOGNIZED),
    "seen_again_in_doubt": _again(EventKind.SEEN_AGAIN, State.IN_DOUBT),
}
_THE_ANSWER: Mapping[str, Occasion] = {
    "recognized": _about(EventKind.RECOGNIZED, _answered(year=2015, make="FORD", model="FOCUS")),
    "waiting": _about(EventKind.WAITING, _submission(), queue=_queue(3)),
    "recognized_differs": _about(EventKind.RECOGNIZED, _answered(local_vin=OTHER_VIN)),
    "recognized_no_vin": _about(EventKind.RECOGNIZED, _answered(vin=None)),
    "unrecognized": _about(EventKind.UNRECOGNIZED, _submission(key=26)),
    "unrecognized_unread": _about(EventKind.UNRECOGNIZED, _submission(vin=None, key=26)),
    "unrecognized_error": _about(EventKind.UNRECOGNIZED, _submission(key=27)),
    "in_doubt": _about(EventKind.IN_DOUBT, _submission()),
    "in_doubt_unread": _about(EventKind.IN_DOUBT, _submission(vin=None)),
    "rejected": _about(EventKind.REJECTED, _submission()),
}
OCCASIONS: Mapping[str, Mapping[str, Occasion]] = {
    "at rest": _AT_REST,
    "at a press": _AT_A_PRESS,
    "a car that was scanned before": _BEFORE,
    "the answer": _THE_ANSWER,
}
"""By the parts of docs/operating.md, and the names of the texts."""


def message_at(occasion: Occasion, language: str) -> Message:
    """Return what the station says."""
    if isinstance(occasion, Standing):
        return resting_message(occasion, language)
    message = message_for(occasion, language)
    assert message is not None
    return message
