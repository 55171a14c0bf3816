"""What an attempt means for its submission: the table of the design, as one pure function."""

from typing import assert_never

from kiosk.model import (
    Answer,
    Answered,
    AttemptOutcome,
    NeverSent,
    PauseReason,
    Refused,
    Settlement,
    State,
    Unknown,
)
from kiosk.service.codes import RecognitionKey, recognition_words

_PAYLOAD_TOO_LARGE = 413
_OUR_FAULT = frozenset({400, 401, 403, 404})
COSTLESS_KEYS = frozenset({RecognitionKey.INSUFFICIENT_BALANCE, RecognitionKey.PARAMETER_MISSING})
"""Keys after which the picture counts as never sent."""
_SICK_KEYS = frozenset({RecognitionKey.DATABASE_ERRORS, RecognitionKey.UNKNOWN_ERROR})


def settle_with(outcome: AttemptOutcome) -> Settlement:
    """Map what happened to what the ledger writes (design: "What an attempt can end in")."""
    match outcome:
        case Answered():
            return _of_answer(outcome.answer, outcome.status)
        case NeverSent():
            return _of_unsent(outcome)
        case Refused():
            return _of_refusal(outcome)
        case Unknown():
            return Settlement(State.IN_DOUBT, outcome.reason, status=outcome.status)
        case _:
            assert_never(outcome)


def is_wasted(outcome: AttemptOutcome) -> bool:
    """Tell whether the attempt may have cost a credit for nothing: the breaker counts these."""
    sick = isinstance(outcome, Answered) and outcome.answer.key in _SICK_KEYS
    return sick or isinstance(outcome, Unknown)


def is_sound(outcome: AttemptOutcome) -> bool:
    """Tell whether it was an answer in its time that stops nothing: the next may go at once."""
    if not isinstance(outcome, Answered) or outcome.early or is_wasted(outcome):
        return False
    return settle_with(outcome).state in {State.RECOGNIZED, State.UNRECOGNIZED}


def unsendable(reason: str) -> Settlement:
    """Settle a crop that no request can be made of: it would stop the queue for ever."""
    return Settlement(State.REJECTED, f"it cannot be sent: {reason}")


def _of_unsent(unsent: NeverSent) -> Settlement:
    if unsent.status == _PAYLOAD_TOO_LARGE:
        # A service refuses by the announced length, and would again: only a person can help.
        return Settlement(
            State.REJECTED,
            "the service refused the picture as too large, before it had it",
            released=unsent.crossed,
            status=unsent.status,
        )
    return Settlement(
        State.QUEUED,
        unsent.reason,
        released=unsent.crossed,
        status=unsent.status,
        pause=PauseReason.CONFIGURATION if unsent.status in _OUR_FAULT else None,
    )


def _of_answer(answer: Answer, status: int) -> Settlement:
    if answer.success:
        if answer.vin is not None:
            return Settlement(State.RECOGNIZED, "", credits=1, answer=answer, status=status)
        reason = f"the service captured {answer.text or 'nothing'}, which is no VIN"
        return Settlement(State.UNRECOGNIZED, reason, credits=1, answer=answer, status=status)
    words = recognition_words(answer.key, answer.message)
    if answer.key == RecognitionKey.INSUFFICIENT_BALANCE:
        return Settlement(
            State.QUEUED,
            words,
            released=True,
            answer=answer,
            status=status,
            pause=PauseReason.BALANCE,
        )
    if answer.key == RecognitionKey.PARAMETER_MISSING:
        return Settlement(
            State.QUEUED,
            words,
            credits=1,  # a complete result: the document deducts one whatever the outcome
            released=True,
            answer=answer,
            status=status,
            pause=PauseReason.CONFIGURATION,
        )
    state = State.REJECTED if answer.key == RecognitionKey.NO_IMAGE else State.UNRECOGNIZED
    return Settlement(state, words, credits=1, answer=answer, status=status)


def _of_refusal(refused: Refused) -> Settlement:
    if refused.status == _PAYLOAD_TOO_LARGE:
        return Settlement(State.REJECTED, refused.reason, status=refused.status)
    return Settlement(
        State.QUEUED,
        refused.reason,
        released=True,
        status=refused.status,
        pause=PauseReason.CONFIGURATION,
    )
