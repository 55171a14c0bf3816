"""The facts of an event that fill the placeholders of a text."""

from collections.abc import Mapping

from kiosk.model import Event, EventKind, Submission, Verdict
from kiosk.station.codecs.text import Lines
from kiosk.vin import vin_of

Texts = Mapping[str, tuple[Lines, ...]]
"""A language: the pages of every message by its name."""

_CAR_COLUMNS = 17  # behind "OK "
_YEAR_AND_MAKE = 2  # words that are cut rather than left out
_MOST_SHOWN = 999
_MINUTE_S, _HOUR_S, _DAY_S = 60, 3600, 86400


def facts_of(event: Event, texts: Texts) -> dict[str, str]:
    """Return the value of every placeholder, as it may be shown (not cut yet)."""

    def word(name: str) -> str:
        return texts[name][0][0]

    submission = event.submission
    local = None if submission is None else submission.local_vin
    if submission is not None and contradicts(event):
        local = submission.vin
    return {
        "vin": vin_shown(event) or word("no_vin"),
        "local_vin": _sound(local) or word("no_vin"),
        "waiting": word("some") if event.queue is None else count(event.queue.waiting),
        "ago": _ago(submission, event.earlier, texts),
        "car": _car(submission) or word("no_car"),
    }


def vin_shown(event: Event) -> str | None:
    """Return the VIN that ``event`` is about, 17 characters, or None where none is sure.

    Answers and databases are not believed: what is no VIN by its letters is not shown as one.
    """
    if event.kind is EventKind.RECOGNIZED:  # only the service's own word is confirmed
        answer = event.submission
        return _sound(answer.vin) if answer and answer.vin_source != "local" else None
    if event.earlier is not None and contradicts(event):
        return _sound(event.earlier.vin)
    reading = event.reading
    sure = reading is not None and reading.verdict in {Verdict.VIN, Verdict.FOREIGN}
    candidates = (
        event.submission.vin if event.submission else None,
        reading.vin if reading is not None and sure else None,
        event.earlier.vin if event.earlier else None,
    )
    return next((vin for vin in map(_sound, candidates) if vin is not None), None)


def contradicts(event: Event) -> bool:
    """Tell whether a label that was read late says otherwise than the answer for its picture."""
    noted, sent = event.submission, event.earlier
    if event.kind is not EventKind.RECORDED or event.detail == "hand":
        return False
    if noted is None or sent is None:
        return False
    return bool(sent.vin) and sent.vin != noted.vin


def _sound(vin: str | None) -> str | None:
    return None if vin is None else vin_of(vin)


def _car(submission: Submission | None) -> str:
    if submission is None:
        return ""
    parts = (submission.year, submission.make, submission.model)
    words = " ".join(str(part) for part in parts if part).split(" ")
    while len(words) > _YEAR_AND_MAKE and len(" ".join(words)) > _CAR_COLUMNS:
        words.pop()  # half a model tells less than none
    return " ".join(words)


def count(number: int) -> str:
    """Tell a number in at most four columns."""
    return str(number) if number <= _MOST_SHOWN else f"{_MOST_SHOWN}+"


def _ago(now: Submission | None, earlier: Submission | None, texts: Texts) -> str:
    """Tell the age; nothing where a clock was not set."""
    if now is None or earlier is None or now.created is None or earlier.created is None:
        return ""
    age_s = now.created - earlier.created
    if age_s < 0:
        return ""
    if age_s < _HOUR_S:
        name, number = "ago_minutes", max(1, int(age_s / _MINUTE_S))
    elif age_s < _DAY_S:
        name, number = "ago_hours", int(age_s / _HOUR_S)
    else:
        name, number = "ago_days", min(int(age_s / _DAY_S), _MOST_SHOWN)
    return texts[name][0][0].format(number=number)
