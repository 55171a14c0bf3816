"""The state machine of a submission, as a table: what is no arrow here cannot happen.

``store.advance`` and ``admission`` obey it; docs/states.svg and the table in docs/architecture.md
are made from it. A salvage alone stands outside: what it copies without its picture is a doubt.
"""

from dataclasses import dataclass
from enum import StrEnum

from kiosk.errors import TransitionError
from kiosk.model import State


class By(StrEnum):
    """Who makes a step."""

    SCAN = "a scan"
    CLAIM = "the claim"
    ATTEMPT = "an attempt"
    START = "a start"
    PERSON = "a person"


@dataclass(frozen=True, slots=True)
class Arrow:
    """One step; ``start`` is None where a scan makes the submission. ``when`` is for a reader."""

    start: State | None
    end: State
    by: By
    when: str
    may_cost: bool = False  # a credit: the service may have charged one


ARROWS: tuple[Arrow, ...] = (
    Arrow(None, State.QUEUED, By.SCAN, "its crop is to be uploaded"),
    Arrow(None, State.LOCAL, By.SCAN, "only recorded, by `upload.when`; or of a label sent unread"),
    Arrow(None, State.DUPLICATE, By.SCAN, "an earlier submission answers for it"),
    Arrow(State.QUEUED, State.SENDING, By.CLAIM, "claimed for one attempt"),
    Arrow(
        State.QUEUED,
        State.IN_DOUBT,
        By.CLAIM,
        "the spent log knows the picture, or its record is damaged: never sent",
    ),
    Arrow(State.QUEUED, State.DROPPED, By.PERSON, "given up"),
    Arrow(
        State.SENDING,
        State.COMMITTED,
        By.ATTEMPT,
        "all but the tail is there; or a complete result came before the tail, and the next arrow "
        "follows in the same transaction",
    ),
    Arrow(
        State.SENDING,
        State.QUEUED,
        By.ATTEMPT,
        "it failed before the tail, was refused early, or got key 23 or 29 early (29 counts one "
        "credit)",
        may_cost=True,
    ),
    Arrow(
        State.SENDING,
        State.REJECTED,
        By.ATTEMPT,
        "an early 413, or no request can be made of the crop",
    ),
    Arrow(State.SENDING, State.QUEUED, By.START, "the process died before the tail"),
    Arrow(State.COMMITTED, State.RECOGNIZED, By.ATTEMPT, "the service read it", may_cost=True),
    Arrow(
        State.COMMITTED,
        State.UNRECOGNIZED,
        By.ATTEMPT,
        "the service could not read it: keys 26, 0, 27",
        may_cost=True,
    ),
    Arrow(
        State.COMMITTED,
        State.REJECTED,
        By.ATTEMPT,
        "key 25 or 413; released where the 413 came during the COMMIT",
        may_cost=True,
    ),
    Arrow(State.COMMITTED, State.IN_DOUBT, By.ATTEMPT, "no complete answer", may_cost=True),
    Arrow(
        State.COMMITTED,
        State.QUEUED,
        By.ATTEMPT,
        "released: key 23 or 29 (29 counts one credit), a refusal, an early answer without a "
        "result, taken back before its tail, or the ledger could not finish",
        may_cost=True,
    ),
    Arrow(
        State.COMMITTED,
        State.IN_DOUBT,
        By.START,
        "the process died after the point of no return",
        may_cost=True,
    ),
    Arrow(State.IN_DOUBT, State.QUEUED, By.PERSON, "sent again, released: it may be paid twice"),
    Arrow(State.IN_DOUBT, State.DROPPED, By.PERSON, "given up; it stays spent"),
    Arrow(State.REJECTED, State.QUEUED, By.PERSON, "sent again, released"),
    Arrow(State.REJECTED, State.DROPPED, By.PERSON, "given up"),
)
"""All steps that there are."""


def starts(end: State, by: By) -> frozenset[State | None]:
    """Return the states from which ``by`` may take a submission to ``end``."""
    return frozenset(arrow.start for arrow in ARROWS if (arrow.end, arrow.by) == (end, by))


def check(start: State | None, end: State, by: By, name: str = "a new submission") -> None:
    """Raise TransitionError where there is no such arrow; ``name`` is the submission's."""
    possible = starts(end, by)
    if start in possible:
        return
    needed = " or ".join(sorted(state or "new" for state in possible)) or "nothing"
    raise TransitionError(
        f"{name} is {start or 'not there yet'}: {by} makes {end} only of what is {needed}"
    )
