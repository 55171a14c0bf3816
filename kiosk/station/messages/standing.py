"""What stands at the lane until something ends it; the resting message tells of it."""

from dataclasses import dataclass, field, replace
from enum import StrEnum

from kiosk.model import Event, EventKind, Pause, PauseReason, QueueStatus

_NOTHING_KNOWN = QueueStatus(waiting=0, in_doubt=0, credits_today=0)
_SENT = {EventKind.RECOGNIZED, EventKind.UNRECOGNIZED}


class Phase(StrEnum):
    """Whether the lane takes scans."""

    STARTING = "starting"
    OPEN = "open"
    STOPPING = "stopping"


_PHASES = {
    EventKind.STARTING: Phase.STARTING,
    EventKind.READY: Phase.OPEN,
    EventKind.STOPPING: Phase.STOPPING,
}


class Beginning(StrEnum):
    """What begins a scan (``trigger.mode``): at rest the station asks for that."""

    BUTTON = "button"
    PRESENTATION = "presentation"
    ARRIVAL = "arrival"


@dataclass(frozen=True, slots=True)
class Standing:
    """The lane's lasting conditions, as told by the events so far."""

    phase: Phase = Phase.STARTING
    begins_by: Beginning = Beginning.BUTTON
    camera_lost: bool = False
    button: EventKind = EventKind.BUTTON_BACK  # what was last said of it
    scanner: EventKind = EventKind.SCANNER_BACK  # the hand scanner's; the same
    service_lost: bool = False
    limit_reached: bool = False  # the day's credits are spent
    queue: QueueStatus = field(default=_NOTHING_KNOWN)

    def after(self, event: Event) -> "Standing":
        """Return what stands once ``event`` is known.

        An event's queue is a snapshot and wins over what was counted; a pause that an event names
        stands even where its snapshot is older. A pause that nobody names is over already: a person
        resumed the queue before the word came here.
        """
        queue = event.queue or self.queue
        later = replace(self, queue=queue)
        match event.kind:
            case EventKind.STARTING | EventKind.READY | EventKind.STOPPING:
                later = replace(later, phase=_PHASES[event.kind])
            case EventKind.CAMERA_LOST | EventKind.CAMERA_BACK:
                later = replace(later, camera_lost=event.kind is EventKind.CAMERA_LOST)
            case EventKind.BUTTON_LOST | EventKind.BUTTON_STUCK | EventKind.BUTTON_BACK:
                later = replace(later, button=event.kind)
            case EventKind.SCANNER_LOST | EventKind.SCANNER_STUCK | EventKind.SCANNER_BACK:
                later = replace(later, scanner=event.kind)
            case EventKind.SERVICE_LOST | EventKind.SERVICE_BACK:
                later = replace(later, service_lost=event.kind is EventKind.SERVICE_LOST)
            case EventKind.PAUSED if event.pause is not None:
                later = replace(
                    later, queue=replace(queue, pauses=_with(queue.pauses, event.pause))
                )
            case EventKind.RESUMED:
                later = replace(later, queue=replace(queue, pauses=()))
            case EventKind.DAILY_LIMIT:
                later = replace(later, limit_reached=True)
            case EventKind.IN_DOUBT if event.queue is None:
                later = replace(later, queue=replace(queue, in_doubt=queue.in_doubt + 1))
        stands = later.limit_reached and not self._lifts_limit(event)
        told = event.queue is not None and event.queue.limit_reached
        return replace(later, limit_reached=stands or told)

    def _lifts_limit(self, event: Event) -> bool:
        a_new_day = event.queue is not None and event.queue.credits_today < self.queue.credits_today
        return a_new_day or event.kind in _SENT or event.kind is EventKind.RESUMED


def _with(pauses: tuple[Pause, ...], named: Pause) -> tuple[Pause, ...]:
    """Add a pause that the snapshot does not know yet, behind those that weigh more."""
    if any(pause.reason is named.reason for pause in pauses):
        return pauses
    weight = list(PauseReason).index
    return tuple(sorted((*pauses, named), key=lambda pause: weight(pause.reason)))
