"""The design's table "What an attempt can end in", line by line."""

import pytest

from kiosk.model import Answer, Answered, NeverSent, PauseReason, Refused, State, Unknown
from kiosk.service.outcome import settle_with, unsendable

VIN = "1M8GDM9AXKP042788"


def failed(key):
    return Answered(Answer(success=False, key=key, message="words of the service"), 200)


@pytest.mark.parametrize(
    ("outcome", "state", "paid", "released", "pause"),
    [
        (NeverSent("refused"), State.QUEUED, 0, False, None),
        (NeverSent("busy", status=503, retry_after_s=7), State.QUEUED, 0, False, None),
        (NeverSent("cut off", crossed=True), State.QUEUED, 0, True, None),
        (NeverSent("who?", status=401), State.QUEUED, 0, False, PauseReason.CONFIGURATION),
        (NeverSent("too large", status=413), State.REJECTED, 0, False, None),
        (NeverSent("too large", status=413, crossed=True), State.REJECTED, 0, True, None),
        (Answered(Answer(success=True, vin=VIN, text=VIN), 200), State.RECOGNIZED, 1, False, None),
        (Answered(Answer(success=True, vin=VIN, text=VIN), 500), State.RECOGNIZED, 1, False, None),
        (Answered(Answer(success=True, text="ABC"), 200), State.UNRECOGNIZED, 1, False, None),
        (failed(26), State.UNRECOGNIZED, 1, False, None),
        (failed(0), State.UNRECOGNIZED, 1, False, None),
        (failed(27), State.UNRECOGNIZED, 1, False, None),
        (failed(None), State.UNRECOGNIZED, 1, False, None),
        (failed(23), State.QUEUED, 0, True, PauseReason.BALANCE),
        (failed(29), State.QUEUED, 1, True, PauseReason.CONFIGURATION),
        (failed(25), State.REJECTED, 1, False, None),
        (Refused("no", 400), State.QUEUED, 0, True, PauseReason.CONFIGURATION),
        (Refused("no", 401), State.QUEUED, 0, True, PauseReason.CONFIGURATION),
        (Refused("no", 403), State.QUEUED, 0, True, PauseReason.CONFIGURATION),
        (Refused("no", 404), State.QUEUED, 0, True, PauseReason.CONFIGURATION),
        (Refused("too large", 413), State.REJECTED, 0, False, None),
        (Unknown("time-out"), State.IN_DOUBT, 0, False, None),
        (Unknown("gateway", status=502), State.IN_DOUBT, 0, False, None),
    ],
)
def test_the_table(outcome, state, paid, released, pause):
    settlement = settle_with(outcome)
    assert settlement.state is state
    assert settlement.credits == paid
    assert settlement.released is released
    assert settlement.pause is pause
    assert settlement.reason or state is State.RECOGNIZED, "a person must be told why"


def test_a_crop_that_cannot_be_sent_is_rejected_for_nothing():
    settlement = unsendable("the crop has only 3 bytes")
    assert (settlement.state, settlement.credits, settlement.status) == (State.REJECTED, 0, None)
    assert "3 bytes" in settlement.reason
