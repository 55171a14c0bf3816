"""From events to what the station says: picks the text, fills in the facts, cuts to the rows."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from kiosk.model import Event, EventKind, State
from kiosk.station.codecs.text import Lines, cut
from kiosk.station.messages import de, en, en_headless, es
from kiosk.station.messages.facts import Texts, contradicts, count, facts_of, vin_shown
from kiosk.station.messages.manners import MANNERS
from kiosk.station.messages.message import Message, Mood
from kiosk.station.messages.standing import Beginning, Phase, Standing

LANGUAGES: Mapping[str, Texts] = MappingProxyType(
    {"en": en.TEXTS, "en-headless": en_headless.TEXTS, "es": es.TEXTS, "de": de.TEXTS}
)
"""The tables of texts; another language is another module beside ``en``.

A lane without a display writes into a log, which is English whatever ``station.language`` says.
"""

_READY = {
    Beginning.BUTTON: "ready",
    Beginning.PRESENTATION: "ready_presentation",
    Beginning.ARRIVAL: "ready_arrival",
}
_UNFORTUNATE = {State.UNRECOGNIZED, State.IN_DOUBT, State.REJECTED}
_MOODS = {
    "recognized_differs": Mood.ATTENTION,  # a person must look
    "recognized_no_vin": Mood.ATTENTION,
    "recorded_hand": Mood.GOOD,  # all that was asked for is done
}
_SERVICE_ERRORS = {0, 27}  # the service's own troubles, by its message keys
_EARLIER = {
    State.QUEUED: "already_waiting",
    State.SENDING: "already_waiting",
    State.COMMITTED: "already_waiting",
    State.RECOGNIZED: "already_recognized",
    State.UNRECOGNIZED: "already_unrecognized",
    State.IN_DOUBT: "already_in_doubt",
    State.REJECTED: "already_rejected",
}


def message_for(event: Event, language: str = "en", *, held: bool = False) -> Message | None:
    """Return what the station says to ``event``, or None where the resting message says it all.

    ``held``: the queue sends nothing now, so that nothing may be called "sending"; a pause or
    a limit reached in the event's own queue is enough to know it.
    RESUMED and what is BACK have no words of their own: they end a standing condition.
    """
    if event.kind not in MANNERS:
        return None
    mood, hold_s = MANNERS[event.kind]
    if hold_s is None:
        return resting_message(Standing(phase=Phase.OPEN).after(event), language)
    queue = event.queue
    stopped = queue is not None and (bool(queue.pauses) or queue.limit_reached)
    name = _name_of(event, held=held or stopped)
    texts = LANGUAGES[language]
    first, *more = _pages(texts, (name,), facts_of(event, texts))
    return Message(first, _MOODS.get(name, mood), hold_s, event.scan_id, tuple(more))


def resting_message(standing: Standing, language: str = "en") -> Message:
    """Return what the station says while no scan does: all that is wrong, page after page."""
    names, mood = _at_rest(standing)
    texts = LANGUAGES[language]
    facts = {
        "waiting": count(standing.queue.waiting),
        "in_doubt": count(standing.queue.in_doubt),
    }
    first, *more = _pages(texts, names, facts)
    return Message(first, mood, more=tuple(more))


def _at_rest(standing: Standing) -> tuple[list[str], Mood]:
    if standing.phase is not Phase.OPEN:
        return [standing.phase.value], Mood.CLOSED
    names = ["camera_lost"] if standing.camera_lost else []
    names += [f"paused_{pause.reason.value}" for pause in standing.queue.pauses]
    if standing.limit_reached and not standing.queue.pauses:
        names.append("daily_limit")
    mood = Mood.BAD if names else Mood.ATTENTION
    if standing.button is not EventKind.BUTTON_BACK:
        names.append(standing.button.value)
    if standing.scanner is not EventKind.SCANNER_BACK:
        names.append(standing.scanner.value)
    if standing.service_lost and not standing.queue.pauses:
        names.append("ready_offline")
    if standing.queue.in_doubt:
        names.append("ready_in_doubt")
    if names:
        return names, mood
    ready = "ready_waiting" if standing.queue.waiting else _READY[standing.begins_by]
    return [ready], Mood.NEUTRAL


def _name_of(event: Event, *, held: bool) -> str:  # noqa: PLR0911 - one return for each kind that has variants
    known = vin_shown(event) is not None
    submission = event.submission
    match event.kind:
        case EventKind.ACCEPTED:
            return "accepted" + ("" if known else "_unread") + ("_held" if held else "")
        case EventKind.RECORDED if event.detail == "hand" and known:
            return "recorded_hand"
        case EventKind.ALREADY_SCANNED | EventKind.SEEN_AGAIN | EventKind.RECORDED:
            return _name_by_earlier(event)
        case EventKind.FOREIGN if known:
            return "foreign_vin"
        case EventKind.NO_LABEL if f"no_label_{event.detail}" in en.TEXTS:
            return f"no_label_{event.detail}"
        case EventKind.RECOGNIZED if not known:
            return "recognized_no_vin"
        case EventKind.RECOGNIZED if submission is not None and submission.vins_differ:
            return "recognized_differs"
        case EventKind.UNRECOGNIZED if submission is not None and submission.key in _SERVICE_ERRORS:
            return "unrecognized_error"
        case EventKind.UNRECOGNIZED | EventKind.IN_DOUBT if not known:
            return f"{event.kind.value}_unread"
        case _:
            return event.kind.value


def _name_by_earlier(event: Event) -> str:
    kind, earlier = event.kind, event.earlier
    if kind is EventKind.ALREADY_SCANNED:
        return _EARLIER.get(earlier.state, "already") if earlier else "already"
    if earlier is None:
        return kind.value
    if kind is EventKind.SEEN_AGAIN:
        return "seen_again_in_doubt" if earlier.state is State.IN_DOUBT else kind.value
    if contradicts(event):
        return "recognized_differs"
    return earlier.state.value if earlier.state in _UNFORTUNATE else "recorded_sent"


def _pages(texts: Texts, names: Iterable[str], facts: Mapping[str, str]) -> list[Lines]:
    return [
        (cut(upper.format_map(facts)), cut(lower.format_map(facts)))
        for name in names
        for upper, lower in texts[name]
    ]
